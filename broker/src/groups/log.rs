//! The seam to `__consumer_offsets`.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use super::types::GroupError;
use crate::partition::{KeyValue, Ticket};

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

/// What takes the key and value of each replayed record.
pub type ReplaySink<'a> = dyn FnMut(&[u8], Option<&[u8]>) + 'a;

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

    /// A ticket for everything that was appended to the shard so far.
    fn barrier(&self, shard: i32) -> Ticket;

    /// Gives key and value of every record of the shard to `apply`, in order. A missing topic has none.
    ///
    /// # Errors
    /// [`OffsetsLogError`] when it cannot be read to the end.
    fn replay(&self, shard: i32, apply: &mut ReplaySink<'_>) -> Result<(), OffsetsLogError>;
}
