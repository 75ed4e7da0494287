use std::time::{Duration, Instant};

use compat_tests::batch::{Batch, Codec, Record, read_batches, read_records};
use compat_tests::errors::{
    FENCED_LEADER_EPOCH, NONE, OFFSET_OUT_OF_RANGE, UNKNOWN_LEADER_EPOCH, UNKNOWN_TOPIC_ID,
    UNKNOWN_TOPIC_OR_PARTITION, UNSUPPORTED_COMPRESSION_TYPE,
};
use compat_tests::ops::{
    broker_and_topic, fetch_request, fetch_values, init_producer_id, new_topic, produce, produce_values,
    topic_id, try_fetch,
};
use compat_tests::server::Broker;
use compat_tests::wire::{Value, versions};
use compat_tests::{list, obj, unique};

/// One partition to ask for.
fn part(partition: i32, offset: i64) -> Value {
    obj! { partition: partition, fetch_offset: offset, partition_max_bytes: 1_000_000 }
}

/// A request by name and id at once: each version takes what it knows.
fn request(topic: &str, id: [u8; 16], partitions: Value) -> Value {
    obj! {
        max_wait_ms: 0, min_bytes: 0, max_bytes: 10_000_000,
        topics: list![obj! { topic: topic, topic_id: id, partitions: partitions }],
    }
}

fn only(response: &Value) -> &Value {
    assert_eq!(response["responses"].list().len(), 1, "{response:?}");
    &response["responses"][0]["partitions"][0]
}

#[test]
fn every_version_reads_records_and_offsets() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let id = topic_id(&mut client, &topic);
    produce_values(&mut client, &topic, 0, &["a", "b", "c"]);
    for version in versions("Fetch") {
        let response = client.call("Fetch", version, request(&topic, id, list![part(0, 1)]));
        if version >= 7 {
            assert_eq!(response["error_code"], NONE, "v{version}");
            assert_eq!(response["session_id"], 0, "v{version}: epoch -1 wants no session");
        }
        let partition = only(&response);
        assert_eq!(partition["error_code"], NONE, "v{version}");
        assert_eq!(partition["high_watermark"], 3, "v{version}");
        assert_eq!(partition["last_stable_offset"], 3, "v{version}");
        if version >= 5 {
            assert_eq!(partition["log_start_offset"], 0, "v{version}");
        }
        if version >= 11 {
            assert_eq!(partition["preferred_read_replica"], -1, "v{version}");
        }
        let values: Vec<_> = read_records(partition["records"].bytes()).unwrap();
        let values: Vec<_> = values.iter().map(|r| r.value.clone().unwrap()).collect();
        assert_eq!(values, [b"b", b"c"], "v{version}");
        if version <= 12 {
            assert_eq!(response["responses"][0]["topic"], topic.as_str());
        } else {
            assert_eq!(response["responses"][0]["topic_id"].uuid(), id);
        }
    }
}

#[test]
fn an_empty_partition_has_records_of_length_0_not_null() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let id = topic_id(&mut client, &topic);
    for version in versions("Fetch") {
        let response = client.call("Fetch", version, request(&topic, id, list![part(0, 0)]));
        assert_eq!(
            only(&response)["records"],
            Value::Bytes(vec![]),
            "v{version}: librdkafka rejects -1"
        );
    }
}

#[test]
fn offsets_outside_the_log_are_out_of_range() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    produce_values(&mut client, &topic, 0, &["a"]);
    for offset in [-1, 2, 1000, i64::MAX] {
        let answer = try_fetch(&mut client, &topic, 0, offset);
        assert_eq!(answer["error_code"], OFFSET_OUT_OF_RANGE, "offset {offset}");
        assert_eq!(answer["records"].list_or_empty(), 0, "offset {offset}");
    }
    let end = try_fetch(&mut client, &topic, 0, 1);
    assert_eq!(end["error_code"], NONE, "the end itself is in range");
}

/// Length of bytes that may be null.
trait Length {
    fn list_or_empty(&self) -> usize;
}

impl Length for Value {
    fn list_or_empty(&self) -> usize {
        if self.is_null() { 0 } else { self.bytes().len() }
    }
}

#[test]
fn unknown_topics_partitions_and_ids_are_named() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let id = topic_id(&mut client, &topic);
    let absent = unique("absent");
    let unknown = client.call("Fetch", 12, request(&absent, [0; 16], list![part(0, 0)]));
    assert_eq!(only(&unknown)["error_code"], UNKNOWN_TOPIC_OR_PARTITION);
    assert_eq!(only(&unknown)["high_watermark"], -1);
    for version in [12, 13, 18] {
        let missing = client.call("Fetch", version, request(&topic, id, list![part(5, 0)]));
        assert_eq!(
            only(&missing)["error_code"],
            UNKNOWN_TOPIC_OR_PARTITION,
            "v{version}"
        );
    }
    for version in 13..=18 {
        let unknown = client.call("Fetch", version, request(&absent, [9; 16], list![part(0, 0)]));
        assert_eq!(only(&unknown)["error_code"], UNKNOWN_TOPIC_ID, "v{version}");
        assert_eq!(unknown["error_code"], NONE, "v{version}");
    }
}

#[test]
fn the_first_batch_comes_whole_whatever_the_limits() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    let big = "x".repeat(50_000);
    for partition in 0..2 {
        produce_values(&mut client, &topic, partition, &[&big, &big]);
    }
    // Neither the partition's nor the request's limit may starve a reader of a large batch.
    for (of_partition, of_request) in [(1, 10_000_000), (1_000_000, 1), (0, 0)] {
        let mut ask = part(0, 0);
        if let Value::Struct(fields) = &mut ask {
            fields[2].1 = Value::from(of_partition);
        }
        let request = obj! {
            max_wait_ms: 0, min_bytes: 0, max_bytes: of_request,
            topics: list![obj! { topic: &topic, partitions: list![ask, part(1, 0)] }],
        };
        let response = client.call("Fetch", 11, request);
        let partitions = &response["responses"][0]["partitions"];
        let first = partitions.find("partition_index", 0)["records"].bytes();
        assert_eq!(
            read_batches(first).unwrap().len(),
            1,
            "{of_partition} {of_request}"
        );
        let second = partitions.find("partition_index", 1)["records"].bytes();
        if of_request <= 1 {
            assert!(
                second.len() < 50_000,
                "only the first non-empty partition may exceed the limit"
            );
        }
    }
}

#[test]
fn limits_of_partition_and_request_hold_beyond_the_first_batch() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let kilobyte = "x".repeat(1000);
    produce_values(&mut client, &topic, 0, &[kilobyte.as_str(); 20]);
    let mut request = fetch_request(&topic, 0, 0);
    if let Value::Struct(fields) = &mut request {
        fields.retain(|(name, _)| name != "max_bytes");
        fields.push(("max_bytes".to_owned(), Value::from(5000)));
    }
    let response = client.call("Fetch", 11, request);
    let records = only(&response)["records"].bytes();
    assert!((2000..=5000).contains(&records.len()), "{} bytes", records.len());
}

#[test]
fn reading_from_inside_a_batch_gives_the_whole_batch() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    produce(&mut client, &topic, 0, &Batch::of(&["a", "b", "c", "d"]));
    produce(&mut client, &topic, 0, &Batch::of(&["e"]));
    let answer = try_fetch(&mut client, &topic, 0, 2);
    let records = read_records(answer["records"].bytes()).unwrap();
    assert_eq!(
        records[0].offset, 0,
        "the batch starts before the offset; the reader drops the prefix"
    );
    assert_eq!(records.len(), 5);
}

#[test]
fn zstd_needs_version_10() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    produce(
        &mut client,
        &topic,
        0,
        &Batch::new(Codec::Zstd, &[Record::of("x")]),
    );
    for version in 4..10 {
        let response = client.call("Fetch", version, fetch_request(&topic, 0, 0));
        let answer = only(&response);
        // Kafka sends what it has since it stopped converting; refusing is legal too.
        assert!(
            [NONE, UNSUPPORTED_COMPRESSION_TYPE].contains(&(answer["error_code"].int() as i16)),
            "v{version}"
        );
    }
    assert_eq!(fetch_values(&mut client, &topic, 0), ["x"]);
}

/// A request that waits for one byte.
fn long_poll(topic: &str, offset: i64, max_wait_ms: i32) -> Value {
    obj! {
        max_wait_ms: max_wait_ms, min_bytes: 1, max_bytes: 1_000_000,
        topics: list![obj! { topic: topic, partitions: list![part(0, offset)] }],
    }
}

#[test]
fn a_long_poll_waits_its_time_and_answers_empty() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let start = Instant::now();
    let response = client.call("Fetch", 11, long_poll(&topic, 0, 300));
    assert!(
        start.elapsed() >= Duration::from_millis(290),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(only(&response)["records"].bytes().len(), 0);
}

#[test]
fn a_long_poll_wakes_when_records_come() {
    let (broker, mut client, topic) = broker_and_topic(1);
    let mut writer = broker.client();
    let start = Instant::now();
    client.send("Fetch", 11, long_poll(&topic, 0, 24_000));
    produce_values(&mut writer, &topic, 0, &["news"]);
    let (_, response) = client.recv("Fetch", 11);
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_eq!(read_records(only(&response)["records"].bytes()).unwrap().len(), 1);
}

#[test]
fn a_long_poll_waits_for_min_bytes() {
    let (broker, mut client, topic) = broker_and_topic(1);
    let mut writer = broker.client();
    let request = obj! {
        max_wait_ms: 24_000, min_bytes: 2000, max_bytes: 1_000_000,
        topics: list![obj! { topic: &topic, partitions: list![part(0, 0)] }],
    };
    client.send("Fetch", 11, request);
    produce_values(&mut writer, &topic, 0, &["small", &"x".repeat(2000)]);
    let (_, response) = client.recv("Fetch", 11);
    assert_eq!(read_records(only(&response)["records"].bytes()).unwrap().len(), 2);
}

#[test]
fn an_error_in_one_partition_ends_the_wait() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    let request = obj! {
        max_wait_ms: 24_000, min_bytes: 1, max_bytes: 1_000_000,
        topics: list![obj! { topic: &topic, partitions: list![part(0, 0), part(1, 9)] }],
    };
    let start = Instant::now();
    client.call("Fetch", 11, request);
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn leader_epochs_are_compared() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    produce_values(&mut client, &topic, 0, &["a"]);
    let epoch = compat_tests::ops::metadata(&mut client, &topic)["partitions"][0]["leader_epoch"].int();
    let mut ask = |current: i64| {
        let part = obj! {
            partition: 0, fetch_offset: 0, partition_max_bytes: 1000, current_leader_epoch: current,
        };
        let response = client.call("Fetch", 12, request(&topic, [0; 16], list![part]));
        only(&response)["error_code"].int() as i16
    };
    assert_eq!(ask(epoch), NONE);
    assert_eq!(ask(-1), NONE, "-1 compares nothing");
    assert_eq!(ask(epoch + 1), UNKNOWN_LEADER_EPOCH);
    if epoch > 0 {
        assert_eq!(ask(epoch - 1), FENCED_LEADER_EPOCH);
    }
}

#[test]
fn read_committed_sees_what_is_not_transactional() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let (id, epoch) = init_producer_id(&mut client);
    produce(&mut client, &topic, 0, &Batch::of(&["a"]).by(id, epoch, 0));
    for version in versions("Fetch").filter(|v| *v <= 12) {
        let mut request = fetch_request(&topic, 0, 0);
        if let Value::Struct(fields) = &mut request {
            fields.push(("isolation_level".to_owned(), Value::Int(1)));
        }
        let response = client.call("Fetch", version, request);
        let partition = only(&response);
        assert_eq!(partition["last_stable_offset"], 1, "v{version}");
        assert_eq!(
            read_records(partition["records"].bytes()).unwrap().len(),
            1,
            "v{version}"
        );
        let aborted = &partition["aborted_transactions"];
        assert!(aborted.is_null() || aborted.list().is_empty(), "v{version}");
    }
}

#[test]
fn many_topics_in_one_request_keep_its_order() {
    let broker = Broker::start();
    let mut client = broker.client();
    let topics: Vec<String> = (0..5).map(|_| new_topic(&mut client, 2)).collect();
    let asked: Vec<Value> = topics
        .iter()
        .map(|t| obj! { topic: t, partitions: list![part(1, 0), part(0, 0)] })
        .collect();
    let request = obj! { max_wait_ms: 0, min_bytes: 0, max_bytes: 1_000_000, topics: asked };
    let response = client.call("Fetch", 11, request);
    for topic in &topics {
        let row = response["responses"].find("topic", topic);
        assert_eq!(row["partitions"].list().len(), 2);
    }
}
