//! Groups: classic ones, those on the newer consumer protocol (KIP-848), and committed offsets.
//!
//! A group lives in the shard of its partition of `__consumer_offsets`. Requests are decided by pure functions
//! of (group, topics, request, now); their records are appended and replayed into the group at once, and replies
//! leave when they are durable. Joins before the assignment, pending members and deadlines are not logged. The
//! rules are those of Kafka's `GroupMetadataManager`, `ClassicGroup`, `ConsumerGroup` and `OffsetMetadataManager`.

mod admin;
mod assignor;
mod census;
mod checked;
mod classic;
mod config;
mod consumer;
mod effects;
mod expiry;
mod group;
mod handle;
mod handle_consumer;
mod handle_transactions;
mod loading;
mod log;
#[cfg(test)]
mod memory_log;
mod offsets;
mod offsets_topic;
mod open;
mod pending;
mod shard;
mod shard_consumer;
mod shard_replay;
mod slot;
#[cfg(test)]
mod tests;
mod timer_events;
mod timer_task;
mod timers;
mod topics_view;
mod types;
mod types_consumer;

pub use census::GroupsCensus;
pub use checked::CheckedTopic;
pub use config::{ConsumerConfig, GroupsConfig, Migration};
pub use handle::Groups;
pub use handle_transactions::TxnCommitError;
pub use log::{InTransaction, OffsetsLog};
pub use topics_view::{LiveTopics, TopicInfo, TopicsSource, TopicsView};
pub use types::*;
pub use types_consumer::*;
