//! One shard: the groups of one partition of `__consumer_offsets`. Pure: time and records go in and out.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::config::GroupsConfig;
use super::effects::{Effects, Now, Scene};
use super::group::Group;
use super::members::Waiter;
use super::timers::{TimerKey, Timers};
use super::types::{
    CommitOutcome, CommitRequest, DeletedTopic, DescribedGroup, FetchRequest, FetchedTopic, GroupError,
    HeartbeatRequest, JoinRequest, Leaving, ListedGroup, SyncRequest,
};
use super::{admin, join, offsets, rebalance, session};
use crate::records::groups::{GroupMetadataValue, GroupRecord};

/// The groups of one shard.
///
/// Every decision leaves its wishes in an [`Effects`]; its records must be appended and replayed
/// ([`Shard::replay`]) before the next decision, or the shard be loaded anew.
#[derive(Debug)]
pub struct Shard {
    config: Arc<GroupsConfig>,
    groups: HashMap<Arc<str>, Group>,
    timers: Timers,
}

impl Shard {
    /// A shard of an empty log.
    pub fn new(config: Arc<GroupsConfig>) -> Shard {
        Shard {
            config,
            groups: HashMap::new(),
            timers: Timers::default(),
        }
    }

    /// The earliest deadline, monotonic milliseconds.
    pub fn next_deadline_ms(&self) -> Option<i64> {
        self.timers.next_ms()
    }

    fn with<R>(
        &mut self,
        group: &str,
        now: Now,
        effects: &mut Effects,
        decide: impl FnOnce(Option<&mut Group>, &mut Scene<'_>) -> R,
    ) -> R {
        let mut scene = Scene {
            config: &self.config,
            timers: &mut self.timers,
            effects,
            now,
        };
        decide(self.groups.get_mut(group), &mut scene)
    }

    /// Decides a join; the answer comes as a reply to `waiter`, at once or later.
    pub fn join(
        &mut self,
        request: JoinRequest,
        waiter: Waiter,
        fresh: Uuid,
        now: Now,
        effects: &mut Effects,
    ) {
        let config = &self.config;
        if !(config.min_session_timeout_ms..=config.max_session_timeout_ms)
            .contains(&request.session_timeout_ms)
        {
            return effects.refuse_join(waiter, GroupError::InvalidSessionTimeout, &request.member_id);
        }
        let is_new = !self.groups.contains_key(request.group.as_str());
        if is_new && !request.member_id.is_empty() {
            return effects.refuse_join(waiter, GroupError::UnknownMemberId, &request.member_id);
        }
        let id: Arc<str> = Arc::from(request.group.as_str());
        self.groups
            .entry(id.clone())
            .or_insert_with(|| Group::new(id.clone(), Some(now.wall_ms)));
        self.with(&id, now, effects, |group, scene| {
            if let Some(group) = group {
                join::join(group, scene, request, waiter, fresh);
            }
        });
        if is_new && effects.records.is_empty() {
            // Makes the group known to the log, so that it is there after a restart.
            let value = GroupMetadataValue {
                current_state_timestamp: now.wall_ms,
                ..Default::default()
            };
            effects.records.push(GroupRecord::Group {
                group: id.to_string(),
                value: Some(value),
            });
            self.arm_expiry(now, now.wall_ms);
        }
    }

    /// Decides a sync; the answer comes as a reply to `waiter`.
    pub fn sync(&mut self, request: SyncRequest, waiter: Waiter, now: Now, effects: &mut Effects) {
        let group = request.group.clone();
        self.with(&group, now, effects, |group, scene| match group {
            Some(group) => session::sync(group, scene, request, waiter),
            None => scene.effects.synced(waiter, Err(GroupError::UnknownMemberId)),
        });
    }

    /// Decides a heartbeat.
    ///
    /// # Errors
    /// What the member has to do.
    pub fn heartbeat(
        &mut self,
        request: &HeartbeatRequest,
        now: Now,
        effects: &mut Effects,
    ) -> Result<(), GroupError> {
        self.with(&request.group, now, effects, |group, scene| {
            session::heartbeat(group.ok_or(GroupError::UnknownMemberId)?, scene, request)
        })
    }

    /// Decides who leaves: one outcome per asked member.
    pub fn leave(
        &mut self,
        group: &str,
        leaving: &[Leaving],
        now: Now,
        effects: &mut Effects,
    ) -> Vec<Result<(), GroupError>> {
        self.with(group, now, effects, |group, scene| match group {
            Some(group) => session::leave(group, scene, leaving),
            None => leaving.iter().map(|_| Err(GroupError::UnknownMemberId)).collect(),
        })
    }

    /// Decides a commit of offsets.
    ///
    /// # Errors
    /// The error that every partition of the request gets.
    pub fn commit(
        &mut self,
        request: CommitRequest,
        now: Now,
        effects: &mut Effects,
    ) -> Result<CommitOutcome, GroupError> {
        let group = request.group.clone();
        self.arm_expiry(
            now,
            request
                .retention_ms
                .map_or(i64::MAX, |ms| now.wall_ms.saturating_add(ms)),
        );
        self.with(&group, now, effects, |group, scene| {
            offsets::commit(group, scene, request)
        })
    }

    /// Committed offsets.
    pub fn fetch(&self, request: FetchRequest) -> Vec<FetchedTopic> {
        offsets::fetch(self.groups.get(request.group.as_str()), request)
    }

    /// Groups that pass the filters, by name.
    pub fn list(&self, states: &[String], types: &[String]) -> Vec<ListedGroup> {
        let passing = self.groups.values().filter(|g| admin::passes(g, states, types));
        let mut rows: Vec<_> = passing.map(admin::list).collect();
        rows.sort_by(|a, b| a.group.cmp(&b.group));
        rows
    }

    /// A group in full.
    pub fn describe(&self, group: &str) -> Option<DescribedGroup> {
        self.groups.get(group).map(admin::describe)
    }

    /// Decides the deletion of a group.
    ///
    /// # Errors
    /// [`GroupError::GroupIdNotFound`] or [`GroupError::NonEmptyGroup`].
    pub fn delete(&mut self, group: &str, effects: &mut Effects) -> Result<(), GroupError> {
        admin::delete(self.groups.get(group), &mut effects.records)
    }

    /// Forgets the offsets of topics that are gone.
    pub fn topics_deleted(&mut self, deleted: &[DeletedTopic], effects: &mut Effects) {
        for group in self.groups.values() {
            offsets::drop_topics(group, deleted, &mut effects.records);
        }
    }

    /// Decides what follows from one passed deadline; `false` when none has passed.
    pub fn fire_timer(&mut self, now: Now, effects: &mut Effects) -> bool {
        let Some(key) = self.timers.pop_due(now.mono_ms) else {
            return false;
        };
        match key {
            TimerKey::Expiry => self.expire(now, effects),
            TimerKey::Join(group) => self.with(&group, now, effects, |group, scene| {
                if let Some(group) = group {
                    rebalance::join_deadline(group, scene);
                }
            }),
            TimerKey::Sync(group) => self.with(&group, now, effects, |group, scene| {
                if let Some(group) = group {
                    rebalance::sync_deadline(group, scene);
                }
            }),
            TimerKey::Session(group, member) => self.with(&group, now, effects, |group, scene| {
                if let Some(group) = group {
                    rebalance::session_deadline(group, scene, &member);
                }
            }),
        }
        true
    }

    fn expire(&mut self, now: Now, effects: &mut Effects) {
        let retention_ms = self.config.offsets_retention_ms;
        let mut next = i64::MAX;
        let mut left = false;
        for group in self.groups.values() {
            let before = effects.records.len();
            next = next.min(offsets::expire(group, retention_ms, now, &mut effects.records));
            left |= effects.records.len() == before;
        }
        if left {
            self.arm_expiry(now, next);
        }
    }

    /// Sees to it that expiry is looked at when something may expire: at `at_ms` (wall), or when groups that
    /// become empty now are out of time, but not more often than the check interval.
    fn arm_expiry(&mut self, now: Now, at_ms: i64) {
        let config = &self.config;
        let latest = config
            .offsets_retention_ms
            .max(config.offsets_retention_check_interval_ms);
        let wait = at_ms
            .saturating_sub(now.wall_ms)
            .clamp(config.offsets_retention_check_interval_ms, latest);
        self.timers
            .set_if_earlier(TimerKey::Expiry, now.mono_ms.saturating_add(wait));
    }

    /// Applies a record: while loading in the order of the log, later right after its append.
    pub fn replay(&mut self, record: GroupRecord) {
        match record {
            GroupRecord::Offset {
                group,
                topic,
                partition,
                value: Some(value),
            } => {
                let id: Arc<str> = Arc::from(group);
                // A group that only has offsets is not logged by itself.
                let group = self
                    .groups
                    .entry(id.clone())
                    .or_insert_with(|| Group::new(id, None));
                group.offsets.entry(topic).or_default().insert(partition, value);
            }
            GroupRecord::Offset {
                group,
                topic,
                partition,
                value: None,
            } => {
                if let Some(offsets) = self.groups.get_mut(group.as_str()).map(|g| &mut g.offsets)
                    && let Some(commits) = offsets.get_mut(&topic)
                {
                    commits.remove(&partition);
                    if commits.is_empty() {
                        offsets.remove(&topic);
                    }
                }
            }
            GroupRecord::Group {
                group,
                value: Some(value),
            } => {
                let id: Arc<str> = Arc::from(group);
                self.groups
                    .entry(id.clone())
                    .or_insert_with(|| Group::new(id, None))
                    .replay(value);
            }
            GroupRecord::Group { group, value: None } => {
                self.groups.remove(group.as_str());
            }
        }
    }

    /// After all records were replayed: sessions of loaded members start now.
    pub fn loaded(&mut self, now: Now, effects: &mut Effects) {
        if !self.groups.is_empty() {
            self.arm_expiry(now, now.wall_ms);
        }
        let mut scene = Scene {
            config: &self.config,
            timers: &mut self.timers,
            effects,
            now,
        };
        for group in self.groups.values_mut() {
            for member in group.members.iter() {
                scene.restart_session(group, &member.id, member.session_timeout_ms);
            }
            if group.members.len() > scene.config.group_max_size {
                // The limit was lowered; whoever joins first may stay.
                rebalance::prepare(group, &mut scene);
            }
        }
    }

    /// For tests: all groups.
    #[cfg(test)]
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    /// For tests: all deadlines.
    #[cfg(test)]
    pub fn timers(&self) -> &Timers {
        &self.timers
    }
}
