//! What must hold while eligible leader replicas are on (KIP-966): all brokers go by one `min.insync.replicas`, that of
//! the cluster (Kafka: `ConfigurationControlManager.maybeGenerateElrSafetyRecords`).

use std::collections::BTreeMap;

use super::features::ELIGIBLE_LEADERS_VERSION;
use super::image::MetadataImage;
use super::state::{MetadataState, Resource, ResourceKind};
use crate::config::{AlterTarget, Alteration, Config, ConfigError};
use crate::records::metadata::MetadataRecord;

const MIN_INSYNC_REPLICAS: &str = "min.insync.replicas";

/// Whether a record turns them on.
pub fn is_on(record: &MetadataRecord) -> bool {
    matches!(record, MetadataRecord::FeatureLevel { name, level } if name == ELIGIBLE_LEADERS_VERSION && *level > 0)
}

/// The config of the cluster, by what the broker was started with.
pub fn cluster_record(start_config: &Config) -> MetadataRecord {
    let value = start_config.settings().number(MIN_INSYNC_REPLICAS);
    config_record("", Some(value.to_string()))
}

/// Records that make it safe to turn them on: the config of the cluster, if there is none, and the end of those of brokers.
pub fn safety_records(state: &MetadataState, start_config: &Config) -> Vec<MetadataRecord> {
    let has = |resource: &Resource| {
        let own = state.configs_of(resource);
        own.is_some_and(|own| own.contains_key(MIN_INSYNC_REPLICAS))
    };
    let first = (!has(&Resource::broker(""))).then(|| cluster_record(start_config));
    let brokers = state.configs.keys().filter(|resource| {
        resource.kind == ResourceKind::BROKER && !resource.name.is_empty() && has(resource)
    });
    let removed = brokers.map(|resource| config_record(&resource.name, None));
    first.into_iter().chain(removed).collect()
}

fn config_record(broker: &str, value: Option<String>) -> MetadataRecord {
    MetadataRecord::Config {
        resource_type: ResourceKind::BROKER.0,
        resource_name: broker.to_owned(),
        name: MIN_INSYNC_REPLICAS.to_owned(),
        value,
    }
}

/// Keeps what must hold: texts are Kafka's. `next` is what the alterations lead to.
///
/// # Errors
/// [`ConfigError::Invalid`].
pub fn refuse_alteration(
    image: &MetadataImage,
    target: AlterTarget,
    alterations: &[Alteration],
    next: &BTreeMap<String, String>,
) -> Result<(), ConfigError> {
    let is_named = || alterations.iter().any(|a| a.name == MIN_INSYNC_REPLICAS);
    if image.feature_level(ELIGIBLE_LEADERS_VERSION) == 0 || !is_named() {
        return Ok(());
    }
    let refused = match target {
        AlterTarget::Broker => "Broker-level min.insync.replicas cannot be altered while ELR is enabled.",
        AlterTarget::Cluster if !next.contains_key(MIN_INSYNC_REPLICAS) => {
            "Cluster-level min.insync.replicas cannot be removed while ELR is enabled."
        }
        _ => return Ok(()),
    };
    Err(ConfigError::Invalid(refused.to_owned()))
}
