//! What can go wrong at a partition, in its own words.

use std::path::PathBuf;

use storage::{AppendError, LogError, ReadError};

/// Why a partition refused an operation.
#[derive(Debug, thiserror::Error)]
pub enum PartitionError {
    /// The topic was deleted while the caller held the handle.
    #[error("the partition was deleted")]
    Deleted,
    /// The log could not be opened, or failed since: reads and writes are refused until a restart.
    #[error("the partition is offline: {0}")]
    Offline(String),
    /// The disk has less free space than the floor asks for: producers are refused until there is room.
    #[error(
        "the data folder {path} has {available} bytes free, and ottla.disk.free.min.bytes asks for {floor}: delete \
         records or make room, and producers are served again",
        path = path.display()
    )]
    DiskNearlyFull {
        /// The folder.
        path: PathBuf,
        /// Free bytes at the last look.
        available: u64,
        /// The floor.
        floor: u64,
    },
    /// The log refused the batch.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The broker's memory is used up and retention lets nothing go yet.
    #[error(
        "all {limit_bytes} bytes of --memory-limit are in use and retention lets nothing go yet: start with a larger \
         --memory-limit, or set a shorter retention.ms or a smaller retention.bytes"
    )]
    MemoryFull {
        /// `--memory-limit`.
        limit_bytes: u64,
    },
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log could not be changed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The offset lies outside what the partition holds.
    #[error("offset {offset} is outside {log_start_offset}..={high_watermark}")]
    OffsetOutOfRange {
        /// Offset asked for.
        offset: i64,
        /// First offset that can be read.
        log_start_offset: i64,
        /// End of what can be read.
        high_watermark: i64,
    },
}
