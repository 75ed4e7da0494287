//! Control records of the metadata log and its snapshots: who leads, where a snapshot begins and ends.

use super::codec::{CodecError, Reader, Writer};

/// A control record that Ottla writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlRecord {
    /// LeaderChangeMessage at the start of an epoch; a single voter that voted for itself.
    LeaderChange {
        /// The only voter.
        leader: i32,
    },
    /// SnapshotHeaderRecord.
    SnapshotHeader {
        /// Timestamp of the last record in the snapshot, ms since the epoch.
        last_timestamp: i64,
    },
    /// SnapshotFooterRecord: without it a snapshot is not whole.
    SnapshotFooter,
}

/// Kafka's `ControlRecordType` ids.
const LEADER_CHANGE: i16 = 2;
const SNAPSHOT_HEADER: i16 = 3;
const SNAPSHOT_FOOTER: i16 = 4;

impl ControlRecord {
    /// The record's key: version 0 and the type.
    pub fn key(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.i16(0);
        w.i16(match self {
            ControlRecord::LeaderChange { .. } => LEADER_CHANGE,
            ControlRecord::SnapshotHeader { .. } => SNAPSHOT_HEADER,
            ControlRecord::SnapshotFooter => SNAPSHOT_FOOTER,
        });
        w.into_bytes()
    }

    /// The record's value (message version 0).
    pub fn value(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.i16(0);
        match self {
            ControlRecord::LeaderChange { leader } => {
                w.i32(*leader);
                for _voters_then_granting in 0..2 {
                    w.vec(true, &[*leader], |w, id| {
                        w.i32(*id);
                        w.no_tagged_fields();
                    });
                }
            }
            ControlRecord::SnapshotHeader { last_timestamp } => w.i64(*last_timestamp),
            ControlRecord::SnapshotFooter => {}
        }
        w.no_tagged_fields();
        w.into_bytes()
    }

    /// Whether a control record with this key closes a snapshot.
    ///
    /// # Errors
    /// When the key is too short.
    pub fn is_snapshot_footer(key: &[u8]) -> Result<bool, CodecError> {
        let mut r = Reader::new(key);
        r.i16()?;
        Ok(r.i16()? == SNAPSHOT_FOOTER)
    }
}
