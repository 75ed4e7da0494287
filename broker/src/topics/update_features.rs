//! Deciding on feature levels (Kafka: `FeatureControlManager.updateFeatures`; KIP-584, KIP-1022).

use super::eligible_leaders;
use super::error::{TopicError, TopicErrorKind as Kind};
use super::features::{ELIGIBLE_LEADERS_VERSION, Feature, KRAFT_VERSION, METADATA_VERSION, why_not_eligible};
use super::handle::Topics;
use super::state::MetadataState;
use crate::config::Config;
use crate::records::metadata::MetadataRecord;
use crate::records::metadata_levels::LOSSY;

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

/// What updates of features write.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureChange {
    /// Records of the metadata.
    pub records: Vec<MetadataRecord>,
    /// The new version of the quorum's protocol, which control records say.
    pub quorum: Option<i16>,
}

impl Topics {
    /// Raises or lowers finalised features, unless `validate_only`.
    ///
    /// # Errors
    /// When an update is refused: nothing changes then. Or when the metadata log cannot be written: the levels of the
    /// features are one batch, and the version of the quorum, which control records say, is one behind it, so that
    /// there may be the first without the second.
    pub async fn update_features(
        &self,
        updates: &[FeatureUpdate],
        validate_only: bool,
    ) -> Result<(), TopicError> {
        let shared = self.shared();
        let mut writer = shared.writer.lock().await;
        let change = update_features(&writer.state, &shared.maker.start_config, updates)?;
        if validate_only {
            return Ok(());
        }
        shared.change(&mut writer, change.records)?;
        match change.quorum {
            Some(version) => shared.raise_quorum(&mut writer, version),
            None => Ok(()),
        }
    }
}

/// Decides on all updates together: one refusal refuses all. Texts are Kafka's. `config` is what the broker was started
/// with.
pub fn update_features(
    state: &MetadataState,
    config: &Config,
    updates: &[FeatureUpdate],
) -> Result<FeatureChange, TopicError> {
    let mut change = FeatureChange::default();
    let is_eligible = |update: &FeatureUpdate| update.name == ELIGIBLE_LEADERS_VERSION && update.level > 0;
    if updates.iter().any(is_eligible) {
        change.records = eligible_leaders::safety_records(state, config);
    }
    let asked = updates.iter().find(|update| update.name == METADATA_VERSION);
    let metadata = asked.map_or_else(|| current(state, METADATA_VERSION), |update| update.level);
    for update in updates {
        let current = current(state, &update.name);
        if let Some(reason) = why_not(update, current, metadata, config.node_id) {
            let (level, name) = (update.level, &update.name);
            let message = format!("Invalid update version {level} for feature {name}. {reason}");
            return Err(TopicError::new(Kind::InvalidUpdateVersion, message));
        }
        if let Some(message) = why_lost(update, current) {
            return Err(TopicError::new(Kind::InvalidUpdateVersion, message));
        }
        match update.level {
            same if same == current => {}
            version if update.name == KRAFT_VERSION => change.quorum = Some(version),
            level => change.records.push(MetadataRecord::FeatureLevel {
                name: update.name.clone(),
                level,
            }),
        }
    }
    Ok(change)
}

/// The level in force.
fn current(state: &MetadataState, name: &str) -> i16 {
    match name {
        KRAFT_VERSION => state.kraft_version(),
        _ => state.features.get(name).copied().unwrap_or(0),
    }
}

/// `metadata` is the metadata.version that there will be.
fn why_not(update: &FeatureUpdate, current: i16, metadata: i16, node_id: i32) -> Option<String> {
    if update.upgrade_type == UpgradeType::Unknown {
        return Some("The controller does not support the given upgrade type.".to_owned());
    }
    if update.level < 0 {
        return Some("A feature version cannot be less than 0.".to_owned());
    }
    let Some(feature) = Feature::of(&update.name) else {
        return Some(match update.level {
            0 => format!("Feature {} not found.", update.name),
            _ => format!("Local controller {node_id} does not support this feature."),
        });
    };
    if !feature.serves(update.level) {
        let (min, max) = (feature.min, feature.max);
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
    if update.name == ELIGIBLE_LEADERS_VERSION
        && let Some(reason) = why_not_eligible(update.level, metadata)
    {
        return Some(reason);
    }
    (update.name == KRAFT_VERSION && update.level < current)
        .then(|| "Can't downgrade the version of this feature.".to_owned())
}

/// Kafka's text when a lower metadata.version could not say all that the log holds.
fn why_lost(update: &FeatureUpdate, current: i16) -> Option<String> {
    let (from, to) = (current, update.level);
    let is_lossy = || LOSSY.iter().any(|level| to < *level && *level <= from);
    if update.name != METADATA_VERSION || to >= from || !is_lossy() {
        return None;
    }
    let reason = match update.upgrade_type {
        UpgradeType::UnsafeDowngrade => "Unsafe metadata downgrade is not supported in this version.",
        _ => "Refusing to perform the requested downgrade because it might delete metadata information.",
    };
    Some(format!(
        "Unsupported metadata.version downgrade from {from} to {to}. {reason}"
    ))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::config::Profile;
    use crate::topics::quorum::{quorum_entries, quorum_records};

    fn decide(name: &str, level: i16, upgrade_type: UpgradeType) -> Result<usize, String> {
        decide_at(30, name, level, upgrade_type)
    }

    /// Node 1.
    fn config() -> Config {
        Config::of_profile(Profile::Dev)
    }

    /// Asks a cluster of a metadata.version; answers the number of records.
    fn decide_at(metadata: i16, name: &str, level: i16, upgrade_type: UpgradeType) -> Result<usize, String> {
        let mut state = MetadataState::default();
        state.features.insert("transaction.version".to_owned(), 1);
        state.features.insert(METADATA_VERSION.to_owned(), metadata);
        let update = FeatureUpdate {
            name: name.to_owned(),
            level,
            upgrade_type,
        };
        update_features(&state, &config(), &[update])
            .map(|change| change.records.len() + change.quorum.iter().count())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn levels_go_the_way_that_was_asked_for() {
        use UpgradeType::*;
        let name = "transaction.version";
        assert_eq!(decide(name, 2, Upgrade), Ok(1));
        assert_eq!(decide(name, 1, Upgrade), Ok(0), "nothing to change");
        assert_eq!(decide(name, 0, SafeDowngrade), Ok(1));
        assert_eq!(decide(name, 0, UnsafeDowngrade), Ok(1));
        for (name, level, kind, part) in [
            (name, 0, Upgrade, "without setting the upgrade type"),
            (name, 2, SafeDowngrade, "Can't downgrade to a newer version."),
            (name, 3, Upgrade, "Local controller 1 only supports versions 0-2"),
            (
                name,
                -1,
                SafeDowngrade,
                "A feature version cannot be less than 0.",
            ),
            (name, 2, Unknown, "does not support the given upgrade type"),
            (
                "nonsense",
                1,
                Upgrade,
                "Local controller 1 does not support this feature.",
            ),
            ("nonsense", 0, SafeDowngrade, "Feature nonsense not found."),
            ("share.version", 1, Upgrade, "only supports versions 0-0"),
        ] {
            let refused = decide(name, level, kind).unwrap_err();
            assert!(refused.contains(part), "{refused}");
        }
    }

    #[test]
    fn the_protocol_of_the_quorum_rises_and_stays() {
        use UpgradeType::*;
        assert_eq!(decide(KRAFT_VERSION, 1, Upgrade), Ok(1));
        assert_eq!(decide(KRAFT_VERSION, 0, SafeDowngrade), Ok(0));
        let mut state = MetadataState::default();
        state
            .quorum
            .extend(quorum_entries(&quorum_records(1, 1, Uuid::nil(), Vec::new())));
        for kind in [SafeDowngrade, UnsafeDowngrade] {
            let (name, level) = (KRAFT_VERSION.to_owned(), 0);
            let update = FeatureUpdate {
                name,
                level,
                upgrade_type: kind,
            };
            let refused = update_features(&state, &config(), &[update])
                .unwrap_err()
                .to_string();
            let wanted = "Invalid update version 0 for feature kraft.version. Can't downgrade the version of this feature.";
            assert_eq!(refused, wanted);
        }
    }

    #[test]
    fn one_feature_depends_on_another() {
        use UpgradeType::*;
        assert_eq!(
            decide_at(23, ELIGIBLE_LEADERS_VERSION, 1, Upgrade),
            Ok(2),
            "with a config"
        );
        let refused = decide_at(22, ELIGIBLE_LEADERS_VERSION, 1, Upgrade).unwrap_err();
        let name = ELIGIBLE_LEADERS_VERSION;
        let wanted = format!(
            "Invalid update version 1 for feature {name}. {name} could not be set to 1 because it depends on \
             metadata.version level 23"
        );
        assert_eq!(refused, wanted);
    }

    #[test]
    fn metadata_version_falls_as_long_as_nothing_is_lost() {
        use UpgradeType::*;
        assert_eq!(decide_at(21, METADATA_VERSION, 30, Upgrade), Ok(1));
        assert_eq!(decide_at(29, METADATA_VERSION, 23, SafeDowngrade), Ok(1));
        assert_eq!(decide_at(29, METADATA_VERSION, 23, UnsafeDowngrade), Ok(1));
        assert_eq!(decide_at(21, METADATA_VERSION, 17, SafeDowngrade), Ok(1));
        for (from, to) in [(30, 29), (23, 22), (17, 16), (29, 20), (8, 7)] {
            let begin = format!("Unsupported metadata.version downgrade from {from} to {to}. ");
            let refused = decide_at(from, METADATA_VERSION, to, SafeDowngrade).unwrap_err();
            assert!(
                refused.starts_with(&begin) && refused.contains("might delete"),
                "{refused}"
            );
            let refused = decide_at(from, METADATA_VERSION, to, UnsafeDowngrade).unwrap_err();
            assert!(
                refused.starts_with(&begin) && refused.contains("Unsafe"),
                "{refused}"
            );
        }
        for to in [0, 6, 31] {
            let refused = decide(METADATA_VERSION, to, UnsafeDowngrade).unwrap_err();
            assert!(
                refused.ends_with("Local controller 1 only supports versions 7-30"),
                "{refused}"
            );
        }
    }
}
