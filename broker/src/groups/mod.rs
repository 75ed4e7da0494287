//! Consumer groups: classic protocol and committed offsets.
//!
//! A group lives in the shard of its partition of `__consumer_offsets`. Requests are decided by pure functions
//! of (group, request, now); their records are appended and replayed into the group at once, and replies leave
//! when they are durable. Joins before the assignment, pending members and deadlines are not logged. The rules
//! are those of Kafka's `GroupMetadataManager`, `ClassicGroup` and `OffsetMetadataManager`.

mod admin;
mod config;
mod effects;
mod group;
mod handle;
mod hash;
mod join;
mod log;
mod members;
#[cfg(test)]
mod memory_log;
mod offsets;
mod open;
mod rebalance;
mod session;
mod shard;
mod slot;
#[cfg(test)]
mod tests;
mod timer_task;
mod timers;
mod topic_log;
mod types;

pub use config::GroupsConfig;
pub use handle::Groups;
pub use hash::shard_of;
pub use log::{EnsureTopic, OffsetsLog, OffsetsLogError, ReplaySink};
pub use topic_log::TopicLog;
pub use types::*;
