//! A data folder that cannot be used when the broker starts: what each API says of the partitions in it.

use std::fs;

use compat_tests::batch::Batch;
use compat_tests::errors::*;
use compat_tests::log_dirs::{TwoFolders, ask_move};
use compat_tests::ops::{create_topic, metadata, produce_values, try_fetch, try_produce};
use compat_tests::server::Broker;
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj};

/// Partition 0 of topic `t` is in the folder that is left, partition 1 in the one that is lost.
fn start() -> Option<(TwoFolders, Broker, Client)> {
    let folders = TwoFolders::new();
    let mut broker = folders.options().start()?;
    let mut client = broker.client();
    create_topic(&mut client, "t", 2, &[]);
    produce_values(&mut client, "t", 0, &["a"]);
    produce_values(&mut client, "t", 1, &["b"]);
    broker.end(true);
    fs::remove_dir_all(folders.b()).expect("nobody uses it");
    fs::write(folders.b(), "a file in the way").expect("written");
    broker.start_again();
    let client = broker.client();
    Some((folders, broker, client))
}

fn code(row: &Value) -> i16 {
    row["error_code"].int() as i16
}

fn of_t(partitions: Value) -> Value {
    list![obj! { name: "t", partitions: partitions }]
}

#[test]
fn its_partitions_have_no_leader_and_nobody_can_be_elected() {
    let Some((_folders, _broker, mut client)) = start() else {
        return;
    };
    for version in versions("Metadata") {
        let answer = client.call("Metadata", version, obj! { topics: list![obj! { name: "t" }] });
        let partitions = &answer["topics"][0]["partitions"];
        assert_eq!(code(partitions.find("partition_index", 0)), NONE, "v{version}");
        let lost = partitions.find("partition_index", 1);
        assert_eq!(code(lost), LEADER_NOT_AVAILABLE, "v{version}");
        assert_eq!(lost["leader_id"], -1, "v{version}");
        if version >= 5 {
            assert_eq!(lost["offline_replicas"], lost["replica_nodes"], "v{version}");
        }
    }
    let answer = client.call(
        "DescribeTopicPartitions",
        0,
        obj! { topics: list![obj! { name: "t" }] },
    );
    let lost = &answer["topics"][0]["partitions"][1];
    assert_eq!(
        (code(lost), lost["leader_id"].int()),
        (NONE, -1),
        "no error, as in Kafka"
    );
    for version in versions("ElectLeaders") {
        for (kind, wanted) in [
            (0i8, PREFERRED_LEADER_NOT_AVAILABLE),
            (1, ELIGIBLE_LEADERS_NOT_AVAILABLE),
        ] {
            let mut request = obj! { topic_partitions: list![obj! { topic: "t", partitions: list![0, 1] }], timeout_ms: 1000 };
            if version >= 1 {
                request.set("election_type", kind);
            } else if kind > 0 {
                continue;
            }
            let answer = client.call("ElectLeaders", version, request.clone());
            let rows = answer["replica_election_results"][0]["partition_result"].list();
            let codes: Vec<i16> = rows.iter().map(code).collect();
            assert_eq!(codes, [ELECTION_NOT_NEEDED, wanted], "v{version}");
            request.set("topic_partitions", Value::Null);
            let answer = client.call("ElectLeaders", version, request);
            let rows = answer["replica_election_results"].find("topic", "t")["partition_result"].list();
            let told: Vec<(i64, i16)> = rows
                .iter()
                .map(|row| (row["partition_id"].int(), code(row)))
                .collect();
            assert_eq!(told, [(1, wanted)], "v{version}: of all");
        }
    }
}

#[test]
fn its_records_can_be_neither_read_nor_written() {
    let Some((_folders, _broker, mut client)) = start() else {
        return;
    };
    let index = |partition: i32, field: &str, value: i64| {
        let mut row = obj! { partition_index: partition };
        row.set(field, value);
        row
    };
    let both = |field: &str, value: i64| of_t(list![index(0, field, value), index(1, field, value)]);
    for version in versions("ListOffsets") {
        let request = obj! { replica_id: -1, topics: both("timestamp", -1) };
        let answer = client.call("ListOffsets", version, request);
        let rows = &answer["topics"][0]["partitions"];
        assert_eq!(code(&rows[0]), NONE, "v{version}");
        assert_eq!(code(&rows[1]), KAFKA_STORAGE_ERROR, "v{version}");
    }
    for version in versions("DeleteRecords") {
        let request = obj! { topics: both("offset", 0), timeout_ms: 1000 };
        let answer = client.call("DeleteRecords", version, request);
        let rows = &answer["topics"][0]["partitions"];
        assert_eq!(code(&rows[0]), NONE, "v{version}");
        assert_eq!(
            (code(&rows[1]), rows[1]["low_watermark"].int()),
            (KAFKA_STORAGE_ERROR, -1)
        );
    }
    for version in versions("OffsetForLeaderEpoch") {
        let partition = obj! { partition: 1, current_leader_epoch: -1, leader_epoch: 0 };
        let topic = obj! { topic: "t", partitions: list![partition] };
        let answer = client.call(
            "OffsetForLeaderEpoch",
            version,
            obj! { replica_id: -2, topics: list![topic] },
        );
        let row = &answer["topics"][0]["partitions"][0];
        assert_eq!(code(row), KAFKA_STORAGE_ERROR, "v{version}");
    }
    assert_eq!(code(&try_fetch(&mut client, "t", 1, 0)), KAFKA_STORAGE_ERROR);
    let refused = try_produce(&mut client, "t", 1, Batch::of(&["c"]).bytes());
    assert_eq!(code(&refused), KAFKA_STORAGE_ERROR);
}

#[test]
fn its_producers_are_not_known_and_it_takes_part_in_no_transaction_and_no_move() {
    let Some((folders, _broker, mut client)) = start() else {
        return;
    };
    let topic = obj! { name: "t", partition_indexes: list![0, 1] };
    let answer = client.call("DescribeProducers", 0, obj! { topics: list![topic.clone()] });
    let rows = &answer["topics"][0]["partitions"];
    assert_eq!((code(&rows[0]), code(&rows[1])), (NONE, KAFKA_STORAGE_ERROR));
    for version in versions("WriteTxnMarkers") {
        let marker = obj! {
            producer_id: 4711i64, producer_epoch: 0i16, transaction_result: false, coordinator_epoch: 0,
            topics: list![obj! { name: "t", partition_indexes: list![1] }],
        };
        let answer = client.call("WriteTxnMarkers", version, obj! { markers: list![marker] });
        let row = &answer["markers"][0]["topics"][0]["partitions"][0];
        assert_eq!(code(row), KAFKA_STORAGE_ERROR, "v{version}");
    }
    for version in versions("AlterReplicaLogDirs") {
        for (partition, path) in [(0, folders.b()), (1, folders.a())] {
            let refused = ask_move(&mut client, version, "t", partition, &path);
            assert_eq!(
                refused,
                i64::from(KAFKA_STORAGE_ERROR),
                "v{version}: {partition} to {path:?}"
            );
        }
    }
    assert_eq!(
        metadata(&mut client, "t")["partitions"].list().len(),
        2,
        "the topic is there"
    );
}
