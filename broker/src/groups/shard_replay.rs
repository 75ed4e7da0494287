//! Records applied to a shard: the only way in which the logged state changes.

use std::sync::Arc;

use super::classic::ClassicGroup;
use super::consumer::ConsumerGroup;
use super::effects::{After, Effects, Now};
use super::group::Group;
use super::offsets::Offsets;
use super::shard::Shard;
use crate::records::consumer_groups::ConsumerRecord;
use crate::records::groups::{GroupRecord, OffsetCommitValue};

impl Shard {
    /// Applies a record: while loading in the order of the log, later right after its append.
    pub fn replay(&mut self, record: GroupRecord) {
        match record {
            GroupRecord::Offset {
                group,
                topic,
                partition,
                value: Some(value),
            } => {
                if !self.groups.contains_key(group.as_str()) {
                    // A group that only has offsets is not logged by itself.
                    let id: Arc<str> = Arc::from(group.as_str());
                    self.groups.insert(id.clone(), classic(&id));
                }
                self.pending.supersede(&group, &topic, partition);
                self.commit_offset(&group, topic, partition, value);
            }
            GroupRecord::Offset {
                group,
                topic,
                partition,
                value: None,
            } => self.forget_offset(&group, &topic, partition),
            GroupRecord::Group {
                group,
                value: Some(value),
            } => {
                let id: Arc<str> = Arc::from(group);
                let group = self.groups.entry(id.clone()).or_insert_with(|| classic(&id));
                if matches!(group, Group::Consumer(_)) {
                    *group = classic(&id);
                }
                if let Group::Classic(group) = group {
                    group.replay(value);
                }
            }
            GroupRecord::Group { group, value: None } => {
                self.groups.remove(group.as_str());
            }
            GroupRecord::Consumer { group, record } => self.replay_consumer(group, record),
        }
    }

    /// Applies a record of a transaction that is not over yet: only offsets are committed in transactions.
    pub fn replay_in_transaction(&mut self, producer_id: i64, record: GroupRecord) {
        if let GroupRecord::Offset {
            group,
            topic,
            partition,
            value: Some(value),
        } = record
        {
            let id: Arc<str> = Arc::from(group);
            self.groups.entry(id.clone()).or_insert_with(|| classic(&id));
            self.pending.add(producer_id, id, topic, partition, value);
        }
    }

    /// Applies the end of a transaction.
    pub fn replay_end(&mut self, producer_id: i64, commit: bool) {
        for (group, topic, partition, value) in self.pending.end(producer_id, commit) {
            let offsets = self.offsets.entry(group).or_default();
            offsets.entry(topic).or_default().insert(partition, value);
        }
    }

    /// Nearly all of a long log: what is known already costs no allocation.
    fn commit_offset(&mut self, group: &str, topic: String, partition: i32, value: OffsetCommitValue) {
        if !self.offsets.contains_key(group) {
            let known = self.groups.get_key_value(group);
            let id = known.map_or_else(|| Arc::from(group), |(id, _)| Arc::clone(id));
            self.offsets.insert(id, Offsets::default());
        }
        let Some(offsets) = self.offsets.get_mut(group) else {
            return;
        };
        match offsets.get_mut(&topic) {
            Some(commits) => drop(commits.insert(partition, value)),
            None => drop(offsets.insert(topic, [(partition, value)].into())),
        }
    }

    fn forget_offset(&mut self, group: &str, topic: &str, partition: i32) {
        self.pending.forget(group, topic, partition);
        if let Some(offsets) = self.offsets.get_mut(group)
            && let Some(commits) = offsets.get_mut(topic)
        {
            commits.remove(&partition);
            if commits.is_empty() {
                offsets.remove(topic);
            }
            if offsets.is_empty() {
                self.offsets.remove(group);
            }
        }
    }

    fn replay_consumer(&mut self, group: String, record: ConsumerRecord) {
        let is_tombstone = matches!(
            record,
            ConsumerRecord::Epoch(None)
                | ConsumerRecord::PartitionMetadata(false)
                | ConsumerRecord::Member(_, None)
                | ConsumerRecord::TargetEpoch(None)
                | ConsumerRecord::TargetMember(_, None)
                | ConsumerRecord::Current(_, None)
                | ConsumerRecord::Regex(_, None)
        );
        let id: Arc<str> = Arc::from(group);
        if !matches!(self.groups.get(&id), Some(Group::Consumer(_))) {
            if is_tombstone {
                return;
            }
            // What was only a name for offsets becomes a group; a classic group had its tombstone before.
            let new = Group::Consumer(Box::new(ConsumerGroup::new(id.clone())));
            self.groups.insert(id.clone(), new);
        }
        if let Some(Group::Consumer(group)) = self.groups.get_mut(&id)
            && group.apply(record)
        {
            self.groups.remove(&id);
        }
    }

    /// What follows a decision once all its records are replayed.
    pub fn finish(&mut self, effects: &mut Effects) {
        if let Some((id, version)) = effects.seen_version.take()
            && let Some(Group::Consumer(group)) = self.groups.get_mut(&id)
        {
            group.seen_version = Some(version);
        }
        for After::Install(group) in effects.after.drain(..) {
            self.groups.insert(group.id.clone(), Group::Classic(group));
        }
    }

    /// After all records were replayed: sessions of loaded members start now.
    pub fn loaded(&mut self, now: Now, effects: &mut Effects) {
        let ids: Vec<Arc<str>> = self.groups.keys().cloned().collect();
        for id in ids {
            self.with(&id, now, effects, |group, scene| {
                if let Some(group) = group {
                    super::timer_events::loaded(group, scene);
                }
            });
        }
    }
}

fn classic(id: &Arc<str>) -> Group {
    Group::Classic(Box::new(ClassicGroup::new(id.clone(), None)))
}
