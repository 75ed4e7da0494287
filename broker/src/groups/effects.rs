//! What a decision leads to, and what it may look at.

use std::sync::Arc;

use super::config::GroupsConfig;
use super::group::Group;
use super::members::Waiter;
use super::timers::{TimerKey, Timers};
use super::types::{GroupError, JoinRefused, JoinReply, SyncReply};
use crate::records::groups::GroupRecord;

/// The time of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since the epoch: what records carry.
    pub wall_ms: i64,
    /// Monotonic milliseconds: what deadlines are in.
    pub mono_ms: i64,
}

/// The answer to a request that may have been parked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// To a JoinGroup.
    Join(JoinReply),
    /// To a SyncGroup.
    Sync(SyncReply),
}

/// What one decision wants done: the records are appended and replayed first, then the replies leave.
#[derive(Debug, Default)]
pub struct Effects {
    /// To append, in order.
    pub records: Vec<GroupRecord>,
    /// To send, in order.
    pub replies: Vec<(Waiter, Reply)>,
}

impl Effects {
    /// Answers a join.
    pub fn joined(&mut self, waiter: Waiter, reply: JoinReply) {
        self.replies.push((waiter, Reply::Join(reply)));
    }

    /// Refuses a join.
    pub fn refuse_join(&mut self, waiter: Waiter, error: GroupError, member_id: &str) {
        let member_id = member_id.to_owned();
        self.joined(waiter, Err(JoinRefused { error, member_id }));
    }

    /// Answers a sync.
    pub fn synced(&mut self, waiter: Waiter, reply: SyncReply) {
        self.replies.push((waiter, Reply::Sync(reply)));
    }
}

/// The surroundings of a decision about one group.
#[derive(Debug)]
pub struct Scene<'a> {
    /// Limits.
    pub config: &'a GroupsConfig,
    /// Deadlines of the shard.
    pub timers: &'a mut Timers,
    /// What the decision leads to.
    pub effects: &'a mut Effects,
    /// When it is made.
    pub now: Now,
}

impl Scene<'_> {
    /// Sets a deadline `after_ms` from now.
    pub fn set_timer(&mut self, key: TimerKey, after_ms: i32) {
        self.timers
            .set(key, self.now.mono_ms.saturating_add(i64::from(after_ms)));
    }

    /// Starts the session of a member or pending member anew.
    pub fn restart_session(&mut self, group: &Group, member: &Arc<str>, timeout_ms: i32) {
        self.set_timer(TimerKey::Session(group.id.clone(), member.clone()), timeout_ms);
    }

    /// Ends the watch over a session.
    pub fn end_session(&mut self, group: &Group, member: &Arc<str>) {
        self.timers
            .cancel(&TimerKey::Session(group.id.clone(), member.clone()));
    }
}
