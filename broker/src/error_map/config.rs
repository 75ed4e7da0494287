//! Config errors → Kafka error codes.

use protocol_shim::{ErrorCode, StrBytes};

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
fn alter(refusal: &AlterRefusal) -> ErrorCode {
    match refusal {
        AlterRefusal::Request(_) => ErrorCode::InvalidRequest,
        AlterRefusal::TopicName(_) => ErrorCode::InvalidTopicException,
        AlterRefusal::UnknownTopic(_) => ErrorCode::UnknownTopicOrPartition,
        AlterRefusal::Logger(_) => ErrorCode::InvalidConfig,
        AlterRefusal::Policy(_) => ErrorCode::PolicyViolation,
        AlterRefusal::Config(error) => config(error),
        AlterRefusal::Storage(_) => ErrorCode::KafkaStorageError,
    }
}

/// Code and message of a resource whose configs were to change.
pub fn altered(outcome: &Result<(), AlterRefusal>) -> (i16, Option<StrBytes>) {
    match outcome {
        Ok(()) => (ErrorCode::None.code(), None),
        Err(refusal) => (
            alter(refusal).code(),
            Some(StrBytes::from_string(refusal.to_string())),
        ),
    }
}
