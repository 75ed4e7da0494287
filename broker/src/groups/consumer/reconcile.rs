//! One step of a member towards the target assignment (`CurrentAssignmentBuilder`).

use std::collections::BTreeSet;

use uuid::Uuid;

use super::group::ConsumerGroup;
use super::member::{Assignment, ConsumerMember, MemberState, Owned};
use crate::groups::topics_view::TopicsView;
use crate::groups::types::GroupError;
use crate::groups::types_consumer::{OwnedByClient, Refusal};

/// What a member is led towards, and what it says it owns.
#[derive(Debug)]
pub struct Step<'a> {
    /// The group as it was before the request.
    pub group: &'a ConsumerGroup,
    /// The topics.
    pub topics: &'a dyn TopicsView,
    /// Epoch of the target assignment.
    pub target_epoch: i32,
    /// The member's part of it.
    pub target: &'a Assignment,
    /// The member just changed what it subscribes to: it gives back what is not part of it any more.
    pub has_subscription_changed: bool,
    /// What the member owns, when it says so.
    pub owned: Option<&'a OwnedByClient>,
}

impl Step<'_> {
    /// The member after the step; the same when it cannot go on.
    ///
    /// # Errors
    /// FENCED_MEMBER_EPOCH in a state that a newer broker left behind.
    pub fn take(&self, member: ConsumerMember) -> Result<ConsumerMember, Refusal> {
        Ok(match member.state {
            MemberState::Stable if member.epoch != self.target_epoch => self.next(member),
            MemberState::Stable if self.has_subscription_changed => self.drop_unsubscribed(member),
            MemberState::Stable => member,
            MemberState::UnrevokedPartitions if self.still_owns(&member.pending_revocation) => {
                if self.has_subscription_changed {
                    self.drop_unsubscribed(member)
                } else {
                    member
                }
            }
            MemberState::UnrevokedPartitions | MemberState::UnreleasedPartitions => self.next(member),
            MemberState::Unknown if self.owned.is_some_and(|owned| owned.is_empty()) => {
                let epoch = self.target_epoch;
                self.next(ConsumerMember { epoch, ..member })
            }
            MemberState::Unknown => {
                return Err(Refusal::new(
                    GroupError::FencedMemberEpoch,
                    "The consumer group member is in a unknown state. \
                     The member must abandon all its partitions and rejoin.",
                ));
            }
        })
    }

    /// Without a list of what the member owns, it still owns everything.
    fn still_owns(&self, partitions: &Owned) -> bool {
        self.owned.is_none_or(|owned| {
            owned.iter().any(|(topic, has)| {
                let asked = partitions.get(topic);
                asked.is_some_and(|asked| has.iter().any(|p| asked.contains_key(p)))
            })
        })
    }

    fn subscribed(&self, member: &ConsumerMember) -> BTreeSet<Uuid> {
        let resolved = member.regex().and_then(|regex| self.group.regexes.get(regex));
        let by_regex = resolved.into_iter().flat_map(|regex| &regex.topics);
        let names = member.subscription.topic_names.iter().chain(by_regex);
        names
            .filter_map(|name| self.topics.by_name(name))
            .map(|topic| topic.id)
            .collect()
    }

    /// Partitions of topics that the member has left go from assigned to pending revocation.
    fn drop_unsubscribed(&self, member: ConsumerMember) -> ConsumerMember {
        let subscribed = self.subscribed(&member);
        let (kept, gone): (Owned, Owned) = member
            .assigned
            .clone()
            .into_iter()
            .partition(|(topic, _)| subscribed.contains(topic));
        let has_nothing_to_lose = subscribed.is_empty() && member.pending_revocation.is_empty();
        if gone.is_empty() && !has_nothing_to_lose {
            return member;
        }
        let mut pending = member.pending_revocation.clone();
        for (topic, partitions) in gone {
            pending.entry(topic).or_default().extend(partitions);
        }
        let epoch = member.epoch;
        if !pending.is_empty() && self.still_owns(&pending) {
            ConsumerMember {
                state: MemberState::UnrevokedPartitions,
                assigned: kept,
                pending_revocation: pending,
                ..member.at_epoch(epoch)
            }
        } else {
            ConsumerMember {
                assigned: kept,
                ..member.at_epoch(epoch)
            }
        }
    }

    /// Towards the target: first gives back, then takes what is free.
    fn next(&self, member: ConsumerMember) -> ConsumerMember {
        let subscribed = self.subscribed(&member);
        let mut kept = Owned::new();
        let mut revoked = Owned::new();
        for (topic, partitions) in &member.assigned {
            let target = self.target.get(topic).filter(|_| subscribed.contains(topic));
            for (partition, epoch) in partitions {
                let stays = target.is_some_and(|target| target.contains(partition));
                let into = if stays { &mut kept } else { &mut revoked };
                into.entry(*topic).or_default().insert(*partition, *epoch);
            }
        }
        if !revoked.is_empty() && self.still_owns(&revoked) {
            let epoch = member.epoch;
            return ConsumerMember {
                state: MemberState::UnrevokedPartitions,
                assigned: kept,
                pending_revocation: revoked,
                ..member.at_epoch(epoch)
            };
        }
        let mut waits = false;
        for (topic, target) in self.target.iter().filter(|(topic, _)| subscribed.contains(topic)) {
            for partition in target {
                let has = member.assigned.get(topic);
                if has.is_some_and(|has| has.contains_key(partition)) {
                    continue;
                }
                let own = member.pending_revocation.get(topic);
                let is_own = own.is_some_and(|own| own.contains_key(partition));
                if self.group.partition_epoch(*topic, *partition) == -1 || is_own {
                    kept.entry(*topic)
                        .or_default()
                        .insert(*partition, self.target_epoch);
                } else {
                    waits = true;
                }
            }
        }
        ConsumerMember {
            state: match waits {
                true => MemberState::UnreleasedPartitions,
                false => MemberState::Stable,
            },
            assigned: kept,
            pending_revocation: Owned::new(),
            ..member.at_epoch(self.target_epoch)
        }
    }
}
