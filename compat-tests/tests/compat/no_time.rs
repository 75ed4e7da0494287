//! A request that gives its answer no time: Kafka's controller looks at the clock before it decides, and refuses it. What
//! leaves the controller nothing to decide is answered as ever.

use compat_tests::errors::{INVALID_REQUEST, NONE, REQUEST_TIMED_OUT, UNKNOWN_TOPIC_OR_PARTITION};
use compat_tests::ops::{broker_and_topic, metadata};
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj, unique};

/// Asks in every version with each time limit that is none.
fn each(client: &mut Client, api: &str, body: impl Fn(i16) -> Value, check: impl Fn(i16, &Value)) {
    for version in versions(api) {
        for timeout_ms in [0, -1, i32::MIN] {
            let mut body = body(version);
            body.set("timeout_ms", timeout_ms);
            check(version, &client.call(api, version, body));
        }
    }
}

fn is_refused(row: &Value) {
    assert_eq!(row["error_code"], REQUEST_TIMED_OUT, "{row:?}");
    if let Some(text) = row.get("error_message") {
        assert!(text.is_null(), "{row:?}");
    }
}

fn is_unclear(row: &Value, text: &str) {
    assert_eq!(row["error_code"], INVALID_REQUEST, "{row:?}");
    // DeleteTopics has no texts before version 5.
    if let Some(said) = row.get("error_message") {
        assert_eq!(*said, text, "{row:?}");
    }
}

#[test]
fn topics_are_neither_made_nor_grown_nor_removed() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    let new = unique("t");
    let wanted = |name: &str| obj! { name: name, num_partitions: 1, replication_factor: 1 };
    let body = |_: i16| obj! { topics: list![wanted(&new), wanted("a b"), wanted(&new)] };
    each(&mut client, "CreateTopics", body, |_, answer| {
        assert_eq!(answer["topics"].list().len(), 3);
        answer["topics"].list().iter().for_each(is_refused);
    });
    assert_eq!(
        metadata(&mut client, &new)["error_code"],
        UNKNOWN_TOPIC_OR_PARTITION
    );
    let more = |name: &str| obj! { name: name, count: 5, assignments: Value::Null };
    let body = |_: i16| obj! { topics: list![more(&topic), more(&new)] };
    each(&mut client, "CreatePartitions", body, |_, answer| {
        assert_eq!(answer["results"].list().len(), 2);
        answer["results"].list().iter().for_each(is_refused);
    });
    assert_eq!(metadata(&mut client, &topic)["partitions"].list().len(), 2);
    let body = |version: i16| match version {
        0..=5 => obj! { topic_names: list![topic.as_str(), new.as_str()] },
        _ => obj! { topics: list![obj! { name: topic.as_str() }, obj! { name: new.as_str() }] },
    };
    each(&mut client, "DeleteTopics", body, |_, answer| {
        assert_eq!(answer["responses"].list().len(), 2);
        answer["responses"].list().iter().for_each(is_refused);
    });
    assert_eq!(metadata(&mut client, &topic)["error_code"], NONE);
}

#[test]
fn partitions_are_neither_led_nor_placed_anew() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let body = |_: i16| {
        let partitions = list![obj! { topic: topic.as_str(), partitions: list![0, 9] }];
        obj! { topic_partitions: partitions }
    };
    each(&mut client, "ElectLeaders", body, |version, answer| {
        if version > 0 {
            is_refused(answer);
        }
        let rows = answer["replica_election_results"][0]["partition_result"].list();
        assert_eq!(rows.len(), 2);
        rows.iter().for_each(is_refused);
    });
    let body = |_: i16| {
        let partition = obj! { partition_index: 0, replicas: list![0] };
        obj! { topics: list![obj! { name: topic.as_str(), partitions: list![partition] }] }
    };
    each(&mut client, "AlterPartitionReassignments", body, |_, answer| {
        is_refused(answer);
        is_refused(&answer["responses"][0]["partitions"][0]);
    });
}

#[test]
fn a_request_that_names_no_topic_once_needs_no_time() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let twice = "Duplicate topic name.";
    let wanted = |name: &str| obj! { name: name, num_partitions: 1, replication_factor: 1 };
    let body = |_: i16| obj! { topics: list![wanted("t"), wanted("t")] };
    each(&mut client, "CreateTopics", body, |_, answer| {
        assert_eq!(answer["topics"].list().len(), 1);
        is_unclear(&answer["topics"][0], twice);
    });
    let body = |_: i16| obj! { topics: list![wanted("__cluster_metadata")] };
    each(&mut client, "CreateTopics", body, |_, answer| {
        let text = "Creation of internal topic __cluster_metadata is prohibited.";
        is_unclear(&answer["topics"][0], text);
    });
    let more = || obj! { name: &topic, count: 5, assignments: Value::Null };
    let body = |_: i16| obj! { topics: list![more(), more()] };
    each(&mut client, "CreatePartitions", body, |_, answer| {
        assert_eq!(answer["results"].list().len(), 1);
        is_unclear(&answer["results"][0], twice);
    });
    let named = || obj! { name: &topic };
    let body = |version: i16| match version {
        0..=5 => obj! { topic_names: list![topic.as_str(), topic.as_str()] },
        _ => obj! { topics: list![named(), named()] },
    };
    each(&mut client, "DeleteTopics", body, |_, answer| {
        assert_eq!(answer["responses"].list().len(), 1);
        is_unclear(&answer["responses"][0], twice);
    });
    for (unclear, text) in [
        (
            obj! { name: Value::Null },
            "Neither topic name nor id were specified.",
        ),
        (
            obj! { name: &topic, topic_id: [9; 16] },
            "You may not specify both topic name and topic id.",
        ),
    ] {
        let body = obj! { topics: list![unclear.clone(), unclear], timeout_ms: 0 };
        let answer = client.call("DeleteTopics", 6, body);
        assert_eq!(answer["responses"].list().len(), 2, "{answer:?}");
        answer["responses"]
            .list()
            .iter()
            .for_each(|row| is_unclear(row, text));
    }
    assert_eq!(metadata(&mut client, &topic)["error_code"], NONE);
}

#[test]
fn nothing_is_done_without_time() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let empty = |answer: &Value, rows: &str| {
        if let Some(code) = answer.get("error_code") {
            assert_eq!(*code, NONE, "{answer:?}");
        }
        assert_eq!(answer[rows].list().len(), 0, "{answer:?}");
    };
    for (api, asked, rows) in [
        ("CreateTopics", "topics", "topics"),
        ("CreatePartitions", "topics", "results"),
        ("ElectLeaders", "topic_partitions", "replica_election_results"),
        ("AlterPartitionReassignments", "topics", "responses"),
    ] {
        let body = |_: i16| {
            let mut body = obj! {};
            body.set(asked, list![]);
            body
        };
        each(&mut client, api, body, |_, answer| empty(answer, rows));
    }
    let body = |version: i16| match version {
        0..=5 => obj! { topic_names: list![] },
        _ => obj! { topics: list![] },
    };
    each(&mut client, "DeleteTopics", body, |_, answer| {
        empty(answer, "responses");
    });
    // The kind of election is part of what the controller decides.
    for version in versions("ElectLeaders").filter(|version| *version >= 1) {
        let of = |partitions: Value| obj! { election_type: 5, topic_partitions: partitions, timeout_ms: 0 };
        empty(
            &client.call("ElectLeaders", version, of(list![])),
            "replica_election_results",
        );
        let one = list![obj! { topic: &topic, partitions: list![0] }];
        is_refused(&client.call("ElectLeaders", version, of(one)));
        is_refused(&client.call("ElectLeaders", version, of(Value::Null)));
    }
}
