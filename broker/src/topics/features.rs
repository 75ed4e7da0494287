//! Feature levels: what this release supports, and what it finalises in a new cluster.

use std::collections::BTreeMap;

use crate::records::metadata::MetadataRecord;
use crate::records::metadata_broker::BrokerFeature;

/// The feature that says which records the metadata log may hold.
pub const METADATA_VERSION: &str = "metadata.version";
/// metadata.version of Kafka 4.3 (4.3-IV0).
pub const METADATA_VERSION_LEVEL: i16 = 30;
/// The oldest metadata.version that can be read (3.3-IV3).
pub const METADATA_VERSION_MIN: i16 = 7;

/// The feature of the newer consumer protocol (KIP-848).
pub const GROUP_VERSION: &str = "group.version";
/// The feature that says how producers and coordinators do transactions.
pub const TRANSACTION_VERSION: &str = "transaction.version";
/// The protocol version of the quorum of controllers. It is no feature record: the log's control records say it.
pub const KRAFT_VERSION: &str = "kraft.version";
/// Eligible leader replicas (KIP-966). With one replica nobody else is eligible.
pub const ELIGIBLE_LEADERS_VERSION: &str = "eligible.leader.replicas.version";

/// metadata.version that eligible leader replicas depend on (4.0-IV1).
pub const ELIGIBLE_LEADERS_METADATA: i16 = 23;
/// metadata.version since which a new cluster has them (4.1-IV0).
const ELIGIBLE_LEADERS_USUAL: i16 = 26;

/// A feature, as Kafka 4.3 has it but for what is not built.
#[derive(Debug)]
pub struct Feature {
    /// Its name.
    pub name: &'static str,
    /// Lowest level.
    pub min: i16,
    /// Highest level that is served: no cluster is raised to what it does not serve.
    pub max: i16,
    /// Highest level of Kafka's. A folder of Kafka's keeps its levels above what is served; they are not shown.
    pub kafka_max: i16,
    /// Level of a new cluster of the newest metadata.version.
    pub usual: i16,
}

/// All features: name, lowest and highest level, level of a new cluster.
pub const FEATURES: [Feature; 7] = [
    built(
        METADATA_VERSION,
        METADATA_VERSION_MIN,
        METADATA_VERSION_LEVEL,
        METADATA_VERSION_LEVEL,
    ),
    built(TRANSACTION_VERSION, 0, 2, 2),
    built(GROUP_VERSION, 0, 1, 1),
    unbuilt("share.version", 1),
    unbuilt("streams.version", 1),
    built(ELIGIBLE_LEADERS_VERSION, 0, 1, 1),
    built(KRAFT_VERSION, 0, 1, 0),
];

const fn built(name: &'static str, min: i16, max: i16, usual: i16) -> Feature {
    Feature {
        name,
        min,
        max,
        kafka_max: max,
        usual,
    }
}

const fn unbuilt(name: &'static str, kafka_max: i16) -> Feature {
    Feature {
        name,
        min: 0,
        max: 0,
        kafka_max,
        usual: 0,
    }
}

impl Feature {
    /// The feature of a name.
    pub fn of(name: &str) -> Option<&'static Feature> {
        FEATURES.iter().find(|feature| feature.name == name)
    }

    /// Whether a level is served.
    pub fn serves(&self, level: i16) -> bool {
        (self.min..=self.max).contains(&level)
    }

    /// Its level in a new cluster of a metadata.version.
    fn first(&self, metadata: i16) -> i16 {
        match self.name {
            ELIGIBLE_LEADERS_VERSION if metadata < ELIGIBLE_LEADERS_USUAL => 0,
            _ => self.usual,
        }
    }
}

/// The metadata.version in force once these records are in the log.
pub fn metadata_level(features: &BTreeMap<String, i16>, records: &[MetadataRecord]) -> i16 {
    let new = records.iter().rev().find_map(|record| match record {
        MetadataRecord::FeatureLevel { name, level } if name == METADATA_VERSION => Some(*level),
        _ => None,
    });
    new.or_else(|| features.get(METADATA_VERSION).copied())
        .unwrap_or(METADATA_VERSION_LEVEL)
}

/// Levels that this broker supports, for its registration.
pub fn supported() -> Vec<BrokerFeature> {
    let supported = FEATURES.iter().map(|feature| BrokerFeature {
        name: feature.name.to_owned(),
        min: feature.min,
        max: feature.max,
    });
    supported.collect()
}

/// Why eligible leader replicas cannot be of this level at a metadata.version; the text is Kafka's.
pub fn why_not_eligible(level: i16, metadata: i16) -> Option<String> {
    let (name, needed) = (ELIGIBLE_LEADERS_VERSION, ELIGIBLE_LEADERS_METADATA);
    (level > 0 && metadata < needed).then(|| {
        format!("{name} could not be set to {level} because it depends on {METADATA_VERSION} level {needed}")
    })
}

/// The first records of a new metadata log, with these levels in place of the newest.
///
/// # Errors
/// One sentence about a feature or a level that this release does not have.
pub fn bootstrap(wanted: &BTreeMap<String, i16>) -> Result<Vec<MetadataRecord>, String> {
    for (name, level) in wanted {
        let Some(feature) = Feature::of(name) else {
            return Err(format!("ottla.features: there is no feature {name}"));
        };
        if !feature.serves(*level) {
            return Err(format!(
                "ottla.features: {name}={level} is not supported, only {} to {}",
                feature.min, feature.max
            ));
        }
    }
    if wanted.get(KRAFT_VERSION).is_some_and(|level| *level > 0) {
        let text = "ottla.features: kraft.version is 1 where controller.quorum.bootstrap.servers is given without \
                    controller.quorum.voters, and 0 otherwise: raise it while the broker runs";
        return Err(text.to_owned());
    }
    let asked = |name: &str| wanted.get(name).copied();
    let metadata = asked(METADATA_VERSION).unwrap_or(METADATA_VERSION_LEVEL);
    let eligible = asked(ELIGIBLE_LEADERS_VERSION).unwrap_or(0);
    if let Some(reason) = why_not_eligible(eligible, metadata) {
        return Err(format!("ottla.features: {reason}"));
    }
    let levels = FEATURES.iter().map(|feature| {
        let level = asked(feature.name).unwrap_or_else(|| feature.first(metadata));
        (feature.name, level)
    });
    Ok(levels
        .filter(|(_, level)| *level > 0)
        .map(|(name, level)| MetadataRecord::FeatureLevel {
            name: name.to_owned(),
            level,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(wanted: &[(&str, i16)]) -> Result<Vec<(String, i16)>, String> {
        let wanted = wanted
            .iter()
            .map(|(name, level)| ((*name).to_owned(), *level))
            .collect();
        let level = |record| match record {
            MetadataRecord::FeatureLevel { name, level } => (name, level),
            other => panic!("{other:?}"),
        };
        Ok(bootstrap(&wanted)?.into_iter().map(level).collect())
    }

    #[test]
    fn a_new_cluster_starts_with_the_levels_asked_for() {
        let all = FEATURES.iter().filter(|feature| feature.usual > 0);
        let all = all.map(|feature| (feature.name.to_owned(), feature.usual));
        assert_eq!(levels(&[]), Ok(all.collect()));
        let older = [
            (TRANSACTION_VERSION, 1),
            (GROUP_VERSION, 0),
            (ELIGIBLE_LEADERS_VERSION, 0),
        ];
        let older = levels(&older).expect("supported");
        let names: Vec<(&str, i16)> = older
            .iter()
            .map(|(name, level)| (name.as_str(), *level))
            .collect();
        assert_eq!(
            names,
            [
                (METADATA_VERSION, METADATA_VERSION_LEVEL),
                (TRANSACTION_VERSION, 1)
            ]
        );
    }

    /// What `kafka-storage version-mapping` says of 4.0 and 4.1, and what its format refuses.
    #[test]
    fn eligible_leaders_come_with_the_metadata_that_usually_has_them() {
        let level = |wanted: &[(&str, i16)]| {
            let all: BTreeMap<_, _> = levels(wanted)?.into_iter().collect();
            Ok::<_, String>(all.get(ELIGIBLE_LEADERS_VERSION).copied())
        };
        let name = ELIGIBLE_LEADERS_VERSION;
        assert_eq!(level(&[(METADATA_VERSION, 25)]), Ok(None));
        assert_eq!(level(&[(METADATA_VERSION, 26)]), Ok(Some(1)));
        assert_eq!(level(&[(METADATA_VERSION, 23), (name, 1)]), Ok(Some(1)));
        let refused = level(&[(METADATA_VERSION, 22), (name, 1)]).expect_err("too old");
        assert!(
            refused.ends_with("because it depends on metadata.version level 23"),
            "{refused}"
        );
    }

    #[test]
    fn a_level_that_is_not_there_is_refused() {
        let refused = levels(&[(TRANSACTION_VERSION, 3)]).expect_err("too new");
        assert_eq!(
            refused,
            "ottla.features: transaction.version=3 is not supported, only 0 to 2"
        );
        assert!(levels(&[("share.version", 2)]).is_err() && levels(&[("nonsense", 1)]).is_err());
        assert!(levels(&[(KRAFT_VERSION, 1)]).is_err());
        assert!(levels(&[("share.version", 1)]).is_err(), "not built");
    }
}
