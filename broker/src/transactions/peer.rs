//! The seam to the brokers that hold the partitions of a transaction. There is one broker, so its only
//! implementation is loopback; the coordinator does not know that.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use super::state::{ProducerIdAndEpoch, TopicPartition, TxnVersion};

/// The end of a transaction, as it is written into its partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Whose transaction.
    pub producer: ProducerIdAndEpoch,
    /// Committed, or aborted.
    pub commit: bool,
    /// Leader epoch of the coordinator's partition.
    pub coordinator_epoch: i32,
    /// Version of the transaction (WriteTxnMarkers v2).
    pub version: TxnVersion,
}

/// Why a marker was not written to a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarkerError {
    /// The partition does not exist, or not any more.
    #[error("the partition does not exist")]
    UnknownPartition,
    /// The producer's epoch on the partition is newer.
    #[error("the epoch of the marker is not the producer's")]
    InvalidProducerEpoch,
    /// A newer coordinator wrote to the partition.
    #[error("a newer transaction coordinator wrote a marker")]
    CoordinatorFenced,
    /// The partition's log failed, or its group coordinator.
    #[error("the partition cannot be written just now")]
    Failed,
}

impl MarkerError {
    /// Whether another try may help; else nothing is to be done any more.
    pub fn is_retriable(self) -> bool {
        self == MarkerError::Failed
    }
}

/// Outcomes in the order of the partitions.
pub type Written<'a> = Pin<Box<dyn Future<Output = Vec<Result<(), MarkerError>>> + Send + 'a>>;

/// Who takes markers.
pub trait Peer: Send + Sync + Debug {
    /// Writes a marker to each of the partitions and waits until it is durable.
    fn write_marker<'a>(&'a self, marker: Marker, partitions: &'a [TopicPartition]) -> Written<'a>;
}
