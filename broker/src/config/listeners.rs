//! Listeners: what the broker binds and what it tells clients.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::error::ConfigError;
use super::settings::Settings;

/// A port that clients connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Listener name, upper case (`PLAINTEXT`).
    pub name: String,
    /// Host as configured, without brackets; empty for all interfaces.
    pub host: String,
    /// TCP port; 0 picks a free one.
    pub port: u16,
    /// How bytes are protected on it.
    pub protocol: Protocol,
}

/// How bytes are protected on a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Not at all.
    Plaintext,
}

impl Listener {
    /// Addresses to bind, all on the same port: `localhost` means both loopbacks, an empty host every
    /// interface of both families. Empty for a name that has to be resolved.
    pub fn bind_addresses(&self) -> Vec<IpAddr> {
        match self.host.as_str() {
            "" => vec![Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()],
            "localhost" => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            host => host.parse().into_iter().collect(),
        }
    }
}

/// Listeners of the broker by role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listeners {
    /// Those to open.
    pub open: Vec<Listener>,
    /// What to tell clients, if it is configured; otherwise the address that the client dialled.
    pub advertised: Option<Vec<Listener>>,
    /// Names of controller listeners: accepted, not opened (this broker is its own controller).
    pub controller: Vec<String>,
    /// Where metrics are served, if anywhere (`ottla.metrics`).
    pub metrics: Option<Listener>,
}

impl Listeners {
    /// Reads `listeners`, `advertised.listeners`, `listener.security.protocol.map` and
    /// `controller.listener.names`.
    ///
    /// # Errors
    /// [`ConfigError::Start`], one sentence.
    pub fn read(settings: &Settings) -> Result<Listeners, ConfigError> {
        let map = protocol_map(settings)?;
        let controller: Vec<String> = settings
            .list("controller.listener.names")
            .iter()
            .map(|name| name.to_ascii_uppercase())
            .collect();
        let open = parse_all("listeners", settings, &map, &controller)?;
        if open.is_empty() {
            return refuse(
                "listeners has no listener for clients: add one, such as PLAINTEXT://localhost:9092.",
            );
        }
        refuse_duplicates(&open)?;
        let advertised = match settings.list("advertised.listeners").is_empty() {
            true => None,
            false => Some(parse_all("advertised.listeners", settings, &map, &controller)?),
        };
        for listener in advertised.iter().flatten() {
            let Listener { name, host, .. } = listener;
            if !open.iter().any(|l| l.name == *name) {
                return refuse(&format!(
                    "advertised.listeners names {name}, which listeners does not have: use one of {}.",
                    open.iter()
                        .map(|l| l.name.as_str())
                        .collect::<Vec<_>>()
                        .join(", ")
                ));
            }
            if host.is_empty() || host.parse().is_ok_and(|ip: IpAddr| ip.is_unspecified()) {
                return refuse(&format!(
                    "advertised.listeners={name}://{host}:{} is no address that a client can dial: name a host.",
                    listener.port
                ));
            }
        }
        Ok(Listeners {
            open,
            advertised: advertised.filter(|list| !list.is_empty()),
            controller,
            metrics: metrics(settings),
        })
    }
}

/// The listener of `ottla.metrics`, whose value was checked when it was given.
fn metrics(settings: &Settings) -> Option<Listener> {
    let (host, port) = host_port(settings.text("ottla.metrics")?)?;
    Some(Listener {
        name: "METRICS".to_owned(),
        host: host.to_owned(),
        port,
        protocol: Protocol::Plaintext,
    })
}

fn refuse<T>(sentence: &str) -> Result<T, ConfigError> {
    Err(ConfigError::Start(sentence.to_owned()))
}

/// Listener name → protocol name, both upper case.
fn protocol_map(settings: &Settings) -> Result<BTreeMap<String, String>, ConfigError> {
    let text = settings
        .text("listener.security.protocol.map")
        .unwrap_or_default();
    let mut map = BTreeMap::new();
    for entry in text.split(',').map(str::trim).filter(|e| !e.is_empty()) {
        let Some((name, protocol)) = entry.split_once(':') else {
            return refuse(&format!(
                "listener.security.protocol.map={text} is not allowed: {entry} must be NAME:PROTOCOL."
            ));
        };
        let protocol = protocol.trim().to_ascii_uppercase();
        if !["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"].contains(&protocol.as_str()) {
            return refuse(&format!(
                "listener.security.protocol.map={text} is not allowed: {protocol} must be one of \
                 PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL."
            ));
        }
        map.insert(name.trim().to_ascii_uppercase(), protocol);
    }
    Ok(map)
}

/// The listeners of one key, without those of controllers.
fn parse_all(
    key: &str,
    settings: &Settings,
    map: &BTreeMap<String, String>,
    controller: &[String],
) -> Result<Vec<Listener>, ConfigError> {
    let mut out = Vec::new();
    for text in settings.list(key) {
        let (name, host, port) = split(key, &text)?;
        if controller.contains(&name) {
            continue;
        }
        match map.get(&name).map(String::as_str) {
            Some("PLAINTEXT") => out.push(Listener {
                name,
                host,
                port,
                protocol: Protocol::Plaintext,
            }),
            Some(protocol) => {
                return refuse(&format!(
                    "{key}={text} is not supported yet: its protocol is {protocol}, and Ottla speaks PLAINTEXT only."
                ));
            }
            None => {
                return refuse(&format!(
                    "{key}={text} has no protocol: add {name}:PLAINTEXT to listener.security.protocol.map."
                ));
            }
        }
    }
    Ok(out)
}

/// `NAME://host:port` in its parts.
fn split(key: &str, text: &str) -> Result<(String, String, u16), ConfigError> {
    let parts = text.split_once("://").and_then(|(name, address)| {
        let (host, port) = address.rsplit_once(':')?;
        Some((name, host, port.parse::<u16>().ok()?))
    });
    let Some((name, host, port)) = parts else {
        return refuse(&format!(
            "{key}={text} is not allowed: it must be NAME://HOST:PORT with a port up to 65535."
        ));
    };
    match bare_host(host).filter(|_| !name.is_empty()) {
        Some(host) => Ok((name.to_ascii_uppercase(), host.to_owned(), port)),
        None => refuse(&format!(
            "{key}={text} is not allowed: the host must be a name, an IPv4 address, or an IPv6 address in brackets."
        )),
    }
}

/// `HOST:PORT` in its parts, the host without brackets and empty for all interfaces; `None` when it is none.
pub fn host_port(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    Some((bare_host(host)?, port.parse().ok()?))
}

/// A name, an IPv4 address, or an IPv6 address without its brackets.
fn bare_host(host: &str) -> Option<&str> {
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let is_host = match bare {
        Some(literal) => literal.parse::<Ipv6Addr>().is_ok(),
        None => host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)),
    };
    is_host.then_some(bare.unwrap_or(host))
}

/// Kafka's rule: names differ; ports differ, save for one IPv4 and one IPv6 address on the same port.
fn refuse_duplicates(open: &[Listener]) -> Result<(), ConfigError> {
    let mut names = BTreeSet::new();
    let mut ports: BTreeMap<u16, Vec<&Listener>> = BTreeMap::new();
    for listener in open {
        if !names.insert(&listener.name) {
            return refuse(&format!(
                "listeners has two listeners named {}: each needs its own name.",
                listener.name
            ));
        }
        if listener.port != 0 {
            ports.entry(listener.port).or_default().push(listener);
        }
    }
    let is_family_pair = |list: &[&Listener]| match list {
        [a, b] => matches!(
            (a.host.parse(), b.host.parse()),
            (Ok(IpAddr::V4(_)), Ok(IpAddr::V6(_))) | (Ok(IpAddr::V6(_)), Ok(IpAddr::V4(_)))
        ),
        _ => false,
    };
    match ports
        .iter()
        .find(|(_, list)| list.len() > 1 && !is_family_pair(list))
    {
        Some((port, _)) => refuse(&format!(
            "listeners uses port {port} twice: each listener needs its own port, save for one IPv4 and one IPv6 address."
        )),
        None => Ok(()),
    }
}
