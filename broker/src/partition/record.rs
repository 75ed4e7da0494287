//! Records that the broker writes itself.

/// A record that the broker itself writes: key and value, either of which may be null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyValue {
    /// Record key.
    pub key: Option<Vec<u8>>,
    /// Record value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
}
