//! What a decision leads to, and what it may look at.

use std::sync::Arc;

use super::classic::{ClassicGroup, Waiter};
use super::config::GroupsConfig;
use super::consumer::ConsumerGroup;
use super::timers::{TimerKey, Timers};
use super::topics_view::TopicsView;
use super::types::{GroupError, JoinRefused, JoinReply, SyncReply};
use crate::records::consumer_groups::ConsumerRecord;
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

/// Soft state that follows once the records are replayed.
#[derive(Debug)]
pub enum After {
    /// A classic group as it was made of a consumer group: it knows more than its record.
    Install(Box<ClassicGroup>),
}

/// What one decision wants done: the records are appended and replayed first, then the replies leave.
#[derive(Debug, Default)]
pub struct Effects {
    /// To append, in order.
    pub records: Vec<GroupRecord>,
    /// To send, in order.
    pub replies: Vec<(Waiter, Reply)>,
    /// To do behind the replay.
    pub after: Vec<After>,
    /// A consumer group whose metadata hash was compared with this version of the topics.
    pub seen_version: Option<(Arc<str>, i64)>,
}

impl Effects {
    /// Forgets what was to be written behind the first `records`, and what was to follow from it: it is refused.
    pub fn forget_since(&mut self, records: usize) {
        self.records.truncate(records);
        self.after.clear();
        self.seen_version = None;
    }

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
    /// The topics as they are.
    pub topics: &'a dyn TopicsView,
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
    pub fn restart_session(&mut self, group: &Arc<str>, member: &Arc<str>, timeout_ms: i32) {
        self.set_timer(TimerKey::Session(group.clone(), member.clone()), timeout_ms);
    }

    /// Ends the watch over a session.
    pub fn end_session(&mut self, group: &Arc<str>, member: &Arc<str>) {
        self.timers
            .cancel(&TimerKey::Session(group.clone(), member.clone()));
    }

    /// Has a group looked at for expired offsets at the next check.
    pub fn look_for_expired(&mut self, group: &Arc<str>) {
        let interval_ms = self.config.offsets_retention_check_interval_ms;
        let at_ms = self.now.mono_ms.saturating_add(interval_ms);
        self.timers.set_if_earlier(TimerKey::Expiry(group.clone()), at_ms);
    }

    /// Adds a record of a consumer group.
    pub fn record(&mut self, group: &ConsumerGroup, record: ConsumerRecord) {
        self.effects.records.push(GroupRecord::Consumer {
            group: group.id.to_string(),
            record,
        });
    }

    /// A config of one group, within the bounds of the broker's configs, or the broker's own.
    fn group_config(&self, group: &str, name: &str, bounds: (i32, i32), broker: i32) -> i32 {
        let own = self
            .topics
            .group_config(group, name)
            .and_then(|v| v.parse::<i32>().ok());
        own.map_or(broker, |own| own.max(bounds.0).min(bounds.1))
    }

    /// Milliseconds without a heartbeat until a member of a consumer group is gone.
    pub fn consumer_session_timeout_ms(&self, group: &str) -> i32 {
        let c = &self.config.consumer.times;
        let name = "consumer.session.timeout.ms";
        self.group_config(group, name, c.session_timeout_bounds_ms, c.session_timeout_ms)
    }

    /// Milliseconds between heartbeats that members of a consumer group are told.
    pub fn consumer_heartbeat_interval_ms(&self, group: &str) -> i32 {
        let c = &self.config.consumer.times;
        let name = "consumer.heartbeat.interval.ms";
        self.group_config(
            group,
            name,
            c.heartbeat_interval_bounds_ms,
            c.heartbeat_interval_ms,
        )
    }

    /// Least milliseconds between two target assignments of a consumer group.
    pub fn consumer_assignment_interval_ms(&self, group: &str) -> i32 {
        let c = &self.config.consumer.times;
        let broker = self
            .topics
            .assignment_interval_ms()
            .unwrap_or(c.assignment_interval_ms);
        let name = "consumer.assignment.interval.ms";
        self.group_config(group, name, c.assignment_interval_bounds_ms, broker)
    }
}
