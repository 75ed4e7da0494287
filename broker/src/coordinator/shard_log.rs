//! The seam to a coordinator's internal topic.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use crate::partition::{KeyValue, Ticket};

/// Why the internal topic cannot serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShardLogError {
    /// The topic is not there and cannot be made just now.
    #[error("the coordinator's topic is not available")]
    Unavailable,
    /// Reading or writing failed.
    #[error("the coordinator's log failed")]
    Failed,
}

/// Result of making sure that the topic is there.
pub type EnsureTopic<'a> = Pin<Box<dyn Future<Output = Result<(), ShardLogError>> + Send + 'a>>;

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

/// The partitions of the topic, one a shard. Appends and replays of one shard never overlap.
pub trait ShardLog: Send + Sync + Debug {
    /// Whether the topic is there.
    fn exists(&self) -> bool;

    /// Makes the topic if it is not there; at once done if it is.
    fn ensure_topic(&self) -> EnsureTopic<'_>;

    /// Appends the records as one batch.
    ///
    /// # Errors
    /// [`ShardLogError`]; nothing of the batch is in the log then.
    fn append(&self, shard: i32, records: &[KeyValue], now_ms: i64) -> Result<Ticket, ShardLogError>;

    /// A ticket for everything that was appended to the shard so far.
    fn barrier(&self, shard: i32) -> Ticket;

    /// Leader epoch of the shard's partition: what markers carry as coordinator epoch.
    fn epoch(&self, shard: i32) -> i32;

    /// Gives every record of the shard, and every end of a transaction, to `apply`, in order. A missing topic has none.
    ///
    /// # Errors
    /// [`ShardLogError`] when it cannot be read to the end.
    fn replay(&self, shard: i32, apply: &mut ReplaySink<'_>) -> Result<(), ShardLogError>;
}
