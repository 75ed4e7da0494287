//! Feature levels: what this release supports, and what it finalises in a new cluster.

use std::collections::BTreeMap;

use storage::ControlType;

use super::state::MetadataState;
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
/// transaction.version of Kafka 4.3: the epoch rises with every end (KIP-890).
const TRANSACTION_VERSION_LEVEL: i16 = 2;

/// Levels that a new cluster finalises: only of what is built.
pub const FINALISED: &[(&str, i16)] = &[
    (METADATA_VERSION, METADATA_VERSION_LEVEL),
    (TRANSACTION_VERSION, TRANSACTION_VERSION_LEVEL),
    (GROUP_VERSION, 1),
];

/// The protocol version of the quorum of controllers. It is no feature record: the log's control records say it.
pub const KRAFT_VERSION: &str = "kraft.version";
/// Eligible leader replicas (KIP-966). With one replica nobody else is eligible.
pub const ELIGIBLE_LEADERS_VERSION: &str = "eligible.leader.replicas.version";

/// metadata.version that eligible leader replicas depend on (4.0-IV1).
pub const ELIGIBLE_LEADERS_METADATA: i16 = 23;

/// Features with the lowest and the highest level, as Kafka 4.3 has them. Levels of share groups, streams groups and
/// eligible leader replicas are kept and shown: a cluster is raised to a release as a whole, and a folder of Kafka has them.
pub const SUPPORTED: [(&str, i16, i16); 7] = [
    (METADATA_VERSION, METADATA_VERSION_MIN, METADATA_VERSION_LEVEL),
    (TRANSACTION_VERSION, 0, TRANSACTION_VERSION_LEVEL),
    (GROUP_VERSION, 0, 1),
    ("share.version", 0, 1),
    ("streams.version", 0, 1),
    (ELIGIBLE_LEADERS_VERSION, 0, 1),
    (KRAFT_VERSION, 0, 1),
];

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
    SUPPORTED
        .into_iter()
        .map(|(name, min, max)| BrokerFeature {
            name: name.to_owned(),
            min,
            max,
        })
        .collect()
}

/// The first records of a new metadata log, with these levels in place of the newest.
///
/// # Errors
/// One sentence about a feature or a level that this release does not have.
pub fn bootstrap(wanted: &BTreeMap<String, i16>) -> Result<Vec<MetadataRecord>, String> {
    for (name, level) in wanted {
        let known = supported().into_iter().find(|feature| feature.name == *name);
        let Some(feature) = known else {
            return Err(format!("ottla.features: there is no feature {name}"));
        };
        if !(feature.min..=feature.max).contains(level) {
            return Err(format!(
                "ottla.features: {name}={level} is not supported, only {} to {}",
                feature.min, feature.max
            ));
        }
    }
    if wanted.get(KRAFT_VERSION).is_some_and(|level| *level > 0) {
        return Err("ottla.features: a cluster that Ottla makes has kraft.version 0".to_owned());
    }
    let levels = FINALISED
        .iter()
        .map(|(name, level)| (*name, wanted.get(*name).copied().unwrap_or(*level)));
    let is_more = |name: &&String| FINALISED.iter().all(|(known, _)| known != name);
    let more = wanted.keys().filter(is_more);
    let more = more.filter_map(|name| Some((name.as_str(), *wanted.get(name)?)));
    Ok(levels
        .chain(more)
        .filter(|(_, level)| *level > 0)
        .map(|(name, level)| MetadataRecord::FeatureLevel {
            name: name.to_owned(),
            level,
        })
        .collect())
}

impl MetadataState {
    /// The finalised features, kraft.version among them once it is above 0.
    pub fn finalised(&self) -> BTreeMap<String, i16> {
        let mut features = self.features.clone();
        if self.kraft_version() > 0 {
            features.insert(KRAFT_VERSION.to_owned(), self.kraft_version());
        }
        features
    }

    /// The protocol version of the quorum, as its control record says; 0 without one.
    pub fn kraft_version(&self) -> i16 {
        let record = self.quorum.get(&(ControlType::KRaftVersion as u8));
        // The message: its version, then the level.
        let level = record.and_then(|(_, value)| Some(i16::from_be_bytes([*value.get(2)?, *value.get(3)?])));
        level.unwrap_or(0)
    }
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
        let all = FINALISED.iter().map(|(name, level)| ((*name).to_owned(), *level));
        assert_eq!(levels(&[]), Ok(all.collect()));
        let older = levels(&[(TRANSACTION_VERSION, 1), (GROUP_VERSION, 0)]).expect("supported");
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

    #[test]
    fn a_level_that_is_not_there_is_refused() {
        let refused = levels(&[(TRANSACTION_VERSION, 3)]).expect_err("too new");
        assert_eq!(
            refused,
            "ottla.features: transaction.version=3 is not supported, only 0 to 2"
        );
        assert!(levels(&[("share.version", 2)]).is_err() && levels(&[("nonsense", 1)]).is_err());
        assert!(levels(&[(KRAFT_VERSION, 1)]).is_err());
        let with_share = levels(&[("share.version", 1)]).expect("supported");
        assert_eq!(with_share.last(), Some(&("share.version".to_owned(), 1)));
    }
}
