//! One pass over the wanted partitions within a byte budget. Changes no state.

use std::sync::Arc;

use storage::Chunk;

use super::want::{PartitionKey, TopicRef, Want};
use crate::partition::{Partition, PartitionError, Tail};
use crate::topics::MetadataImage;

/// What a consumer may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Up to the high watermark.
    ReadUncommitted,
    /// Up to the last stable offset.
    ReadCommitted,
}

/// Bounds of one fetch.
#[derive(Clone, Copy, Debug)]
pub struct FetchLimits {
    /// Bytes of records in the whole response, but for the first batch.
    pub max_bytes: usize,
    /// Bytes below which the fetch waits.
    pub min_bytes: usize,
    /// Longest wait in milliseconds.
    pub max_wait_ms: i64,
    /// What may be seen.
    pub isolation: Isolation,
}

/// Why one partition yields nothing.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No topic of that name, or no such partition.
    #[error("unknown topic or partition")]
    UnknownTopicOrPartition,
    /// No topic of that id.
    #[error("unknown topic id")]
    UnknownTopicId,
    /// The client's leader epoch is older than the partition's.
    #[error("the leader epoch of the request is fenced")]
    FencedLeaderEpoch,
    /// The client's leader epoch is newer than the partition's.
    #[error("the leader epoch of the request is unknown")]
    UnknownLeaderEpoch,
    /// What the partition says.
    #[error(transparent)]
    Partition(#[from] PartitionError),
}

/// What one partition yields.
#[derive(Debug)]
pub struct PartitionRead {
    /// Which partition.
    pub key: PartitionKey,
    /// The fault, if there is one: the numbers are -1 then, but for the log start offset if known.
    pub error: Option<FetchError>,
    /// End of what is durable.
    pub high_watermark: i64,
    /// End of what is committed.
    pub last_stable_offset: i64,
    /// First offset that can be read.
    pub log_start_offset: i64,
    /// Largest common epoch and its end offset when the client's log has diverged (KIP-595).
    pub diverging: Option<(i32, i64)>,
    /// Whole batches, the first starting at or below the wanted offset.
    pub records: Vec<Chunk>,
    /// Size of `records`.
    pub bytes: usize,
    /// Producer id and first offset of the aborted transactions among `records`; only for `read_committed`.
    pub aborted: Vec<(i64, i64)>,
}

/// Result of one pass.
#[derive(Debug, Default)]
pub(super) struct Pass {
    pub(super) reads: Vec<PartitionRead>,
    pub(super) bytes: usize,
    /// An error or a divergence is answered without waiting.
    pub(super) urgent: bool,
}

/// Finds the partition that a want names.
pub(super) fn find(image: &MetadataImage, key: &PartitionKey) -> Result<Arc<Partition>, FetchError> {
    let (topic, missing) = match &key.topic {
        TopicRef::Name(name) => (image.topic(name), FetchError::UnknownTopicOrPartition),
        TopicRef::Id(id) => (image.topic_by_id(*id), FetchError::UnknownTopicId),
    };
    let topic = topic.ok_or(missing)?;
    topic
        .partition(key.index)
        .cloned()
        .ok_or(FetchError::UnknownTopicOrPartition)
}

/// Reads every want once, first come, first served, until the budget is used up.
pub(super) fn read_once(image: &MetadataImage, wants: &[Want], limits: &FetchLimits) -> Pass {
    let mut pass = Pass {
        reads: Vec::with_capacity(wants.len()),
        ..Pass::default()
    };
    for want in wants {
        let read = find(image, &want.key)
            .and_then(|partition| read_partition(&partition, want, limits, pass.bytes))
            .unwrap_or_else(|error| failed(want, error));
        pass.bytes += read.bytes;
        pass.urgent |= read.error.is_some() || read.diverging.is_some();
        pass.reads.push(read);
    }
    pass
}

fn read_partition(
    partition: &Arc<Partition>,
    want: &Want,
    limits: &FetchLimits,
    used: usize,
) -> Result<PartitionRead, FetchError> {
    let tail = partition.tail()?;
    check_epoch(want.current_leader_epoch, &tail)?;
    let mut read = PartitionRead {
        key: want.key.clone(),
        error: None,
        high_watermark: tail.high_watermark,
        last_stable_offset: tail.last_stable_offset,
        log_start_offset: tail.log_start_offset,
        diverging: None,
        records: Vec::new(),
        bytes: 0,
        aborted: Vec::new(),
    };
    if want.last_fetched_epoch >= 0 {
        read.diverging = diverging(partition, want)?;
        if read.diverging.is_some() {
            return Ok(read);
        }
    }
    let upper_bound = match limits.isolation {
        Isolation::ReadUncommitted => tail.high_watermark,
        Isolation::ReadCommitted => tail.last_stable_offset,
    };
    let room = limits.max_bytes.saturating_sub(used).min(want.max_bytes);
    // A full response still answers every partition, with its ends and no records.
    let result = partition.read(want.fetch_offset, room, upper_bound, used == 0)?;
    if limits.isolation == Isolation::ReadCommitted && result.bytes > 0 {
        let aborted = partition.aborted_in(want.fetch_offset, result.bytes, upper_bound)?;
        read.aborted = aborted.iter().map(|t| (t.producer_id, t.first_offset)).collect();
    }
    read.records = result.chunks;
    read.bytes = result.bytes;
    Ok(read)
}

/// KIP-320: a client that knows another epoch than the leader must look at the metadata again.
pub fn check_epoch(current_leader_epoch: i32, tail: &Tail) -> Result<(), FetchError> {
    match current_leader_epoch {
        -1 => Ok(()),
        epoch if epoch < tail.leader_epoch => Err(FetchError::FencedLeaderEpoch),
        epoch if epoch > tail.leader_epoch => Err(FetchError::UnknownLeaderEpoch),
        _ => Ok(()),
    }
}

fn diverging(partition: &Arc<Partition>, want: &Want) -> Result<Option<(i32, i64)>, FetchError> {
    let Some(end) = partition.end_offset_for_epoch(want.last_fetched_epoch)? else {
        return Err(FetchError::Partition(out_of_range(partition, want.fetch_offset)?));
    };
    let (epoch, end_offset) = end;
    let diverged = epoch < want.last_fetched_epoch || end_offset < want.fetch_offset;
    Ok(diverged.then_some((epoch, end_offset)))
}

fn out_of_range(partition: &Arc<Partition>, offset: i64) -> Result<PartitionError, PartitionError> {
    let tail = partition.tail()?;
    Ok(PartitionError::OffsetOutOfRange {
        offset,
        log_start_offset: tail.log_start_offset,
        high_watermark: tail.high_watermark,
    })
}

fn failed(want: &Want, error: FetchError) -> PartitionRead {
    PartitionRead {
        key: want.key.clone(),
        error: Some(error),
        high_watermark: -1,
        last_stable_offset: -1,
        log_start_offset: -1,
        diverging: None,
        records: Vec::new(),
        bytes: 0,
        aborted: Vec::new(),
    }
}
