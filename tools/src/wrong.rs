//! How a tool ends that did not do what it was asked for.

use crate::client::ClientError;

/// Why a tool stops.
#[derive(Clone, Debug)]
pub(crate) enum Wrong {
    /// The command line makes no sense: this sentence, then the help.
    Usage(String),
    /// What Java's tools throw: each has its way to print it.
    Thrown(ClientError),
    /// All is said; the exit code.
    Code(i32),
}

impl From<ClientError> for Wrong {
    fn from(error: ClientError) -> Self {
        Wrong::Thrown(error)
    }
}

impl From<i32> for Wrong {
    fn from(code: i32) -> Self {
        Wrong::Code(code)
    }
}

impl Wrong {
    /// The command line makes no sense.
    pub(crate) fn usage(sentence: impl Into<String>) -> Wrong {
        Wrong::Usage(sentence.into())
    }

    /// Java's `IllegalArgumentException`.
    pub(crate) fn argument(sentence: impl Into<String>) -> Wrong {
        Wrong::thrown("java.lang.IllegalArgumentException", sentence)
    }

    /// An exception of any class.
    pub(crate) fn thrown(class: &str, sentence: impl Into<String>) -> Wrong {
        Wrong::Thrown(ClientError::foreign(class, sentence))
    }
}
