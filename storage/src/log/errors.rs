//! What can go wrong, one enum per kind of operation.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a log cannot be opened, changed or closed.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Bytes that were durable are wrong: nothing is cut, the partition is refused.
    #[error("{path} is damaged at byte {position}: {what}. {advice}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// First wrong byte.
        position: u64,
        /// What is wrong.
        what: String,
        /// What the operator can do.
        advice: &'static str,
    },
    /// The partition's directory is gone, and with it what was durable.
    #[error(
        "{path} is missing, though its log was on the disk up to offset {end_offset}. Bring the directory back, or accept \
         the loss by removing the partition's line (and counting one less) in recovery-point-offset-checkpoint of the \
         data folder, or delete the topic"
    )]
    Missing {
        /// The partition directory.
        path: PathBuf,
        /// Everything below was durable.
        end_offset: i64,
    },
    /// The directory belongs to another topic of the same name.
    #[error("{path} belongs to topic id {found}, not {wanted}; move the directory away or import it")]
    TopicIdMismatch {
        /// The partition directory.
        path: PathBuf,
        /// Id in `partition.metadata`.
        found: String,
        /// Id wanted.
        wanted: String,
    },
    /// An offset outside the log.
    #[error("offset {offset} lies outside the log ({start}..={end})")]
    OffsetOutOfRange {
        /// Offset asked for.
        offset: i64,
        /// Log start offset.
        start: i64,
        /// Log end offset.
        end: i64,
    },
}

/// Why a batch was not appended. The log is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// A gap in a producer's sequence numbers.
    #[error(
        "out of order sequence number for producer {producer_id}: got {sequence}, last was {last_sequence}"
    )]
    OutOfOrderSequence {
        /// The producer.
        producer_id: i64,
        /// First sequence number of the batch.
        sequence: i32,
        /// Last sequence number appended; -1 if none under this epoch.
        last_sequence: i32,
    },
    /// A producer epoch below the newest seen.
    #[error("epoch {epoch} of producer {producer_id} is older than {current}")]
    InvalidProducerEpoch {
        /// The producer.
        producer_id: i64,
        /// Epoch of the batch.
        epoch: i16,
        /// Newest epoch seen.
        current: i16,
    },
    /// A batch outside a transaction, of a producer that has one open.
    #[error("producer {producer_id} has an open transaction, and the batch is not part of it")]
    InvalidTxnState {
        /// The producer.
        producer_id: i64,
    },
    /// A marker of a transaction coordinator that a newer one replaced.
    #[error("coordinator epoch {epoch} for producer {producer_id} is older than {current}")]
    TransactionCoordinatorFenced {
        /// The producer.
        producer_id: i64,
        /// Coordinator epoch of the marker.
        epoch: i32,
        /// Newest coordinator epoch seen.
        current: i32,
    },
    /// The batch is larger than a segment may be.
    #[error("batch of {size} bytes is larger than a segment may be ({segment_bytes})")]
    BatchTooLargeForSegment {
        /// Size of the batch.
        size: usize,
        /// `segment.bytes`.
        segment_bytes: u64,
    },
    /// The memory limit of an in-memory broker is reached.
    #[error("the memory limit of {limit_bytes} bytes is reached")]
    MemoryFull {
        /// The limit.
        limit_bytes: u64,
    },
    /// Writing failed; what was written in part has been cut off again.
    #[error("append failed: {0}")]
    Io(#[from] io::Error),
    /// The data folder is out of use.
    #[error("the data folder is offline: {0}")]
    Offline(String),
}

/// Why a read failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReadError {
    /// The offset is below the log start or above the log end.
    #[error("offset {offset} is out of range {start}..={end}")]
    OffsetOutOfRange {
        /// Offset asked for.
        offset: i64,
        /// Log start offset.
        start: i64,
        /// Log end offset.
        end: i64,
    },
    /// Reading a file failed.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// The bytes at a position are no batch.
    #[error("{path} is damaged at byte {position}: {what}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// First wrong byte.
        position: u64,
        /// What is wrong.
        what: String,
    },
}

impl From<ReadError> for LogError {
    fn from(error: ReadError) -> LogError {
        match error {
            ReadError::OffsetOutOfRange { offset, start, end } => {
                LogError::OffsetOutOfRange { offset, start, end }
            }
            ReadError::Io { path, source } => LogError::Io {
                path,
                source: io::Error::new(source.kind(), source.to_string()),
            },
            ReadError::Corrupt { path, position, what } => LogError::Damaged {
                path,
                position,
                what,
                advice: RESTORE,
            },
        }
    }
}

pub(super) const RESTORE: &str =
    "Restore the file from a copy, or move the partition directory away to start it empty";

/// What opening a log found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecoveryReport {
    /// Log bytes whose checksums were verified.
    pub scanned_bytes: u64,
    /// Bytes cut off the end of the last segment.
    pub cut_bytes: u64,
    /// Why they were cut.
    pub cut_reason: Option<String>,
    /// Index files written anew.
    pub rebuilt_indexes: u32,
    /// Leftover files of interrupted work that were removed.
    pub removed_files: u32,
}
