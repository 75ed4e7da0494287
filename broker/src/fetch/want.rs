//! What a fetch asks for, in domain words.

use std::sync::Arc;

use uuid::Uuid;

/// How a request names a topic: by name up to v12, by id from v13.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TopicRef {
    /// Topic name.
    Name(Arc<str>),
    /// Topic id.
    Id(Uuid),
}

/// One partition of a topic as the request names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionKey {
    /// Topic.
    pub topic: TopicRef,
    /// Partition number.
    pub index: i32,
}

/// What is wanted of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// Which partition.
    pub key: PartitionKey,
    /// First offset wanted.
    pub fetch_offset: i64,
    /// Bytes wanted at most from this partition; the first batch may exceed it (KIP-74).
    pub max_bytes: usize,
    /// Leader epoch that the client believes in; -1 unknown.
    pub current_leader_epoch: i32,
    /// Epoch of the last record that the client has; -1 unknown.
    pub last_fetched_epoch: i32,
}
