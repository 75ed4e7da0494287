//! Offsets that were committed within transactions whose end is not known yet (KIP-447).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::records::groups::OffsetCommitValue;

/// One partition of a group's offsets: group, topic, partition.
type Place = (Arc<str>, String, i32);

/// Pending offsets of one shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    by_producer: HashMap<i64, BTreeMap<Place, Commit>>,
    /// Who has something pending for a place.
    by_place: HashMap<Place, HashSet<i64>>,
    counter: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Commit {
    value: OffsetCommitValue,
    /// Order of the commits in the log: the latest one of a place counts, whichever transaction ends last.
    number: u64,
    /// A later one counts already.
    superseded: bool,
}

impl Pending {
    /// Whether the offset of a place is about to change, or not.
    pub fn is_unstable(&self, group: &str, topic: &str, partition: i32) -> bool {
        if self.by_place.is_empty() {
            return false;
        }
        self.by_place
            .contains_key(&(Arc::from(group), topic.to_owned(), partition))
    }

    /// Topics and partitions of a group for which something is pending.
    pub fn of_group(&self, group: &str) -> Vec<(String, i32)> {
        let places = self.by_place.keys().filter(|(of, ..)| **of == *group);
        let mut places: Vec<_> = places
            .map(|(_, topic, partition)| (topic.clone(), *partition))
            .collect();
        places.sort();
        places
    }

    /// The offset of a place was deleted: what is pending for it counts no more, whatever becomes of its transaction.
    pub fn forget(&mut self, group: &str, topic: &str, partition: i32) {
        if self.by_place.is_empty() {
            return;
        }
        let place = (Arc::from(group), topic.to_owned(), partition);
        for producer_id in self.by_place.remove(&place).unwrap_or_default() {
            if let Some(commits) = self.by_producer.get_mut(&producer_id) {
                commits.remove(&place);
            }
        }
    }

    /// Takes note of a commit within a transaction.
    pub fn add(
        &mut self,
        producer_id: i64,
        group: Arc<str>,
        topic: String,
        partition: i32,
        value: OffsetCommitValue,
    ) {
        self.counter += 1;
        let commit = Commit {
            value,
            number: self.counter,
            superseded: false,
        };
        let place = (group, topic, partition);
        self.by_place
            .entry(place.clone())
            .or_default()
            .insert(producer_id);
        self.by_producer
            .entry(producer_id)
            .or_default()
            .insert(place, commit);
    }

    /// A commit outside transactions counts at once, and more than all that are pending.
    pub fn supersede(&mut self, group: &str, topic: &str, partition: i32) {
        if !self.by_place.is_empty() {
            let place = (Arc::from(group), topic.to_owned(), partition);
            self.supersede_below(&place, u64::MAX);
        }
    }

    fn supersede_below(&mut self, place: &Place, number: u64) {
        for producer_id in self.by_place.get(place).into_iter().flatten() {
            let commits = self.by_producer.get_mut(producer_id);
            if let Some(commit) = commits.and_then(|commits| commits.get_mut(place)) {
                commit.superseded |= commit.number < number;
            }
        }
    }

    /// A transaction is over: what it committed and what counts of it.
    pub fn end(&mut self, producer_id: i64, commit: bool) -> Vec<(Arc<str>, String, i32, OffsetCommitValue)> {
        let ended = self.by_producer.remove(&producer_id).unwrap_or_default();
        let mut counts = Vec::new();
        for (place, ended) in ended {
            if let Some(producers) = self.by_place.get_mut(&place) {
                producers.remove(&producer_id);
                if producers.is_empty() {
                    self.by_place.remove(&place);
                }
            }
            if commit && !ended.superseded {
                self.supersede_below(&place, ended.number);
                let (group, topic, partition) = place;
                counts.push((group, topic, partition, ended.value));
            }
        }
        counts
    }
}
