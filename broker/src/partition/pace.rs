//! How fast background work may read and write, and when it must stop.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::lock;
use crate::env::Clock;

/// Time over which the rate is evened out, as in Kafka's `Throttler`.
const INTERVAL_MS: i64 = 300;

/// Bytes of one step when the rate allows hardly any.
const STEP_BYTES_MIN: u64 = 16 << 10;

/// Shared by all work of one kind, such as all compactions of a broker.
#[derive(Debug, Default)]
pub(super) struct Pace {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stopped: bool,
    since_ms: i64,
    bytes: f64,
}

impl Pace {
    /// Everybody stops soon.
    pub(super) fn stop(&self) {
        lock(&self.state).stopped = true;
        self.changed.notify_all();
    }

    pub(super) fn is_stopped(&self) -> bool {
        lock(&self.state).stopped
    }

    /// Who waits looks again at the rate, and at whether it was called off.
    pub(super) fn wake(&self) {
        let _state = lock(&self.state);
        self.changed.notify_all();
    }

    /// How much to do between two calls of [`Pace::go_on`] at a rate, at most `bytes_max`.
    pub(super) fn step(rate: f64, bytes_max: u64) -> u64 {
        let an_interval = (rate * INTERVAL_MS as f64 / 1000.0) as u64;
        an_interval.max(STEP_BYTES_MIN).min(bytes_max)
    }

    /// Counts bytes, waits if they came too quickly, and answers whether to go on. `rate` is the most bytes per
    /// second of all together, `f64::MAX` for any; it may change meanwhile, and is `None` once the caller was called off.
    pub(super) fn go_on(&self, clock: &dyn Clock, bytes: u64, rate: &dyn Fn() -> Option<f64>) -> bool {
        let mut state = lock(&self.state);
        state.bytes += bytes as f64;
        loop {
            let Some(rate) = rate().filter(|_| !state.stopped) else {
                return false;
            };
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
            let waited = self.changed.wait_timeout(state, wait);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
