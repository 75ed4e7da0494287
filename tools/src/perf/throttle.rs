//! No more than so many records a second (`ThroughputThrottler`).

use std::time::{Duration, Instant};

/// Sleep that is too short to be worth it is saved up to this.
const SLEEP_MIN: Duration = Duration::from_millis(2);

/// Holds a sender back.
#[derive(Debug)]
pub(super) struct Throttle {
    /// Records a second; below 0 for as many as go.
    target: f64,
    begun: Instant,
    owed: Duration,
}

impl Throttle {
    pub(super) fn new(target: f64, begun: Instant) -> Throttle {
        Throttle {
            target,
            begun,
            owed: Duration::ZERO,
        }
    }

    /// How long to wait after `count` records; `None` when there is no need to.
    pub(super) fn pause(&mut self, count: i64, now: Instant) -> Option<Duration> {
        let passed = now.saturating_duration_since(self.begun).as_secs_f64();
        if self.target < 0.0 || passed <= 0.0 || count as f64 / passed <= self.target {
            return None;
        }
        if self.target == 0.0 {
            return Some(Duration::MAX);
        }
        self.owed += Duration::try_from_secs_f64(1.0 / self.target).unwrap_or(Duration::MAX);
        (self.owed >= SLEEP_MIN).then(|| std::mem::take(&mut self.owed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_waits_are_saved_up() {
        let begun = crate::env::now();
        let at = |ms| begun + Duration::from_millis(ms);
        let mut throttle = Throttle::new(1_000.0, begun);
        assert_eq!(throttle.pause(1, at(10)), None, "not too quick");
        assert_eq!(throttle.pause(50, at(10)), None);
        assert_eq!(throttle.pause(51, at(10)), Some(SLEEP_MIN));
        assert_eq!(Throttle::new(-1.0, begun).pause(1_000_000, at(1)), None);
    }
}
