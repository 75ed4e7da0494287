//! A client on the newer protocol, and what both kinds do alike: leave and commit.

use std::collections::BTreeMap;

use super::client::Phase;
use super::sim::{Checked, GROUP, REBALANCE_MS, Sim};
use crate::groups::classic::State;
use crate::groups::group::Group;
use crate::groups::topics_view::TopicsView;
use crate::groups::types::{CommitPartition, CommitRequest, CommitTopic, FetchRequest, GroupError};
use crate::groups::types_consumer::{ConsumerHeartbeat, ConsumerHeartbeatReply, OwnedByClient};

const BEAT_MS: i64 = 2_000;

impl Sim {
    pub fn act_newer(&mut self, at: usize) -> Checked {
        let client = &mut self.clients[at];
        if client.revoking_until.is_some_and(|until| until <= self.ms) {
            client.revoking_until = None;
            client.owned = client.target.clone();
            client.tells = true;
            self.dirty = true;
        }
        let request = self.heartbeat(at);
        let fresh = self.uuid();
        let is_lost = self.rough && self.rng.one_in(20);
        self.note(|| {
            format!(
                "{at} beats as {} in epoch {}",
                request.member_id, request.member_epoch
            )
        });
        let answer = self.ask(|shard, now, effects| shard.consumer_heartbeat(&request, fresh, now, effects));
        self.note(|| format!("  -> {answer:?} lost: {is_lost}"));
        let wait = self.rng.ms(10, 200);
        match answer {
            _ if is_lost => {
                let client = &mut self.clients[at];
                client.full = true;
                client.next_at = self.ms + wait;
            }
            Ok(reply) => self.accepted(at, reply),
            Err(refusal) => {
                let client = &mut self.clients[at];
                client.next_at = self.ms + wait;
                match refusal.error {
                    GroupError::FencedMemberEpoch | GroupError::UnknownMemberId => client.start_anew(true),
                    GroupError::GroupIdNotFound => client.start_anew(true),
                    GroupError::FencedInstanceId => client.stop(),
                    GroupError::UnreleasedInstanceId => client.next_at += 1_000,
                    GroupError::InvalidRegularExpression => {
                        client.regex.clear();
                        client.topics = vec!["t1".into()];
                        client.full = true;
                    }
                    error => return Err(format!("client {at} gets {error:?}: {}", refusal.message)),
                }
            }
        }
        Ok(())
    }

    fn heartbeat(&self, at: usize) -> ConsumerHeartbeat {
        let client = &self.clients[at];
        let joins = client.epoch == 0;
        let full = joins || client.full;
        let mut owned: BTreeMap<_, Vec<i32>> = BTreeMap::new();
        for (topic, partition) in &client.owned {
            owned.entry(*topic).or_default().push(*partition);
        }
        ConsumerHeartbeat {
            group: GROUP.into(),
            member_id: client.member_id.clone(),
            member_epoch: client.epoch,
            instance_id: client.instance.clone(),
            rebalance_timeout_ms: full.then_some(REBALANCE_MS),
            topic_names: full.then(|| client.topics.clone()),
            topic_regex: full.then(|| client.regex.clone()),
            owned: (full || client.tells).then(|| owned.into_iter().collect::<OwnedByClient>()),
            client_id: format!("c{at}"),
            client_host: "/1.2.3.4".into(),
            client_makes_id: true,
            ..ConsumerHeartbeat::default()
        }
    }

    fn accepted(&mut self, at: usize, reply: ConsumerHeartbeatReply) {
        let delay = if self.rng.one_in(12) {
            13_000
        } else {
            self.rng.ms(0, 1_500)
        };
        let client = &mut self.clients[at];
        client.epoch = reply.member_epoch;
        client.phase = Phase::In;
        client.full = false;
        client.tells = false;
        client.next_at = self.ms + BEAT_MS;
        if let Some(assignment) = reply.assignment {
            self.dirty = true;
            let rows = assignment.into_iter();
            client.target = rows
                .flat_map(|(t, p)| p.into_iter().map(move |p| (t, p)))
                .collect();
            if client.owned.difference(&client.target).next().is_some() {
                let until = self.ms + if self.rough { delay } else { 100 };
                client.revoking_until = Some(client.revoking_until.unwrap_or(until));
            } else if client.owned != client.target {
                client.owned = client.target.clone();
                client.tells = true;
                client.next_at = self.ms + 50;
            }
        }
        if let Some(until) = client.revoking_until {
            client.next_at = client.next_at.min(until.max(self.ms + 1));
        }
        client.next_at = client.next_at.max(client.paused_until);
    }

    pub fn leave(&mut self, at: usize) -> Checked {
        if !self.clients[at].up {
            return Ok(());
        }
        self.note(|| format!("{at} leaves"));
        if !self.clients[at].newer {
            self.leave_classic(at);
            return Ok(());
        }
        let for_a_while = self.rng.one_in(2);
        let client = self.clients[at].clone();
        self.clients[at].stop();
        if client.epoch > 0 {
            let request = ConsumerHeartbeat {
                group: GROUP.into(),
                member_id: client.member_id,
                member_epoch: if client.instance.is_some() && for_a_while {
                    -2
                } else {
                    -1
                },
                instance_id: client.instance,
                ..ConsumerHeartbeat::default()
            };
            let fresh = self.uuid();
            // It may have been put out already.
            let _ = self.ask(|shard, now, effects| shard.consumer_heartbeat(&request, fresh, now, effects));
        }
        Ok(())
    }

    /// Whether a commit has to be taken, and the generation or epoch that the member is in.
    fn may_commit(&self, at: usize, partition: (uuid::Uuid, i32)) -> (bool, Option<i32>) {
        let client = &self.clients[at];
        match self.shard.groups.get(GROUP) {
            Some(Group::Classic(group)) => {
                let is_member = group
                    .members
                    .get(&client.member_id)
                    .is_some_and(|m| m.instance_id == client.instance);
                let is_present = client.epoch == group.generation;
                let settled = group.state != State::CompletingRebalance;
                (
                    is_member && is_present && settled,
                    is_member.then_some(group.generation),
                )
            }
            Some(Group::Consumer(group)) => match group.members.get(client.member_id.as_str()) {
                Some(member) => {
                    let since = member.assignment_epoch(partition.0, partition.1);
                    let is_older = client.epoch < member.epoch && since.is_some_and(|s| client.epoch >= s);
                    (client.epoch == member.epoch || is_older, Some(member.epoch))
                }
                None => (false, None),
            },
            None => (false, None),
        }
    }

    pub fn commit(&mut self, at: usize) -> Checked {
        let client = self.clients[at].clone();
        // One that was just stalled may commit before it learns anything.
        let Some(partition) = client.owned.first().copied().filter(|_| client.up) else {
            return Ok(());
        };
        let Some(topic) = self.topics.by_id(partition.0) else {
            return Ok(());
        };
        let (expected, present) = self.may_commit(at, partition);
        self.commits += 1;
        let mut request = CommitRequest {
            group: GROUP.into(),
            member_id: client.member_id.clone(),
            instance_id: client.instance.clone(),
            generation: client.epoch,
            knows_group_id_not_found: true,
            retention_ms: None,
            topics: vec![CommitTopic {
                name: topic.name.to_string(),
                id: topic.id,
                partitions: vec![CommitPartition {
                    index: partition.1,
                    offset: self.commits,
                    leader_epoch: -1,
                    metadata: None,
                }],
            }],
        };
        self.disguise(&mut request, present);
        let answer = self.ask(|shard, now, effects| shard.commit(request, now, effects));
        let key = (topic.name.to_string(), partition.1);
        if answer.is_ok() != expected {
            return Err(format!(
                "the commit of {at} gets {answer:?}, epoch {} of {present:?}",
                client.epoch
            ));
        }
        if answer.is_ok() {
            self.committed.insert(key.clone(), self.commits);
        }
        self.check_committed()
    }

    pub fn check_committed(&self) -> Checked {
        let fetched = self.shard.fetch(FetchRequest {
            group: GROUP.into(),
            member: None,
            require_stable: false,
            topics: None,
        });
        let rows = fetched.unwrap_or_default().into_iter().flat_map(|topic| {
            let name = topic.name;
            topic
                .partitions
                .into_iter()
                .map(move |p| ((name.clone(), p.index), p.offset))
        });
        let found: BTreeMap<_, _> = rows.collect();
        match found == self.committed {
            true => Ok(()),
            false => Err(format!("committed are {found:?}, not {:?}", self.committed)),
        }
    }
}
