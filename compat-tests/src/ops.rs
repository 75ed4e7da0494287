//! The everyday requests in their newest version, for tests whose subject is another.

use crate::batch::{Batch, Record, read_records};
use crate::configs;
use crate::errors::{NONE, OFFSET_OUT_OF_RANGE};
use crate::server::Broker;
use crate::wire::{Client, Value, range};
use crate::{list, obj, unique};

/// Creates a topic with a unique name.
#[track_caller]
pub fn new_topic(client: &mut Client, partitions: i32) -> String {
    new_topic_with(client, partitions, &[])
}

/// Creates a topic with a unique name and topic configs.
#[track_caller]
pub fn new_topic_with(client: &mut Client, partitions: i32, configs: &[(&str, &str)]) -> String {
    let name = unique("t");
    create_topic(client, &name, partitions, configs);
    name
}

/// Creates a topic and waits until Metadata shows a leader for all of it (Kafka answers a moment before that).
#[track_caller]
pub fn create_topic(client: &mut Client, name: &str, partitions: i32, configs: &[(&str, &str)]) {
    let configs: Vec<Value> = configs
        .iter()
        .map(|&(name, value)| obj! { name: name, value: value })
        .collect();
    let response = client.call(
        "CreateTopics",
        7,
        obj! {
            topics: list![obj! { name: name, num_partitions: partitions, replication_factor: 1, configs: configs }],
            timeout_ms: 30_000,
        },
    );
    assert_eq!(response["topics"][0]["error_code"], NONE, "{response:?}");
    wait_for_leaders(client, name, partitions);
}

/// Waits until Metadata shows that many partitions, each with a leader.
#[track_caller]
pub fn wait_for_leaders(client: &mut Client, topic: &str, partitions: i32) {
    crate::eventually(&format!("leaders of {topic}"), || {
        let topic = metadata(client, topic);
        let parts = topic["partitions"].list();
        topic["error_code"] == NONE
            && parts.len() == partitions as usize
            && parts
                .iter()
                .all(|p| p["error_code"] == NONE && p["leader_id"].int() >= 0)
            && all_serve(client, name_of(&topic), partitions)
    });
}

fn name_of(topic: &Value) -> &str {
    topic["name"].str()
}

/// Whether each partition answers as a leader: Kafka's metadata runs ahead of its logs.
fn all_serve(client: &mut Client, topic: &str, partitions: i32) -> bool {
    let asked: Vec<Value> = (0..partitions)
        .map(|n| obj! { partition_index: n, timestamp: LATEST })
        .collect();
    let request = obj! { replica_id: -1, topics: list![obj! { name: topic, partitions: asked }] };
    let answer = client.call("ListOffsets", 7, request);
    answer["topics"][0]["partitions"]
        .list()
        .iter()
        .all(|p| p["error_code"] == NONE)
}

/// Metadata of one topic, not created by asking.
#[track_caller]
pub fn metadata(client: &mut Client, topic: &str) -> Value {
    let request = obj! { topics: list![obj! { name: topic }], allow_auto_topic_creation: false };
    client.call("Metadata", range("Metadata").max, request)["topics"][0].clone()
}

/// The id of a topic.
#[track_caller]
pub fn topic_id(client: &mut Client, topic: &str) -> [u8; 16] {
    metadata(client, topic)["topic_id"].uuid()
}

/// A Produce request for one partition by name (versions up to 12).
pub fn produce_request(topic: &str, partition: i32, acks: i16, records: impl Into<Value>) -> Value {
    let records: Value = records.into();
    let partition = obj! { index: partition, records: records };
    obj! {
        acks: acks, timeout_ms: 30_000, transactional_id: Value::Null,
        topic_data: list![obj! { name: topic, partition_data: list![partition] }],
    }
}

/// Sends a batch with acks=all; the answer of its partition comes back.
#[track_caller]
pub fn try_produce(client: &mut Client, topic: &str, partition: i32, bytes: Vec<u8>) -> Value {
    let response = client.call("Produce", 12, produce_request(topic, partition, -1, bytes));
    response["responses"][0]["partition_responses"][0].clone()
}

/// Sends a batch with acks=all, which must succeed; its base offset comes back.
#[track_caller]
pub fn produce(client: &mut Client, topic: &str, partition: i32, batch: &Batch) -> i64 {
    let answer = try_produce(client, topic, partition, batch.bytes());
    assert_eq!(answer["error_code"], NONE, "{answer:?}");
    answer["base_offset"].int()
}

/// Sends each value as a batch of its own; the offset of the first comes back.
#[track_caller]
pub fn produce_values(client: &mut Client, topic: &str, partition: i32, values: &[&str]) -> i64 {
    let offsets: Vec<i64> = values
        .iter()
        .map(|value| produce(client, topic, partition, &Batch::of(&[value])))
        .collect();
    offsets[0]
}

/// A Fetch request for one partition by name (versions up to 12), without a session.
pub fn fetch_request(topic: &str, partition: i32, offset: i64) -> Value {
    let partition = obj! { partition: partition, fetch_offset: offset, partition_max_bytes: 10_000_000 };
    obj! {
        max_wait_ms: 0, min_bytes: 0, max_bytes: 50_000_000,
        topics: list![obj! { topic: topic, partitions: list![partition] }],
    }
}

/// Fetches one partition; its part of the answer comes back.
#[track_caller]
pub fn try_fetch(client: &mut Client, topic: &str, partition: i32, offset: i64) -> Value {
    let response = client.call("Fetch", 12, fetch_request(topic, partition, offset));
    assert_eq!(response["error_code"], NONE, "{response:?}");
    response["responses"][0]["partitions"][0].clone()
}

/// All records of a partition from `offset` to its end.
#[track_caller]
pub fn fetch_all(client: &mut Client, topic: &str, partition: i32, offset: i64) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    let mut next = offset;
    loop {
        let answer = try_fetch(client, topic, partition, next);
        if answer["error_code"] == OFFSET_OUT_OF_RANGE {
            // Retention was quicker: on from where the log starts now, as a consumer with `earliest` does.
            next = list_offset(client, topic, partition, EARLIEST).max(next);
            continue;
        }
        assert_eq!(answer["error_code"], NONE, "{answer:?}");
        let batch = read_records(answer["records"].bytes()).expect("sound batches");
        records.extend(batch.into_iter().filter(|r| r.offset >= next));
        let read_up_to = records.last().map_or(next, |r| next.max(r.offset + 1));
        if read_up_to >= answer["high_watermark"].int() || read_up_to == next {
            return records;
        }
        next = read_up_to;
    }
}

/// The values of all records of a partition, as text.
#[track_caller]
pub fn fetch_values(client: &mut Client, topic: &str, partition: i32) -> Vec<String> {
    let start = list_offset(client, topic, partition, EARLIEST);
    let records = fetch_all(client, topic, partition, start);
    records
        .into_iter()
        .map(|r| String::from_utf8(r.value.unwrap_or_default()).expect("text"))
        .collect()
}

/// ListOffsets: the offset behind the last record.
pub const LATEST: i64 = -1;
/// ListOffsets: the first offset.
pub const EARLIEST: i64 = -2;
/// ListOffsets: the record with the highest timestamp.
pub const MAX_TIMESTAMP: i64 = -3;

/// The offset for a timestamp.
#[track_caller]
pub fn list_offset(client: &mut Client, topic: &str, partition: i32, timestamp: i64) -> i64 {
    let partition = obj! { partition_index: partition, timestamp: timestamp };
    let request = obj! { replica_id: -1, topics: list![obj! { name: topic, partitions: list![partition] }] };
    let response = client.call("ListOffsets", 7, request);
    let answer = &response["topics"][0]["partitions"][0];
    assert_eq!(answer["error_code"], NONE, "{answer:?}");
    answer["offset"].int()
}

/// A fresh producer id with its epoch.
#[track_caller]
pub fn init_producer_id(client: &mut Client) -> (i64, i16) {
    let answer = crate::eventually_some("a producer id", || {
        let request = obj! { transactional_id: Value::Null, transaction_timeout_ms: 60_000 };
        let answer = client.call("InitProducerId", 4, request);
        (answer["error_code"] == NONE).then_some(answer)
    });
    (answer["producer_id"].int(), answer["producer_epoch"].int() as i16)
}

/// Sets topic configs.
#[track_caller]
pub fn alter_topic(client: &mut Client, topic: &str, configs: &[(&str, &str)]) {
    configs::set(client, (configs::TOPIC, topic), configs);
}

/// Sets the cluster's default of broker configs.
#[track_caller]
pub fn alter_cluster(client: &mut Client, configs: &[(&str, &str)]) {
    configs::set(client, (configs::BROKER, ""), configs);
}

/// A topic of CreateTopics; -1 means the broker's default.
pub fn wish(name: &str, partitions: i32, factor: i16) -> Value {
    obj! { name: name, num_partitions: partitions, replication_factor: factor }
}

/// A DeleteTopics request for one name, in the form of each version.
pub fn deletion(version: i16, name: &str) -> Value {
    if version < 6 {
        obj! { topic_names: list![name], timeout_ms: 30_000 }
    } else {
        obj! { topics: list![obj! { name: name }], timeout_ms: 30_000 }
    }
}

/// A CreatePartitions request for one topic; null leaves the places to the broker.
pub fn growth(topic: &str, count: i32, assignments: Value) -> Value {
    let topic = obj! { name: topic, count: count, assignments: assignments };
    obj! { topics: list![topic], timeout_ms: 30_000 }
}

/// A broker with a connection and a topic.
#[track_caller]
pub fn broker_and_topic(partitions: i32) -> (Broker, Client, String) {
    let broker = Broker::start();
    let mut client = broker.client();
    let topic = new_topic(&mut client, partitions);
    (broker, client, topic)
}
