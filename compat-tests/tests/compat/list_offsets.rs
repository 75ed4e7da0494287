use compat_tests::batch::{Batch, CODECS, Codec, Record, now_ms};
use compat_tests::errors::{
    FENCED_LEADER_EPOCH, INVALID_REQUEST, NONE, UNKNOWN_LEADER_EPOCH, UNKNOWN_TOPIC_OR_PARTITION,
    UNSUPPORTED_VERSION,
};
use compat_tests::ops::{
    EARLIEST, LATEST, MAX_TIMESTAMP, broker_and_topic, list_offset, metadata, produce, produce_values,
};
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj};

/// The answer for one partition.
fn ask(client: &mut Client, version: i16, topic: &str, timestamp: i64) -> Value {
    let partition = obj! { partition_index: 0, timestamp: timestamp };
    let request = obj! { replica_id: -1, topics: list![obj! { name: topic, partitions: list![partition] }] };
    client.call("ListOffsets", version, request)["topics"][0]["partitions"][0].clone()
}

#[test]
fn every_version_knows_the_ends_of_a_log() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    produce_values(&mut client, &topic, 0, &["a", "b", "c"]);
    for version in versions("ListOffsets") {
        let latest = ask(&mut client, version, &topic, LATEST);
        assert_eq!(latest["error_code"], NONE, "v{version}");
        assert_eq!(
            (latest["offset"].int(), latest["timestamp"].int()),
            (3, -1),
            "v{version}"
        );
        let earliest = ask(&mut client, version, &topic, EARLIEST);
        assert_eq!(
            (earliest["offset"].int(), earliest["timestamp"].int()),
            (0, -1),
            "v{version}"
        );
        if version >= 4 {
            assert!(latest["leader_epoch"].int() >= 0, "v{version}");
        }
    }
}

#[test]
fn every_version_finds_the_first_record_of_a_time() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let t = now_ms() - 100_000;
    for codec in CODECS {
        let records = [
            Record::of("a").at(t),
            Record::of("b").at(t + 10),
            Record::of("c").at(t + 20),
        ];
        produce(&mut client, &topic, 0, &Batch::new(codec, &records));
    }
    for version in versions("ListOffsets") {
        let mut at = |time| {
            let answer = ask(&mut client, version, &topic, time);
            (answer["offset"].int(), answer["timestamp"].int())
        };
        assert_eq!(at(0), (0, t), "v{version}");
        assert_eq!(at(t), (0, t), "v{version}");
        assert_eq!(
            at(t + 1),
            (1, t + 10),
            "v{version}: exact to the record, not the batch"
        );
        assert_eq!(at(t + 20), (2, t + 20), "v{version}");
        assert_eq!(at(t + 21), (-1, -1), "v{version}: no record is that young");
    }
}

#[test]
fn times_are_found_inside_every_codec() {
    let t = now_ms() - 100_000;
    for codec in CODECS {
        let (_broker, mut client, topic) = broker_and_topic(1);
        let records = [
            Record::of("a").at(t),
            Record::of("b").at(t + 10),
            Record::of("c").at(t + 20),
        ];
        produce(&mut client, &topic, 0, &Batch::new(codec, &records));
        assert_eq!(list_offset(&mut client, &topic, 0, t + 5), 1, "{codec:?}");
    }
}

#[test]
fn the_highest_timestamp_is_found_from_version_7_on() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    assert_eq!(
        ask(&mut client, 7, &topic, MAX_TIMESTAMP)["offset"],
        -1,
        "an empty log has none"
    );
    let t = now_ms() - 100_000;
    let records = [
        Record::of("a").at(t),
        Record::of("b").at(t + 500),
        Record::of("c").at(t + 20),
    ];
    produce(&mut client, &topic, 0, &Batch::new(Codec::None, &records));
    produce(
        &mut client,
        &topic,
        0,
        &Batch::new(Codec::None, &[Record::of("d").at(t + 100)]),
    );
    for version in 7..=11 {
        let answer = ask(&mut client, version, &topic, MAX_TIMESTAMP);
        assert_eq!(
            (answer["offset"].int(), answer["timestamp"].int()),
            (1, t + 500),
            "v{version}"
        );
    }
}

#[test]
fn local_and_tiered_offsets_without_tiering() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    produce_values(&mut client, &topic, 0, &["a", "b"]);
    for version in 8..=11 {
        assert_eq!(
            ask(&mut client, version, &topic, -4)["offset"],
            0,
            "v{version}: earliest local"
        );
    }
    for version in 9..=11 {
        assert_eq!(
            ask(&mut client, version, &topic, -5)["offset"],
            -1,
            "v{version}: nothing is tiered"
        );
    }
    assert_eq!(
        ask(&mut client, 11, &topic, -6)["offset"],
        -1,
        "nothing awaits upload"
    );
}

#[test]
fn questions_that_a_version_does_not_know_are_refused() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    for (version, timestamp) in [(6, -3), (7, -4), (8, -5), (10, -6), (11, -7)] {
        let answer = ask(&mut client, version, &topic, timestamp);
        assert_eq!(
            answer["error_code"], UNSUPPORTED_VERSION,
            "v{version} {timestamp}"
        );
    }
}

#[test]
fn a_partition_that_is_asked_for_twice_is_refused() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let partition = || obj! { partition_index: 0, timestamp: LATEST };
    for version in versions("ListOffsets") {
        let topics = list![obj! { name: &topic, partitions: list![partition(), partition()] }];
        let answer = client.call("ListOffsets", version, obj! { replica_id: -1, topics: topics });
        for row in answer["topics"][0]["partitions"].list() {
            assert_eq!(row["error_code"], INVALID_REQUEST, "v{version}");
        }
    }
}

#[test]
fn unknown_partitions_and_epochs_are_named() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    for version in versions("ListOffsets") {
        let answer = ask(&mut client, version, "no-such-topic", LATEST);
        assert_eq!(answer["error_code"], UNKNOWN_TOPIC_OR_PARTITION, "v{version}");
        assert_eq!(answer["offset"], -1);
    }
    let epoch = metadata(&mut client, &topic)["partitions"][0]["leader_epoch"].int();
    let mut at_epoch = |epoch: i64| {
        let partition = obj! { partition_index: 0, timestamp: LATEST, current_leader_epoch: epoch };
        let request =
            obj! { replica_id: -1, topics: list![obj! { name: &topic, partitions: list![partition] }] };
        let response = client.call("ListOffsets", 5, request);
        response["topics"][0]["partitions"][0]["error_code"].int() as i16
    };
    assert_eq!(at_epoch(epoch), NONE);
    assert_eq!(at_epoch(epoch + 1), UNKNOWN_LEADER_EPOCH);
    if epoch > 0 {
        assert_eq!(at_epoch(epoch - 1), FENCED_LEADER_EPOCH);
    }
}

#[test]
fn read_committed_ends_at_the_last_stable_offset() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    produce_values(&mut client, &topic, 0, &["a", "b"]);
    for version in versions("ListOffsets").filter(|v| *v >= 2) {
        let partition = obj! { partition_index: 0, timestamp: LATEST };
        let request = obj! {
            replica_id: -1, isolation_level: 1, topics: list![obj! { name: &topic, partitions: list![partition] }],
        };
        let response = client.call("ListOffsets", version, request);
        assert_eq!(response["topics"][0]["partitions"][0]["offset"], 2, "v{version}");
    }
}

/// Offset, timestamp and leader epoch of an answer.
fn found(client: &mut Client, version: i16, topic: &str, timestamp: i64) -> (i64, i64, i64) {
    let answer = ask(client, version, topic, timestamp);
    assert_eq!(answer["error_code"], NONE, "v{version} {timestamp}");
    (
        answer["offset"].int(),
        answer["timestamp"].int(),
        answer["leader_epoch"].int(),
    )
}

#[test]
fn leader_epochs_of_every_answer() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let epoch = metadata(&mut client, &topic)["partitions"][0]["leader_epoch"].int();
    for filled in [false, true] {
        for version in versions("ListOffsets").filter(|v| *v >= 4) {
            let mut at = |timestamp| found(&mut client, version, &topic, timestamp).2;
            assert_eq!(
                (at(LATEST), at(EARLIEST)),
                (epoch, epoch),
                "v{version}, filled: {filled}"
            );
            assert_eq!(
                at(0),
                if filled { epoch } else { -1 },
                "v{version}, filled: {filled}"
            );
            assert_eq!(at(now_ms() + 1_000_000), -1, "v{version}: none is that late");
            if version >= 9 {
                assert_eq!((at(-4), at(-5)), (epoch, -1), "v{version}");
            }
        }
        produce_values(&mut client, &topic, 0, &["a", "b"]);
    }
}

#[test]
fn append_time_is_found_like_any_other() {
    let broker = compat_tests::server::Broker::start();
    let mut client = broker.client();
    let configs = [("message.timestamp.type", "LogAppendTime")];
    let topic = compat_tests::ops::new_topic_with(&mut client, 1, &configs);
    let before = now_ms();
    for codec in CODECS {
        let records = [
            Record::of("a").at(5),
            Record::of("b").at(3),
            Record::of("c").at(7),
        ];
        produce(&mut client, &topic, 0, &Batch::new(codec, &records));
    }
    let first = found(&mut client, 9, &topic, before);
    assert_eq!(first.0, 0);
    assert!(first.1 >= before);
    assert_eq!(
        found(&mut client, 9, &topic, 6).0,
        0,
        "the producer's times do not count"
    );
    // All records of a batch have its time: the first of the latest batch is named.
    let newest = found(&mut client, 9, &topic, MAX_TIMESTAMP);
    assert!(newest.0 % 3 == 0 && newest.1 >= first.1, "{newest:?}");
}

/// Apache Kafka answers -1 to a time that the trimmed segments hold until its retention removes them.
#[test]
fn times_across_segments_and_after_a_trim() {
    let Some(broker) = compat_tests::server::Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    let configs = [("segment.bytes", "1048576")];
    let topic = compat_tests::ops::new_topic_with(&mut client, 1, &configs);
    let t = now_ms() - 1_000_000;
    // Each batch is packed by itself; five segments of some 300 KiB batches.
    let padding = "x".repeat(150_000);
    for n in 0..15 {
        let records = [
            Record::of(&padding).at(t + n * 100),
            Record::of(&padding).at(t + n * 100 + 50),
        ];
        produce(&mut client, &topic, 0, &Batch::new(Codec::None, &records));
    }
    for n in 0..30 {
        assert_eq!(list_offset(&mut client, &topic, 0, t + n * 50), n);
        assert_eq!(list_offset(&mut client, &topic, 0, t + n * 50 - 49), n);
    }
    let partition = obj! { partition_index: 0, offset: 13 };
    let request =
        obj! { topics: list![obj! { name: &topic, partitions: list![partition] }], timeout_ms: 30_000 };
    client.call("DeleteRecords", 2, request);
    assert_eq!(
        list_offset(&mut client, &topic, 0, 0),
        13,
        "the first that is left"
    );
    assert_eq!(list_offset(&mut client, &topic, 0, t + 700), 14);
    assert_eq!(list_offset(&mut client, &topic, 0, MAX_TIMESTAMP), 29);
}
