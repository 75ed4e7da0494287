//! The seam to `__consumer_offsets`.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use super::types::GroupError;
use crate::partition::{EndMarker, KeyValue, PartitionError, Ticket, Verification};

/// Why the offsets topic cannot serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OffsetsLogError {
    /// The topic is not there and cannot be made just now.
    #[error("the offsets topic is not available")]
    Unavailable,
    /// Reading or writing failed.
    #[error("the offsets log failed")]
    Failed,
}

impl From<OffsetsLogError> for GroupError {
    fn from(error: OffsetsLogError) -> GroupError {
        match error {
            OffsetsLogError::Unavailable => GroupError::CoordinatorNotAvailable,
            OffsetsLogError::Failed => GroupError::NotCoordinator,
        }
    }
}

/// Result of making sure that the topic is there.
pub type EnsureTopic<'a> = Pin<Box<dyn Future<Output = Result<(), OffsetsLogError>> + Send + 'a>>;

/// What a replay finds, in the order of the log.
#[derive(Clone, Copy, Debug)]
pub enum Replayed<'a> {
    /// A record; `producer_id` names the transaction that it is part of.
    Record {
        /// Key.
        key: &'a [u8],
        /// Value; `None` is a tombstone.
        value: Option<&'a [u8]>,
        /// The transaction's producer.
        producer_id: Option<i64>,
    },
    /// The end of a transaction.
    End {
        /// The transaction's producer.
        producer_id: i64,
        /// Committed, or aborted.
        commit: bool,
    },
}

/// What takes each thing that a replay finds.
pub type ReplaySink<'a> = dyn FnMut(Replayed<'_>) + 'a;

/// The transaction that offsets are committed in.
#[derive(Clone, Copy, Debug)]
pub struct InTransaction {
    /// Its producer.
    pub producer_id: i64,
    /// The producer's epoch.
    pub epoch: i16,
    /// What the announcement of the transaction to the shard's partition gave.
    pub verification: Option<Verification>,
}

/// The partitions of `__consumer_offsets`, one a shard. Appends and replays of one shard never overlap.
pub trait OffsetsLog: Send + Sync + Debug {
    /// Whether the topic is there.
    fn exists(&self) -> bool;

    /// Makes the topic if it is not there; at once done if it is.
    fn ensure_topic(&self) -> EnsureTopic<'_>;

    /// Appends the records as one batch.
    ///
    /// # Errors
    /// [`OffsetsLogError`]; nothing of the batch is in the log then.
    fn append(&self, shard: i32, records: &[KeyValue], now_ms: i64) -> Result<Ticket, OffsetsLogError>;

    /// Appends the records as one batch of a transaction.
    ///
    /// # Errors
    /// Why the partition refuses; nothing of the batch is in the log then.
    fn append_in_transaction(
        &self,
        shard: i32,
        records: &[KeyValue],
        transaction: InTransaction,
        now_ms: i64,
    ) -> Result<Ticket, PartitionError>;

    /// Ends a transaction in the shard's partition.
    ///
    /// # Errors
    /// Why the partition refuses.
    fn append_marker(&self, shard: i32, marker: EndMarker, now_ms: i64) -> Result<Ticket, PartitionError>;

    /// Announces a transaction to the shard's partition; `None` when it is open there.
    ///
    /// # Errors
    /// When the partition cannot be used.
    fn announce(
        &self,
        shard: i32,
        producer_id: i64,
        epoch: i16,
    ) -> Result<Option<Verification>, PartitionError>;

    /// A ticket for everything that was appended to the shard so far.
    fn barrier(&self, shard: i32) -> Ticket;

    /// Gives every record of the shard, and every end of a transaction, to `apply`, in order. A missing topic has none.
    ///
    /// # Errors
    /// [`OffsetsLogError`] when it cannot be read to the end.
    fn replay(&self, shard: i32, apply: &mut ReplaySink<'_>) -> Result<(), OffsetsLogError>;
}
