//! Requests with very many entries take time in proportion to their length: arrays may hold a million elements, and
//! whatever compared each with all others would keep a thread busy for minutes. The client waits for no longer than its
//! usual deadline.

use compat_tests::errors::{LOG_DIR_NOT_FOUND, NONE, UNKNOWN_TOPIC_OR_PARTITION};
use compat_tests::groups::await_coordinator;
use compat_tests::ops::broker_and_topic;
use compat_tests::wire::Value;
use compat_tests::{list, obj, unique};

/// Entries of each kind.
const MANY: usize = 100_000;

fn unknown(of: impl Fn(&str) -> Value) -> Vec<Value> {
    (0..MANY).map(|n| of(&format!("no-such-topic-{n}"))).collect()
}

#[test]
fn offsets_of_many_topics_are_refused_and_committed() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let group = unique("g");
    await_coordinator(&mut client, &group);
    // Metadata that is too large for each of them: no record is written.
    let large = "m".repeat(4_097);
    let of = |metadata: &str| {
        let partition = obj! { partition_index: 0, committed_offset: 1, committed_metadata: metadata };
        move |name: &str| obj! { name: name, partitions: list![partition.clone()] }
    };
    let mut topics = unknown(of(""));
    topics.extend((0..1_000).map(|_| of(&large)(&topic)));
    topics.extend((0..MANY).map(|_| of("")(&topic)).take(10_000));
    let ask = obj! { group_id: group.as_str(), topics: topics };
    let answer = client.call("OffsetCommit", 8, ask);
    let answered = answer["topics"].list();
    assert_eq!(answered.len(), MANY + 1);
    assert_eq!(answered[MANY]["partitions"].list().len(), 11_000);
    assert_eq!(
        answered[0]["partitions"][0]["error_code"],
        UNKNOWN_TOPIC_OR_PARTITION
    );
}

#[test]
fn offsets_of_many_partitions_are_deleted() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let group = unique("g");
    await_coordinator(&mut client, &group);
    let partition = obj! { partition_index: 0, committed_offset: 1, committed_metadata: "" };
    let known = obj! { name: topic.as_str(), partitions: list![partition] };
    client.call(
        "OffsetCommit",
        8,
        obj! { group_id: group.as_str(), topics: list![known] },
    );
    let partitions: Vec<Value> = (0..2 * MANY as i32)
        .map(|n| obj! { partition_index: if n % 2 == 0 { 0 } else { n } })
        .collect();
    let topics = list![obj! { name: topic.as_str(), partitions: partitions }];
    let answer = client.call(
        "OffsetDelete",
        0,
        obj! { group_id: group.as_str(), topics: topics },
    );
    let answered = answer["topics"][0]["partitions"].list();
    assert_eq!(answered.len(), 2 * MANY);
    assert_eq!(answered[0]["error_code"], UNKNOWN_TOPIC_OR_PARTITION);
    assert_eq!(answered[MANY]["error_code"], NONE);
}

#[test]
fn many_partitions_are_asked_into_another_folder() {
    let (_broker, mut client, _) = broker_and_topic(1);
    let topics = unknown(|name| obj! { name: name, partitions: list![0] });
    let dirs = list![
        obj! { path: "/no/such/folder", topics: topics.clone() },
        obj! { path: "/nor/this", topics: topics }
    ];
    let answer = client.call("AlterReplicaLogDirs", 2, obj! { dirs: dirs });
    let answered = answer["results"].list();
    assert_eq!(answered.len(), MANY);
    assert_eq!(answered[0]["partitions"][0]["error_code"], LOG_DIR_NOT_FOUND);
}

#[test]
fn many_partitions_are_forgotten_by_a_fetch_session() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let indexes = || 1..MANY as i32;
    let partitions: Vec<Value> = indexes()
        .chain([0])
        .map(|index| obj! { partition: index, fetch_offset: 0, partition_max_bytes: 1_000 })
        .collect();
    let ask = |session: i64, epoch: i32, topics: Value, forgotten: Value| {
        obj! {
            replica_id: -1, max_wait_ms: 0, min_bytes: 0, max_bytes: 1_000_000, session_id: session,
            session_epoch: epoch, topics: topics, forgotten_topics_data: forgotten,
        }
    };
    let topics = list![obj! { topic: topic.as_str(), partitions: partitions }];
    let first = client.call("Fetch", 12, ask(0, 0, topics, list![]));
    let session = first["session_id"].int();
    assert!(session > 0, "a session opens");
    let forgotten: Vec<Value> = indexes().rev().map(Value::from).collect();
    let forgotten = list![obj! { topic: topic.as_str(), partitions: forgotten }];
    let second = client.call("Fetch", 12, ask(session, 1, list![], forgotten));
    assert_eq!(
        second["responses"].list().len(),
        0,
        "only the known partition is left, and nothing is new"
    );
}
