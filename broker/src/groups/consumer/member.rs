//! One member of a consumer group (`ConsumerGroupMember`): what it wants, what it has, how far it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::records::consumer_groups::{
    ClassicMember, CurrentAssignment, MemberSubscription, OwnedPartitions,
};

/// Partitions by topic id.
pub type Assignment = BTreeMap<Uuid, BTreeSet<i32>>;

/// Partitions by topic id, each with the epoch at which it was assigned.
pub type Owned = BTreeMap<Uuid, BTreeMap<i32, i32>>;

/// Epoch of a member that left the group.
pub const LEFT_EPOCH: i32 = -1;

/// Epoch of a static member that left for a while.
pub const STATIC_LEFT_EPOCH: i32 = -2;

/// How far a member is on its way to the target assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// At its epoch's target.
    Stable,
    /// Has to give partitions back first.
    UnrevokedPartitions,
    /// Waits for partitions that others have to give back.
    UnreleasedPartitions,
    /// Written by something newer.
    Unknown,
}

impl MemberState {
    fn from_code(code: i8) -> MemberState {
        match code {
            0 => MemberState::Stable,
            1 => MemberState::UnrevokedPartitions,
            2 => MemberState::UnreleasedPartitions,
            _ => MemberState::Unknown,
        }
    }

    fn code(self) -> i8 {
        match self {
            MemberState::Stable => 0,
            MemberState::UnrevokedPartitions => 1,
            MemberState::UnreleasedPartitions => 2,
            MemberState::Unknown => 127,
        }
    }
}

/// One member. Values are never changed in place: a decision makes the next one, replay puts it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerMember {
    /// Member id.
    pub id: Arc<str>,
    /// Member epoch; 0 while it joins.
    pub epoch: i32,
    /// The epoch before, with which a member may come whose last answer was lost.
    pub previous_epoch: i32,
    /// How far it is.
    pub state: MemberState,
    /// What it asked for.
    pub subscription: MemberSubscription,
    /// What it owns.
    pub assigned: Owned,
    /// What it has to give back.
    pub pending_revocation: Owned,
}

impl ConsumerMember {
    /// A member that nobody knows yet.
    pub fn new(id: Arc<str>) -> ConsumerMember {
        ConsumerMember {
            id,
            epoch: 0,
            previous_epoch: -1,
            state: MemberState::Stable,
            subscription: MemberSubscription {
                topic_regex: Some(String::new()),
                rebalance_timeout_ms: -1,
                ..MemberSubscription::default()
            },
            assigned: Owned::new(),
            pending_revocation: Owned::new(),
        }
    }

    /// Whether it uses the classic protocol.
    pub fn is_classic(&self) -> bool {
        self.subscription.classic.is_some()
    }

    /// What it brought with its JoinGroup.
    pub fn classic(&self) -> Option<&ClassicMember> {
        self.subscription.classic.as_ref()
    }

    /// Its regular expression, if it has one.
    pub fn regex(&self) -> Option<&str> {
        self.subscription.topic_regex.as_deref().filter(|r| !r.is_empty())
    }

    /// `group.instance.id`.
    pub fn instance_id(&self) -> Option<&str> {
        self.subscription.instance_id.as_deref()
    }

    /// Whether it has all that the target of `epoch` gives it.
    pub fn is_reconciled_to(&self, epoch: i32) -> bool {
        self.state == MemberState::Stable && self.epoch == epoch
    }

    /// The same member in its next epoch.
    pub fn at_epoch(mut self, epoch: i32) -> ConsumerMember {
        self.previous_epoch = self.epoch;
        self.epoch = epoch;
        self
    }

    /// Epoch at which a partition was assigned that it has, or has to give back.
    pub fn assignment_epoch(&self, topic: Uuid, partition: i32) -> Option<i32> {
        let of = |owned: &Owned| owned.get(&topic)?.get(&partition).copied();
        of(&self.assigned).or_else(|| of(&self.pending_revocation))
    }

    /// As a record of its assignment.
    pub fn current(&self) -> CurrentAssignment {
        CurrentAssignment {
            epoch: self.epoch,
            previous_epoch: self.previous_epoch,
            state: self.state.code(),
            assigned: owned_records(&self.assigned),
            pending_revocation: owned_records(&self.pending_revocation),
        }
    }

    /// Takes over a record of its assignment.
    pub fn set_current(&mut self, record: &CurrentAssignment) {
        self.epoch = record.epoch;
        self.previous_epoch = record.previous_epoch;
        self.state = MemberState::from_code(record.state);
        self.assigned = owned(&record.assigned, record.epoch);
        self.pending_revocation = owned(&record.pending_revocation, record.epoch);
    }
}

fn owned_records(owned: &Owned) -> Vec<OwnedPartitions> {
    let records = owned.iter().map(|(topic, partitions)| OwnedPartitions {
        topic: *topic,
        partitions: partitions.keys().copied().collect(),
        epochs: Some(partitions.values().copied().collect()),
    });
    records.collect()
}

/// Records without epochs (before Kafka 4.3) count as assigned at the member's epoch.
fn owned(records: &[OwnedPartitions], member_epoch: i32) -> Owned {
    let topics = records.iter().map(|record| {
        let given = record.epochs.as_ref();
        let epochs = given.filter(|epochs| epochs.len() == record.partitions.len());
        let epoch = |at: usize| {
            epochs
                .and_then(|e| e.get(at).copied())
                .unwrap_or(member_epoch.max(0))
        };
        let partitions = record.partitions.iter().enumerate();
        (record.topic, partitions.map(|(at, p)| (*p, epoch(at))).collect())
    });
    topics.collect()
}

/// Gives every partition the same epoch.
pub fn with_epoch(assignment: &Assignment, epoch: i32) -> Owned {
    let topics = assignment.iter();
    topics
        .map(|(topic, partitions)| (*topic, partitions.iter().map(|p| (*p, epoch)).collect()))
        .collect()
}
