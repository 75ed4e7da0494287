//! Deadlines of one shard, by key; soft state.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// Deadlines in milliseconds of whichever clock their owner counts in. Setting a key again moves it; equal
/// deadlines pass in order of setting.
#[derive(Debug)]
pub struct Deadlines<K> {
    by_key: HashMap<K, (i64, u64)>,
    queue: BTreeMap<(i64, u64), K>,
    counter: u64,
}

impl<K> Default for Deadlines<K> {
    fn default() -> Self {
        Deadlines {
            by_key: HashMap::new(),
            queue: BTreeMap::new(),
            counter: 0,
        }
    }
}

impl<K: Clone + Eq + Hash> Deadlines<K> {
    /// Sets or moves a deadline.
    pub fn set(&mut self, key: K, at_ms: i64) {
        self.cancel(&key);
        self.counter += 1;
        self.by_key.insert(key.clone(), (at_ms, self.counter));
        self.queue.insert((at_ms, self.counter), key);
    }

    /// Sets a deadline unless the key has an earlier one.
    pub fn set_if_earlier(&mut self, key: K, at_ms: i64) {
        if self.by_key.get(&key).is_none_or(|(at, _)| at_ms < *at) {
            self.set(key, at_ms);
        }
    }

    /// Whether the key has a deadline.
    pub fn is_set(&self, key: &K) -> bool {
        self.by_key.contains_key(key)
    }

    /// Forgets a deadline.
    pub fn cancel(&mut self, key: &K) {
        if let Some(place) = self.by_key.remove(key) {
            self.queue.remove(&place);
        }
    }

    /// The earliest deadline.
    pub fn next_ms(&self) -> Option<i64> {
        self.queue.keys().next().map(|(at, _)| *at)
    }

    /// Takes the earliest key whose deadline is not after `now_ms`.
    pub fn pop_due(&mut self, now_ms: i64) -> Option<K> {
        let entry = self.queue.first_entry()?;
        if entry.key().0 > now_ms {
            return None;
        }
        let key = entry.remove();
        self.by_key.remove(&key);
        Some(key)
    }

    /// All deadlines in order.
    pub fn iter(&self) -> impl Iterator<Item = (i64, &K)> {
        self.queue.iter().map(|((at, _), key)| (*at, key))
    }
}
