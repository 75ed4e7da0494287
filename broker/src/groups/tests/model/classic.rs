//! A client on the classic protocol, as the Java one does it.

use std::collections::BTreeSet;

use super::client::Phase;
use super::embedded::{assign, read_assignment, sizes, subscription};
use super::sim::{Checked, GROUP, REBALANCE_MS, SESSION_MS, Sim};
use crate::groups::classic::Waiter;
use crate::groups::effects::Reply;
use crate::groups::types::{
    GroupError, HeartbeatRequest, JoinRefused, JoinRequest, Joined, Leaving, Protocol, SyncRequest, Synced,
};

const BEAT_MS: i64 = 2_000;

impl Sim {
    pub fn act_classic(&mut self, at: usize) -> Checked {
        let waiting = self.clients[at].waiting;
        if let Some((waiter, _)) = waiting {
            let Some(reply) = self.inbox.remove(&waiter) else {
                self.clients[at].next_at = i64::MAX / 2;
                return Ok(());
            };
            self.clients[at].waiting = None;
            return match reply {
                Reply::Join(Ok(joined)) => {
                    self.joined(at, joined);
                    Ok(())
                }
                Reply::Join(Err(JoinRefused { error, member_id })) => {
                    if error == GroupError::MemberIdRequired {
                        self.clients[at].member_id = member_id;
                    }
                    self.refused(at, error);
                    Ok(())
                }
                Reply::Sync(Ok(synced)) => self.synced(at, &synced),
                Reply::Sync(Err(error)) => {
                    self.refused(at, error);
                    Ok(())
                }
            };
        }
        match self.clients[at].phase {
            Phase::Out | Phase::Joining => self.join(at),
            Phase::Syncing => self.sync(at),
            Phase::In => self.beat_classic(at),
        }
        Ok(())
    }

    fn park(&mut self, at: usize, phase: Phase) -> Waiter {
        let waiter = self.fresh();
        let client = &mut self.clients[at];
        client.phase = phase;
        client.waiting = Some((waiter, self.ms));
        client.next_at = i64::MAX / 2;
        Waiter(waiter)
    }

    fn join(&mut self, at: usize) {
        let client = &mut self.clients[at];
        client.stale = false;
        if !client.cooperative {
            client.owned.clear();
        }
        let name = if client.cooperative {
            "cooperative-sticky"
        } else {
            "range"
        };
        let metadata = subscription(&self.topics, &client.topics, &client.owned, client.epoch);
        let request = JoinRequest {
            group: GROUP.into(),
            member_id: client.member_id.clone(),
            instance_id: client.instance.clone(),
            client_id: format!("c{at}"),
            client_host: "/1.2.3.4".into(),
            session_timeout_ms: SESSION_MS,
            rebalance_timeout_ms: REBALANCE_MS,
            protocol_type: "consumer".into(),
            protocols: vec![Protocol {
                name: name.into(),
                metadata,
            }],
            requires_known_member_id: true,
            can_skip_assignment: true,
        };
        let fresh = self.uuid();
        let waiter = self.park(at, Phase::Joining);
        self.note(|| format!("{at} joins as {:?}", request.member_id));
        self.ask(|shard, now, effects| shard.join(request, waiter, fresh, now, effects));
    }

    fn joined(&mut self, at: usize, joined: Joined) {
        self.note(|| {
            format!(
                "{at} is in generation {} as {}",
                joined.generation, joined.member_id
            )
        });
        let leads = joined.leader == joined.member_id;
        // A leader that is to skip the assignment knows nothing of what it was made for, and asks for a new one soon.
        let (plan, seen) = match joined.members.is_empty() || joined.skip_assignment {
            true => (Vec::new(), Vec::new()),
            false => assign(&self.topics, &joined.members),
        };
        let client = &mut self.clients[at];
        client.member_id = joined.member_id;
        client.epoch = joined.generation;
        client.plan = plan;
        client.seen = leads.then_some(seen);
        client.phase = Phase::Syncing;
        client.next_at = (self.ms + self.rng.ms(0, 100)).max(client.paused_until);
    }

    fn sync(&mut self, at: usize) {
        let client = &mut self.clients[at];
        let request = SyncRequest {
            group: GROUP.into(),
            member_id: client.member_id.clone(),
            instance_id: client.instance.clone(),
            generation: client.epoch,
            protocol_type: None,
            protocol_name: None,
            assignments: std::mem::take(&mut client.plan),
        };
        let waiter = self.park(at, Phase::Syncing);
        self.ask(|shard, now, effects| shard.sync(request, waiter, now, effects));
    }

    fn synced(&mut self, at: usize, synced: &Synced) -> Checked {
        let given = read_assignment(&self.topics, &synced.assignment);
        self.note(|| format!("{at} has {given:?}"));
        let is_classic = self
            .shard
            .groups
            .get(GROUP)
            .is_some_and(|g| g.as_classic().is_some());
        let client = &self.clients[at];
        if is_classic {
            let claims = self.claims.entry(client.epoch).or_default();
            for partition in &given {
                let name = client.name().to_owned();
                let before = claims.insert(*partition, name.clone());
                if before.as_ref().is_some_and(|before| *before != name) {
                    return Err(format!(
                        "{partition:?} belongs to {before:?} and {name} in generation {}",
                        client.epoch
                    ));
                }
            }
        }
        let client = &mut self.clients[at];
        let gone: BTreeSet<_> = client.owned.difference(&given).copied().collect();
        client.owned = given;
        client.phase = match client.stale || (client.cooperative && !gone.is_empty()) {
            // It subscribes to something else by now, or others are to get what it has just given up.
            true => Phase::Out,
            false => Phase::In,
        };
        client.next_at = (self.ms + self.rng.ms(0, BEAT_MS)).max(client.paused_until);
        Ok(())
    }

    fn refused(&mut self, at: usize, error: GroupError) {
        self.note(|| format!("{at} is refused: {error:?}"));
        let soon = (self.ms + self.rng.ms(10, 100)).max(self.clients[at].paused_until);
        let client = &mut self.clients[at];
        match error {
            GroupError::FencedInstanceId => client.stop(),
            GroupError::IllegalGeneration => client.start_anew(true),
            GroupError::UnknownMemberId => client.start_anew(false),
            _ => client.phase = Phase::Out,
        }
        client.next_at = soon;
    }

    fn beat_classic(&mut self, at: usize) {
        let client = &self.clients[at];
        let subscribed: Vec<_> = self
            .clients
            .iter()
            .filter(|c| c.up)
            .flat_map(|c| &c.topics)
            .collect();
        if let Some(seen) = &client.seen {
            let now = sizes(&self.topics, subscribed.into_iter());
            // The leader sees topics come and grow.
            if now.iter().any(|topic| !seen.contains(topic)) && now != *seen {
                self.clients[at].seen = None;
                return self.join(at);
            }
        }
        let request = HeartbeatRequest {
            group: GROUP.into(),
            member_id: client.member_id.clone(),
            instance_id: client.instance.clone(),
            generation: client.epoch,
        };
        match self.ask(|shard, now, effects| shard.heartbeat(&request, now, effects)) {
            Ok(()) => self.clients[at].next_at = self.ms + BEAT_MS,
            Err(error) => self.refused(at, error),
        }
    }

    /// A dynamic member says that it goes; a static one just goes.
    pub fn leave_classic(&mut self, at: usize) {
        let client = self.clients[at].clone();
        self.clients[at].stop();
        if client.instance.is_none() && !client.member_id.is_empty() {
            let leaving = [Leaving {
                member_id: client.member_id,
                instance_id: None,
            }];
            self.ask(|shard, now, effects| shard.leave(GROUP, &leaving, now, effects));
        }
    }
}
