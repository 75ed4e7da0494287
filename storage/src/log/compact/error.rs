//! Why a compaction did not come to its end.

use crate::log::{LogError, ReadError};

/// Why a log could not be compacted. What was swapped in before stays and is right.
#[derive(Debug, thiserror::Error)]
pub enum CompactionError {
    /// The caller asked for it.
    #[error("compaction was stopped")]
    Stopped,
    /// Not even one batch fits into the memory for keys.
    #[error(
        "the keys of the batch at offset {offset} do not fit into {map_bytes} bytes; \
         raise log.cleaner.dedupe.buffer.size"
    )]
    MapTooSmall {
        /// Where the dirty part begins.
        offset: i64,
        /// Memory for keys.
        map_bytes: u64,
    },
    /// The memory limit of an in-memory broker leaves no room for the new segment.
    #[error("the memory limit of {limit_bytes} bytes leaves no room to compact")]
    MemoryFull {
        /// The limit.
        limit_bytes: u64,
    },
    /// The log was trimmed meanwhile: what was compacted is void, and there may be less to do next time.
    #[error("the log was trimmed meanwhile")]
    Outdated,
    /// Files failed, or are damaged.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl From<ReadError> for CompactionError {
    fn from(error: ReadError) -> CompactionError {
        CompactionError::Log(error.into())
    }
}
