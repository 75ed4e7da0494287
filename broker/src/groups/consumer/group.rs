//! One consumer group (`ConsumerGroup`): its members, epochs and target assignment, and what is counted over them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use super::member::{Assignment, ConsumerMember, LEFT_EPOCH, Owned};
use super::subscriptions::Subscriptions;
use crate::records::consumer_groups::{ConsumerRecord, ResolvedRegex, TargetEpoch};

/// State of a consumer group. A dead group is one that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsumerState {
    /// No members.
    Empty,
    /// The target assignment is older than the group.
    Assigning,
    /// Members are on their way to the target assignment.
    Reconciling,
    /// All members are there.
    Stable,
}

impl ConsumerState {
    /// The name that Kafka shows.
    pub fn name(self) -> &'static str {
        match self {
            ConsumerState::Empty => "Empty",
            ConsumerState::Assigning => "Assigning",
            ConsumerState::Reconciling => "Reconciling",
            ConsumerState::Stable => "Stable",
        }
    }
}

/// A consumer group. All of it but `seen_version` is logged and changed only by [`ConsumerGroup::apply`].
///
/// Invariants: a partition has at most one entry in `partition_epochs`, the epoch of the member that owns it or
/// has to give it back; `subscriptions` counts over exactly `members` and `regexes`.
#[derive(Clone, Debug)]
pub struct ConsumerGroup {
    /// Group id.
    pub id: Arc<str>,
    /// Rises with every change of members, subscriptions or topics.
    pub epoch: i32,
    /// Hash over the subscribed topics at that epoch.
    pub metadata_hash: i64,
    /// Epoch of the target assignment; -1 before the first.
    pub target_epoch: TargetEpoch,
    /// Target assignment by member id.
    pub target: BTreeMap<Arc<str>, Assignment>,
    /// Members by id.
    pub members: BTreeMap<Arc<str>, ConsumerMember>,
    /// Member ids of static members by instance id.
    pub static_ids: HashMap<String, Arc<str>>,
    /// Resolved regular expressions.
    pub regexes: BTreeMap<String, ResolvedRegex>,
    /// What is counted over the members.
    pub subscriptions: Subscriptions,
    /// Whether the log holds a partition metadata record of Kafka 4.0.
    pub has_partition_metadata: bool,
    /// Version of the topics that `metadata_hash` was last compared with; soft.
    pub seen_version: Option<i64>,
    partition_epochs: HashMap<(Uuid, i32), i32>,
}

/// Before the first target assignment.
const NO_TARGET: TargetEpoch = TargetEpoch {
    epoch: -1,
    timestamp_ms: 0,
};

impl ConsumerGroup {
    /// An empty group.
    pub fn new(id: Arc<str>) -> ConsumerGroup {
        ConsumerGroup {
            id,
            epoch: 1,
            metadata_hash: 0,
            target_epoch: NO_TARGET,
            target: BTreeMap::new(),
            members: BTreeMap::new(),
            static_ids: HashMap::new(),
            regexes: BTreeMap::new(),
            subscriptions: Subscriptions::default(),
            has_partition_metadata: false,
            seen_version: None,
            partition_epochs: HashMap::new(),
        }
    }

    /// The state, looked up over all members.
    pub fn state(&self) -> ConsumerState {
        if self.members.is_empty() {
            ConsumerState::Empty
        } else if self.epoch > self.target_epoch.epoch {
            ConsumerState::Assigning
        } else if self
            .members
            .values()
            .all(|m| m.is_reconciled_to(self.target_epoch.epoch))
        {
            ConsumerState::Stable
        } else {
            ConsumerState::Reconciling
        }
    }

    /// Member id of the holder of an instance id.
    pub fn static_member_id(&self, instance_id: Option<&str>) -> Option<&Arc<str>> {
        self.static_ids.get(instance_id?)
    }

    /// The static member of that instance id.
    pub fn static_member(&self, instance_id: &str) -> Option<&ConsumerMember> {
        self.members.get(self.static_ids.get(instance_id)?)
    }

    /// Target assignment of a member; empty when it has none.
    pub fn target_of(&self, member: &str) -> Assignment {
        self.target.get(member).cloned().unwrap_or_default()
    }

    /// As [`ConsumerGroup::target_of`] for a member that may be about to take over a static member's place.
    pub fn target_of_static(&self, member: &str, instance_id: Option<&str>) -> Assignment {
        match instance_id {
            None => self.target_of(member),
            Some(instance) => self
                .static_ids
                .get(instance)
                .map(|id| self.target_of(id))
                .unwrap_or_default(),
        }
    }

    /// Epoch of the member that has a partition, or -1 when it is free.
    pub fn partition_epoch(&self, topic: Uuid, partition: i32) -> i32 {
        self.partition_epochs
            .get(&(topic, partition))
            .copied()
            .unwrap_or(-1)
    }

    /// For tests: who has what at which epoch.
    #[cfg(test)]
    pub fn sorted_partition_epochs(&self) -> BTreeMap<(Uuid, i32), i32> {
        self.partition_epochs
            .iter()
            .map(|(key, epoch)| (*key, *epoch))
            .collect()
    }

    /// Whether a member waits for a partition of its target that another one still has.
    pub fn is_waiting_for_others(&self, member: &ConsumerMember) -> bool {
        let target = self.target.get(&member.id);
        target.into_iter().flatten().any(|(topic, partitions)| {
            let has = member.assigned.get(topic);
            partitions.iter().any(|p| {
                !has.is_some_and(|has| has.contains_key(p)) && self.partition_epoch(*topic, *p) != -1
            })
        })
    }

    /// Applies a record; `true` when the group is gone.
    pub fn apply(&mut self, record: ConsumerRecord) -> bool {
        match record {
            ConsumerRecord::Epoch(Some(value)) => {
                self.epoch = value.epoch;
                self.metadata_hash = value.metadata_hash;
            }
            ConsumerRecord::Epoch(None) => return true,
            ConsumerRecord::PartitionMetadata(present) => self.has_partition_metadata = present,
            ConsumerRecord::Member(id, Some(subscription)) => {
                let mut member = self.member_or_new(&id);
                member.subscription = subscription;
                self.put(member);
            }
            ConsumerRecord::Member(id, None) => self.remove(&id),
            ConsumerRecord::TargetEpoch(value) => self.target_epoch = value.unwrap_or(NO_TARGET),
            ConsumerRecord::TargetMember(id, Some(topics)) => {
                let topics = topics.into_iter().map(|(t, p)| (t, p.into_iter().collect()));
                self.target.insert(Arc::from(id), topics.collect());
            }
            ConsumerRecord::TargetMember(id, None) => {
                self.target.remove(id.as_str());
            }
            ConsumerRecord::Current(id, Some(current)) => {
                let mut member = self.member_or_new(&id);
                member.set_current(&current);
                self.put(member);
            }
            ConsumerRecord::Current(id, None) => self.forget_current(&id),
            ConsumerRecord::Regex(regex, value) => {
                self.subscriptions
                    .resolve(self.regexes.get(&regex), value.as_ref());
                match value {
                    Some(value) => self.regexes.insert(regex, value),
                    None => self.regexes.remove(&regex),
                };
            }
        }
        false
    }

    fn member_or_new(&self, id: &str) -> ConsumerMember {
        let known = self.members.get(id).cloned();
        known.unwrap_or_else(|| ConsumerMember::new(Arc::from(id)))
    }

    fn forget_current(&mut self, id: &str) {
        if let Some(mut member) = self.members.get(id).cloned() {
            member.epoch = LEFT_EPOCH;
            member.previous_epoch = LEFT_EPOCH;
            member.assigned = Owned::new();
            member.pending_revocation = Owned::new();
            self.put(member);
        }
    }

    /// Puts a member in the place of its former self.
    pub fn put(&mut self, member: ConsumerMember) {
        if let Some(old) = self.members.get(&member.id).cloned() {
            self.release(&old);
            self.subscriptions.remove(&old);
        }
        self.subscriptions.add(&member);
        for (topic, partition) in partitions(&member) {
            self.partition_epochs.insert((topic, partition), member.epoch);
        }
        if let Some(instance) = member.instance_id() {
            self.static_ids.insert(instance.to_owned(), member.id.clone());
        }
        self.members.insert(member.id.clone(), member);
    }

    fn remove(&mut self, id: &str) {
        if let Some(old) = self.members.remove(id) {
            self.release(&old);
            self.subscriptions.remove(&old);
            if let Some(instance) = old.instance_id()
                && self.static_ids.get(instance) == Some(&old.id)
            {
                self.static_ids.remove(instance);
            }
        }
    }

    /// Frees the partitions of a member, but for those that another one got in a later epoch.
    fn release(&mut self, member: &ConsumerMember) {
        for key in partitions(member) {
            if self.partition_epochs.get(&key) == Some(&member.epoch) {
                self.partition_epochs.remove(&key);
            }
        }
    }
}

fn partitions(member: &ConsumerMember) -> impl Iterator<Item = (Uuid, i32)> {
    let both = member.assigned.iter().chain(&member.pending_revocation);
    both.flat_map(|(topic, partitions)| partitions.keys().map(move |p| (*topic, *p)))
}
