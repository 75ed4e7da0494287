//! What each metadata.version adds to the records of the metadata log (Kafka: `MetadataVersion`).

use super::metadata::MetadataRecord;
use super::metadata_broker::{BrokerChange, RegisterBroker};

/// RegisterBrokerRecord says whether a broker migrates (3.4-IV0).
const MIGRATION: i16 = 8;
/// Records name data folders (3.7-IV2, KIP-858).
pub const FOLDERS: i16 = 17;
/// Records name eligible leader replicas (4.0-IV1, KIP-966).
pub const ELIGIBLE: i16 = 23;
/// Registrations name cordoned data folders (4.3-IV0, KIP-1066).
pub const CORDONED: i16 = 30;

/// Levels that brought something which the level below cannot say: going below loses it.
pub const LOSSY: [i16; 9] = [7, 8, 11, 13, 14, 15, FOLDERS, ELIGIBLE, CORDONED];

/// Version of PartitionRecord and PartitionChangeRecord.
pub fn partition(level: i16) -> u32 {
    match level {
        ELIGIBLE.. => 2,
        FOLDERS.. => 1,
        _ => 0,
    }
}

/// Version of RegisterBrokerRecord.
pub fn register_broker(level: i16) -> u32 {
    match level {
        CORDONED.. => 4,
        FOLDERS.. => 3,
        MIGRATION.. => 2,
        _ => 1,
    }
}

impl MetadataRecord {
    /// Takes out what a log of this metadata.version cannot say. What is applied must be what a replay will bring.
    pub fn fit(&mut self, level: i16) {
        let has_folders = level >= FOLDERS;
        match self {
            MetadataRecord::Partition(record) => {
                if !has_folders {
                    record.directories.clear();
                }
                if level < ELIGIBLE {
                    (record.eligible, record.last_eligible) = (None, None);
                }
            }
            MetadataRecord::PartitionChange(change) => {
                change.directories = change.directories.take().filter(|_| has_folders);
                if level < ELIGIBLE {
                    (change.eligible, change.last_eligible) = (None, None);
                }
            }
            MetadataRecord::RegisterBroker(RegisterBroker {
                directories,
                cordoned,
                ..
            })
            | MetadataRecord::BrokerChange(BrokerChange {
                directories,
                cordoned,
                ..
            }) => {
                if !has_folders {
                    directories.clear();
                }
                *cordoned = cordoned.take().filter(|_| level >= CORDONED);
            }
            _ => {}
        }
    }
}
