use compat_tests::batch::Batch;
use compat_tests::errors::{INVALID_PRODUCER_EPOCH, NONE, OUT_OF_ORDER_SEQUENCE_NUMBER};
use compat_tests::ops::{
    LATEST, broker_and_topic, create_topic, fetch_values, init_producer_id, list_offset, try_produce,
};
use compat_tests::rdkafka::{produce_texts, producer};
use compat_tests::server::Options;
use compat_tests::wire::Client;

/// A producer of one partition, driven by hand.
struct Hand {
    client: Client,
    topic: String,
    id: i64,
}

impl Hand {
    /// Sends a batch of `count` records; error code and base offset come back.
    fn send(&mut self, epoch: i16, sequence: i32, count: usize) -> (i16, i64) {
        let batch = Batch::of(&vec!["x"; count]).by(self.id, epoch, sequence);
        let answer = try_produce(&mut self.client, &self.topic, 0, batch.bytes());
        (answer["error_code"].int() as i16, answer["base_offset"].int())
    }
}

fn hand() -> (compat_tests::server::Broker, Hand) {
    let (broker, mut client, topic) = broker_and_topic(1);
    let (id, _) = init_producer_id(&mut client);
    (broker, Hand { client, topic, id })
}

#[test]
fn a_repeated_batch_gets_its_first_offset_again() {
    let (_broker, mut hand) = hand();
    for n in 0..8 {
        assert_eq!(hand.send(0, n * 2, 2), (NONE, i64::from(n) * 2));
        assert_eq!(hand.send(0, n * 2, 2), (NONE, i64::from(n) * 2), "at once");
    }
    // The window holds five batches.
    for n in 3..8 {
        assert_eq!(
            hand.send(0, n * 2, 2),
            (NONE, i64::from(n) * 2),
            "batch {n} is in the window"
        );
    }
    assert_eq!(
        list_offset(&mut hand.client, &hand.topic, 0, LATEST),
        16,
        "nothing was appended twice"
    );
}

#[test]
fn older_than_the_window_is_a_duplicate_or_out_of_order() {
    let (_broker, mut hand) = hand();
    for n in 0..8 {
        hand.send(0, n, 1);
    }
    let (code, _) = hand.send(0, 0, 1);
    assert!([OUT_OF_ORDER_SEQUENCE_NUMBER, 46].contains(&code), "{code}");
    assert_eq!(list_offset(&mut hand.client, &hand.topic, 0, LATEST), 8);
}

#[test]
fn a_gap_is_out_of_order() {
    let (_broker, mut hand) = hand();
    assert_eq!(hand.send(0, 0, 1).0, NONE);
    assert_eq!(hand.send(0, 2, 1).0, OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert_eq!(hand.send(0, 1, 1), (NONE, 1), "the right one still goes through");
    // Half a duplicate is no duplicate.
    assert_eq!(hand.send(0, 1, 2).0, OUT_OF_ORDER_SEQUENCE_NUMBER);
}

#[test]
fn epochs_only_rise_and_start_at_sequence_0() {
    let (_broker, mut hand) = hand();
    assert_eq!(hand.send(0, 0, 1).0, NONE);
    assert_eq!(hand.send(1, 5, 1).0, OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert_eq!(hand.send(1, 0, 1), (NONE, 1));
    assert_eq!(hand.send(0, 1, 1).0, INVALID_PRODUCER_EPOCH);
}

#[test]
fn sequences_wrap_to_0() {
    let (_broker, mut hand) = hand();
    // A producer that the log does not know may start anywhere: its past may have been deleted.
    assert_eq!(hand.send(0, i32::MAX - 1, 2), (NONE, 0));
    assert_eq!(hand.send(0, 0, 1), (NONE, 2));
    assert_eq!(
        hand.send(0, i32::MAX - 1, 2),
        (NONE, 0),
        "a duplicate across the end"
    );
}

#[test]
fn the_window_survives_restarts() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[]);
    let (id, _) = init_producer_id(&mut client);
    let mut hand = Hand {
        client,
        topic: "t".to_owned(),
        id,
    };
    for n in 0..4 {
        assert_eq!(hand.send(0, n, 1), (NONE, n.into()));
        if n % 2 == 0 {
            broker.crash();
        } else {
            broker.stop();
            broker.start_again();
        }
        hand.client = broker.client();
        assert_eq!(hand.send(0, n, 1), (NONE, n.into()), "known after restart {n}");
        assert_eq!(hand.send(0, n + 2, 1).0, OUT_OF_ORDER_SEQUENCE_NUMBER);
    }
    assert_eq!(list_offset(&mut hand.client, "t", 0, LATEST), 4);
}

#[test]
fn librdkafkas_idempotent_producer_writes_each_once_in_order() {
    let (broker, mut client, topic) = broker_and_topic(1);
    let writer = producer(
        &broker.bootstrap(),
        &[("enable.idempotence", "true"), ("linger.ms", "0")],
    );
    let texts: Vec<String> = (0..500).map(|n| n.to_string()).collect();
    produce_texts(&writer, &topic, 0, &texts);
    assert_eq!(fetch_values(&mut client, &topic, 0), texts);
}
