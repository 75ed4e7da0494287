//! Fetch responses (key 1), versions 4 to 18. Records are laid between the encoded parts, never copied.

use bytes::Bytes;
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use crate::leader::{LeaderIdAndEpoch, NodeEndpoint};

/// A stretch of record bytes that something else holds: memory, or a range of a file.
pub trait RecordsChunk {
    /// Length in bytes; must be exactly what will be sent, because it is announced before.
    fn len(&self) -> usize;

    /// Whether there is nothing to send.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl RecordsChunk for Bytes {
    fn len(&self) -> usize {
        Bytes::len(self)
    }
}

/// Answer to a Fetch request; `R` holds the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchResponse<R> {
    /// How long the client was throttled, in milliseconds.
    pub throttle_time_ms: i32,
    /// Error of the whole request or its fetch session (since v7).
    pub error_code: i16,
    /// Fetch session (KIP-227), 0 for none (since v7).
    pub session_id: i32,
    /// Results by topic.
    pub topics: Vec<FetchTopicResponse<R>>,
    /// Addresses of the leaders that [`FetchPartitionResponse::current_leader`] names (since v16).
    pub node_endpoints: Vec<NodeEndpoint>,
}

/// A topic of a [`FetchResponse`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchTopicResponse<R> {
    /// Name, sent up to v12.
    pub name: StrBytes,
    /// Id, sent since v13.
    pub topic_id: Uuid,
    /// Results by partition.
    pub partitions: Vec<FetchPartitionResponse<R>>,
}

/// A partition of a [`FetchResponse`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchPartitionResponse<R> {
    /// Partition index.
    pub index: i32,
    /// Error code.
    pub error_code: i16,
    /// End of what is committed, -1 when unknown.
    pub high_watermark: i64,
    /// End of what a `read_committed` consumer may see, -1 when unknown.
    pub last_stable_offset: i64,
    /// First offset of the log, -1 when unknown (since v5).
    pub log_start_offset: i64,
    /// Where the log of the asker left this one; sent when it is not the default (since v12).
    pub diverging_epoch: EpochEndOffset,
    /// The leader to turn to; sent when it is not the default (since v12).
    pub current_leader: LeaderIdAndEpoch,
    /// Snapshot to fetch instead; sent when it is not the default (since v12). For raft replicas only.
    pub snapshot_id: EpochEndOffset,
    /// Aborted transactions in the records: `Some` for `read_committed`, `None` else.
    pub aborted_transactions: Option<Vec<AbortedTransaction>>,
    /// Replica to read from instead, -1 for none (since v11).
    pub preferred_read_replica: i32,
    /// Whole batches one behind the other. None are sent as length 0, never as null, which librdkafka refuses.
    pub records: Vec<R>,
}

/// An epoch and the offset where it ends; -1 and -1 (the default) say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochEndOffset {
    /// Leader epoch.
    pub epoch: i32,
    /// First offset behind the epoch.
    pub end_offset: i64,
}

/// A transaction that was aborted: the consumer drops its records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AbortedTransaction {
    /// Producer id of the transaction.
    pub producer_id: i64,
    /// Offset of its first record.
    pub first_offset: i64,
}

impl Default for EpochEndOffset {
    fn default() -> Self {
        Self {
            epoch: -1,
            end_offset: -1,
        }
    }
}

impl<R> Default for FetchResponse<R> {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            session_id: 0,
            topics: Vec::new(),
            node_endpoints: Vec::new(),
        }
    }
}

impl<R> Default for FetchTopicResponse<R> {
    fn default() -> Self {
        Self {
            name: StrBytes::new(),
            topic_id: Uuid::nil(),
            partitions: Vec::new(),
        }
    }
}

impl<R> Default for FetchPartitionResponse<R> {
    fn default() -> Self {
        Self {
            index: 0,
            error_code: 0,
            high_watermark: 0,
            last_stable_offset: -1,
            log_start_offset: -1,
            diverging_epoch: EpochEndOffset::default(),
            current_leader: LeaderIdAndEpoch::default(),
            snapshot_id: EpochEndOffset::default(),
            aborted_transactions: None,
            preferred_read_replica: -1,
            records: Vec::new(),
        }
    }
}

impl<R> FetchResponse<R> {
    /// The same response with its records held by something else.
    pub fn map_records<S>(self, hold: impl Fn(R) -> S) -> FetchResponse<S> {
        let partition = |partition: FetchPartitionResponse<R>| FetchPartitionResponse {
            index: partition.index,
            error_code: partition.error_code,
            high_watermark: partition.high_watermark,
            last_stable_offset: partition.last_stable_offset,
            log_start_offset: partition.log_start_offset,
            diverging_epoch: partition.diverging_epoch,
            current_leader: partition.current_leader,
            snapshot_id: partition.snapshot_id,
            aborted_transactions: partition.aborted_transactions,
            preferred_read_replica: partition.preferred_read_replica,
            records: partition.records.into_iter().map(&hold).collect(),
        };
        let topic = |topic: FetchTopicResponse<R>| FetchTopicResponse {
            name: topic.name,
            topic_id: topic.topic_id,
            partitions: topic.partitions.into_iter().map(partition).collect(),
        };
        FetchResponse {
            throttle_time_ms: self.throttle_time_ms,
            error_code: self.error_code,
            session_id: self.session_id,
            topics: self.topics.into_iter().map(topic).collect(),
            node_endpoints: self.node_endpoints,
        }
    }
}
