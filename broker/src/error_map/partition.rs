//! Errors of logs, partitions and fetches.

use protocol_shim::ErrorCode;
use storage::{AppendError, BatchError};

use crate::fetch::{FetchError, SessionError};
use crate::partition::PartitionError;

/// A partition's refusal.
pub fn partition(error: &PartitionError) -> ErrorCode {
    match error {
        PartitionError::Deleted => ErrorCode::UnknownTopicOrPartition,
        // Retriable: the producer tries again while there may be room soon.
        PartitionError::DiskNearlyFull { .. }
        | PartitionError::Offline(_)
        | PartitionError::Read(_)
        | PartitionError::Log(_) => ErrorCode::KafkaStorageError,
        PartitionError::OffsetOutOfRange { .. } => ErrorCode::OffsetOutOfRange,
        // No retriable code: clients would hide the reason behind a time-out of minutes.
        PartitionError::MemoryFull { .. } => ErrorCode::PolicyViolation,
        PartitionError::Append(error) => append(error),
    }
}

fn append(error: &AppendError) -> ErrorCode {
    match error {
        AppendError::OutOfOrderSequence { .. } => ErrorCode::OutOfOrderSequenceNumber,
        AppendError::InvalidProducerEpoch { .. } => ErrorCode::InvalidProducerEpoch,
        AppendError::InvalidTxnState { .. } => ErrorCode::InvalidTxnState,
        AppendError::TransactionCoordinatorFenced { .. } => ErrorCode::TransactionCoordinatorFenced,
        AppendError::BatchTooLargeForSegment { .. } => ErrorCode::RecordListTooLarge,
        AppendError::MemoryFull { .. } => ErrorCode::PolicyViolation,
        AppendError::Io(_) | AppendError::Offline(_) => ErrorCode::KafkaStorageError,
    }
}

/// A batch's refusal.
pub fn batch(error: &BatchError) -> ErrorCode {
    match error {
        BatchError::Corrupt(_) => ErrorCode::CorruptMessage,
        BatchError::Invalid { .. } => ErrorCode::InvalidRecord,
        BatchError::UnsupportedCompression(_) => ErrorCode::UnsupportedCompressionType,
        BatchError::InvalidTimestamp { .. } => ErrorCode::InvalidTimestamp,
        BatchError::TooLarge { .. } | BatchError::RecordsTooLarge { .. } => ErrorCode::MessageTooLarge,
    }
}

/// A fetch's refusal of one partition.
pub fn fetch(error: &FetchError) -> ErrorCode {
    match error {
        FetchError::UnknownTopicOrPartition => ErrorCode::UnknownTopicOrPartition,
        FetchError::UnknownTopicId => ErrorCode::UnknownTopicId,
        FetchError::FencedLeaderEpoch => ErrorCode::FencedLeaderEpoch,
        FetchError::UnknownLeaderEpoch => ErrorCode::UnknownLeaderEpoch,
        FetchError::Partition(error) => partition(error),
    }
}

/// A fetch session's refusal of a whole request.
pub fn session(error: SessionError) -> ErrorCode {
    match error {
        SessionError::NotFound => ErrorCode::FetchSessionIdNotFound,
        SessionError::InvalidEpoch => ErrorCode::InvalidFetchSessionEpoch,
        SessionError::TopicIdMismatch => ErrorCode::FetchSessionTopicIdError,
    }
}
