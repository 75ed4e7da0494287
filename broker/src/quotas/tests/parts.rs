//! Rates, sensors and the time of a request.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use super::super::rate::{Rate, Windows};
use super::super::sensors::Sensors;
use super::*;

const WINDOWS: Windows = Windows {
    samples: 11,
    sample_ms: 1_000,
};

/// The figures are those of Kafka's `Rate` and `QuotaUtils` with the same calls.
#[test]
fn a_rate_counts_windows_that_never_were_as_empty() {
    let mut rate = Rate::default();
    rate.record(WINDOWS, 100.0, 5_000);
    assert_eq!(rate.excess_ms(WINDOWS, 10.0, 5_000), 0);
    assert_eq!(rate.excess_ms(WINDOWS, 5.0, 5_000), 10_000);
    rate.record(WINDOWS, 50.0, 5_999);
    assert_eq!(rate.excess_ms(WINDOWS, 10.0, 5_999), 4_001);
    rate.record(WINDOWS, 50.0, 6_000);
    assert_eq!(rate.excess_ms(WINDOWS, 10.0, 6_000), 10_000);
    rate.record(WINDOWS, -50.0, 6_000);
    assert_eq!(rate.excess_ms(WINDOWS, 10.0, 6_000), 5_000);
    // A sample goes when its last amount is older than all windows together.
    assert_eq!(rate.excess_ms(WINDOWS, 10.0, 16_000), 4_000);
    assert_eq!(rate.excess_ms(WINDOWS, 10.0, 16_999), 0);
    assert_eq!(rate.excess_ms(WINDOWS, 0.001, 17_000), 0);
}

#[test]
fn one_window_alone_never_makes_anybody_wait_at_its_start() {
    let one = Windows {
        samples: 1,
        ..WINDOWS
    };
    let mut rate = Rate::default();
    rate.record(one, 100.0, 0);
    assert_eq!(rate.excess_ms(one, 1.0, 0), 0);
    assert_eq!(rate.excess_ms(one, 1.0, 500), 99_500);
}

#[test]
fn sensors_are_bounded_and_forgotten() {
    let sensors: Sensors<u32, u32> = Sensors::default();
    let touch = |key: u32, now_ms: i64| {
        sensors.with(
            key,
            now_ms,
            || 0,
            |count| {
                *count += 1;
                *count
            },
        )
    };
    for key in 0..30_000 {
        touch(key, 40_000);
        assert!(sensors.len() <= 10_000);
    }
    let kept = sensors.len();
    assert!(kept >= 5_000);
    touch(1_000_000, 1_000_000);
    assert_eq!(touch(1_000_000, 1_000_000), 2);
    // An hour on, only the one that was used since is left, and what comes now.
    touch(1_000_001, 3_640_001);
    assert_eq!(sensors.len(), 2);
    assert_eq!(touch(1_000_000, 3_640_002), 3);
}

#[tokio::test]
async fn only_work_counts_as_time_of_a_request() {
    let clock = TestClock::default();
    clock.advance(1);
    let usage = Usage::default();
    let mut polls = 0;
    let work = poll_fn(|cx| {
        clock.advance(3);
        polls += 1;
        if polls < 4 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        // What is going on counts as well.
        Poll::Ready(usage.busy_ns(&clock))
    });
    let work = pin!(work);
    let seen = Timed::new(work, Some((&usage, &clock))).await;
    assert_eq!(seen, 12_000_000);
    assert_eq!(usage.busy_ns(&clock), 12_000_000);
    usage.throttle(5);
    usage.throttle(3);
    assert_eq!(usage.throttle_ms(), 5);
}
