//! How many groups there are, for those who watch the broker.

use std::collections::BTreeMap;

use super::classic::State;
use super::consumer::ConsumerState;
use super::handle::Groups;
use super::offsets::Offsets;
use super::shard::Shard;

/// All groups counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupsCensus {
    /// Groups by protocol and state, both as Kafka writes them; every pair is there.
    pub groups: BTreeMap<(&'static str, &'static str), u64>,
    /// Committed offsets of all groups.
    pub offsets: u64,
    /// Shards that could not be read, and whose groups are not counted.
    pub unread_shards: u64,
}

/// Every protocol with every state of its groups.
fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    let classic = [
        State::Empty,
        State::PreparingRebalance,
        State::CompletingRebalance,
        State::Stable,
    ];
    let consumer = [
        ConsumerState::Empty,
        ConsumerState::Assigning,
        ConsumerState::Reconciling,
        ConsumerState::Stable,
    ];
    let classic = classic.into_iter().map(|state| ("classic", state.name()));
    classic.chain(consumer.into_iter().map(|state| ("consumer", state.name())))
}

impl Default for GroupsCensus {
    /// No group at all.
    fn default() -> Self {
        GroupsCensus {
            groups: kinds().map(|kind| (kind, 0)).collect(),
            offsets: 0,
            unread_shards: 0,
        }
    }
}

impl GroupsCensus {
    fn add(&mut self, shard: &Shard) {
        for group in shard.groups.values() {
            *self.groups.entry((group.kind(), group.state())).or_default() += 1;
        }
        let of_group = |offsets: &Offsets| offsets.values().map(BTreeMap::len).sum::<usize>() as u64;
        self.offsets += shard.offsets.values().map(of_group).sum::<u64>();
    }
}

impl Groups {
    /// Counts all groups.
    ///
    /// A shard that is not loaded is read from its log. The start reads all of them anyway, in the background; this one may
    /// only come first, or come after a failure. Passing over it would tell that groups are gone which are only not read
    /// yet.
    pub fn census(&self) -> GroupsCensus {
        let mut census = GroupsCensus::default();
        if !self.0.log.exists() {
            return census;
        }
        for (index, slot) in self.indexes().zip(&self.0.slots) {
            let loaded = slot.peek(|loaded| census.add(loaded.shard()));
            if loaded.is_none()
                && self
                    .decide(index, None, |shard, _, _, _| census.add(shard))
                    .is_err()
            {
                census.unread_shards += 1;
            }
        }
        census
    }
}
