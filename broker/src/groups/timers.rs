//! What a shard of groups waits for.

use std::sync::Arc;

use crate::coordinator::Deadlines;

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimerKey {
    /// The session of (group, member), pending members included.
    Session(Arc<str>, Arc<str>),
    /// The join phase of a group ends, or its initial delay.
    Join(Arc<str>),
    /// Members that did not sync are removed.
    Sync(Arc<str>),
    /// Offsets of a group may have expired, or the group itself.
    Expiry(Arc<str>),
    /// A member of a consumer group has not given its partitions back.
    Revocation(Arc<str>, Arc<str>),
    /// A classic member of a consumer group has not joined again.
    ClassicJoin(Arc<str>, Arc<str>),
    /// A classic member of a consumer group has not asked for its assignment.
    ClassicSync(Arc<str>, Arc<str>),
    /// Regular expressions of a consumer group are to be matched; due at once.
    Regex(Arc<str>),
    /// A consumer group became a classic one; whether it has to rebalance. Due at once.
    Converted(Arc<str>, bool),
}

/// Deadlines in monotonic milliseconds.
pub type Timers = Deadlines<TimerKey>;
