//! What can be wrong with the bytes of a record.

/// Why bytes are not the record they claim to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Fewer bytes than the schema asks for.
    #[error("the record ends too early")]
    Truncated,
    /// A variable-length number of too many bytes.
    #[error("a variable-length number is too long")]
    VarintTooLong,
    /// A length below what the field allows.
    #[error("a length is negative or null where it must not be")]
    InvalidLength,
    /// A string that is not UTF-8.
    #[error("a string is not UTF-8")]
    InvalidUtf8,
    /// A version or type that this code does not know.
    #[error("unknown record type or version {0}")]
    UnknownVersion(i32),
}
