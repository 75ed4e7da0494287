//! The seam to `__consumer_offsets`.

use super::types::GroupError;
use crate::coordinator::{ShardLog, ShardLogError};
use crate::partition::{EndMarker, KeyValue, PartitionError, Ticket, Verification};

impl From<ShardLogError> for GroupError {
    fn from(error: ShardLogError) -> GroupError {
        match error {
            ShardLogError::Unavailable => GroupError::CoordinatorNotAvailable,
            ShardLogError::Failed => GroupError::NotCoordinator,
        }
    }
}

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

/// The partitions of `__consumer_offsets`, one a shard, which take part in transactions.
pub trait OffsetsLog: ShardLog {
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
}
