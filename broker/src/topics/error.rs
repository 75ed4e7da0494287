//! Why a change of the metadata was refused, in domain words.

/// What kind of refusal; the error map knows the code of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicErrorKind {
    /// The topic is there already.
    AlreadyExists,
    /// No topic name, or one that collides with another.
    InvalidName,
    /// A number of partitions that cannot be.
    InvalidPartitions,
    /// A replication factor that cannot be met.
    InvalidReplicationFactor,
    /// A manual assignment that cannot be.
    InvalidAssignment,
    /// A request that contradicts itself.
    InvalidRequest,
    /// An unknown config, or a value that is not allowed.
    InvalidConfig,
    /// More than one request may ask for.
    PolicyViolation,
    /// No topic of this name.
    UnknownTopic,
    /// No topic of this id.
    UnknownTopicId,
    /// `delete.topic.enable` is false.
    DeletionDisabled,
    /// No reassignment to stop.
    NoReassignment,
    /// A feature level that cannot be.
    InvalidUpdateVersion,
    /// The client's quota on topics and partitions is used up.
    QuotaExceeded,
    /// The client's time was over before anything was decided.
    TimedOut,
    /// The metadata log cannot be written; nothing was changed.
    Storage,
}

/// A refusal: nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", message.as_deref().unwrap_or("refused"))]
pub struct TopicError {
    /// What kind.
    pub kind: TopicErrorKind,
    /// Kafka's text; `None` where Kafka sends null.
    pub message: Option<String>,
}

impl TopicError {
    /// A refusal with its text.
    pub fn new(kind: TopicErrorKind, message: impl Into<String>) -> TopicError {
        TopicError {
            kind,
            message: Some(message.into()),
        }
    }

    /// A refusal whose code says it all.
    pub fn bare(kind: TopicErrorKind) -> TopicError {
        TopicError { kind, message: None }
    }

    /// No topic of this name, with Kafka's general text.
    pub fn unknown_topic() -> TopicError {
        TopicError::new(
            TopicErrorKind::UnknownTopic,
            "This server does not host this topic-partition.",
        )
    }

    /// No topic of this id, with Kafka's general text.
    pub fn unknown_topic_id() -> TopicError {
        TopicError::new(
            TopicErrorKind::UnknownTopicId,
            "This server does not host this topic ID.",
        )
    }

    /// The client's quota on topics and partitions is used up: Kafka says no more than the code.
    pub fn quota_exceeded() -> TopicError {
        TopicError::bare(TopicErrorKind::QuotaExceeded)
    }

    /// The client's time was over: Kafka says no more than the code.
    pub fn timed_out() -> TopicError {
        TopicError::bare(TopicErrorKind::TimedOut)
    }

    /// More partitions than one request may make.
    pub fn too_many_partitions() -> TopicError {
        TopicError::new(
            TopicErrorKind::PolicyViolation,
            "Excessively large number of partitions per request.",
        )
    }

    /// The metadata log could not be written.
    pub fn storage(error: impl std::fmt::Display) -> TopicError {
        TopicError::new(
            TopicErrorKind::Storage,
            format!("The metadata log could not be written: {error}"),
        )
    }
}
