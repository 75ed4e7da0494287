//! Config changes as IncrementalAlterConfigs makes them: pure functions of (config, what is set, changes).
//!
//! Rules and texts are those of Kafka's `ConfigAdminManager` (brokers) and `ConfigurationControlManager` with
//! `ControllerConfigurationValidator` (topics, groups, client metrics).

use std::collections::BTreeMap;

use super::broker_config::Config;
use super::checks::{why_not_limited, why_not_resized};
use super::describe::group_synonym;
use super::error::ConfigError;
use super::row::{Kind, Mode, Scope};
use super::strays::is_of_one_broker;
use super::table::row;
use super::topic_config::TopicConfig;
use super::value::{Value, parse};

/// Longest value that may be stored (Kafka's `Short.MAX_VALUE`).
const VALUE_LEN_MAX: usize = 32_767;

/// What to do with a config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlterOp {
    /// Set it.
    Set(String),
    /// Take it away, so that the default applies.
    Delete,
    /// Add these entries to a list.
    Append(String),
    /// Take these entries off a list.
    Subtract(String),
}

/// One config change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alteration {
    /// The config's name.
    pub name: String,
    /// What to do with it.
    pub op: AlterOp,
}

/// What the changed configs belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlterTarget {
    /// A topic.
    Topic,
    /// This broker.
    Broker,
    /// The default of all brokers.
    Cluster,
    /// A group.
    Group,
    /// A client metrics subscription.
    ClientMetrics,
}

impl AlterTarget {
    fn scope(self) -> Scope {
        match self {
            AlterTarget::Topic => Scope::Topic,
            AlterTarget::Broker | AlterTarget::Cluster => Scope::Broker,
            AlterTarget::Group => Scope::Group,
            AlterTarget::ClientMetrics => Scope::ClientMetrics,
        }
    }

    fn is_broker(self) -> bool {
        self.scope() == Scope::Broker
    }
}

/// What is set before a change.
#[derive(Clone, Copy, Debug)]
pub struct Current<'a> {
    /// On the resource.
    pub own: &'a BTreeMap<String, String>,
    /// On the other level of broker configs: the cluster's defaults beside a broker's, and the other way round.
    pub beside: &'a BTreeMap<String, String>,
}

/// Applies changes to what is set on a resource and checks the outcome. Returns everything that is set afterwards.
///
/// `config` is the broker's effective config.
///
/// # Errors
/// [`ConfigError`] with Kafka's text; nothing has changed then.
pub fn alter(
    config: &Config,
    target: AlterTarget,
    current: Current<'_>,
    alterations: &[Alteration],
) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut next = current.own.clone();
    for Alteration { name, op } in alterations {
        match op {
            AlterOp::Set(value) => drop(next.insert(name.clone(), value.clone())),
            AlterOp::Delete => drop(next.remove(name)),
            AlterOp::Append(entries) => {
                let mut list = list_of(config, target, &next, name, "APPEND")?;
                for entry in entries.split(',') {
                    if !list.iter().any(|e| e == entry) {
                        list.push(entry.to_owned());
                    }
                }
                next.insert(name.clone(), list.join(","));
            }
            AlterOp::Subtract(entries) => {
                let mut list = list_of(config, target, &next, name, "SUBTRACT")?;
                for entry in entries.split(',') {
                    if let Some(at) = list.iter().position(|e| e == entry) {
                        list.remove(at);
                    }
                }
                next.insert(name.clone(), list.join(","));
            }
        }
    }
    if alterations
        .iter()
        .any(|a| next.get(&a.name).is_some_and(|value| value.len() > VALUE_LEN_MAX))
    {
        let text = "The configuration value cannot be added because it exceeds the maximum value size of 32767 bytes.";
        return Err(ConfigError::Invalid(text.to_owned()));
    }
    match target {
        AlterTarget::Topic => TopicConfig::validate(config, &next)?,
        AlterTarget::Group => validate_group(config, &next)?,
        AlterTarget::ClientMetrics => validate_client_metrics(&next)?,
        AlterTarget::Broker | AlterTarget::Cluster => validate_broker(config, target, &next, current.beside)?,
    }
    Ok(next)
}

/// The entries that APPEND and SUBTRACT begin with: what is set, else the table's default.
fn list_of(
    config: &Config,
    target: AlterTarget,
    set: &BTreeMap<String, String>,
    name: &str,
    op: &str,
) -> Result<Vec<String>, ConfigError> {
    let refused = |text: String| Err(ConfigError::Invalid(text));
    let row = match (row(target.scope(), name), target.is_broker()) {
        // Kafka's controller does not know lists of groups and client metrics.
        (Some(row), _) if row.kind == Kind::List && target != AlterTarget::ClientMetrics => row,
        (None, true) => return refused(format!("Unknown config name: {name}")),
        (Some(_), true) => {
            let op = op.to_ascii_lowercase();
            return refused(format!("Config value {op} is not allowed for config key: {name}"));
        }
        (_, false) => return refused(format!("Can't {op} to key {name} because its type is not LIST.")),
    };
    let default = || match target.is_broker() {
        true => config.profile().default_of(row),
        false => row.default,
    };
    let text = set
        .get(name)
        .map(String::as_str)
        .or_else(default)
        .unwrap_or_default();
    Ok(text
        .split(',')
        .filter(|entry| !entry.is_empty())
        .map(str::to_owned)
        .collect())
}

fn validate_broker(
    config: &Config,
    target: AlterTarget,
    set: &BTreeMap<String, String>,
    beside: &BTreeMap<String, String>,
) -> Result<(), ConfigError> {
    let refused = |text: String| Err(ConfigError::NotAllowed(text));
    let of = |wanted: &dyn Fn(&str, Mode) -> bool| {
        let names = set
            .keys()
            .filter(|name| row(Scope::Broker, name).is_some_and(|r| wanted(r.name, r.mode)));
        names.cloned().collect::<Vec<_>>()
    };
    // Listeners are opened at start only, unlike Kafka's. What clients are told may change, as it could with ZooKeeper:
    // containers learn only when they run by which port they are reached.
    let is_fixed = |name: &str, mode| match (target, name) {
        (AlterTarget::Broker, "advertised.listeners") => false,
        (AlterTarget::Broker, name) if name.starts_with("listener") => true,
        _ => mode == Mode::ReadOnly,
    };
    let fixed = of(&is_fixed);
    if !fixed.is_empty() {
        return refused(format!(
            "Cannot update these configs dynamically: [{}]",
            fixed.join(", ")
        ));
    }
    let tls = of(&|name, _| name.starts_with("ssl.") && name != "ssl.client.auth");
    if !tls.is_empty() {
        return refused(format!(
            "These security configs can be dynamically updated only per-listener using the listener prefix: [{}]",
            tls.join(", ")
        ));
    }
    let settings = config.settings();
    if let Some(why) = set
        .iter()
        .find_map(|(name, text)| settings.why_unreadable(name, text))
    {
        return refused(why);
    }
    let mut per_broker = of(&|_, mode| mode == Mode::PerBroker);
    per_broker.extend(set.keys().filter(|name| is_of_one_broker(name)).cloned());
    if target == AlterTarget::Cluster && !per_broker.is_empty() {
        return refused(format!(
            "Cannot update these configs at default cluster level, broker id must be specified: [{}]",
            per_broker.join(", ")
        ));
    }
    match target {
        AlterTarget::Cluster => validate_together(config, set, beside),
        _ => validate_together(config, beside, set),
    }
}

/// Checks the values of both levels together, and what may not change from what holds now.
fn validate_together(
    config: &Config,
    cluster: &BTreeMap<String, String>,
    node: &BTreeMap<String, String>,
) -> Result<(), ConfigError> {
    let next = config
        .layered(cluster, node)
        .map_err(|error| ConfigError::NotAllowed(error.to_string()))?;
    let why = why_not_limited(config, &next).or_else(|| why_not_resized(config.settings(), next.settings()));
    match why {
        Some(text) => Err(ConfigError::NotAllowed(format!(
            "Invalid value org.apache.kafka.common.config.ConfigException: {text} for configuration Invalid dynamic \
             configuration"
        ))),
        None => Ok(()),
    }
}

/// Kafka's `GroupConfig.validate`: names, values, and the broker's bounds.
fn validate_group(config: &Config, set: &BTreeMap<String, String>) -> Result<(), ConfigError> {
    if let Some(name) = set.keys().find(|name| row(Scope::Group, name).is_none()) {
        return Err(ConfigError::Invalid(format!("Unknown group config name: {name}")));
    }
    for (name, text) in set {
        let Some(row) = row(Scope::Group, name) else {
            continue;
        };
        let Value::Number(value) = parse(row, text)? else {
            continue;
        };
        // group.consumer.session.timeout.ms is bounded by group.consumer.min. and .max.session.timeout.ms.
        let Some((kind, rest)) = group_synonym(name).and(name.split_once('.')) else {
            continue;
        };
        let bound = |which: &str| {
            let bound_name = format!("group.{kind}.{which}.{rest}");
            config
                .settings()
                .optional_number(&bound_name)
                .map(|bound| (bound, bound_name))
        };
        let standby = || {
            let bound_name = "group.streams.max.standby.replicas";
            let is_standby = name == "streams.num.standby.replicas";
            is_standby.then(|| (config.settings().number(bound_name), bound_name.to_owned()))
        };
        if let Some((_, min)) = bound("min").filter(|(min, _)| value < *min) {
            return Err(ConfigError::Invalid(format!(
                "{name} must be greater than or equal to {min}"
            )));
        }
        if let Some((_, max)) = bound("max").or_else(standby).filter(|(max, _)| value > *max) {
            return Err(ConfigError::Invalid(format!(
                "{name} must be less than or equal to {max}"
            )));
        }
    }
    for kind in ["consumer", "share", "streams"] {
        let (session, heartbeat) = (
            format!("{kind}.session.timeout.ms"),
            format!("{kind}.heartbeat.interval.ms"),
        );
        if group_number(config, set, &session) <= group_number(config, set, &heartbeat) {
            return Err(ConfigError::Invalid(format!(
                "{session} must be greater than {heartbeat}"
            )));
        }
    }
    Ok(())
}

/// A group's own number, else the broker's.
fn group_number(config: &Config, set: &BTreeMap<String, String>, name: &str) -> i64 {
    let own = row(Scope::Group, name).zip(set.get(name));
    match own.and_then(|(row, text)| parse(row, text).ok()) {
        Some(Value::Number(own)) => own,
        _ => config.settings().number(&format!("group.{name}")),
    }
}

/// What a client metrics subscription may match on (KIP-714).
const MATCH_NAMES: [&str; 6] = [
    "client_instance_id",
    "client_id",
    "client_software_name",
    "client_software_version",
    "client_source_address",
    "client_source_port",
];

/// Kafka's `ClientMetricsConfigs.validate`.
fn validate_client_metrics(set: &BTreeMap<String, String>) -> Result<(), ConfigError> {
    if let Some(name) = set.keys().find(|name| row(Scope::ClientMetrics, name).is_none()) {
        return Err(ConfigError::NotAllowed(format!(
            "Unknown client metrics configuration: {name}"
        )));
    }
    for (name, text) in set {
        let Some(row) = row(Scope::ClientMetrics, name) else {
            continue;
        };
        match parse(row, text)? {
            Value::Number(ms) if !(100..=3_600_000).contains(&ms) => {
                return Err(ConfigError::NotAllowed(format!(
                    "Invalid value {ms} for {name}, interval must be between 100 and 3600000 (1 hour)"
                )));
            }
            Value::List(patterns) if name == "match" => {
                let is_legal = |pattern: &&String| match pattern.split_once('=') {
                    Some((param, value)) => {
                        let is_pattern = !value.is_empty() && regex::Regex::new(value).is_ok();
                        MATCH_NAMES.contains(&param.trim()) && is_pattern
                    }
                    None => false,
                };
                if let Some(pattern) = patterns.iter().find(|pattern| !is_legal(pattern)) {
                    return Err(ConfigError::Invalid(format!(
                        "Illegal client matching pattern: {pattern}"
                    )));
                }
            }
            _ => {}
        }
    }
    Ok(())
}
