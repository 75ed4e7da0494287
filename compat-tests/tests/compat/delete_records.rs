use compat_tests::batch::{Batch, Codec, Record};
use compat_tests::errors::{
    INVALID_TOPIC_EXCEPTION, NONE, OFFSET_OUT_OF_RANGE, POLICY_VIOLATION, UNKNOWN_TOPIC_OR_PARTITION,
};
use compat_tests::ops::{
    EARLIEST, LATEST, broker_and_topic, create_topic, fetch_values, list_offset, new_topic_with, produce,
    produce_values, try_fetch,
};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj};

fn trim(client: &mut Client, version: i16, topic: &str, partition: i32, offset: i64) -> Value {
    let partition = obj! { partition_index: partition, offset: offset };
    let request =
        obj! { topics: list![obj! { name: topic, partitions: list![partition] }], timeout_ms: 30_000 };
    client.call("DeleteRecords", version, request)["topics"][0]["partitions"][0].clone()
}

#[test]
fn every_version_moves_the_start() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    produce_values(&mut client, &topic, 0, &["a", "b", "c", "d", "e"]);
    for version in versions("DeleteRecords") {
        let offset = i64::from(version) + 1;
        let answer = trim(&mut client, version, &topic, 0, offset);
        assert_eq!(
            (answer["error_code"].int(), answer["low_watermark"].int()),
            (0, offset),
            "v{version}"
        );
        assert_eq!(list_offset(&mut client, &topic, 0, EARLIEST), offset);
        assert_eq!(
            try_fetch(&mut client, &topic, 0, offset - 1)["error_code"],
            OFFSET_OUT_OF_RANGE
        );
        assert_eq!(
            try_fetch(&mut client, &topic, 0, offset)["log_start_offset"],
            offset
        );
    }
    assert_eq!(fetch_values(&mut client, &topic, 0), ["d", "e"]);
}

#[test]
fn minus_1_means_all_and_lower_is_no_change() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    produce_values(&mut client, &topic, 0, &["a", "b", "c"]);
    assert_eq!(trim(&mut client, 2, &topic, 0, -1)["low_watermark"], 3);
    assert_eq!(
        trim(&mut client, 2, &topic, 0, 1)["low_watermark"],
        3,
        "the start never moves back"
    );
    assert_eq!(produce_values(&mut client, &topic, 0, &["next"]), 3);
}

#[test]
fn beyond_the_end_and_unknown_places() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    produce_values(&mut client, &topic, 0, &["a"]);
    for offset in [2, -2] {
        let answer = trim(&mut client, 2, &topic, 0, offset);
        assert_eq!(
            (answer["error_code"].int(), answer["low_watermark"].int()),
            (i64::from(OFFSET_OUT_OF_RANGE), -1),
            "{offset}"
        );
    }
    for (topic, partition) in [(topic.as_str(), 7), ("no-such-topic", 0)] {
        let answer = trim(&mut client, 2, topic, partition, 0);
        assert_eq!(answer["error_code"], UNKNOWN_TOPIC_OR_PARTITION);
    }
}

#[test]
fn compacted_topics_keep_their_records() {
    let broker = Broker::start();
    let mut client = broker.client();
    let topic = new_topic_with(&mut client, 1, &[("cleanup.policy", "compact")]);
    produce(
        &mut client,
        &topic,
        0,
        &Batch::new(Codec::None, &[Record::keyed("k", "v")]),
    );
    assert_eq!(trim(&mut client, 2, &topic, 0, 1)["error_code"], POLICY_VIOLATION);
}

#[test]
fn the_start_survives_a_crash() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[]);
    produce_values(&mut client, "t", 0, &["a", "b", "c"]);
    assert_eq!(trim(&mut client, 2, "t", 0, 2)["error_code"], NONE);
    broker.crash();
    let mut client = broker.client();
    assert_eq!(list_offset(&mut client, "t", 0, EARLIEST), 2);
    assert_eq!(list_offset(&mut client, "t", 0, LATEST), 3);
}

#[test]
fn only_compaction_alone_keeps_records_from_going() {
    let broker = Broker::start();
    let mut client = broker.client();
    for (policy, code) in [
        ("delete", NONE),
        ("compact,delete", NONE),
        ("compact", POLICY_VIOLATION),
        ("", NONE),
    ] {
        let topic = new_topic_with(&mut client, 1, &[("cleanup.policy", policy)]);
        let batch = Batch::new(Codec::None, &[Record::keyed("k", "v")]);
        produce(&mut client, &topic, 0, &batch);
        for version in versions("DeleteRecords") {
            let answer = trim(&mut client, version, &topic, 0, -1);
            assert_eq!(answer["error_code"], code, "policy {policy:?}, v{version}");
            let low = if code == NONE { 1 } else { -1 };
            assert_eq!(answer["low_watermark"], low, "policy {policy:?}, v{version}");
        }
    }
}

#[test]
fn internal_topics_are_not_trimmed() {
    let broker = Broker::start();
    let mut client = broker.client();
    let reader = compat_tests::rdkafka::consumer(&broker.bootstrap(), &compat_tests::unique("g"), &[]);
    let topic = new_topic_with(&mut client, 1, &[]);
    produce(&mut client, &topic, 0, &Batch::of(&["x"]));
    rdkafka::consumer::Consumer::subscribe(&reader, &[&topic]).unwrap();
    compat_tests::rdkafka::poll_until(&reader, |_| true);
    let answer = trim(&mut client, 2, "__consumer_offsets", 0, -1);
    assert_eq!(
        (answer["error_code"].int(), answer["low_watermark"].int()),
        (i64::from(INVALID_TOPIC_EXCEPTION), -1)
    );
}
