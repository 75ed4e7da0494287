//! How fast compaction may read and write, and when it must stop.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::lock;
use crate::env::Clock;

/// Time over which the rate is evened out, as in Kafka's `Throttler`.
const INTERVAL_MS: i64 = 300;

/// Shared by all compactions of a broker.
#[derive(Debug, Default)]
pub(super) struct CleanerIo {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stopped: bool,
    bytes_per_second_max: Option<f64>,
    since_ms: i64,
    bytes: f64,
}

impl CleanerIo {
    /// Changes the rate of reads and writes together.
    pub(super) fn set_rate(&self, bytes_per_second_max: f64) {
        lock(&self.state).bytes_per_second_max = Some(bytes_per_second_max).filter(|rate| *rate < f64::MAX);
    }

    /// Everybody stops soon.
    pub(super) fn stop(&self) {
        lock(&self.state).stopped = true;
        self.changed.notify_all();
    }

    pub(super) fn is_stopped(&self) -> bool {
        lock(&self.state).stopped
    }

    /// Counts bytes, waits if they came too quickly, and answers whether to go on.
    pub(super) fn go_on(&self, clock: &dyn Clock, bytes: u64) -> bool {
        let mut state = lock(&self.state);
        let now_ms = clock.monotonic_ms();
        state.bytes += bytes as f64;
        let Some(rate) = state.bytes_per_second_max else {
            return !state.stopped;
        };
        let elapsed_ms = now_ms - state.since_ms;
        let due_ms = state.bytes / rate.max(1.0) * 1000.0;
        if elapsed_ms >= INTERVAL_MS && due_ms <= elapsed_ms as f64 {
            state.since_ms = now_ms;
            state.bytes = 0.0;
        } else if due_ms > (elapsed_ms + INTERVAL_MS) as f64 {
            let wait_ms = (due_ms - elapsed_ms as f64).min(f64::from(u32::MAX));
            let waited = self
                .changed
                .wait_timeout_while(state, Duration::from_millis(wait_ms as u64), |s| !s.stopped);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        !state.stopped
    }
}
