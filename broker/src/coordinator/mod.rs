//! What all coordinators share: which shard, its log, its deadlines.
//!
//! A coordinator keeps its state in an internal topic; each partition is a shard with an owner. The state is
//! changed by replay only: decide, append, replay, answer once durable.

mod deadlines;
mod hash;
mod shard_log;
mod slot;
#[cfg(test)]
mod test_rng;
mod topic_log;

pub use deadlines::Deadlines;
pub use hash::{shard_of, string_hash};
pub use shard_log::{EnsureTopic, ReplaySink, Replayed, ShardLog, ShardLogError};
pub use slot::{Decided, Slot, Timed};
#[cfg(test)]
pub(crate) use test_rng::Rng;
pub use topic_log::TopicLog;
