//! Listeners: what the broker binds and what it tells clients.
//!
//! Kafka's rules (`AbstractKafkaConfig`, `KafkaConfig.validateValues`) with two exceptions: without `advertised.listeners`
//! a client is told the address that it dialled, so a wildcard is no fault; and an advertised listener without a host
//! is told under the host that was dialled.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::endpoint::{
    Written, check_names, check_ports, check_protocol, host_port, parse_all, protocol_map, refuse,
};
use super::error::ConfigError;
use super::profile::Profile;
use super::settings::{Settings, Source};

/// Whom a listener is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// For clients, as a broker's.
    Broker,
    /// For administrators, as a controller's.
    Controller,
}

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

    fn plain(written: Written) -> Listener {
        Listener {
            name: written.name,
            host: written.host,
            port: written.port,
            protocol: Protocol::Plaintext,
        }
    }
}

/// Listeners of the broker by role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listeners {
    /// Those for clients; at least one.
    pub open: Vec<Listener>,
    /// Those of the controller, as `controller.listener.names` says.
    pub controller: Vec<Listener>,
    /// What to tell clients, if it is configured; otherwise the address that the client dialled.
    pub advertised: Vec<Listener>,
    /// Where metrics are served, if anywhere (`ottla.metrics`).
    pub metrics: Option<Listener>,
}

impl Listeners {
    /// Reads `listeners`, `advertised.listeners`, `listener.security.protocol.map`, `controller.listener.names` and what
    /// hangs on them.
    ///
    /// # Errors
    /// [`ConfigError::Start`], one sentence.
    pub fn read(settings: &Settings) -> Result<Listeners, ConfigError> {
        let controller = controller_names(settings);
        let all = parse_all("listeners", settings)?;
        let mut advertised = parse_all("advertised.listeners", settings)?;
        let map = effective_map(settings, &controller, &all)?;
        for listener in &all {
            check_protocol("listeners", listener, &map)?;
        }
        check_names("listeners", &all)?;
        check_ports(&all)?;
        if is_by_flag(settings) {
            // --listen stands in for a file's listeners; what else the file says of them is beside the point.
            let is_later = settings.node_of("advertised.listeners").is_some();
            advertised.retain(|told| is_later || all.iter().any(|listener| listener.name == told.name));
        } else {
            check_controller(settings, &controller, &all)?;
        }
        check_advertised(&advertised, &all, &controller, &map)?;
        let (mine, open): (Vec<Written>, Vec<Written>) = all
            .into_iter()
            .partition(|listener| controller.contains(&listener.name));
        if open.is_empty() {
            return refuse(
                "listeners has no listener for clients: add one, such as PLAINTEXT://localhost:9092.",
            );
        }
        check_inter_broker(settings, &open, &advertised, &controller, &map)?;
        check_early_start(settings, &open, &mine)?;
        let plain = |list: Vec<Written>| list.into_iter().map(Listener::plain).collect();
        Ok(Listeners {
            open: plain(open),
            controller: plain(mine),
            advertised: plain(advertised),
            metrics: metrics(settings),
        })
    }
}

fn is_by_flag(settings: &Settings) -> bool {
    matches!(settings.start_of("listeners"), Some((_, Source::Flag(_))))
        && settings.node_of("listeners").is_none()
}

/// `controller.listener.names`, upper case as listener names are.
fn controller_names(settings: &Settings) -> Vec<String> {
    let names = settings.list("controller.listener.names");
    names.iter().map(|name| name.to_ascii_uppercase()).collect()
}

/// The map of protocols. Where nobody gave one and no listener is secured, controllers' listeners are plain.
fn effective_map(
    settings: &Settings,
    controller: &[String],
    all: &[Written],
) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut map = protocol_map(settings)?;
    let is_secured = |name: &str| ["SSL", "SASL_PLAINTEXT", "SASL_SSL"].contains(&name);
    let is_plain = !all.iter().any(|listener| is_secured(&listener.name));
    if settings.given("listener.security.protocol.map").is_none() && is_plain {
        for name in controller.iter().filter(|name| !is_secured(name)) {
            map.insert(name.clone(), "PLAINTEXT".to_owned());
        }
    }
    Ok(map)
}

/// What `controller.listener.names` and `listeners` must say together.
fn check_controller(settings: &Settings, controller: &[String], all: &[Written]) -> Result<(), ConfigError> {
    // Unset roles mean that nothing more than a listener's name is known.
    let Some(roles) = settings.given("process.roles") else {
        return Ok(());
    };
    let is_there = |name: &String| all.iter().any(|listener| listener.name == *name);
    let is_controller = roles.contains("controller");
    let wrong = controller.iter().find(|name| is_there(name) != is_controller);
    match wrong {
        Some(name) if is_controller => refuse(&format!(
            "controller.listener.names={} names {name}, which listeners does not have: add {name}://localhost:9093 \
             to listeners, or leave the name out.",
            controller.join(",")
        )),
        Some(name) => refuse(&format!(
            "controller.listener.names={} is not allowed to name {name} of listeners while process.roles={roles}: use \
             process.roles=broker,controller, or leave the listener out.",
            controller.join(",")
        )),
        None => Ok(()),
    }
}

fn check_advertised(
    advertised: &[Written],
    all: &[Written],
    controller: &[String],
    map: &BTreeMap<String, String>,
) -> Result<(), ConfigError> {
    check_names("advertised.listeners", advertised)?;
    for told in advertised {
        let Written { name, host, text, .. } = told;
        check_protocol("advertised.listeners", told, map)?;
        if !all.iter().any(|listener| listener.name == *name) {
            return refuse(&format!(
                "advertised.listeners names {name}, which listeners does not have: use one of {}.",
                names(all)
            ));
        }
        if host.parse().is_ok_and(|ip: IpAddr| ip.is_unspecified()) {
            return refuse(&format!(
                "advertised.listeners={text} is no address that a client can dial: name a host."
            ));
        }
    }
    match !advertised.is_empty() && advertised.iter().all(|told| controller.contains(&told.name)) {
        true => refuse(
            "advertised.listeners has no listener for clients: add one, such as PLAINTEXT://localhost:9092.",
        ),
        false => Ok(()),
    }
}

fn names(list: &[Written]) -> String {
    let names: Vec<&str> = list.iter().map(|listener| listener.name.as_str()).collect();
    names.join(", ")
}

/// The listener that brokers would use among themselves must be one that clients are told of. Nothing uses it here, but a
/// file that Kafka refuses would not mean what its owner thinks.
fn check_inter_broker(
    settings: &Settings,
    open: &[Written],
    advertised: &[Written],
    controller: &[String],
    map: &BTreeMap<String, String>,
) -> Result<(), ConfigError> {
    const NAME: &str = "inter.broker.listener.name";
    const PROTOCOL: &str = "security.inter.broker.protocol";
    let (name, protocol) = (settings.given(NAME), settings.given(PROTOCOL));
    if let (Some(name), Some(protocol)) = (name, protocol) {
        return refuse(&format!(
            "{NAME}={name} is not allowed beside {PROTOCOL}={protocol}: set only one of them."
        ));
    }
    if let Some(protocol) = protocol.filter(|protocol| *protocol != "PLAINTEXT") {
        return refuse(&format!(
            "{PROTOCOL}={protocol} is not supported yet: Ottla speaks PLAINTEXT only."
        ));
    }
    let is_kafkas = settings.profile() == Profile::Kafka && !is_by_flag(settings);
    let wanted = match name.filter(|name| !name.is_empty()) {
        Some(name) => name.to_ascii_uppercase(),
        None if is_kafkas => "PLAINTEXT".to_owned(),
        None => return Ok(()),
    };
    if name.is_some() && !map.contains_key(&wanted) {
        return refuse(&format!(
            "{NAME}={wanted} has no protocol: add {wanted}:PLAINTEXT to listener.security.protocol.map."
        ));
    }
    let told: Vec<Written> = match advertised.is_empty() {
        true => open.to_vec(),
        false => advertised
            .iter()
            .filter(|told| !controller.contains(&told.name))
            .cloned()
            .collect(),
    };
    if is_by_flag(settings) || told.iter().any(|listener| listener.name == wanted) {
        return Ok(());
    }
    let (shown, told) = (name.unwrap_or("PLAINTEXT, its default,"), names(&told));
    refuse(&format!(
        "{NAME}={shown} is not allowed: it must be a listener that clients are told of, one of {told}."
    ))
}

/// Kafka's `early.start.listeners`: what it names must be there.
fn check_early_start(settings: &Settings, open: &[Written], mine: &[Written]) -> Result<(), ConfigError> {
    let early = settings.list("early.start.listeners");
    let is_missing = |name: &&String| {
        let mut all = open.iter().chain(mine);
        !all.any(|listener| listener.name.eq_ignore_ascii_case(name))
    };
    match early.iter().find(is_missing) {
        Some(name) if !is_by_flag(settings) => refuse(&format!(
            "early.start.listeners={} names {name}, which listeners does not have: use one of {}.",
            early.join(","),
            names(&[open, mine].concat())
        )),
        _ => Ok(()),
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
