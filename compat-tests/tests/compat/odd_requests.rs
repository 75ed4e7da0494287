//! Requests that name a topic without partitions, a partition twice, or what has no name.

use compat_tests::batch::Batch;
use compat_tests::errors::*;
use compat_tests::groups::await_coordinator;
use compat_tests::ops::{broker_and_topic, fetch_values, produce_values, topic_id};
use compat_tests::server::Broker;
use compat_tests::transactions::Producer;
use compat_tests::wire::{Value, versions};
use compat_tests::{list, obj, unique};

#[test]
fn known_topics_without_partitions_are_left_out_of_what_is_committed() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let group = unique("g");
    await_coordinator(&mut client, &group);
    let id = topic_id(&mut client, &topic);
    let none = |name: &str, id: [u8; 16]| obj! { name: name, topic_id: id, partitions: list![] };
    let some = || obj! { partition_index: 0, committed_offset: 1, committed_metadata: "" };
    let names = |answer: &Value, version: i16| -> Vec<Value> {
        let key = if version < 10 { "name" } else { "topic_id" };
        let topics = answer["topics"].list().iter();
        topics.map(|topic| topic[key].clone()).collect()
    };
    for version in versions("OffsetCommit") {
        let ask = |topics: Value| obj! { group_id: group.as_str(), topics: topics };
        let answer = client.call("OffsetCommit", version, ask(list![none(&topic, id)]));
        assert!(names(&answer, version).is_empty(), "v{version}: {answer:?}");
        // What is not there comes first, whatever there is of it.
        let known = obj! { name: topic.as_str(), topic_id: id, partitions: list![some()] };
        let topics = list![known, none("no-such-topic", [9; 16])];
        let answer = client.call("OffsetCommit", version, ask(topics));
        let wanted: [Value; 2] = match version < 10 {
            true => ["no-such-topic".into(), topic.as_str().into()],
            false => [[9; 16].into(), id.into()],
        };
        assert_eq!(names(&answer, version), wanted, "v{version}");
    }
    let ask = |name: &str| obj! { group_id: group.as_str(), topics: list![obj! { name: name, partitions: list![] }] };
    let answer = client.call("OffsetDelete", 0, ask(&topic));
    assert_eq!(answer["topics"].list().len(), 0, "{answer:?}");
    let answer = client.call("OffsetDelete", 0, ask("no-such-topic"));
    assert_eq!(answer["topics"].list().len(), 1, "{answer:?}");
}

#[test]
fn known_topics_without_partitions_are_left_out_of_transactions() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let (group, id) = (unique("g"), unique("x"));
    await_coordinator(&mut client, &group);
    let producer = Producer::init(&mut client, &id);
    for version in versions("TxnOffsetCommit") {
        let request = obj! {
            transactional_id: id.as_str(), group_id: group.as_str(), producer_id: producer.producer_id,
            producer_epoch: producer.epoch, topics: list![obj! { name: topic.as_str(), partitions: list![] }],
        };
        let answer = client.call("TxnOffsetCommit", version, request);
        assert_eq!(answer["topics"].list().len(), 0, "v{version}: {answer:?}");
    }
}

#[test]
fn topics_without_partitions_are_left_out_where_records_are_meant() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let none = || list![obj! { name: topic.as_str(), partitions: list![] }];
    for (api, body) in [
        ("ListOffsets", obj! { replica_id: -1, topics: none() }),
        ("DeleteRecords", obj! { topics: none(), timeout_ms: 5_000 }),
    ] {
        for version in versions(api) {
            let answer = client.call(api, version, body.clone());
            assert_eq!(answer["topics"].list().len(), 0, "{api} v{version}: {answer:?}");
        }
    }
    for version in versions("AlterReplicaLogDirs") {
        let body = obj! { dirs: list![obj! { path: "/no/such/folder", topics: none() }] };
        let answer = client.call("AlterReplicaLogDirs", version, body);
        assert_eq!(answer["results"].list().len(), 0, "v{version}: {answer:?}");
    }
}

#[test]
fn a_partition_that_comes_twice_is_answered_once() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    produce_values(&mut client, &topic, 0, &["a", "b", "c", "d", "e"]);
    for (version, low) in versions("DeleteRecords").zip(1i64..) {
        let part = |offset: i64| obj! { partition_index: 0, offset: offset };
        let topics = list![obj! { name: topic.as_str(), partitions: list![part(0), part(low)] }];
        let answer = client.call(
            "DeleteRecords",
            version,
            obj! { topics: topics, timeout_ms: 5_000 },
        );
        let rows = answer["topics"][0]["partitions"].list();
        assert_eq!(rows.len(), 1, "v{version}");
        assert_eq!(rows[0]["low_watermark"], low, "the last one counts");
    }
    for version in versions("ListOffsets") {
        let part = |timestamp: i64| obj! { partition_index: 0, timestamp: timestamp };
        let topics = list![obj! { name: topic.as_str(), partitions: list![part(-1), part(-2)] }];
        let answer = client.call("ListOffsets", version, obj! { replica_id: -1, topics: topics });
        let rows = answer["topics"][0]["partitions"].list();
        assert_eq!(rows.len(), 1, "v{version}");
        assert_eq!(rows[0]["error_code"], INVALID_REQUEST, "v{version}");
    }
}

/// What was asked of one topic in two entries has one row for it, with one row for the partition in both.
fn only_row(answer: &Value, rows: &str) -> Value {
    let topics = answer["topics"].list();
    assert_eq!(topics.len(), 1, "{answer:?}");
    let rows = topics[0][rows].list();
    assert_eq!(rows.len(), 1, "{answer:?}");
    rows[0].clone()
}

#[test]
fn of_a_partition_in_two_entries_the_last_mention_counts() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let batch = |value: &str| obj! { index: 0, records: Batch::of(&[value]).bytes() };
    let entry = |value: &str| obj! { name: topic.as_str(), partition_data: list![batch(value)] };
    let topics = list![entry("lost"), entry("a")];
    let answer = client.call(
        "Produce",
        12,
        obj! { acks: -1, timeout_ms: 5_000, topic_data: topics },
    );
    assert_eq!(answer["responses"].list().len(), 1, "{answer:?}");
    produce_values(&mut client, &topic, 0, &["b", "c", "d", "e", "f"]);
    assert_eq!(
        fetch_values(&mut client, &topic, 0),
        ["a", "b", "c", "d", "e", "f"]
    );
    let entry = |part: Value| obj! { name: topic.as_str(), partitions: list![part] };
    let part = |offset: i64| entry(obj! { partition_index: 0, offset: offset });
    let ask = obj! { topics: list![part(5), part(2)], timeout_ms: 5_000 };
    let row = only_row(&client.call("DeleteRecords", 2, ask), "partitions");
    assert_eq!((row["low_watermark"].int(), row["error_code"].int()), (2, 0));
    let part = |timestamp: i64| entry(obj! { partition_index: 0, timestamp: timestamp });
    let ask = obj! { replica_id: -1, topics: list![part(-1), part(-2)] };
    let row = only_row(&client.call("ListOffsets", 7, ask), "partitions");
    assert_eq!(row["error_code"], INVALID_REQUEST);
}

#[test]
fn an_epoch_below_all_ended_where_the_log_starts() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let ask = |epoch: i32| {
        let partition = obj! { partition: 0, current_leader_epoch: -1, leader_epoch: epoch };
        obj! { replica_id: -2, topics: list![obj! { topic: topic.as_str(), partitions: list![partition] }] }
    };
    for filled in [false, true] {
        for version in versions("OffsetForLeaderEpoch") {
            for (epoch, wanted) in [(-5, (-5, 0)), (-1, (-1, -1))] {
                let answer = client.call("OffsetForLeaderEpoch", version, ask(epoch));
                let row = &answer["topics"][0]["partitions"][0];
                let found = (row["leader_epoch"].int(), row["end_offset"].int());
                assert_eq!(found, wanted, "v{version}, filled: {filled}");
            }
        }
        produce_values(&mut client, &topic, 0, &["a"]);
    }
}

#[test]
fn null_for_topics_and_unknown_kinds_of_acls_cost_the_connection() {
    let broker = Broker::start();
    let filter = |numbers: [i32; 4]| {
        obj! {
            resource_type_filter: numbers[0], resource_name_filter: "t", pattern_type_filter: numbers[1],
            principal_filter: "User:a", host_filter: "*", operation: numbers[2], permission_type: numbers[3],
        }
    };
    let creation = |numbers: [i32; 4]| {
        obj! {
            resource_type: numbers[0], resource_name: "t", resource_pattern_type: numbers[1], principal: "User:a",
            host: "*", operation: numbers[2], permission_type: numbers[3],
        }
    };
    let mut client = broker.client();
    client.send("Metadata", 0, obj! { topics: Value::Null });
    client.expect_closed();
    for unknown in 0..4 {
        let mut numbers = [2, 3, 3, 3];
        numbers[unknown] = 0;
        for (api, body) in [
            ("DescribeAcls", filter(numbers)),
            (
                "CreateAcls",
                obj! { creations: list![creation([2, 3, 3, 3]), creation(numbers)] },
            ),
            ("DeleteAcls", obj! { filters: list![filter(numbers)] }),
        ] {
            for version in versions(api) {
                let mut client = broker.client();
                client.send(api, version, body.clone());
                client.expect_closed();
            }
        }
    }
}

#[test]
fn transactions_that_are_not_open_have_lasted_for_ever() {
    let broker = Broker::start();
    let mut client = broker.client();
    let id = unique("x");
    let producer = Producer::init(&mut client, &id);
    for version in versions("ListTransactions").filter(|version| *version >= 1) {
        for (filter, wanted) in [(-1, 1), (0, 1), (3_600_000, 1), (i64::MAX, 0)] {
            let body = obj! { producer_id_filters: list![producer.producer_id], duration_filter: filter };
            let answer = client.call("ListTransactions", version, body);
            let found = answer["transaction_states"].list().len();
            assert_eq!(found, wanted, "v{version}, open for more than {filter} ms");
        }
    }
}
