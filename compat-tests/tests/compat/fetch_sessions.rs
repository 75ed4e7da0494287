//! Fetch sessions (KIP-227).

use compat_tests::batch::read_records;
use compat_tests::errors::{FETCH_SESSION_ID_NOT_FOUND, INVALID_FETCH_SESSION_EPOCH, NONE};
use compat_tests::ops::{broker_and_topic, produce_values, topic_id};
use compat_tests::wire::{Client, Value};
use compat_tests::{list, obj};

/// One partition to ask for.
fn part(partition: i32, offset: i64) -> Value {
    obj! { partition: partition, fetch_offset: offset, partition_max_bytes: 1_000_000 }
}

/// The one partition of an answer.
fn only(response: &Value) -> &Value {
    assert_eq!(response["responses"].list().len(), 1, "{response:?}");
    &response["responses"][0]["partitions"][0]
}

/// A request inside a session.
fn in_session(session_id: i64, epoch: i32, topics: Value, forgotten: Value) -> Value {
    obj! {
        max_wait_ms: 0, min_bytes: 0, max_bytes: 1_000_000, session_id: session_id, session_epoch: epoch,
        topics: topics, forgotten_topics_data: forgotten,
    }
}

/// Opens a session on partitions 0 and 1.
fn open_session(client: &mut Client, topic: &str) -> i64 {
    let topics = list![obj! { topic: topic, partitions: list![part(0, 0), part(1, 0)] }];
    let response = client.call("Fetch", 12, in_session(0, 0, topics, list![]));
    assert_eq!(response["error_code"], NONE);
    assert_eq!(
        response["responses"][0]["partitions"].list().len(),
        2,
        "the first answer is full"
    );
    let id = response["session_id"].int();
    assert_ne!(id, 0, "a session was asked for");
    id
}

#[test]
fn a_session_answers_only_what_changed() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    let id = open_session(&mut client, &topic);
    let idle = client.call("Fetch", 12, in_session(id, 1, list![], list![]));
    assert_eq!((idle["error_code"].int(), idle["session_id"].int()), (0, id));
    assert_eq!(idle["responses"].list().len(), 0, "nothing changed: {idle:?}");
    produce_values(&mut client, &topic, 1, &["news"]);
    let news = client.call("Fetch", 12, in_session(id, 2, list![], list![]));
    let changed = only(&news);
    assert_eq!(changed["partition_index"], 1);
    assert_eq!(read_records(changed["records"].bytes()).unwrap().len(), 1);
    // The reader moves on: the session learns the new offset.
    let moved = list![obj! { topic: &topic, partitions: list![part(1, 1)] }];
    let after = client.call("Fetch", 12, in_session(id, 3, moved, list![]));
    assert_eq!(after["responses"].list().len(), 0, "{after:?}");
}

#[test]
fn a_session_forgets_and_learns_partitions() {
    let (_broker, mut client, topic) = broker_and_topic(3);
    let id = open_session(&mut client, &topic);
    for partition in 0..3 {
        produce_values(&mut client, &topic, partition, &["x"]);
    }
    let forgotten = list![obj! { topic: &topic, partitions: list![0] }];
    let learnt = list![obj! { topic: &topic, partitions: list![part(2, 0)] }];
    let response = client.call("Fetch", 12, in_session(id, 1, learnt, forgotten));
    let mut indexes: Vec<i64> = response["responses"][0]["partitions"]
        .list()
        .iter()
        .map(|p| p["partition_index"].int())
        .collect();
    indexes.sort_unstable();
    assert_eq!(indexes, [1, 2]);
}

#[test]
fn sessions_know_their_id_and_epoch() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    let id = open_session(&mut client, &topic);
    let skipped = client.call("Fetch", 12, in_session(id, 5, list![], list![]));
    assert_eq!(skipped["error_code"], INVALID_FETCH_SESSION_EPOCH);
    let unknown = client.call("Fetch", 12, in_session(id ^ 0x55, 1, list![], list![]));
    assert_eq!(unknown["error_code"], FETCH_SESSION_ID_NOT_FOUND);
    // Epoch -1 with an id closes the session.
    let topics = list![obj! { topic: &topic, partitions: list![part(0, 0)] }];
    let closed = client.call("Fetch", 12, in_session(id, -1, topics, list![]));
    assert_eq!((closed["error_code"].int(), closed["session_id"].int()), (0, 0));
    let gone = client.call("Fetch", 12, in_session(id, 1, list![], list![]));
    assert_eq!(gone["error_code"], FETCH_SESSION_ID_NOT_FOUND);
}

#[test]
fn sessions_work_by_topic_id_too() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let id = topic_id(&mut client, &topic);
    for version in [13, 16, 18] {
        let topics = list![obj! { topic_id: id, partitions: list![part(0, 0)] }];
        let opened = client.call("Fetch", version, in_session(0, 0, topics, list![]));
        let session = opened["session_id"].int();
        assert_ne!(session, 0, "v{version}");
        produce_values(&mut client, &topic, 0, &["x"]);
        let news = client.call("Fetch", version, in_session(session, 1, list![], list![]));
        assert_eq!(news["responses"][0]["topic_id"].uuid(), id, "v{version}");
        let forgotten = list![obj! { topic_id: id, partitions: list![0] }];
        let none = client.call("Fetch", version, in_session(session, 2, list![], forgotten));
        assert_eq!(none["responses"].list().len(), 0, "v{version}");
    }
}
