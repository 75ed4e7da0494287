//! Whose configs: kinds and names in the order of the command line.

use std::net::ToSocketAddrs as _;

use crate::client::Kind;
use crate::options::Parsed;
use crate::wrong::Wrong;

/// Kinds, in the order in which Kafka lists them.
const TYPES: [&str; 8] = [
    "topics",
    "clients",
    "users",
    "brokers",
    "ips",
    "client-metrics",
    "groups",
    "broker-loggers",
];
/// Options that name kind and name at once.
const SHORT: [(&str, &str); 12] = [
    ("topic", "topics"),
    ("client", "clients"),
    ("client-defaults", "clients"),
    ("user", "users"),
    ("user-defaults", "users"),
    ("broker", "brokers"),
    ("broker-defaults", "brokers"),
    ("broker-logger", "broker-loggers"),
    ("ip", "ips"),
    ("ip-defaults", "ips"),
    ("group", "groups"),
    ("client-metrics", "client-metrics"),
];

/// One or, of users and clients, two kinds, each with a name; an empty name is the default of the kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entities(pub Vec<(String, Option<String>)>);

impl Entities {
    /// What the options name.
    pub(super) fn read(parsed: &Parsed) -> Result<Entities, Wrong> {
        let mut types: Vec<&str> = parsed.all("entity-type").collect();
        let mut names: Vec<&str> = Vec::new();
        for (option, value) in parsed.in_order() {
            match option {
                "entity-name" => names.extend(value),
                "entity-default" => names.push(""),
                _ => {}
            }
        }
        let mut names = names.into_iter();
        let mut pairs: Vec<(String, Option<String>)> = types
            .iter()
            .map(|kind| ((*kind).to_owned(), names.next().map(str::to_owned)))
            .collect();
        for (option, kind) in SHORT.into_iter().filter(|(option, _)| parsed.has(option)) {
            types.push(kind);
            pairs.push((
                kind.to_owned(),
                Some(parsed.value(option).unwrap_or_default().to_owned()),
            ));
        }
        check_types(&types)?;
        Ok(Entities(pairs))
    }

    /// The kinds.
    pub(super) fn types(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(kind, _)| kind.as_str())
    }

    /// The first kind.
    pub(super) fn head_type(&self) -> &str {
        self.types().next().unwrap_or_default()
    }

    /// The name of the first.
    pub(super) fn head_name(&self) -> Option<&str> {
        self.0.first().and_then(|(_, name)| name.as_deref())
    }

    /// Brokers have numbers, and addresses must be some.
    pub(super) fn check_names(&self) -> Result<(), Wrong> {
        for (kind, name) in &self.0 {
            let Some(name) = name.as_deref().filter(|name| !name.is_empty()) else {
                continue;
            };
            match kind.as_str() {
                "brokers" | "broker-loggers" if name.parse::<i32>().is_err() => {
                    return Err(Wrong::argument(format!(
                        "The entity name for {kind} must be a valid integer broker id, but it is: {name}"
                    )));
                }
                "ips" if (name, 0).to_socket_addrs().is_err() => {
                    return Err(Wrong::argument(format!(
                        "The entity name for {kind} must be a valid IP or resolvable host, but it is: {name}"
                    )));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn check_types(types: &[&str]) -> Result<(), Wrong> {
    for (at, kind) in types.iter().enumerate() {
        if types.iter().skip(at + 1).any(|other| other == kind) {
            return Err(Wrong::argument(format!(
                "Duplicate entity type(s) specified: {kind}"
            )));
        }
        if !TYPES.contains(kind) {
            return Err(Wrong::argument(format!(
                "Invalid entity type {kind}, the entity type must be one of {} \
                with a --bootstrap-server or --bootstrap-controller argument",
                TYPES.join(", ")
            )));
        }
    }
    match types {
        [] => Err(Wrong::argument("At least one entity type must be specified")),
        [_] => Ok(()),
        types if types.iter().all(|kind| ["users", "clients"].contains(kind)) => Ok(()),
        _ => Err(Wrong::argument(
            "Only 'users' and 'clients' entity types may be specified together",
        )),
    }
}

/// The kind of resource that a kind of entity is; quotas and credentials are none.
pub(super) fn resource(kind: &str) -> Option<Kind> {
    match kind {
        "topics" => Some(Kind::Topic),
        "brokers" => Some(Kind::Broker),
        "broker-loggers" => Some(Kind::BrokerLogger),
        "groups" => Some(Kind::Group),
        "client-metrics" => Some(Kind::ClientMetrics),
        _ => None,
    }
}

/// `topics` → `topic`, as Kafka does it.
pub(super) fn singular(kind: &str) -> &str {
    kind.strip_suffix('s').unwrap_or(kind)
}
