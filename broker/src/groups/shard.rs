//! One shard: the groups of one partition of `__consumer_offsets`. Pure: time and records go in and out.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::classic::{ClassicGroup, Waiter};
use super::config::GroupsConfig;
use super::consumer::classic_members;
use super::effects::{Effects, Now, Scene};
use super::group::Group;
use super::offsets::Offsets;
use super::pending::Pending;
use super::timers::Timers;
use super::topics_view::TopicsView;
use super::types::{
    CommitOutcome, CommitRequest, DeletedTopic, DescribedGroup, FetchRequest, FetchedTopic, GroupError,
    HeartbeatRequest, JoinRequest, Leaving, ListedGroup, SyncRequest,
};
use super::{admin, classic, offsets, timer_events};
use crate::records::groups::{GroupMetadataValue, GroupRecord};

/// The groups of one shard.
///
/// Every decision leaves its wishes in an [`Effects`]; its records must be appended and replayed
/// ([`Shard::replay`], then [`Shard::finish`]) before the next decision, or the shard be loaded anew.
#[derive(Debug)]
pub struct Shard {
    pub(super) config: Arc<GroupsConfig>,
    pub(super) groups: HashMap<Arc<str>, Group>,
    pub(super) offsets: HashMap<Arc<str>, Offsets>,
    /// Offsets in open transactions.
    pub(super) pending: Pending,
    pub(super) timers: Timers,
    pub(super) topics: Arc<dyn TopicsView>,
}

impl Shard {
    /// A shard of an empty log.
    pub fn new(config: Arc<GroupsConfig>, topics: Arc<dyn TopicsView>) -> Shard {
        Shard {
            config,
            groups: HashMap::new(),
            offsets: HashMap::new(),
            pending: Pending::default(),
            timers: Timers::default(),
            topics,
        }
    }

    /// Sees the topics as they are from the next decision on.
    pub fn observe(&mut self, topics: Arc<dyn TopicsView>) {
        self.topics = topics;
    }

    /// The earliest deadline, monotonic milliseconds.
    pub fn next_deadline_ms(&self) -> Option<i64> {
        self.timers.next_ms()
    }

    pub(super) fn with<R>(
        &mut self,
        group: &str,
        now: Now,
        effects: &mut Effects,
        decide: impl FnOnce(Option<&mut Group>, &mut Scene<'_>) -> R,
    ) -> R {
        let mut scene = Scene {
            config: &self.config,
            topics: &*self.topics,
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
        let id: Arc<str> = Arc::from(request.group.as_str());
        match self.groups.get(&id) {
            Some(Group::Consumer(group)) if !group.members.is_empty() => {
                return self.with(&id, now, effects, |group, scene| {
                    if let Some(Group::Consumer(group)) = group {
                        classic_members::join(group, scene, &request, waiter, fresh);
                    }
                });
            }
            Some(Group::Consumer(_)) if request.member_id.is_empty() => {
                // An empty consumer group becomes a classic one.
                self.with(&id, now, effects, |group, scene| {
                    if let Some(group) = group {
                        admin::remove_empty(&id, group, scene);
                    }
                });
                self.groups.remove(&id);
            }
            _ => {}
        }
        let is_new = !matches!(self.groups.get(&id), Some(Group::Classic(_)));
        if is_new && !request.member_id.is_empty() {
            return effects.refuse_join(waiter, GroupError::UnknownMemberId, &request.member_id);
        }
        let records = effects.records.len();
        self.groups
            .entry(id.clone())
            .or_insert_with(|| Group::Classic(Box::new(ClassicGroup::new(id.clone(), Some(now.wall_ms)))));
        self.with(&id, now, effects, |group, scene| {
            if let Some(Group::Classic(group)) = group {
                classic::join(group, scene, request, waiter, fresh);
            }
            if is_new && scene.effects.records.len() == records {
                // Makes the group known to the log, so that it is there after a restart.
                let value = GroupMetadataValue {
                    current_state_timestamp: now.wall_ms,
                    ..Default::default()
                };
                scene.effects.records.push(GroupRecord::Group {
                    group: id.to_string(),
                    value: Some(value),
                });
                scene.look_for_expired(&id);
            }
        });
    }

    /// Decides a sync; the answer comes as a reply to `waiter`.
    pub fn sync(&mut self, request: SyncRequest, waiter: Waiter, now: Now, effects: &mut Effects) {
        let group = request.group.clone();
        self.with(&group, now, effects, |group, scene| match group {
            Some(Group::Classic(group)) => classic::sync(group, scene, request, waiter),
            Some(Group::Consumer(group)) => {
                let reply = classic_members::sync(group, scene, &request);
                scene.effects.synced(waiter, reply);
            }
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
        self.with(&request.group, now, effects, |group, scene| match group {
            Some(Group::Classic(group)) => classic::heartbeat(group, scene, request),
            Some(Group::Consumer(group)) => classic_members::heartbeat(group, scene, request),
            None => Err(GroupError::UnknownMemberId),
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
            Some(Group::Classic(group)) => classic::leave(group, scene, leaving),
            Some(Group::Consumer(group)) => classic_members::leave(group, scene, leaving),
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
        self.with(&group, now, effects, |known, scene| {
            let id = Arc::from(group.as_str());
            let expires_ms = request.retention_ms.map(|ms| now.wall_ms.saturating_add(ms));
            timer_events::arm_expiry(&id, scene, expires_ms.unwrap_or(i64::MAX));
            offsets::commit(known.as_deref(), scene, request)
        })
    }

    /// Decides a commit of offsets within a transaction; its records are appended apart from all others.
    ///
    /// # Errors
    /// The error that every partition of the request gets.
    pub fn commit_in_transaction(
        &mut self,
        request: CommitRequest,
        now: Now,
        records: &mut Vec<GroupRecord>,
    ) -> Result<CommitOutcome, GroupError> {
        let mut effects = Effects::default();
        let group = request.group.clone();
        let outcome = self.with(&group, now, &mut effects, |known, scene| {
            timer_events::arm_expiry(&Arc::from(group.as_str()), scene, i64::MAX);
            offsets::commit_in_transaction(known.as_deref(), scene, request)
        });
        *records = effects.records;
        outcome
    }

    /// Committed offsets.
    ///
    /// # Errors
    /// When a member of a consumer group asks with a wrong id or epoch.
    pub fn fetch(&self, request: FetchRequest) -> Result<Vec<FetchedTopic>, GroupError> {
        let id = request.group.clone();
        offsets::fetch(
            self.groups.get(id.as_str()),
            self.offsets.get(id.as_str()),
            &self.pending,
            request,
        )
    }

    /// Decides the deletion of single offsets: one outcome per asked partition.
    ///
    /// # Errors
    /// What the whole request gets.
    pub fn delete_offsets(
        &self,
        group: &str,
        asked: &[(String, Vec<i32>)],
        effects: &mut Effects,
    ) -> Result<CommitOutcome, GroupError> {
        let (known, has) = (self.groups.get(group), self.offsets.get(group));
        offsets::delete(group, known, has, asked, &mut effects.records)
    }

    /// Groups that pass the filters, by name.
    pub fn list(&self, filters: &admin::Filters) -> Vec<ListedGroup> {
        let passing = self.groups.iter().filter(|(_, group)| filters.pass(group));
        let mut rows: Vec<_> = passing.map(|(id, group)| admin::list(id, group)).collect();
        rows.sort_by(|a, b| a.group.cmp(&b.group));
        rows
    }

    /// A classic group in full.
    pub fn describe(&self, group: &str) -> Option<DescribedGroup> {
        self.groups.get(group)?.as_classic().map(admin::describe)
    }

    /// Decides the deletion of a group.
    ///
    /// # Errors
    /// [`GroupError::GroupIdNotFound`] or [`GroupError::NonEmptyGroup`].
    pub fn delete(&mut self, id: &str, now: Now, effects: &mut Effects) -> Result<(), GroupError> {
        let offsets = self.offsets.get(id).cloned();
        let pending = self.pending.of_group(id);
        self.with(id, now, effects, |group, scene| {
            admin::delete(id, group.as_deref(), offsets.as_ref(), scene)?;
            let tombstones = pending
                .into_iter()
                .map(|(topic, partition)| offsets::tombstone(id, &topic, partition));
            scene.effects.records.extend(tombstones);
            Ok(())
        })
    }

    /// Forgets the offsets of topics that are gone.
    pub fn topics_deleted(&mut self, deleted: &[DeletedTopic], effects: &mut Effects) {
        for (id, has) in &self.offsets {
            offsets::drop_topics(id, has, deleted, &mut effects.records);
        }
    }

    /// Decides what follows from one passed deadline; `false` when none has passed.
    pub fn fire_timer(&mut self, now: Now, effects: &mut Effects) -> bool {
        let Some(key) = self.timers.pop_due(now.mono_ms) else {
            return false;
        };
        let id = timer_events::group_of(&key);
        let mut scene = Scene {
            config: &self.config,
            topics: &*self.topics,
            timers: &mut self.timers,
            effects,
            now,
        };
        if let Some(group) = self.groups.get_mut(&id) {
            timer_events::fire(&key, group, self.offsets.get(&id), &mut scene);
        }
        true
    }

    /// For tests: all groups.
    #[cfg(test)]
    pub fn groups(&self) -> impl Iterator<Item = (&Arc<str>, &Group)> {
        self.groups.iter()
    }

    /// For tests: all deadlines.
    #[cfg(test)]
    pub fn timers(&self) -> &Timers {
        &self.timers
    }
}
