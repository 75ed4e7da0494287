//! Deadlines of one shard, by key; soft state.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimerKey {
    /// The session of (group, member), pending members included.
    Session(Arc<str>, Arc<str>),
    /// The join phase of a group ends, or its initial delay.
    Join(Arc<str>),
    /// Members that did not sync are removed.
    Sync(Arc<str>),
    /// Offsets of a group may have expired, or the group itself.
    Expiry(Arc<str>),
    /// A member of a consumer group has not given its partitions back.
    Revocation(Arc<str>, Arc<str>),
    /// A classic member of a consumer group has not joined again.
    ClassicJoin(Arc<str>, Arc<str>),
    /// A classic member of a consumer group has not asked for its assignment.
    ClassicSync(Arc<str>, Arc<str>),
    /// Regular expressions of a consumer group are to be matched; due at once.
    Regex(Arc<str>),
    /// A consumer group became a classic one; whether it has to rebalance. Due at once.
    Converted(Arc<str>, bool),
}

/// Deadlines in monotonic milliseconds. Setting a key again moves it; equal deadlines fire in order of setting.
#[derive(Debug, Default)]
pub struct Timers {
    by_key: HashMap<TimerKey, (i64, u64)>,
    queue: BTreeMap<(i64, u64), TimerKey>,
    counter: u64,
}

impl Timers {
    /// Sets or moves a deadline.
    pub fn set(&mut self, key: TimerKey, at_ms: i64) {
        self.cancel(&key);
        self.counter += 1;
        self.by_key.insert(key.clone(), (at_ms, self.counter));
        self.queue.insert((at_ms, self.counter), key);
    }

    /// Sets a deadline unless the key has an earlier one.
    pub fn set_if_earlier(&mut self, key: TimerKey, at_ms: i64) {
        if self.by_key.get(&key).is_none_or(|(at, _)| at_ms < *at) {
            self.set(key, at_ms);
        }
    }

    /// Forgets a deadline.
    pub fn cancel(&mut self, key: &TimerKey) {
        if let Some(place) = self.by_key.remove(key) {
            self.queue.remove(&place);
        }
    }

    /// Whether the key has a deadline.
    pub fn is_set(&self, key: &TimerKey) -> bool {
        self.by_key.contains_key(key)
    }

    /// The earliest deadline.
    pub fn next_ms(&self) -> Option<i64> {
        self.queue.keys().next().map(|(at, _)| *at)
    }

    /// Takes the earliest key whose deadline is not after `now_ms`.
    pub fn pop_due(&mut self, now_ms: i64) -> Option<TimerKey> {
        let entry = self.queue.first_entry()?;
        if entry.key().0 > now_ms {
            return None;
        }
        let key = entry.remove();
        self.by_key.remove(&key);
        Some(key)
    }

    /// All deadlines in order, for tests.
    #[cfg(test)]
    pub fn list(&self) -> impl Iterator<Item = (i64, &TimerKey)> {
        self.queue.iter().map(|((at, _), key)| (*at, key))
    }
}
