//! Errors of topics and metadata.

use protocol_shim::ErrorCode;

use crate::topics::{TopicError, TopicErrorKind};

/// A refused change of the metadata.
pub fn topic(error: &TopicError) -> ErrorCode {
    match error.kind {
        TopicErrorKind::AlreadyExists => ErrorCode::TopicAlreadyExists,
        TopicErrorKind::InvalidName => ErrorCode::InvalidTopicException,
        TopicErrorKind::InvalidPartitions => ErrorCode::InvalidPartitions,
        TopicErrorKind::InvalidReplicationFactor => ErrorCode::InvalidReplicationFactor,
        TopicErrorKind::InvalidAssignment => ErrorCode::InvalidReplicaAssignment,
        TopicErrorKind::InvalidRequest => ErrorCode::InvalidRequest,
        TopicErrorKind::InvalidConfig => ErrorCode::InvalidConfig,
        TopicErrorKind::PolicyViolation => ErrorCode::PolicyViolation,
        TopicErrorKind::UnknownTopic => ErrorCode::UnknownTopicOrPartition,
        TopicErrorKind::UnknownTopicId => ErrorCode::UnknownTopicId,
        TopicErrorKind::DeletionDisabled => ErrorCode::TopicDeletionDisabled,
        TopicErrorKind::NoReassignment => ErrorCode::NoReassignmentInProgress,
        TopicErrorKind::InvalidUpdateVersion => ErrorCode::InvalidUpdateVersion,
        TopicErrorKind::QuotaExceeded => ErrorCode::ThrottlingQuotaExceeded,
        TopicErrorKind::TimedOut => ErrorCode::RequestTimedOut,
        TopicErrorKind::Storage => ErrorCode::KafkaStorageError,
    }
}

/// A topic that a client named and that could not be made on its own: codes that clients know in Metadata.
pub fn auto_create(error: &TopicError) -> ErrorCode {
    match error.kind {
        TopicErrorKind::InvalidName => ErrorCode::InvalidTopicException,
        TopicErrorKind::InvalidReplicationFactor => ErrorCode::InvalidReplicationFactor,
        _ => ErrorCode::UnknownTopicOrPartition,
    }
}
