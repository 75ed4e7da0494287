//! Turning config changes into records (Kafka: `ConfigurationControlManager`).

use super::request::ConfigChange;
use super::state::MetadataState;
use crate::records::metadata::MetadataRecord;

/// Records of the changes that change something.
pub fn config_records(state: &MetadataState, changes: &[ConfigChange]) -> Vec<MetadataRecord> {
    let news = changes.iter().filter(|change| {
        let now = state
            .configs_of(&change.resource)
            .and_then(|own| own.get(&change.name));
        now != change.value.as_ref()
    });
    news.map(|change| MetadataRecord::Config {
        resource_type: change.resource.kind.0,
        resource_name: change.resource.name.to_string(),
        name: change.name.clone(),
        value: change.value.clone(),
    })
    .collect()
}
