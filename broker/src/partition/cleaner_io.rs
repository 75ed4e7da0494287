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
    since_ms: i64,
    bytes: f64,
}

impl CleanerIo {
    /// Everybody stops soon.
    pub(super) fn stop(&self) {
        lock(&self.state).stopped = true;
        self.changed.notify_all();
    }

    pub(super) fn is_stopped(&self) -> bool {
        lock(&self.state).stopped
    }

    /// Counts bytes, waits if they came too quickly, and answers whether to go on. `rate` is the most bytes per
    /// second, read and written together; it may change meanwhile.
    pub(super) fn go_on(&self, clock: &dyn Clock, bytes: u64, rate: &dyn Fn() -> f64) -> bool {
        let mut state = lock(&self.state);
        state.bytes += bytes as f64;
        loop {
            let rate = rate();
            if state.stopped {
                return false;
            }
            if rate >= f64::MAX {
                state.since_ms = clock.monotonic_ms();
                state.bytes = 0.0;
                return true;
            }
            let elapsed_ms = clock.monotonic_ms() - state.since_ms;
            let due_ms = state.bytes / rate.max(1.0) * 1000.0;
            if due_ms <= (elapsed_ms + INTERVAL_MS) as f64 {
                if elapsed_ms >= INTERVAL_MS && due_ms <= elapsed_ms as f64 {
                    state.since_ms += elapsed_ms;
                    state.bytes = 0.0;
                }
                return true;
            }
            let wait = Duration::from_millis(INTERVAL_MS as u64);
            let waited = self.changed.wait_timeout_while(state, wait, |s| !s.stopped);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
