//! What quotas do to clients: the throttle time first, then silence. The arithmetic is tested beside the code, by a
//! clock that stands still; here only the least waits are looked at.

use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use compat_tests::batch::Batch;
use compat_tests::errors::*;
use compat_tests::ops::{
    broker_and_topic, deletion, fetch_request, fetch_values, growth, new_topic, produce_request, wish,
};
use compat_tests::quotas::{Entity, set_quota};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::{Client, Value};
use compat_tests::{eventually, obj, unique};

/// Clocks of two processes, and a timer's grain.
const GRAIN: Duration = Duration::from_millis(20);
/// Quota of the tests: so many bytes per second, over eleven seconds of which the last is running.
const RATE: f64 = 1_000.0;

/// A connection of a client that nobody else is.
fn stranger(broker: &Broker) -> Client {
    let mut client = broker.client();
    client.client_id = unique("throttled");
    client
}

/// A stranger with a quota of its own.
fn limited(broker: &Broker, admin: &mut Client, key: &str, value: f64) -> Client {
    let client = stranger(broker);
    set_quota(admin, &[("client-id", Some(&client.client_id))], key, Some(value));
    client
}

fn batch_of(bytes: usize) -> Vec<u8> {
    Batch::of(&[&"x".repeat(bytes)]).bytes()
}

/// Asks something small; fails if the answer comes before `since` and the throttle time together.
#[track_caller]
fn is_muted(client: &mut Client, since: Instant, throttle_ms: i64) {
    client.call("ApiVersions", 0, obj! {});
    let (waited, told) = (since.elapsed(), Duration::from_millis(throttle_ms as u64));
    assert!(
        waited + GRAIN >= told,
        "answered after {waited:?} instead of {told:?}"
    );
}

fn of_client(client: &Client) -> String {
    client.client_id.clone()
}

#[test]
fn a_producer_over_its_rate_hears_how_long_and_is_muted_for_it() {
    let (broker, mut admin, topic) = broker_and_topic(1);
    // Before and since KIP-219 alike: the answer leaves at once.
    for version in [3, 12] {
        let mut client = limited(&broker, &mut admin, "producer_byte_rate", RATE);
        let within = client.call("Produce", version, produce_request(&topic, 0, -1, batch_of(100)));
        assert_eq!(within["throttle_time_ms"], 0);
        let over = client.call(
            "Produce",
            version,
            produce_request(&topic, 0, -1, batch_of(10_300)),
        );
        let answered = Instant::now();
        // What was sent is written all the same.
        assert_eq!(over["responses"][0]["partition_responses"][0]["error_code"], NONE);
        let throttle_ms = over["throttle_time_ms"].int();
        assert!(
            (300..2_000).contains(&throttle_ms),
            "v{version}: {throttle_ms} ms"
        );
        is_muted(&mut client, answered, throttle_ms);
        // Others are not concerned.
        let mut other = stranger(&broker);
        let free = other.call(
            "Produce",
            version,
            produce_request(&topic, 0, -1, batch_of(20_000)),
        );
        assert_eq!(free["throttle_time_ms"], 0);
    }
}

#[test]
fn a_producer_that_wants_no_answers_is_muted_too() {
    let (broker, mut admin, topic) = broker_and_topic(1);
    let mut client = limited(&broker, &mut admin, "producer_byte_rate", RATE);
    let sent = Instant::now();
    client.send("Produce", 12, produce_request(&topic, 0, 0, batch_of(10_500)));
    is_muted(&mut client, sent, 400);
    assert_eq!(fetch_values(&mut admin, &topic, 0).len(), 1);
}

#[test]
fn requests_sent_ahead_are_answered_in_order_one_wait_after_the_other() {
    let (broker, mut admin, topic) = broker_and_topic(1);
    let mut client = limited(&broker, &mut admin, "producer_byte_rate", RATE);
    let requests = [10_200, 10, 10];
    let sent: Vec<i32> = requests
        .iter()
        .map(|bytes| client.send("Produce", 12, produce_request(&topic, 0, -1, batch_of(*bytes))))
        .collect();
    let mut least = Duration::ZERO;
    let start = Instant::now();
    for correlation_id in sent {
        let (answered, answer) = client.recv("Produce", 12);
        assert_eq!(answered, correlation_id);
        assert!(
            start.elapsed() + GRAIN >= least,
            "{:?} before {least:?}",
            start.elapsed()
        );
        assert_eq!(
            answer["responses"][0]["partition_responses"][0]["error_code"],
            NONE
        );
        least = start.elapsed() + Duration::from_millis(answer["throttle_time_ms"].int() as u64);
    }
    assert_eq!(fetch_values(&mut admin, &topic, 0).len(), 3);
}

#[test]
fn a_consumer_over_its_rate_gets_nothing_and_then_what_it_asked_for() {
    let (broker, mut admin, topic) = broker_and_topic(1);
    for _ in 0..2 {
        admin.call("Produce", 12, produce_request(&topic, 0, -1, batch_of(5_300)));
    }
    let mut client = limited(&broker, &mut admin, "consumer_byte_rate", RATE);
    let mut ask = |offset: i64| {
        let mut request = fetch_request(&topic, 0, offset);
        // Room for one of the batches.
        request.set("max_bytes", 100);
        let answer = client.call("Fetch", 12, request);
        (answer, Instant::now())
    };
    let (first, _) = ask(0);
    assert_eq!(first["throttle_time_ms"], 0);
    assert!(
        !first["responses"][0]["partitions"][0]["records"]
            .bytes()
            .is_empty()
    );
    let (over, answered) = ask(1);
    let throttle_ms = over["throttle_time_ms"].int();
    assert!((300..2_000).contains(&throttle_ms), "{throttle_ms} ms");
    assert_eq!(over["error_code"], NONE);
    assert!(over["responses"].list().is_empty(), "{over:?}");
    // What was not given does not count, so the rest comes when the time is over.
    let (rest, got) = ask(1);
    assert!(got - answered + GRAIN >= Duration::from_millis(throttle_ms as u64));
    assert_eq!(rest["throttle_time_ms"], 0);
    assert!(
        !rest["responses"][0]["partitions"][0]["records"]
            .bytes()
            .is_empty()
    );
}

#[test]
fn a_throttled_fetch_opens_no_session_and_keeps_one_that_is_open() {
    let (broker, mut admin, topic) = broker_and_topic(1);
    let mut client = stranger(&broker);
    let id = of_client(&client);
    let entity: Entity<'_> = &[("client-id", Some(&id))];
    let session = |client: &mut Client, id: i32, epoch: i32| {
        let mut request = fetch_request(&topic, 0, 0);
        request.set("session_id", id);
        request.set("session_epoch", epoch);
        request.set("max_wait_ms", 0);
        let answer = client.call("Fetch", 12, request);
        let told = (
            answer["session_id"].int() as i32,
            answer["throttle_time_ms"].int(),
        );
        assert_eq!(answer["error_code"], NONE);
        told
    };
    let (open, _) = session(&mut client, 0, 0);
    assert!(open > 0);
    // So little that any request is too much.
    set_quota(&mut admin, entity, "request_percentage", Some(1e-6));
    eventually("a throttled session", || {
        let (again, throttle_ms) = session(&mut client, 0, 0);
        assert!(throttle_ms <= 1_000);
        throttle_ms > 0 && again == 0
    });
    set_quota(&mut admin, entity, "request_percentage", None);
    let (kept, _) = session(&mut client, open, 1);
    assert_eq!(kept, open);
}

#[test]
fn requests_beyond_their_share_of_time_are_throttled_for_a_second_at_most() {
    let broker = Broker::start();
    let mut admin = broker.client();
    let mut client = limited(&broker, &mut admin, "request_percentage", 1e-6);
    let list_groups = |client: &mut Client| client.call("ListGroups", 1, obj! {})["throttle_time_ms"].int();
    // A broker hears of a quota a moment later than it shows it.
    let mut throttle_ms = 0;
    let mut answered = Instant::now();
    eventually("the client is throttled", || {
        throttle_ms = list_groups(&mut client);
        answered = Instant::now();
        throttle_ms > 0
    });
    assert!(throttle_ms <= 1_000, "{throttle_ms} ms");
    is_muted(&mut client, answered, throttle_ms);
}

#[test]
fn topics_over_the_quota_on_changes_are_refused_or_waited_for() {
    let broker = Broker::start();
    let mut admin = broker.client();
    for (version, strict) in [(7, true), (5, false)] {
        let mut client = stranger(&broker);
        let id = of_client(&client);
        let entity: Entity<'_> = &[("client-id", Some(&id))];
        set_quota(&mut admin, entity, "controller_mutation_rate", Some(1.0));
        let (a, b, c) = (unique("a"), unique("b"), unique("c"));
        let mut create = |topics: Vec<Value>| {
            let answer = client.call(
                "CreateTopics",
                version,
                obj! { topics: topics, timeout_ms: 30_000 },
            );
            let code = |topic: &str| answer["topics"].find("name", topic)["error_code"].int() as i16;
            let text = answer["topics"][0]["error_message"].clone();
            let all = answer["topics"].list();
            let codes: Vec<i16> = all.iter().map(|t| code(t["name"].str())).collect();
            (codes, text, answer["throttle_time_ms"].int())
        };
        // The bucket holds eleven, and may be overdrawn once.
        let (codes, _, throttle_ms) = create(vec![wish(&a, 12, 1)]);
        assert_eq!(codes, [NONE]);
        assert_eq!(throttle_ms > 0, !strict, "v{version}");
        let (mut codes, text, throttle_ms) = create(vec![wish(&b, 1, 1), wish(&c, 1, 1)]);
        codes.sort_unstable();
        if strict {
            assert_eq!(codes, [THROTTLING_QUOTA_EXCEEDED, THROTTLING_QUOTA_EXCEEDED]);
            assert!(text.is_null());
            assert!((1..=1_000).contains(&throttle_ms), "{throttle_ms} ms");
        } else {
            assert_eq!(codes, [NONE, NONE]);
            assert!((1..=3_000).contains(&throttle_ms), "{throttle_ms} ms");
        }
        set_quota(&mut admin, entity, "controller_mutation_rate", None);
    }
}

#[test]
fn more_partitions_and_removals_count_as_well() {
    let broker = Broker::start();
    let mut admin = broker.client();
    let mut client = stranger(&broker);
    let id = of_client(&client);
    let topics: Vec<String> = (0..3).map(|_| new_topic(&mut admin, 1)).collect();
    let entity: Entity<'_> = &[("user", Some("ANONYMOUS")), ("client-id", Some(&id))];
    set_quota(&mut admin, entity, "controller_mutation_rate", Some(1.0));
    let grow = |client: &mut Client, version: i16, topic: &str, count: i32, validate_only: bool| {
        let mut request = growth(topic, count, Value::Null);
        request.set("validate_only", validate_only);
        let answer = client.call("CreatePartitions", version, request);
        let result = &answer["results"][0];
        let refusal = (result["error_code"].int() as i16, result["error_message"].clone());
        (refusal, answer["throttle_time_ms"].int())
    };
    let delete = |client: &mut Client, version: i16, topic: &str| {
        let answer = client.call("DeleteTopics", version, deletion(version, topic));
        let result = &answer["responses"][0];
        let text = result.get("error_message").cloned().unwrap_or(Value::Null);
        let refusal = (result["error_code"].int() as i16, text);
        (refusal, answer["throttle_time_ms"].int())
    };
    let (done, exceeded) = ((NONE, Value::Null), (THROTTLING_QUOTA_EXCEEDED, Value::Null));
    // To validate counts, too.
    assert_eq!(grow(&mut client, 3, &topics[0], 14, true), (done.clone(), 0));
    let (refusal, throttle_ms) = grow(&mut client, 3, &topics[0], 2, false);
    assert_eq!(refusal, exceeded);
    assert!((1..=2_000).contains(&throttle_ms), "{throttle_ms} ms");
    // Another connection of the client is not muted, but shares the quota.
    let mut twin = broker.client();
    twin.client_id = id.clone();
    let (refusal, throttle_ms) = delete(&mut twin, 6, &topics[2]);
    assert_eq!(refusal, exceeded);
    assert!((1..=2_000).contains(&throttle_ms), "{throttle_ms} ms");
    let (refusal, throttle_ms) = grow(&mut client, 2, &topics[1], 3, false);
    assert_eq!(refusal, done);
    assert!((1..=3_000).contains(&throttle_ms), "{throttle_ms} ms");
    let (refusal, throttle_ms) = delete(&mut twin, 4, &topics[1]);
    assert_eq!(refusal, done);
    assert!(throttle_ms > 0);
}

/// Whether a new connection is served; one that is not is closed.
fn is_served(broker: &Broker) -> bool {
    let mut stream = TcpStream::connect(broker.addr()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // ApiVersions v0 without a client id.
    let frame = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 255, 255];
    let sent = std::io::Write::write_all(&mut stream, &frame);
    let mut answer = [0; 4];
    sent.is_ok() && stream.read_exact(&mut answer).is_ok()
}

#[test]
fn an_address_that_connects_too_often_is_not_served() {
    let Some(broker) = Options::new().memory().start() else {
        return;
    };
    let mut admin = broker.client();
    let ip = broker.addr().ip().to_string();
    let entity: Entity<'_> = &[("ip", Some(&ip))];
    set_quota(&mut admin, entity, "connection_creation_rate", Some(1.0));
    let served = (0..14).filter(|_| is_served(&broker)).count();
    assert!((10..14).contains(&served), "{served} connections were served");
    set_quota(&mut admin, entity, "connection_creation_rate", None);
    assert!((0..20).all(|_| is_served(&broker)));
}

#[test]
fn max_connection_creation_rate_slows_accepting_down() {
    let options = Options::new().memory().set("max.connection.creation.rate", 5);
    let Some(broker) = options.start() else { return };
    let start = Instant::now();
    // Ten windows of five each are free, all others wait but are served.
    assert!((0..55).all(|_| is_served(&broker)));
    assert!(
        start.elapsed() >= Duration::from_millis(500),
        "{:?}",
        start.elapsed()
    );
}
