//! Why a batch is refused, grouped as a broker answers it.

/// A batch that must not be appended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The bytes are not what was sent: checksum or length.
    #[error("the batch is corrupt: {0}")]
    Corrupt(&'static str),
    /// The batch breaks a rule of the format or of the topic.
    #[error("{reason}")]
    Invalid {
        /// What is wrong.
        reason: String,
        /// Faulty records: index in the batch and what is wrong with each.
        records: Vec<(i32, String)>,
    },
    /// The codec is unknown, or not allowed in this version of the protocol.
    #[error("compression codec {0} is not supported here")]
    UnsupportedCompression(i16),
    /// Timestamps outside the topic's bounds.
    #[error("one or more timestamps are outside the bounds of the topic")]
    InvalidTimestamp {
        /// Faulty records: index in the batch and what is wrong with each.
        records: Vec<(i32, String)>,
    },
    /// Larger than `max.message.bytes`.
    #[error("the batch has {size} bytes, at most {max} are allowed")]
    TooLarge {
        /// Size of the batch.
        size: usize,
        /// What is allowed.
        max: usize,
    },
}

impl BatchError {
    pub(super) fn invalid(reason: impl Into<String>) -> BatchError {
        BatchError::Invalid {
            reason: reason.into(),
            records: Vec::new(),
        }
    }

    /// Faulty records: index in the batch and what is wrong with each. Empty if the whole batch is at fault.
    pub fn record_errors(&self) -> &[(i32, String)] {
        match self {
            BatchError::Invalid { records, .. } | BatchError::InvalidTimestamp { records } => records,
            _ => &[],
        }
    }
}

/// Why the records of a stored batch cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordsError<E> {
    /// The bytes are no batch, or its records are damaged.
    #[error("unreadable batch: {0}")]
    Damaged(String),
    /// What the caller's closure answered.
    #[error("{0}")]
    Stopped(E),
}
