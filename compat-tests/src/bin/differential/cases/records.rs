//! DeleteRecords, ListOffsets, OffsetForLeaderEpoch, DescribeProducers: what asks about records.

use compat_tests::batch::{Batch, Codec, Record};
use compat_tests::wire::{Value, range};
use compat_tests::{list, obj};

use super::odd_names;
use crate::script::Script;

/// When the first record of these cases was made, ms since the epoch.
const FIRST_MS: i64 = 1_700_000_000_000;

/// All cases of this file.
pub fn cases(s: &mut Script) {
    delete_records(s);
    list_offsets(s);
    leader_epochs(s);
    describe_producers(s);
}

/// A topic of three partitions, with so many records in the first.
fn prepare(s: &mut Script, name: &str, records: i64) {
    let topic = obj! { name: name, num_partitions: 3, replication_factor: 1, configs: list![obj! { name: "retention.ms", value: "-1" }] };
    s.and(
        "CreateTopics",
        "topic",
        obj! { topics: list![topic], timeout_ms: 30_000 },
    );
    let record = |n: i64| Record::of(format!("{n}")).at(FIRST_MS + n * 1_000);
    let records: Vec<Record> = (0..records).map(record).collect();
    let batch = Batch::new(Codec::None, &records).bytes();
    s.ask("Produce", 12, "records", produce(name, batch));
}

fn produce(topic: &str, batch: Vec<u8>) -> Value {
    let partition = obj! { index: 0, records: batch };
    let topic = obj! { name: topic, partition_data: list![partition] };
    obj! { acks: -1, timeout_ms: 10_000, topic_data: list![topic] }
}

fn delete_records(s: &mut Script) {
    s.section("DeleteRecords");
    prepare(s, "shortened", 20);
    let ask = |topic: &str, partitions: Value| obj! { topics: list![obj! { name: topic, partitions: partitions }], timeout_ms: 10_000 };
    let part = |index: i32, offset: i64| obj! { partition_index: index, offset: offset };
    s.all("some", |v| ask("shortened", list![part(0, 2 + i64::from(v))]));
    s.all("again", |_| ask("shortened", list![part(0, 1)]));
    s.all("too-high", |_| ask("shortened", list![part(0, 21)]));
    s.all("negative", |_| ask("shortened", list![part(0, -2)]));
    s.all("empty-partition", |_| ask("shortened", list![part(1, 0)]));
    s.all("empty-too-high", |_| ask("shortened", list![part(1, 1)]));
    s.all("unknown-partition", |_| {
        ask("shortened", list![part(7, 0), part(-1, 0)])
    });
    s.all("unknown-topic", |_| ask("shortened-not", list![part(0, 0)]));
    s.all("mixed", |_| {
        ask("shortened", list![part(0, 10), part(1, 99), part(9, 0)])
    });
    s.all("no-partitions", |_| ask("shortened", list![]));
    s.all("none", |_| obj! { topics: list![] });
    s.all("twice", |_| ask("shortened", list![part(0, 11), part(0, 12)]));
    s.all("metadata", |_| ask("__cluster_metadata", list![part(0, 0)]));
    s.all("to-end", |_| ask("shortened", list![part(0, -1)]));
    for (word, name) in odd_names() {
        s.all(&format!("name-{word}"), |_| ask(&name, list![part(0, 0)]));
    }
}

fn list_offsets(s: &mut Script) {
    s.section("ListOffsets");
    prepare(s, "listed", 10);
    let part = |index: i32, timestamp: i64| obj! { partition_index: index, timestamp: timestamp };
    let ask = |topic: &str, partitions: Value| {
        let topics = list![obj! { name: topic, partitions: partitions }];
        obj! { replica_id: -1, topics: topics }
    };
    for (word, timestamp) in [
        ("latest", -1),
        ("earliest", -2),
        ("largest", -3),
        ("earliest-local", -4),
        ("latest-tiered", -5),
        ("earliest-pending", -6),
        ("below-all", -7),
        ("zero", 0),
        ("first", FIRST_MS),
        ("between", FIRST_MS + 4_500),
        ("last", FIRST_MS + 9_000),
        ("late", FIRST_MS + 9_001),
        ("end-of-time", i64::MAX),
    ] {
        s.all(word, |_| ask("listed", list![part(0, timestamp)]));
        s.all(&format!("{word}-empty"), |_| {
            ask("listed", list![part(1, timestamp)])
        });
    }
    s.from(2, "committed", |_| {
        let mut ask = ask("listed", list![part(0, -1), part(0, FIRST_MS)]);
        ask.set("isolation_level", 1);
        ask
    });
    s.from(2, "isolation-unknown", |_| {
        let mut ask = ask("listed", list![part(0, -1)]);
        ask.set("isolation_level", 2);
        ask
    });
    for replica in [-2, 0, 1, 2] {
        s.all(&format!("replica-{replica}"), |_| {
            let mut ask = ask("listed", list![part(0, -1)]);
            ask.set("replica_id", replica);
            ask
        });
    }
    for epoch in [-2, 0, 1, 1_000] {
        s.from(4, &format!("epoch-{epoch}"), |_| {
            let part = obj! { partition_index: 0, timestamp: -1, current_leader_epoch: epoch };
            ask("listed", list![part])
        });
    }
    s.all("unknown-partition", |_| {
        ask("listed", list![part(8, -1), part(-1, -1), part(2, -1)])
    });
    s.all("unknown-topic", |_| ask("listed-not", list![part(0, -1)]));
    s.all("no-partitions", |_| ask("listed", list![]));
    s.all("none", |_| obj! { replica_id: -1, topics: list![] });
    s.all("twice", |_| ask("listed", list![part(0, -1), part(0, -2)]));
    for (word, name) in odd_names() {
        s.all(&format!("name-{word}"), |_| ask(&name, list![part(0, -1)]));
    }
}

fn leader_epochs(s: &mut Script) {
    s.section("OffsetForLeaderEpoch");
    prepare(s, "epochs", 4);
    let part = |index: i32, current: i32, epoch: i32| obj! { partition: index, current_leader_epoch: current, leader_epoch: epoch };
    let ask = |topic: &str, partitions: Value| obj! { topics: list![obj! { topic: topic, partitions: partitions }] };
    for (word, current, epoch) in [
        ("plain", -1, 0),
        ("current", 0, 0),
        ("future-current", 1_000, 0),
        ("future", -1, 1_000),
        ("undefined", -1, -1),
        ("negative", -1, -5),
        ("negative-current", -3, 0),
    ] {
        s.all(word, |_| ask("epochs", list![part(0, current, epoch)]));
        s.all(&format!("{word}-empty"), |_| {
            ask("epochs", list![part(1, current, epoch)])
        });
    }
    s.all("unknown-partition", |_| {
        ask("epochs", list![part(9, -1, 0), part(-1, -1, 0)])
    });
    s.all("unknown-topic", |_| ask("epochs-not", list![part(0, -1, 0)]));
    s.all("no-partitions", |_| ask("epochs", list![]));
    s.all("none", |_| obj! { topics: list![] });
    for replica in [-1, 0, 1] {
        s.from(3, &format!("replica-{replica}"), |_| {
            let mut ask = ask("epochs", list![part(0, -1, 0)]);
            ask.set("replica_id", replica);
            ask
        });
    }
    for (word, name) in odd_names() {
        s.all(&format!("name-{word}"), |_| ask(&name, list![part(0, -1, 0)]));
    }
}

fn describe_producers(s: &mut Script) {
    s.section("DescribeProducers");
    prepare(s, "produced", 1);
    let ask = |topic: &str, partitions: Value| obj! { topics: list![obj! { name: topic, partition_indexes: partitions }] };
    s.last("none-yet", ask("produced", list![0, 1]));
    let by = |id: i64, epoch: i16, sequence: i32| {
        let record = Record::of("x").at(FIRST_MS);
        Batch::new(Codec::None, &[record]).by(id, epoch, sequence).bytes()
    };
    for (word, id, epoch, sequence) in [
        ("first", 900_001, 0, 0),
        ("second", 900_001, 0, 1),
        ("newer", 900_001, 3, 0),
        ("other", 900_002, 7, 0),
        ("gap", 900_001, 3, 9),
    ] {
        let batch = by(id, epoch, sequence);
        s.ask(
            "Produce",
            range("Produce").max.min(12),
            word,
            produce("produced", batch),
        );
        s.last(&format!("after-{word}"), ask("produced", list![0]));
    }
    s.last("unknown-partition", ask("produced", list![9, -1, 2]));
    s.last("unknown-topic", ask("produced-not", list![0]));
    s.last("no-partitions", ask("produced", list![]));
    s.last("none", obj! { topics: list![] });
    s.last("twice", ask("produced", list![1, 1]));
    for (word, name) in odd_names() {
        s.last(&format!("name-{word}"), ask(&name, list![0]));
    }
}
