//! Configs that are stored and shown while nothing depends on them yet: whoever sets one is told, once per config.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::state::{MetadataState, ResourceKind};
use crate::config::{Effect, Row, Scope, acts_on_listener, base_row, row};
use crate::records::metadata::MetadataRecord;

/// What was told already since the start, those of one listener apart. Bounded by the table of configs.
#[derive(Debug, Default)]
pub(super) struct IdleConfigs(Mutex<BTreeSet<(Scope, bool, &'static str)>>);

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
        if let Some((row, of_listener)) = self.news(kind, name, value) {
            let config = name;
            match row.effect {
                _ if of_listener => tracing::warn!(
                    config,
                    resource,
                    "a config of one listener, kept and shown, but not acted upon in this release"
                ),
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

    /// The row of a config that does nothing and was not told yet, and whether it does nothing because it is of one listener.
    fn news(&self, kind: ResourceKind, name: &str, value: &str) -> Option<(&'static Row, bool)> {
        let scope = match kind {
            ResourceKind::TOPIC => Scope::Topic,
            ResourceKind::BROKER => Scope::Broker,
            ResourceKind::GROUP => Scope::Group,
            ResourceKind::CLIENT_METRICS => Scope::ClientMetrics,
            _ => return None,
        };
        let of_listener = || base_row(name).filter(|_| scope == Scope::Broker && !acts_on_listener(name));
        let (row, is_of_listener) = match row(scope, name) {
            Some(row) => (Some(row).filter(|row| row.effect != Effect::Acts)?, false),
            None => (of_listener()?, true),
        };
        if row.default == Some(value) {
            return None;
        }
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = told.insert((scope, is_of_listener, row.name));
        is_new.then_some((row, is_of_listener))
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
        let of_listener = |name| {
            told.news(ResourceKind::BROKER, name, "5")
                .map(|(row, apart)| (row.name, apart))
        };
        let store = "listener.name.x.ssl.keystore.location";
        assert_eq!(of_listener(store), Some(("ssl.keystore.location", true)));
        assert_eq!(
            of_listener("listener.name.y.ssl.keystore.location"),
            None,
            "told already"
        );
        assert_eq!(of_listener("listener.name.x.max.connections"), None, "acted upon");
        assert_eq!(of_listener("listener.name.x.no.such"), None);
    }
}
