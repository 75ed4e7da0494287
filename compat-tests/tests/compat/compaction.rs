//! Compacted topics: the last value of every key stays.

use std::collections::BTreeMap;

use ::rdkafka::producer::{BaseRecord, Producer as _};
use compat_tests::batch::{Batch, Codec, Record, now_ms};
use compat_tests::errors::INVALID_RECORD;
use compat_tests::ops::{fetch_all, new_topic_with, produce, try_produce};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::Client;
use compat_tests::{eventually, rdkafka};

const SMALL: &[(&str, &str)] = &[
    ("cleanup.policy", "compact"),
    ("internal.segment.bytes", "2000"),
    ("min.cleanable.dirty.ratio", "0.01"),
];

fn broker() -> Option<Broker> {
    Options::new().set("log.cleaner.backoff.ms", 20).start()
}

fn topic(client: &mut Client, more: &[(&str, &str)]) -> String {
    let configs: Vec<_> = SMALL.iter().chain(more).copied().collect();
    new_topic_with(client, 1, &configs)
}

/// Key → values, in order.
fn values(client: &mut Client, topic: &str) -> BTreeMap<String, Vec<Option<String>>> {
    let text = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).unwrap();
    let mut found: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
    for record in fetch_all(client, topic, 0, 0) {
        let key = text(record.key.as_ref().unwrap());
        found
            .entry(key)
            .or_default()
            .push(record.value.as_ref().map(&text));
    }
    found
}

/// Closes the segment that the records before are in.
fn roll(client: &mut Client, topic: &str) {
    let big = Record::keyed("filler", vec![b'x'; 1900]);
    produce(client, topic, 0, &Batch::new(Codec::None, &[big]));
}

#[test]
fn only_the_last_values_remain() {
    let Some(broker) = broker() else { return };
    let mut client = broker.client();
    let topic = topic(&mut client, &[]);
    let producer = rdkafka::producer(
        &broker.bootstrap(),
        &[("linger.ms", "0"), ("compression.type", "lz4")],
    );
    for round in 0..50 {
        for key in ["a", "b", "c"] {
            let value = format!("{key}-{round}-{}", "v".repeat(100));
            let record = BaseRecord::to(&topic)
                .key(key.as_bytes())
                .payload(value.as_bytes());
            rdkafka::send(&producer, record);
        }
        producer.flush(std::time::Duration::from_secs(10)).unwrap();
    }
    roll(&mut client, &topic);
    roll(&mut client, &topic);
    eventually("one value of every key", || {
        let found = values(&mut client, &topic);
        ["a", "b", "c"]
            .iter()
            .all(|key| found.get(*key).is_some_and(|values| values.len() == 1))
    });
    let found = values(&mut client, &topic);
    assert!(found["a"][0].as_ref().unwrap().starts_with("a-49-"), "{found:?}");
}

#[test]
fn tombstones_go_after_their_retention() {
    // In memory, where the many passes cost no syncs.
    let options = Options::new().memory().set("log.cleaner.backoff.ms", 20);
    let Some(broker) = options.start() else { return };
    let mut client = broker.client();
    let topic = topic(&mut client, &[("delete.retention.ms", "0")]);
    produce(
        &mut client,
        &topic,
        0,
        &Batch::new(Codec::None, &[Record::keyed("gone", "1")]),
    );
    let tombstone = Record {
        value: None,
        ..Record::keyed("gone", "")
    };
    produce(&mut client, &topic, 0, &Batch::new(Codec::None, &[tombstone]));
    eventually("the deleted key to vanish", || {
        // Every pass needs something dirty.
        roll(&mut client, &topic);
        !values(&mut client, &topic).contains_key("gone")
    });
}

#[test]
fn the_maximal_lag_compacts_without_further_records() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    let topic = new_topic_with(
        &mut client,
        1,
        &[
            ("cleanup.policy", "compact"),
            ("max.compaction.lag.ms", "1000"),
            ("min.cleanable.dirty.ratio", "1.0"),
        ],
    );
    for i in 0..5 {
        let record = Record::keyed("a", format!("{i}")).at(now_ms());
        produce(&mut client, &topic, 0, &Batch::new(Codec::None, &[record]));
    }
    eventually("the last value alone", || {
        values(&mut client, &topic) == BTreeMap::from([("a".to_owned(), vec![Some("4".to_owned())])])
    });
}

#[test]
fn a_record_without_key_is_refused_with_its_index() {
    let Some(broker) = broker() else { return };
    let mut client = broker.client();
    let topic = topic(&mut client, &[]);
    let batch = Batch::new(Codec::None, &[Record::keyed("a", "1"), Record::of("2")]);
    let answer = try_produce(&mut client, &topic, 0, batch.bytes());
    assert_eq!(answer["error_code"], INVALID_RECORD, "{answer:?}");
    assert_eq!(answer["record_errors"][0]["batch_index"].int(), 1);
    assert!(
        fetch_all(&mut client, &topic, 0, 0).is_empty(),
        "the whole batch is refused"
    );
}

#[test]
fn compacted_logs_survive_restarts() {
    let Some(mut broker) = broker() else { return };
    let mut client = broker.client();
    let topic = topic(&mut client, &[]);
    let mut last = BTreeMap::new();
    for round in 0..3 {
        for i in 0..40 {
            let (key, value) = (format!("k{}", i % 7), format!("{round}-{i}-{}", "v".repeat(90)));
            produce(
                &mut client,
                &topic,
                0,
                &Batch::new(Codec::Gzip, &[Record::keyed(&key, &value)]),
            );
            last.insert(key, value);
        }
        broker.end(round % 2 == 0);
        broker.start_again();
        client = broker.client();
        let found = values(&mut client, &topic);
        for (key, value) in &last {
            assert_eq!(found[key].last().unwrap().as_ref(), Some(value), "{key}");
        }
    }
}
