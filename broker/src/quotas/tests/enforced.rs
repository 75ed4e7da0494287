//! Whoever waits as told gets what its quota allows, within a tenth, over several windows.

use super::*;

/// How far what was let through may be from what the quota allows.
const TOLERANCE: f64 = 0.1;

fn assert_near(got: f64, wanted: f64) {
    assert!(
        (got - wanted).abs() <= wanted * TOLERANCE,
        "{got} instead of {wanted}"
    );
}

/// Lets a client ask for `seconds` as often as `once` lets it: it answers how much went through and the wait told.
fn per_second(bench: &Bench, seconds: i64, mut once: impl FnMut() -> (f64, i32)) -> f64 {
    let (mut sum, mut spent_ms) = (0.0, 0);
    while spent_ms < seconds * 1000 {
        let (amount, wait_ms) = once();
        sum += amount;
        // A request takes a millisecond at least.
        let ms = i64::from(wait_ms).max(1);
        bench.clock.advance(ms);
        spent_ms += ms;
    }
    sum * 1000.0 / spent_ms as f64
}

#[tokio::test]
async fn producers_are_held_at_their_rate() {
    let bench = Bench::new();
    bench
        .set(entity("alice", ""), "producer_byte_rate", Some(1_000_000.0))
        .await;
    // Windows that are empty at the start may be used up first: 11 of them, of which one is current.
    per_second(&bench, 20, || (0.0, bench.quotas.produced(ALICE, 100_000)));
    for size in [1_000, 10_000, 250_000, 1_000_000] {
        let rate = per_second(&bench, 60, || {
            let wait_ms = bench.quotas.produced(ALICE, size);
            (size as f64, wait_ms)
        });
        assert_near(rate, 1_000_000.0);
    }
}

#[tokio::test]
async fn clients_that_share_a_quota_share_its_rate() {
    let bench = Bench::new();
    bench
        .set(entity("*", ""), "producer_byte_rate", Some(500_000.0))
        .await;
    let bob = Client {
        user: "bob",
        id: "one",
    };
    let two = Client { id: "two", ..ALICE };
    let mut turn = 0;
    let mut once = || {
        turn += 1;
        let client = if turn % 2 == 0 { ALICE } else { two };
        (50_000.0, bench.quotas.produced(client, 50_000))
    };
    per_second(&bench, 20, &mut once);
    assert_near(per_second(&bench, 40, &mut once), 500_000.0);
    // Each user has its own.
    assert_eq!(bench.quotas.produced(bob, 500_000), 0);
}

#[tokio::test]
async fn consumers_get_nothing_while_over_their_rate() {
    let bench = Bench::new();
    bench
        .set(entity("", "one"), "consumer_byte_rate", Some(200_000.0))
        .await;
    let mut once = || {
        let wait_ms = bench.quotas.fetched(ALICE, 65_536);
        (if wait_ms == 0 { 65_536.0 } else { 0.0 }, wait_ms)
    };
    per_second(&bench, 20, &mut once);
    assert_near(per_second(&bench, 60, &mut once), 200_000.0);
    assert_eq!(bench.quotas.fetch_max_bytes(ALICE), 2_000_000);
    assert_eq!(
        bench.quotas.fetch_max_bytes(Client { id: "two", ..ALICE }),
        usize::MAX
    );
}

#[tokio::test]
async fn requests_take_their_share_of_a_thread() {
    let bench = Bench::new();
    bench
        .set(entity("*", "*"), "request_percentage", Some(25.0))
        .await;
    let mut once = || {
        // Ten milliseconds of work.
        bench.clock.advance(10);
        let wait_ms = bench.quotas.worked(ALICE, 10_000_000);
        assert!(wait_ms <= 1_000, "at most a window: {wait_ms}");
        (0.010, wait_ms)
    };
    per_second(&bench, 30, &mut once);
    let start = bench.clock.now_ms();
    let mut work = 0.0;
    per_second(&bench, 60, || {
        let (busy, wait_ms) = once();
        work += busy;
        (busy, wait_ms)
    });
    assert_near(work * 1000.0 / (bench.clock.now_ms() - start) as f64, 0.25);
}

#[tokio::test]
async fn strict_changes_are_refused_when_the_tokens_are_gone() {
    let bench = Bench::new();
    bench
        .set(entity("alice", ""), "controller_mutation_rate", Some(2.0))
        .await;
    let usage = Usage::default();
    let strict = Mutations::new(&bench.quotas, ALICE, &usage, true);
    // 11 windows of a second at 2 a second; a bucket that has any left may be overdrawn.
    assert!(strict.admit(21));
    assert!(strict.admit(11));
    assert_eq!(usage.throttle_ms(), 0);
    assert!(!strict.admit(1));
    assert_eq!(usage.throttle_ms(), 5_000);
    bench.clock.advance(4_999);
    assert!(!strict.admit(1));
    bench.clock.advance(1);
    assert!(strict.admit(1));
    let rate = per_second(&bench, 120, || {
        let usage = Usage::default();
        let done = Mutations::new(&bench.quotas, ALICE, &usage, true).admit(3);
        (if done { 3.0 } else { 0.0 }, usage.throttle_ms())
    });
    assert_near(rate, 2.0);
}

#[tokio::test]
async fn permissive_changes_are_done_and_waited_for() {
    let bench = Bench::new();
    bench
        .set(entity("alice", ""), "controller_mutation_rate", Some(2.0))
        .await;
    let usage = Usage::default();
    let permissive = Mutations::new(&bench.quotas, ALICE, &usage, false);
    assert!(permissive.admit(22));
    assert_eq!(usage.throttle_ms(), 0);
    assert!(permissive.admit(10));
    assert_eq!(usage.throttle_ms(), 5_000);
    let rate = per_second(&bench, 120, || {
        let usage = Usage::default();
        assert!(Mutations::new(&bench.quotas, ALICE, &usage, false).admit(3));
        (3.0, usage.throttle_ms())
    });
    assert_near(rate, 2.0);
}

#[tokio::test]
async fn addresses_connect_as_often_as_they_may() {
    let bench = Bench::new();
    bench
        .set(ip(Some("127.0.0.1")), "connection_creation_rate", Some(5.0))
        .await;
    bench.set(ip(None), "connection_creation_rate", Some(50.0)).await;
    assert!(!bench.quotas.any(), "requests of clients are not limited");
    for (address, bound) in [("127.0.0.1", 5.0), ("::1", 50.0)] {
        let mut once = || {
            let wait_ms = bench.quotas.connected_from(address.parse().unwrap());
            assert!(wait_ms <= 1_000);
            (if wait_ms == 0 { 1.0 } else { 0.0 }, wait_ms.min(7))
        };
        per_second(&bench, 20, &mut once);
        assert_near(per_second(&bench, 60, &mut once), bound);
    }
}

#[tokio::test]
async fn listeners_accept_as_often_as_they_and_the_broker_may() {
    const RATE: &str = "max.connection.creation.rate";
    let bench = Bench::new();
    let own = format!("listener.name.ext.{RATE}");
    bench.set_config(&own, "5").await;
    let (ext, other) = (Arc::from("EXT"), Arc::from("OTHER"));
    let rate_of = |listener: &Arc<str>| {
        let mut once = || (1.0, bench.quotas.connected(listener));
        per_second(&bench, 20, &mut once);
        per_second(&bench, 60, &mut once)
    };
    assert_near(rate_of(&ext), 5.0);
    assert_eq!(bench.quotas.connected(&other), 0);
    bench.set_config(&own, "50").await;
    assert_near(rate_of(&ext), 50.0);
    bench.set_config(RATE, "20").await;
    assert_near(rate_of(&ext), 20.0);
    let wait_ms = bench.quotas.connected(&other);
    assert!(wait_ms > 0, "the broker has no more for anybody");
    bench.quotas.not_connected(&other);
    bench.clock.advance(i64::from(wait_ms));
    assert_eq!(bench.quotas.connected(&other), 0);
}

#[tokio::test]
async fn a_quota_counts_from_the_moment_it_is_set_until_it_is_removed() {
    let bench = Bench::new();
    assert!(!bench.quotas.any());
    assert_eq!(bench.quotas.produced(ALICE, usize::MAX / 2), 0);
    let of = || entity("alice", "one");
    bench.set(of(), "producer_byte_rate", Some(1_000.0)).await;
    assert!(bench.quotas.any() && bench.quotas.has(Kind::Produce) && !bench.quotas.has(Kind::Fetch));
    // 11 s hold 11,000 bytes at the first moment's windows of 10 s: twice as much waits as long again.
    assert_eq!(bench.quotas.produced(ALICE, 20_000), 10_000);
    bench.set(of(), "producer_byte_rate", Some(4_000.0)).await;
    assert_eq!(bench.quotas.produced(ALICE, 0), 0);
    bench.set(of(), "producer_byte_rate", None).await;
    assert!(!bench.quotas.any());
}
