//! What can go wrong, in the words of Kafka's Java client: class of the exception and message.

use std::fmt;

use protocol_shim::ErrorCode;

/// Package of most exceptions.
const ERRORS: &str = "org.apache.kafka.common.errors.";

/// An exception of Kafka's client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientError {
    /// Full name of the Java class.
    pub class: String,
    /// What it says.
    pub message: String,
    /// The code on the wire that it stands for.
    pub code: Option<ErrorCode>,
}

/// As Java prints an exception: class, colon, message.
impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class, self.message)
    }
}

impl ClientError {
    /// What a broker answered; without a message of its own, the code's. `None` when there was no error.
    pub(crate) fn of(code: i16, message: Option<&str>) -> Option<ClientError> {
        if code == 0 {
            return None;
        }
        let code = ErrorCode::from_code(code).unwrap_or(ErrorCode::UnknownServerError);
        Some(ClientError {
            class: format!("{ERRORS}{}", class(code)),
            message: message.unwrap_or(code.message()).to_owned(),
            code: Some(code),
        })
    }

    /// As [`ClientError::of`], for `?`.
    ///
    /// # Errors
    /// The exception, unless the code is 0.
    pub(crate) fn check(code: i16, message: Option<&str>) -> Result<(), ClientError> {
        ClientError::of(code, message).map_or(Ok(()), Err)
    }

    /// An exception of the client itself; `name` is that of a class in `org.apache.kafka.common.errors`.
    pub(crate) fn own(name: &str, message: impl Into<String>) -> ClientError {
        ClientError::foreign(&format!("{ERRORS}{name}"), message)
    }

    /// An exception of any class, by its full name.
    pub(crate) fn foreign(class: &str, message: impl Into<String>) -> ClientError {
        ClientError {
            class: class.to_owned(),
            message: message.into(),
            code: None,
        }
    }

    /// Time is up.
    pub(crate) fn timeout(message: impl Into<String>) -> ClientError {
        ClientError {
            code: Some(ErrorCode::RequestTimedOut),
            ..ClientError::own("TimeoutException", message)
        }
    }

    /// A setting of the client is wrong.
    pub(crate) fn config(message: impl Into<String>) -> ClientError {
        ClientError::foreign("org.apache.kafka.common.config.ConfigException", message)
    }

    /// Name of the class without its package.
    pub(crate) fn simple_class(&self) -> &str {
        self.class.rsplit('.').next().unwrap_or(&self.class)
    }

    /// Whether it stands for this code.
    pub(crate) fn is(&self, code: ErrorCode) -> bool {
        self.code == Some(code)
    }
}

/// Name of the exception that stands for a code (`org.apache.kafka.common.protocol.Errors`): most are called as the code.
pub(crate) fn class(code: ErrorCode) -> String {
    let odd = match code {
        ErrorCode::UnknownServerError => "UnknownServerException",
        ErrorCode::CorruptMessage => "CorruptRecordException",
        ErrorCode::RequestTimedOut => "TimeoutException",
        ErrorCode::MessageTooLarge => "RecordTooLargeException",
        ErrorCode::StaleControllerEpoch => "ControllerMovedException",
        ErrorCode::OffsetMetadataTooLarge => "OffsetMetadataTooLarge",
        ErrorCode::NetworkException => "NetworkException",
        ErrorCode::InvalidTopicException => "InvalidTopicException",
        ErrorCode::RecordListTooLarge => "RecordBatchTooLargeException",
        ErrorCode::TopicAuthorizationFailed => "TopicAuthorizationException",
        ErrorCode::GroupAuthorizationFailed => "GroupAuthorizationException",
        ErrorCode::ClusterAuthorizationFailed => "ClusterAuthorizationException",
        ErrorCode::TopicAlreadyExists => "TopicExistsException",
        ErrorCode::InvalidConfig => "InvalidConfigurationException",
        ErrorCode::OutOfOrderSequenceNumber => "OutOfOrderSequenceException",
        ErrorCode::DuplicateSequenceNumber => "DuplicateSequenceException",
        ErrorCode::InvalidProducerIdMapping => "InvalidPidMappingException",
        ErrorCode::InvalidTransactionTimeout => "InvalidTxnTimeoutException",
        ErrorCode::TransactionalIdAuthorizationFailed => "TransactionalIdAuthorizationException",
        ErrorCode::KafkaStorageError => "KafkaStorageException",
        ErrorCode::SaslAuthenticationFailed => "SaslAuthenticationException",
        ErrorCode::DelegationTokenAuthDisabled => "DelegationTokenDisabledException",
        ErrorCode::DelegationTokenRequestNotAllowed => "UnsupportedByAuthenticationException",
        ErrorCode::DelegationTokenAuthorizationFailed => "DelegationTokenAuthorizationException",
        ErrorCode::NonEmptyGroup => "GroupNotEmptyException",
        ErrorCode::PrincipalDeserializationFailure => "PrincipalDeserializationException",
        ErrorCode::FetchSessionTopicIdError => "FetchSessionTopicIdException",
        ErrorCode::InvalidRegularExpression => "InvalidRegularExpression",
        other => return format!("{other:?}Exception"),
    };
    odd.to_owned()
}
