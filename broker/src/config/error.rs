//! What can be wrong with a config, in domain words.

/// A config that is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The name is unknown or the value is not allowed (INVALID_CONFIG); the text is Kafka's.
    #[error("{0}")]
    Invalid(String),
    /// The change is not allowed in this way (INVALID_REQUEST); the text is Kafka's.
    #[error("{0}")]
    NotAllowed(String),
    /// The broker cannot start with it; one sentence that names key, value and what is allowed.
    #[error("{0}")]
    Start(String),
}
