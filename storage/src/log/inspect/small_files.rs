//! The small files: producer snapshots, leader epochs, topic ids, checkpoints.

use uuid::Uuid;

use crate::folder::{OffsetCheckpoint, PartitionMetadata};
use crate::log::epochs::Epochs;
use crate::log::producer_snapshot;

/// One producer of a snapshot, as it stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotEntry {
    /// The producer.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// Epoch of the coordinator that ended its last transaction, -1 = none.
    pub coordinator_epoch: i32,
    /// Time of its last batch, ms since the epoch.
    pub last_timestamp: i64,
    /// First and last sequence number and last offset of its last batch, if one is remembered.
    pub last_batch: Option<(i32, i32, i64)>,
    /// First offset of its open transaction.
    pub open_since: Option<i64>,
}

/// The producers in a snapshot file.
///
/// # Errors
/// What is wrong with the file.
pub fn read_snapshot(bytes: &[u8]) -> Result<Vec<SnapshotEntry>, String> {
    let producers = producer_snapshot::decode(bytes).ok_or_else(|| snapshot_fault(bytes))?;
    let entries = producers.iter().map(|state| SnapshotEntry {
        producer_id: state.producer_id,
        producer_epoch: state.epoch,
        coordinator_epoch: state.coordinator_epoch,
        last_timestamp: state.last_timestamp,
        last_batch: state.last_batch().map(|batch| {
            let first = batch.last_sequence.wrapping_sub(batch.offset_delta);
            // Sequence numbers go from i32::MAX to 0.
            let first = if batch.last_sequence >= 0 {
                first & i32::MAX
            } else {
                -1
            };
            (first, batch.last_sequence, batch.last_offset)
        }),
        open_since: state.current_txn_first_offset,
    });
    Ok(entries.collect())
}

fn snapshot_fault(bytes: &[u8]) -> String {
    match (bytes.first_chunk::<2>(), bytes.first_chunk::<6>()) {
        (Some([0, 1]), Some([_, _, crc @ ..])) => {
            let computed = crc32c::crc32c(bytes.get(6..).unwrap_or_default());
            match u32::from_be_bytes(*crc) {
                stored if stored == computed => "its length does not fit its number of entries".to_owned(),
                stored => format!("a wrong checksum: stored {stored:08x}, computed {computed:08x}"),
            }
        }
        (Some(version), Some(_)) => format!("unknown version {}", i16::from_be_bytes(*version)),
        _ => format!("only {} bytes, less than its head", bytes.len()),
    }
}

/// Leader epochs and their start offsets in a `leader-epoch-checkpoint`; `None` if anything in it is wrong.
pub fn read_epochs(bytes: &[u8]) -> Option<Vec<(i32, i64)>> {
    Epochs::parse(bytes).map(|epochs| epochs.entries().to_vec())
}

/// The id in a `partition.metadata`; `Ok(None)` for a file that holds nothing.
///
/// # Errors
/// What is wrong with the file.
pub fn read_topic_id(bytes: &[u8]) -> Result<Option<Uuid>, String> {
    PartitionMetadata::parse(bytes).map(|found| found.map(|metadata| metadata.topic_id))
}

/// Topic, partition and offset of each line of a checkpoint; `None` if anything in it is wrong.
pub fn read_checkpoint(bytes: &[u8]) -> Option<Vec<(String, i32, i64)>> {
    OffsetCheckpoint::parse(bytes).map(|checkpoint| checkpoint.entries)
}
