//! Faults built into the coordinator on purpose: the model has to notice each.

use super::sim::Sim;
use crate::groups::effects::{Effects, Reply};
use crate::groups::timers::TimerKey;
use crate::groups::types::CommitRequest;
use crate::records::consumer_groups::ConsumerRecord;
use crate::records::groups::GroupRecord;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Partitions are free before their owner has given them back.
    FreesEarly,
    /// Members that crashed stay.
    ForgetsSessions,
    /// A member gets another one's assignment.
    GivesAnothersAssignment,
    /// Commits of any generation are taken.
    TakesAnyCommit,
    /// Some records do not reach the log.
    LosesRecords,
    /// Some parked requests are never answered.
    ForgetsReplies,
    /// Who is in a rebalance is never put out of it.
    ForgetsRebalances,
    /// Part of a target assignment gets lost.
    LosesPartOfTarget,
}

impl Sim {
    /// What the fault makes of a decision.
    pub fn spoil(&mut self, effects: &mut Effects) {
        match self.fault {
            Some(Fault::FreesEarly) => {
                for record in &mut effects.records {
                    if let GroupRecord::Consumer {
                        record: ConsumerRecord::Current(_, Some(current)),
                        ..
                    } = record
                    {
                        current.pending_revocation.clear();
                    }
                }
            }
            Some(Fault::LosesPartOfTarget) => {
                for record in &mut effects.records {
                    if let GroupRecord::Consumer {
                        record: ConsumerRecord::TargetMember(_, Some(topics)),
                        ..
                    } = record
                    {
                        topics.truncate(1);
                    }
                }
            }
            Some(Fault::GivesAnothersAssignment) => {
                let mut given = effects.replies.iter_mut().filter_map(|(_, reply)| match reply {
                    Reply::Sync(Ok(synced)) => Some(&mut synced.assignment),
                    _ => None,
                });
                if let (Some(first), Some(second)) = (given.next(), given.next()) {
                    *first = second.clone();
                }
            }
            Some(Fault::ForgetsReplies) => effects.replies.retain(|_| !self.rng.one_in(20)),
            _ => {}
        }
    }

    /// Whether a deadline is overlooked.
    pub fn overlooks(&self, key: &TimerKey) -> bool {
        match self.fault {
            Some(Fault::ForgetsSessions) => matches!(key, TimerKey::Session(..)),
            Some(Fault::ForgetsRebalances) => {
                matches!(
                    key,
                    TimerKey::Join(_) | TimerKey::Sync(_) | TimerKey::Revocation(..)
                )
            }
            _ => false,
        }
    }

    /// A commit as the group gets to see it.
    pub fn disguise(&self, request: &mut CommitRequest, present: Option<i32>) {
        if self.fault == Some(Fault::TakesAnyCommit)
            && let Some(present) = present
        {
            request.generation = present;
        }
    }
}
