//! Where the partitions of a topic live, kept small: partitions with equal placement share it.

use std::sync::Arc;

use uuid::Uuid;

use crate::records::metadata_topic::{LEADER_UNCHANGED, PartitionChange, PartitionRecord};

/// Who holds and leads a partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// Broker ids, the preferred leader first.
    pub replicas: Vec<i32>,
    /// Replicas in sync.
    pub isr: Vec<i32>,
    /// Leader, or -1.
    pub leader: i32,
    /// Data folder of each replica; empty when unknown.
    pub directories: Vec<Uuid>,
    /// Replicas that a reassignment removes.
    pub removing: Vec<i32>,
    /// Replicas that a reassignment adds.
    pub adding: Vec<i32>,
    /// 1 while recovering from an unclean election.
    pub recovery_state: i8,
    /// Eligible leader replicas.
    pub eligible: Vec<i32>,
    /// Last known eligible leader replicas.
    pub last_eligible: Vec<i32>,
}

impl Placement {
    /// The placement in a record.
    pub fn of(record: PartitionRecord) -> Placement {
        Placement {
            replicas: record.replicas,
            isr: record.isr,
            leader: record.leader,
            directories: record.directories,
            removing: record.removing,
            adding: record.adding,
            recovery_state: record.recovery_state,
            eligible: record.eligible.unwrap_or_default(),
            last_eligible: record.last_eligible.unwrap_or_default(),
        }
    }

    /// The data folder of the replica on this broker; nil when unknown.
    pub fn directory_on(&self, broker: i32) -> Uuid {
        let at = self.replicas.iter().position(|id| *id == broker);
        at.and_then(|at| self.directories.get(at))
            .copied()
            .unwrap_or_default()
    }
}

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionState {
    /// Who holds and leads it.
    pub placement: Arc<Placement>,
    /// Leader epoch.
    pub leader_epoch: i32,
    /// Counts every change.
    pub partition_epoch: i32,
}

impl PartitionState {
    /// The record that says all of it.
    pub fn to_record(&self, topic_id: Uuid, index: i32) -> PartitionRecord {
        let p = &*self.placement;
        let some = |ids: &Vec<i32>| (!ids.is_empty()).then(|| ids.clone());
        PartitionRecord {
            index,
            topic_id,
            replicas: p.replicas.clone(),
            isr: p.isr.clone(),
            removing: p.removing.clone(),
            adding: p.adding.clone(),
            leader: p.leader,
            recovery_state: p.recovery_state,
            leader_epoch: self.leader_epoch,
            partition_epoch: self.partition_epoch,
            directories: p.directories.clone(),
            eligible: some(&p.eligible),
            last_eligible: some(&p.last_eligible),
        }
    }
}

/// The partitions of a topic by number, without gaps once a batch of records is through.
///
/// Records of one topic may come in any order within a batch, so gaps are held open meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicPartitions(Vec<Option<PartitionState>>);

/// Partitions whose placements are compared: more data folders than these share less.
const NEIGHBOURS_MAX: usize = 16;
/// Most partitions of one topic: what one record batch of a damaged log may make us allocate.
pub(super) const PARTITIONS_MAX: usize = 1 << 20;

impl TopicPartitions {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A partition by number.
    pub fn get(&self, index: i32) -> Option<&PartitionState> {
        self.0.get(usize::try_from(index).ok()?)?.as_ref()
    }

    /// All partitions in order.
    pub fn iter(&self) -> impl Iterator<Item = (i32, &PartitionState)> {
        (0..)
            .zip(&self.0)
            .filter_map(|(index, state)| Some((index, state.as_ref()?)))
    }

    /// The first number that is missing, if there are gaps.
    pub fn gap(&self) -> Option<usize> {
        self.0.iter().position(Option::is_none)
    }

    /// Answers the placement before, if there was one.
    pub(super) fn put(
        &mut self,
        index: i32,
        leader_epoch: i32,
        partition_epoch: i32,
        placement: Placement,
    ) -> Result<Option<Arc<Placement>>, ()> {
        let at = usize::try_from(index)
            .ok()
            .filter(|at| *at < PARTITIONS_MAX)
            .ok_or(())?;
        if self.0.len() <= at {
            self.0.resize(at + 1, None);
        }
        let placement = self.share(placement);
        let slot = self.0.get_mut(at).ok_or(())?;
        let before = slot.replace(PartitionState {
            placement,
            leader_epoch,
            partition_epoch,
        });
        Ok(before.map(|state| state.placement))
    }

    /// Answers the placements before and after.
    pub(super) fn change(&mut self, change: PartitionChange) -> Result<(Arc<Placement>, Arc<Placement>), ()> {
        let at = usize::try_from(change.index).map_err(|_| ())?;
        let mut state = self.0.get(at).cloned().flatten().ok_or(())?;
        let mut next = (*state.placement).clone();
        if change.leader != LEADER_UNCHANGED {
            next.leader = change.leader;
            state.leader_epoch = state.leader_epoch.saturating_add(1);
        }
        state.partition_epoch = state.partition_epoch.saturating_add(1);
        take(&mut next.isr, change.isr);
        take(&mut next.replicas, change.replicas);
        take(&mut next.removing, change.removing);
        take(&mut next.adding, change.adding);
        take(&mut next.directories, change.directories);
        take(&mut next.eligible, change.eligible);
        take(&mut next.last_eligible, change.last_eligible);
        if change.recovery_state >= 0 {
            next.recovery_state = change.recovery_state;
        }
        let after = self.share(next);
        let before = std::mem::replace(&mut state.placement, Arc::clone(&after));
        if let Some(slot) = self.0.get_mut(at) {
            *slot = Some(state);
        }
        Ok((before, after))
    }

    /// The placement of one of the last partitions when it is the same, so that they share it.
    fn share(&self, placement: Placement) -> Arc<Placement> {
        let mut neighbours = self.0.iter().rev().flatten().take(NEIGHBOURS_MAX);
        match neighbours.find(|state| *state.placement == placement) {
            Some(state) => Arc::clone(&state.placement),
            None => Arc::new(placement),
        }
    }
}

fn take<T>(old: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *old = new;
    }
}
