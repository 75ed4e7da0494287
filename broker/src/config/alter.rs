//! Config changes as IncrementalAlterConfigs makes them: pure functions of (config, what is set, changes).
//!
//! Rules and texts are those of Kafka's `ConfigAdminManager` (brokers) and `ConfigurationControlManager` with
//! `ControllerConfigurationValidator` (topics, groups, client metrics).

use std::collections::BTreeMap;

use super::broker_config::Config;
use super::checks::{why_not_cordoned, why_not_resized};
use super::describe::group_synonym;
use super::error::ConfigError;
use super::row::{Kind, Mode, Scope};
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

/// Applies changes to what is set on a resource and checks the outcome. Returns everything that is set afterwards.
///
/// `config` is the broker's effective config, `current` what is set on the resource now.
///
/// # Errors
/// [`ConfigError`] with Kafka's text; nothing has changed then.
pub fn alter(
    config: &Config,
    target: AlterTarget,
    current: &BTreeMap<String, String>,
    alterations: &[Alteration],
) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut next = current.clone();
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
        AlterTarget::Broker | AlterTarget::Cluster => validate_broker(config, target, &next)?,
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
    for (name, text) in set {
        if let Some(row) = row(Scope::Broker, name) {
            let text = config.settings().resolve(text).map_err(ConfigError::NotAllowed)?;
            parse(row, &text).map_err(|error| ConfigError::NotAllowed(error.to_string()))?;
        }
    }
    let per_broker = of(&|_, mode| mode == Mode::PerBroker);
    if target == AlterTarget::Cluster && !per_broker.is_empty() {
        return refused(format!(
            "Cannot update these configs at default cluster level, broker id must be specified: [{}]",
            per_broker.join(", ")
        ));
    }
    validate_together(config, target, set)
}

/// What Kafka's `KafkaConfig.validateValues` and `LogConfig` say about dynamic broker configs together.
fn validate_together(
    config: &Config,
    target: AlterTarget,
    set: &BTreeMap<String, String>,
) -> Result<(), ConfigError> {
    let nothing = BTreeMap::new();
    let next = match target {
        AlterTarget::Cluster => config.settings().with_dynamic(set, &nothing),
        _ => config.settings().with_dynamic(&nothing, set),
    };
    if matches!(next.optional_number("log.retention.ms"), Some(n) if n < 1 && n != -1) {
        let text =
            "requirement failed: log.retention.ms must be unlimited (-1) or, greater than or equal to 1";
        return Err(ConfigError::NotAllowed(text.to_owned()));
    }
    if let Some(text) = why_not_resized(config.settings(), &next) {
        return Err(ConfigError::NotAllowed(format!(
            "Invalid value org.apache.kafka.common.config.ConfigException: {text} for configuration Invalid dynamic \
             configuration"
        )));
    }
    if let Some(text) = why_not_cordoned(&next) {
        return Err(ConfigError::NotAllowed(format!("requirement failed: {text}")));
    }
    Config::new(next)
        .map(drop)
        .map_err(|error| ConfigError::NotAllowed(error.to_string()))
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
    Ok(())
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
