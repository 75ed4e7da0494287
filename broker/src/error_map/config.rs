//! Config errors → Kafka error codes.

use protocol_shim::ErrorCode;

use crate::config::ConfigError;
use crate::topics::AlterRefusal;

/// The code of a refused config; the message of the reply is the error's own text.
pub fn config(error: &ConfigError) -> ErrorCode {
    match error {
        // Only a start meets the second; a client that did would have asked for what no start allows.
        ConfigError::Invalid(_) | ConfigError::Start(_) => ErrorCode::InvalidConfig,
        ConfigError::NotAllowed(_) => ErrorCode::InvalidRequest,
    }
}

/// A resource whose configs stay as they are.
pub fn alter(refusal: &AlterRefusal) -> ErrorCode {
    match refusal {
        AlterRefusal::Request(_) => ErrorCode::InvalidRequest,
        AlterRefusal::TopicName(_) => ErrorCode::InvalidTopicException,
        AlterRefusal::UnknownTopic(_) => ErrorCode::UnknownTopicOrPartition,
        AlterRefusal::UnknownLogger(_) => ErrorCode::InvalidConfig,
        AlterRefusal::Config(error) => config(error),
        AlterRefusal::Storage(_) => ErrorCode::KafkaStorageError,
    }
}
