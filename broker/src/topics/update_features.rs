//! Deciding on feature levels (Kafka: `FeatureControlManager.updateFeatures`; KIP-584, KIP-1022).

use super::error::{TopicError, TopicErrorKind as Kind};
use super::features::{METADATA_VERSION, supported};
use super::state::MetadataState;
use crate::records::metadata::MetadataRecord;

/// Which way a level may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpgradeType {
    /// A number that the protocol does not know.
    Unknown,
    /// Up only.
    Upgrade,
    /// Down, as long as nothing is lost.
    SafeDowngrade,
    /// Down at any price.
    UnsafeDowngrade,
}

impl UpgradeType {
    /// The type of the protocol's number.
    pub fn from_code(code: i8) -> UpgradeType {
        match code {
            1 => UpgradeType::Upgrade,
            2 => UpgradeType::SafeDowngrade,
            3 => UpgradeType::UnsafeDowngrade,
            _ => UpgradeType::Unknown,
        }
    }
}

/// A wish for one feature.
#[derive(Clone, Debug)]
pub struct FeatureUpdate {
    /// The feature's name.
    pub name: String,
    /// Level wanted; 0 takes the feature back.
    pub level: i16,
    /// Which way it may go.
    pub upgrade_type: UpgradeType,
}

/// Decides on all updates together: one refusal refuses all.
pub fn update_features(
    state: &MetadataState,
    node_id: i32,
    updates: &[FeatureUpdate],
) -> Result<Vec<MetadataRecord>, TopicError> {
    let mut records = Vec::new();
    for update in updates {
        let current = state.features.get(&update.name).copied().unwrap_or(0);
        if let Some(reason) = why_not(update, current, node_id) {
            let (level, name) = (update.level, &update.name);
            let message = format!("Invalid update version {level} for feature {name}. {reason}");
            return Err(TopicError::new(Kind::InvalidUpdateVersion, message));
        }
        if let Some(message) = why_no_metadata(update, current) {
            return Err(TopicError::new(Kind::InvalidUpdateVersion, message));
        }
        if update.level != current {
            records.push(MetadataRecord::FeatureLevel {
                name: update.name.clone(),
                level: update.level,
            });
        }
    }
    Ok(records)
}

fn why_not(update: &FeatureUpdate, current: i16, node_id: i32) -> Option<String> {
    if update.upgrade_type == UpgradeType::Unknown {
        return Some("The controller does not support the given upgrade type.".to_owned());
    }
    if update.level < 0 {
        return Some("A feature version cannot be less than 0.".to_owned());
    }
    let Some(range) = supported()
        .into_iter()
        .find(|feature| feature.name == update.name)
    else {
        return Some(match update.level {
            0 => format!("Feature {} not found.", update.name),
            _ => format!("Local controller {node_id} does not support this feature."),
        });
    };
    if !(range.min..=range.max).contains(&update.level) {
        let (min, max) = (range.min, range.max);
        return Some(format!(
            "Local controller {node_id} only supports versions {min}-{max}"
        ));
    }
    if update.level < current && update.upgrade_type == UpgradeType::Upgrade {
        let text = "Can't downgrade the version of this feature without setting the upgrade type to either safe \
                    or unsafe downgrade.";
        return Some(text.to_owned());
    }
    if update.level > current && update.upgrade_type != UpgradeType::Upgrade {
        return Some("Can't downgrade to a newer version.".to_owned());
    }
    None
}

/// The metadata log is written in one version only; each older one would lose what it cannot say.
fn why_no_metadata(update: &FeatureUpdate, current: i16) -> Option<String> {
    let reason = match update.upgrade_type {
        UpgradeType::UnsafeDowngrade => "Unsafe metadata downgrade is not supported in this version.",
        _ => "Refusing to perform the requested downgrade because it might delete metadata information.",
    };
    let wanted = update.level;
    (update.name == METADATA_VERSION && wanted != current)
        .then(|| format!("Unsupported metadata.version downgrade from {current} to {wanted}. {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topics::features::METADATA_VERSION_LEVEL;

    fn decide(name: &str, level: i16, upgrade_type: UpgradeType) -> Result<usize, String> {
        let mut state = MetadataState::default();
        state.features.insert("transaction.version".to_owned(), 1);
        state
            .features
            .insert(METADATA_VERSION.to_owned(), METADATA_VERSION_LEVEL);
        let update = FeatureUpdate {
            name: name.to_owned(),
            level,
            upgrade_type,
        };
        update_features(&state, 7, &[update])
            .map(|records| records.len())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn levels_go_the_way_that_was_asked_for() {
        use UpgradeType::*;
        assert_eq!(decide("transaction.version", 2, Upgrade), Ok(1));
        assert_eq!(
            decide("transaction.version", 1, Upgrade),
            Ok(0),
            "nothing to change"
        );
        assert_eq!(decide("transaction.version", 0, SafeDowngrade), Ok(1));
        assert_eq!(decide("transaction.version", 0, UnsafeDowngrade), Ok(1));
        for (name, level, kind, part) in [
            (
                "transaction.version",
                0,
                Upgrade,
                "without setting the upgrade type",
            ),
            ("transaction.version", 2, SafeDowngrade, "to a newer version"),
            ("transaction.version", 3, Upgrade, "only supports versions 0-2"),
            ("transaction.version", -1, SafeDowngrade, "less than 0"),
            ("transaction.version", 2, Unknown, "upgrade type"),
            (
                "nonsense",
                1,
                Upgrade,
                "Local controller 7 does not support this feature",
            ),
            ("nonsense", 0, SafeDowngrade, "Feature nonsense not found"),
            (METADATA_VERSION, 0, SafeDowngrade, "only supports versions 7-30"),
            (METADATA_VERSION, 20, UnsafeDowngrade, "from 30 to 20. Unsafe"),
            (
                METADATA_VERSION,
                METADATA_VERSION_LEVEL - 1,
                SafeDowngrade,
                "from 30 to 29. Refusing",
            ),
        ] {
            let refused = decide(name, level, kind).unwrap_err();
            assert!(refused.contains(part), "{refused}");
        }
    }
}
