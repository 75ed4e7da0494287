//! Config errors → Kafka error codes.

use protocol_shim::ErrorCode;

use crate::config::ConfigError;

/// The code of a refused config; the message of the reply is the error's own text.
pub fn config(error: &ConfigError) -> ErrorCode {
    match error {
        // Only a start meets the second; a client that did would have asked for what no start allows.
        ConfigError::Invalid(_) | ConfigError::Start(_) => ErrorCode::InvalidConfig,
        ConfigError::NotAllowed(_) => ErrorCode::InvalidRequest,
    }
}
