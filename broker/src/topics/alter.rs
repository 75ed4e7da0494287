//! Changing the configs of resources, by differences (IncrementalAlterConfigs) or as a whole (AlterConfigs).
//!
//! Resources are independent: one refused holds up no other. What is allowed is decided under the lock of the metadata,
//! so that APPEND and SUBTRACT see the newest list. Rules and texts are those of Kafka's `ConfigAdminManager` and
//! `ConfigurationControlManager`. Levels of loggers are no records: they change in the running process.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::alter_loggers::decide_levels;
use super::eligible_leaders::refuse_alteration;
use super::features::METADATA_VERSION;
use super::handle::Topics;
use super::image::MetadataImage;
use super::name::why_invalid;
use super::request::ConfigChange;
use super::state::{Resource, ResourceKind};
use crate::config::{AlterOp, AlterTarget, Alteration, ConfigError, Current, alter};
use crate::log_levels::{LevelChange, LogLevels};
use crate::records::metadata_levels::CORDONED;

/// What is to be done to a resource's configs.
#[derive(Clone, Debug)]
pub enum AlterConfigs {
    /// Changes one by one.
    Each(Vec<Alteration>),
    /// These, and no others.
    Whole(Vec<(String, String)>),
}

/// A resource whose configs are to change.
#[derive(Clone, Debug)]
pub struct AlterResource {
    /// What it is.
    pub kind: ResourceKind,
    /// Its name.
    pub name: String,
    /// What is to change, or why that is not clear.
    pub alter: Result<AlterConfigs, AlterRefusal>,
}

impl AlterResource {
    /// A resource of Kafka's type number.
    pub fn of(kind: i8, name: &str, alter: Result<AlterConfigs, AlterRefusal>) -> AlterResource {
        AlterResource {
            kind: ResourceKind(kind),
            name: name.to_owned(),
            alter,
        }
    }
}

/// Why the configs of a resource stay as they are; the texts are Kafka's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AlterRefusal {
    /// The request makes no sense (INVALID_REQUEST).
    #[error("{0}")]
    Request(String),
    /// No topic can have this name (INVALID_TOPIC_EXCEPTION).
    #[error("{0}")]
    TopicName(String),
    /// There is no such topic (UNKNOWN_TOPIC_OR_PARTITION).
    #[error("The topic '{0}' does not exist.")]
    UnknownTopic(String),
    /// There is no such logger, or no such level (INVALID_CONFIG).
    #[error("{0}")]
    Logger(String),
    /// A rule of the broker's owner forbids it (POLICY_VIOLATION).
    #[error("{0}")]
    Policy(String),
    /// A config is refused.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The metadata log cannot be written (KAFKA_STORAGE_ERROR).
    #[error("{0}")]
    Storage(String),
}

impl AlterRefusal {
    /// The request makes no sense.
    pub fn request(text: impl Into<String>) -> AlterRefusal {
        AlterRefusal::Request(text.into())
    }
}

/// Checks what Kafka checks before it looks at a resource: names that come twice, and values that are missing though
/// needed. Each entry is a name and whether its value is missing.
///
/// # Errors
/// [`AlterRefusal::Request`].
pub fn require_clear<'a>(entries: impl Iterator<Item = (&'a str, bool)> + Clone) -> Result<(), AlterRefusal> {
    let mut seen = HashSet::new();
    if !entries.clone().all(|(name, _)| seen.insert(name)) {
        return Err(AlterRefusal::request("Error due to duplicate config keys"));
    }
    let missing: Vec<&str> = entries
        .filter_map(|(name, missing)| missing.then_some(name))
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(AlterRefusal::request(format!(
            "Null value not supported for : {}",
            missing.join(", ")
        ))),
    }
}

impl Topics {
    /// Changes the configs of resources, unless `validate_only`: an outcome each, durable when it is told.
    pub async fn alter_resources(
        &self,
        resources: &[AlterResource],
        validate_only: bool,
    ) -> Vec<Result<(), AlterRefusal>> {
        let log = &self.shared().env.log;
        let decide = |image: &MetadataImage| {
            let mut named: HashMap<_, usize> = HashMap::with_capacity(resources.len());
            for AlterResource { kind, name, .. } in resources {
                *named.entry((*kind, name)).or_default() += 1;
            }
            let decide_one = |resource: &AlterResource| match named.get(&(resource.kind, &resource.name)) {
                Some(2..) => Err(AlterRefusal::request("Each resource must appear at most once.")),
                _ => decide(image, log, resource),
            };
            let decided: Vec<_> = resources.iter().map(decide_one).collect();
            let changes = match validate_only {
                true => Vec::new(),
                false => {
                    let all = decided.iter().flatten();
                    all.flat_map(|one| one.configs.iter().cloned()).collect()
                }
            };
            (changes, decided)
        };
        let apply = |decided: Decided| match validate_only {
            true => Ok(()),
            false => log.change(&decided.levels).map_err(AlterRefusal::Request),
        };
        match self.alter_configs_by(decide).await {
            Ok(decided) => decided.into_iter().map(|one| one.and_then(apply)).collect(),
            Err(error) => {
                let refusal = Err(AlterRefusal::Storage(error.to_string()));
                vec![refusal; resources.len()]
            }
        }
    }
}

/// What changes on one resource.
#[derive(Debug, Default)]
struct Decided {
    /// Configs of the metadata log.
    configs: Vec<ConfigChange>,
    /// Levels of loggers.
    levels: Vec<LevelChange>,
}

/// What changes on one resource, or why nothing does.
fn decide(image: &MetadataImage, log: &LogLevels, resource: &AlterResource) -> Result<Decided, AlterRefusal> {
    let asked = resource.alter.as_ref().map_err(Clone::clone)?;
    // As a whole, Kafka does not know loggers.
    if let (ResourceKind::BROKER_LOGGER, AlterConfigs::Each(each)) = (resource.kind, asked) {
        let levels = decide_levels(log, image.node_id, &resource.name, each)?;
        let configs = Vec::new();
        return Ok(Decided { configs, levels });
    }
    let target = target_of(image, resource)?;
    let of = Resource {
        kind: resource.kind,
        name: resource.name.as_str().into(),
    };
    let current = image.configs(&of).unwrap_or_default();
    let alterations = match asked {
        AlterConfigs::Each(alterations) => alterations.clone(),
        AlterConfigs::Whole(whole) => replacing(whole, current.keys()),
    };
    let beside = match target {
        AlterTarget::Broker => image.configs(&Resource::broker("")),
        AlterTarget::Cluster => image.configs(&Resource::broker(&image.node_id.to_string())),
        _ => None,
    };
    let levels = Current {
        own: &current,
        beside: &beside.unwrap_or_default(),
    };
    let next = alter(&image.config, target, levels, &alterations)?;
    refuse_alteration(image, target, &alterations, &next)?;
    require_level(image, target, &alterations)?;
    if target == AlterTarget::Topic && image.topic(&resource.name).is_none() {
        return Err(AlterRefusal::UnknownTopic(resource.name.clone()));
    }
    let is_altered = |name: &str| alterations.iter().any(|a| a.name == name);
    let policy = &image.config.policies.alter_config;
    policy
        .check_named(is_altered, |name| next.get(name).cloned())
        .map_err(AlterRefusal::Policy)?;
    let change = |a: Alteration| ConfigChange {
        resource: of.clone(),
        value: next.get(&a.name).cloned(),
        name: a.name,
    };
    Ok(Decided {
        configs: alterations.into_iter().map(change).collect(),
        ..Decided::default()
    })
}

/// Kafka's controller does not touch configs that came after the metadata.version; not even to take them away.
fn require_level(
    image: &MetadataImage,
    target: AlterTarget,
    alterations: &[Alteration],
) -> Result<(), ConfigError> {
    let is_cordoning = alterations.iter().any(|a| a.name == "cordoned.log.dirs");
    match target {
        AlterTarget::Broker if is_cordoning && image.feature_level(METADATA_VERSION) < CORDONED => {
            let text = "The cordoned.log.dirs configuration value cannot be set because it requires metadata.version >= \
                        4.3-IV0";
            Err(ConfigError::Invalid(text.to_owned()))
        }
        _ => Ok(()),
    }
}

/// The changes that leave nothing but `whole`.
fn replacing<'a>(whole: &[(String, String)], current: impl Iterator<Item = &'a String>) -> Vec<Alteration> {
    let kept: BTreeSet<&String> = whole.iter().map(|(name, _)| name).collect();
    let gone = current
        .filter(|name| !kept.contains(name))
        .map(|name| Alteration {
            name: name.clone(),
            op: AlterOp::Delete,
        });
    let set = whole.iter().map(|(name, value)| Alteration {
        name: name.clone(),
        op: AlterOp::Set(value.clone()),
    });
    gone.chain(set).collect()
}

/// What the resource is, if it may be changed at all.
fn target_of(image: &MetadataImage, resource: &AlterResource) -> Result<AlterTarget, AlterRefusal> {
    let name = resource.name.as_str();
    let refuse = |text: &str| Err(AlterRefusal::request(text));
    match resource.kind {
        ResourceKind::TOPIC if name.is_empty() => refuse("Default topic resources are not allowed."),
        ResourceKind::TOPIC => match why_invalid(name) {
            Some(text) => Err(AlterRefusal::TopicName(text)),
            None => Ok(AlterTarget::Topic),
        },
        ResourceKind::BROKER if name.is_empty() => Ok(AlterTarget::Cluster),
        ResourceKind::BROKER => require_this_broker(image, name).map(|()| AlterTarget::Broker),
        ResourceKind::CLIENT_METRICS if name.is_empty() => refuse("Subscription name can't be empty"),
        ResourceKind::CLIENT_METRICS => Ok(AlterTarget::ClientMetrics),
        ResourceKind::GROUP if name.is_empty() => refuse("Default group resources are not allowed."),
        ResourceKind::GROUP => Ok(AlterTarget::Group),
        other => refuse(&format!("Unknown resource type {}", other.0)),
    }
}

fn require_this_broker(image: &MetadataImage, name: &str) -> Result<(), AlterRefusal> {
    let text = match name.parse::<i32>() {
        Ok(id) if id == image.node_id => return Ok(()),
        Ok(_) => {
            let expected = image.node_id;
            format!("Unexpected broker id, expected {expected}, but received {name}")
        }
        Err(_) => format!("Node id must be an integer, but it is: {name}"),
    };
    Err(AlterRefusal::Request(text))
}
