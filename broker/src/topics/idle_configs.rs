//! Configs that are stored and shown while nothing depends on them yet: whoever sets one is told, once per config.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::state::{MetadataState, ResourceKind};
use crate::config::{Effect, Row, Scope, row};
use crate::records::metadata::MetadataRecord;

/// What was told already since the start. Bounded by the table of configs.
#[derive(Debug, Default)]
pub(super) struct IdleConfigs(Mutex<BTreeSet<(Scope, &'static str)>>);

impl IdleConfigs {
    /// Looks at records about to be applied.
    pub(super) fn note_records(&self, records: &[MetadataRecord]) {
        for record in records {
            if let MetadataRecord::Config {
                resource_type,
                resource_name,
                name,
                value: Some(value),
            } = record
            {
                self.note(ResourceKind(*resource_type), resource_name, name, value);
            }
        }
    }

    /// Looks at what was stored before this start.
    pub(super) fn note_state(&self, state: &MetadataState) {
        for (resource, own) in &state.configs {
            for (name, value) in own.iter() {
                self.note(resource.kind, &resource.name, name, value);
            }
        }
    }

    fn note(&self, kind: ResourceKind, resource: &str, name: &str, value: &str) {
        if let Some(row) = self.news(kind, name, value) {
            let config = row.name;
            match row.effect {
                Effect::Nothing => {
                    tracing::warn!(config, resource, "without meaning in Ottla, kept and shown")
                }
                _ => tracing::warn!(
                    config,
                    resource,
                    "kept and shown, but not acted upon in this release"
                ),
            }
        }
    }

    /// The row of a config that does nothing and was not told yet.
    fn news(&self, kind: ResourceKind, name: &str, value: &str) -> Option<&'static Row> {
        let scope = match kind {
            ResourceKind::TOPIC => Scope::Topic,
            ResourceKind::BROKER => Scope::Broker,
            ResourceKind::GROUP => Scope::Group,
            ResourceKind::CLIENT_METRICS => Scope::ClientMetrics,
            _ => return None,
        };
        let row = row(scope, name).filter(|row| row.effect != Effect::Acts && row.default != Some(value))?;
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.insert((scope, row.name)).then_some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_does_nothing_is_told_and_only_once() {
        let told = IdleConfigs::default();
        let news = |name, value| told.news(ResourceKind::TOPIC, name, value).is_some();
        assert!(!news("retention.ms", "5"), "acted upon");
        assert!(!news("local.retention.ms", "-2"), "the default");
        assert!(!news("no.such", "1"));
        assert!(news("local.retention.ms", "5"));
        assert!(!news("local.retention.ms", "6"), "told already");
        assert!(news("remote.log.copy.disable", "true"));
        let of_broker = told.news(ResourceKind::BROKER, "background.threads", "3");
        assert!(of_broker.is_some());
    }
}
