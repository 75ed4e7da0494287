//! Feature levels: what this release supports, and what it finalises in a new cluster.

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

/// Levels that this broker supports, for its registration.
pub fn supported() -> Vec<BrokerFeature> {
    let all = [
        (METADATA_VERSION, METADATA_VERSION_MIN, METADATA_VERSION_LEVEL),
        (GROUP_VERSION, 0, 1),
        (TRANSACTION_VERSION, 0, TRANSACTION_VERSION_LEVEL),
        ("kraft.version", 0, 1),
    ];
    all.into_iter()
        .map(|(name, min, max)| BrokerFeature {
            name: name.to_owned(),
            min,
            max,
        })
        .collect()
}

/// The first records of a new metadata log.
pub fn bootstrap() -> Vec<MetadataRecord> {
    let records = FINALISED.iter();
    records
        .map(|(name, level)| MetadataRecord::FeatureLevel {
            name: (*name).to_owned(),
            level: *level,
        })
        .collect()
}
