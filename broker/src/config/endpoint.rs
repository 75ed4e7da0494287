//! `NAME://HOST:PORT` and `HOST:PORT`: texts that say where somebody listens.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};

use super::error::ConfigError;
use super::settings::Settings;

/// The key that gives listeners their protocols.
const MAP: &str = "listener.security.protocol.map";
/// Protocols that Kafka has.
const PROTOCOLS: [&str; 4] = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];

/// A listener as it is written, with the text it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// Listener name, upper case.
    pub name: String,
    /// Host without brackets; empty for all interfaces.
    pub host: String,
    /// Port; 0 for a free one.
    pub port: u16,
    /// The text.
    pub text: String,
}

pub(super) fn refuse<T>(sentence: &str) -> Result<T, ConfigError> {
    Err(ConfigError::Start(sentence.to_owned()))
}

/// Listener name → protocol name, both upper case.
pub(super) fn protocol_map(settings: &Settings) -> Result<BTreeMap<String, String>, ConfigError> {
    let text = settings.text(MAP).unwrap_or_default();
    let mut map = BTreeMap::new();
    for entry in text.split(',').map(str::trim).filter(|e| !e.is_empty()) {
        let Some((name, protocol)) = entry.split_once(':') else {
            return refuse(&format!(
                "{MAP}={text} is not allowed: {entry} must be NAME:PROTOCOL."
            ));
        };
        let protocol = protocol.trim().to_ascii_uppercase();
        if !PROTOCOLS.contains(&protocol.as_str()) {
            return refuse(&format!(
                "{MAP}={text} is not allowed: {protocol} must be one of {}.",
                PROTOCOLS.join(", ")
            ));
        }
        map.insert(name.trim().to_ascii_uppercase(), protocol);
    }
    Ok(map)
}

/// Refuses a listener whose protocol is unknown, or none that Ottla speaks: it would be open where nobody expects it.
pub(super) fn check_protocol(
    key: &str,
    listener: &Written,
    map: &BTreeMap<String, String>,
) -> Result<(), ConfigError> {
    let Written { name, text, .. } = listener;
    match map.get(name).map(String::as_str) {
        Some("PLAINTEXT") => Ok(()),
        Some(protocol) => refuse(&format!(
            "{key}={text} is not supported yet: its protocol is {protocol}, and Ottla speaks PLAINTEXT only."
        )),
        None => refuse(&format!(
            "{key}={text} has no protocol: add {name}:PLAINTEXT to {MAP}."
        )),
    }
}

/// The listeners of one key, as they are written.
pub(super) fn parse_all(key: &str, settings: &Settings) -> Result<Vec<Written>, ConfigError> {
    settings
        .list(key)
        .into_iter()
        .map(|text| split(key, text))
        .collect()
}

/// `NAME://host:port` in its parts.
fn split(key: &str, text: String) -> Result<Written, ConfigError> {
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
        Some(host) => Ok(Written {
            name: name.to_ascii_uppercase(),
            host: host.to_owned(),
            port,
            text,
        }),
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

/// Kafka's rule: names differ.
pub(super) fn check_names(key: &str, listeners: &[Written]) -> Result<(), ConfigError> {
    let mut names = BTreeSet::new();
    match listeners.iter().find(|listener| !names.insert(&listener.name)) {
        Some(twice) => refuse(&format!(
            "{key} has two listeners named {}: each needs its own name.",
            twice.name
        )),
        None => Ok(()),
    }
}

/// Kafka's rule: ports differ, save for one IPv4 and one IPv6 address on the same port.
pub(super) fn check_ports(listeners: &[Written]) -> Result<(), ConfigError> {
    let mut ports: BTreeMap<u16, Vec<&Written>> = BTreeMap::new();
    for listener in listeners.iter().filter(|listener| listener.port != 0) {
        ports.entry(listener.port).or_default().push(listener);
    }
    let is_family_pair = |list: &[&Written]| match list {
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
