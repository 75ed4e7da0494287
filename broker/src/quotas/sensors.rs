//! What clients used, by whom: bounded, and forgotten after an hour of silence.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// Sensors of one kind; when there are more, the half that was silent longest is forgotten.
const SENSORS_MAX: usize = 10_000;
/// A sensor silent for this long is forgotten (Kafka: `INACTIVE_SENSOR_EXPIRATION_TIME_SECONDS`).
const SILENCE_MAX_MS: i64 = 3_600_000;
/// How often silent ones are looked for, when new ones come (Kafka: `Metrics.ExpireSensorTask`).
const SWEEP_MS: i64 = 30_000;

#[derive(Debug)]
struct Sensor<S> {
    used_ms: i64,
    state: S,
}

#[derive(Debug)]
struct Inner<K, S> {
    by_key: HashMap<K, Sensor<S>>,
    swept_ms: i64,
}

/// The sensors of one kind.
#[derive(Debug)]
pub struct Sensors<K, S>(Mutex<Inner<K, S>>);

impl<K: Eq + Hash, S> Default for Sensors<K, S> {
    fn default() -> Self {
        Sensors(Mutex::new(Inner {
            by_key: HashMap::new(),
            swept_ms: 0,
        }))
    }
}

impl<K: Eq + Hash, S> Sensors<K, S> {
    /// Uses the sensor of a key, made by `new` if there is none.
    pub fn with<R>(
        &self,
        key: K,
        now_ms: i64,
        new: impl FnOnce() -> S,
        apply: impl FnOnce(&mut S) -> R,
    ) -> R {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !inner.by_key.contains_key(&key) {
            inner.make_room(now_ms);
        }
        let sensor = inner.by_key.entry(key).or_insert_with(|| Sensor {
            used_ms: now_ms,
            state: new(),
        });
        sensor.used_ms = now_ms;
        apply(&mut sensor.state)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by_key.len()
    }
}

impl<K: Eq + Hash, S> Inner<K, S> {
    fn make_room(&mut self, now_ms: i64) {
        let is_full = self.by_key.len() >= SENSORS_MAX;
        if !is_full && now_ms - self.swept_ms < SWEEP_MS {
            return;
        }
        self.swept_ms = now_ms;
        self.by_key
            .retain(|_, sensor| now_ms - sensor.used_ms < SILENCE_MAX_MS);
        if self.by_key.len() < SENSORS_MAX {
            return;
        }
        let mut used: Vec<i64> = self.by_key.values().map(|sensor| sensor.used_ms).collect();
        let half = used.len() / 2;
        let (_, median, _) = used.select_nth_unstable(half);
        let median = *median;
        let mut left = half;
        // Of those used at the same moment as many go as it takes.
        self.by_key.retain(|_, sensor| {
            let goes = sensor.used_ms < median || (sensor.used_ms == median && left > 0);
            left = left.saturating_sub(usize::from(goes));
            !goes
        });
    }
}
