//! What holds at every moment, and what holds once nothing disturbs the group any more.

use std::collections::{BTreeMap, BTreeSet};

use super::client::{Partition, Phase};
use super::sim::{Checked, GROUP, REBALANCE_MS, SESSION_MS, Sim};
use crate::groups::classic::State;
use crate::groups::consumer::{ConsumerGroup, ConsumerState};
use crate::groups::group::Group;
use crate::groups::shard::Shard;
use crate::groups::topics_view::TopicsView;
use crate::records::groups::GroupRecord;

/// The longest that a request may stay parked: a join phase that others prolong, and the phase behind it.
const PARKED_MAX_MS: i64 = 2 * REBALANCE_MS as i64 + SESSION_MS as i64 + 3_000;

/// By when a group without disturbances is stable: crashed members are out, all others have come again twice.
const STABLE_WITHIN_MS: i64 = 90_000;

fn consumer_owners(group: &ConsumerGroup) -> Result<BTreeMap<Partition, &str>, String> {
    let mut owners = BTreeMap::new();
    for (id, member) in &group.members {
        for (topic, partitions) in member.assigned.iter().chain(&member.pending_revocation) {
            for partition in partitions.keys() {
                if let Some(other) = owners.insert((*topic, *partition), &**id) {
                    return Err(format!("{topic} {partition} belongs to {other} and {id}"));
                }
                if group.partition_epoch(*topic, *partition) == -1 {
                    return Err(format!("{topic} {partition} of {id} counts as free"));
                }
            }
        }
    }
    Ok(owners)
}

/// A group as its records have it; `None` for what records do not have.
fn logged(live: &Group, group: &Group) -> Option<String> {
    match (live, group) {
        (Group::Classic(live), Group::Classic(group)) => {
            // What happens between two generations is not logged.
            matches!(live.state, State::Stable | State::Empty).then(|| match group.record() {
                GroupRecord::Group {
                    value: Some(mut value),
                    ..
                } if group.protocol_type.is_none() => {
                    value.current_state_timestamp = 0;
                    format!("{value:?}")
                }
                record => format!("{record:?}"),
            })
        }
        (_, Group::Consumer(group)) => {
            let mut group = group.clone();
            group.seen_version = None;
            let partitions = group.sorted_partition_epochs();
            let ids: BTreeMap<_, _> = group.static_ids.iter().collect();
            Some(format!(
                "{} {} {:?} {:?} {:?} {ids:?} {:?} {:?} {partitions:?}",
                group.epoch,
                group.metadata_hash,
                group.target_epoch,
                group.target,
                group.members,
                group.regexes,
                group.subscriptions
            ))
        }
        (Group::Consumer(_), Group::Classic(_)) => Some("a classic group".into()),
    }
}

fn is_only_a_name(shard: &Shard, id: &str, group: &Group) -> bool {
    let is_simple = group.as_classic().is_some_and(|g| g.protocol_type.is_none());
    is_simple && !shard.offsets.contains_key(id)
}

impl Sim {
    /// At every moment.
    pub fn check(&mut self) -> Checked {
        if let Some((at, client)) = self.clients.iter().enumerate().find(|(_, c)| {
            let since = c.waiting.map(|(_, since)| since);
            c.up && since.is_some_and(|since| self.ms - since > PARKED_MAX_MS) && c.paused_until < self.ms
        }) {
            return Err(format!("client {at} waits since {:?}", client.waiting));
        }
        let Some(Group::Consumer(group)) = self.shard.groups.get(GROUP) else {
            if self.shard.groups.get(GROUP).is_none_or(Group::is_empty) {
                self.claims.clear();
            }
            return Ok(());
        };
        self.claims.clear();
        if !std::mem::take(&mut self.dirty) {
            return Ok(());
        }
        let owners = consumer_owners(group)?;
        for (at, client) in self.clients.iter().enumerate().filter(|(_, c)| c.up && c.newer) {
            let member = group.members.get(client.member_id.as_str());
            if member.is_none_or(|m| m.epoch < 0) || client.owned.is_empty() {
                continue;
            }
            let others = client
                .owned
                .iter()
                .find(|p| owners.get(p) != Some(&&*client.member_id));
            if let Some(partition) = others {
                return Err(format!(
                    "client {at} reads {partition:?}, which belongs to {:?}",
                    owners.get(partition)
                ));
            }
        }
        Ok(())
    }

    /// What the log says is what the group is, compacted or not.
    pub fn check_log(&self) -> Checked {
        for compacted in [false, true] {
            let loaded = self.reloaded(compacted);
            if loaded.offsets != self.shard.offsets {
                return Err(format!("compacted {compacted}: the log has other offsets"));
            }
            let names: BTreeSet<_> = loaded.groups.keys().chain(self.shard.groups.keys()).collect();
            for id in names {
                let (live, loaded_group) = (self.shard.groups.get(id), loaded.groups.get(id));
                let (Some(live), Some(loaded_group)) = (live, loaded_group) else {
                    let only = live.or(loaded_group);
                    if only.is_some_and(|group| is_only_a_name(&self.shard, id, group)) {
                        continue;
                    }
                    return Err(format!(
                        "compacted {compacted}: {id} is {:?}, in the log {:?}",
                        live.map(Group::state),
                        loaded_group.map(Group::state)
                    ));
                };
                let (is, was) = (logged(live, live), logged(live, loaded_group));
                if is != was {
                    return Err(format!(
                        "compacted {compacted}: {id} is\n{is:?}\nin the log\n{was:?}"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Nothing disturbs the group any more: within the members' timeouts it is stable, everything is owned by
    /// exactly one member, and it stays so.
    pub fn calm(&mut self) -> Checked {
        self.rough = false;
        self.note(|| "calm".into());
        let mut instances = BTreeSet::new();
        for client in self.clients.iter_mut().filter(|c| c.up) {
            if client
                .instance
                .as_ref()
                .is_some_and(|i| !instances.insert(i.clone()))
            {
                client.stop();
            }
            if client.paused_until > self.ms {
                client.paused_until = self.ms;
                client.next_at = if client.waiting.is_none() {
                    self.ms
                } else {
                    client.next_at.min(self.ms)
                };
            }
        }
        let end = self.ms + STABLE_WITHIN_MS;
        // Every member has come by since the last change, and every expression was matched again.
        self.advance(15_000)?;
        loop {
            self.advance(500)?;
            match self.settled() {
                Ok(()) => break,
                Err(why) if self.ms >= end => return Err(format!("still not stable: {why}")),
                Err(_) => {}
            }
        }
        let before = self.epoch();
        self.advance(20_000)?;
        self.settled().map_err(|why| format!("stable no more: {why}"))?;
        if self.epoch() != before {
            return Err(format!("went on from {before:?} to {:?} by itself", self.epoch()));
        }
        self.check_log()?;
        self.check_committed()
    }

    fn epoch(&self) -> Option<i32> {
        self.shard.groups.get(GROUP).map(|group| match group {
            Group::Classic(group) => group.generation,
            Group::Consumer(group) => group.epoch,
        })
    }

    fn settled(&self) -> Checked {
        let up: Vec<_> = self.clients.iter().filter(|c| c.up).collect();
        if let Some(client) = up
            .iter()
            .find(|c| c.phase != Phase::In || c.revoking_until.is_some())
        {
            return Err(format!("{} is {:?}", client.member_id, client.phase));
        }
        let (is_stable, members) = match self.shard.groups.get(GROUP) {
            None => (up.is_empty(), 0),
            Some(Group::Classic(group)) => {
                let is_stable = matches!(group.state, State::Stable | State::Empty);
                (is_stable, group.members.len())
            }
            Some(Group::Consumer(group)) => {
                let is_stable = matches!(group.state(), ConsumerState::Stable | ConsumerState::Empty);
                (is_stable, group.members.len())
            }
        };
        if !is_stable || members != up.len() {
            return Err(format!(
                "{members} members for {} clients, stable: {is_stable}",
                up.len()
            ));
        }
        for name in self.topics.names() {
            let Some(topic) = self.topics.by_name(&name) else {
                continue;
            };
            let is_wanted = up.iter().any(|c| c.subscribes(&name));
            for partition in 0..topic.partitions {
                let owners = up
                    .iter()
                    .filter(|c| c.owned.contains(&(topic.id, partition)))
                    .count();
                if owners != usize::from(is_wanted) {
                    return Err(format!(
                        "{name}-{partition} has {owners} owners, wanted: {is_wanted}"
                    ));
                }
            }
        }
        Ok(())
    }
}
