//! What topic configs do to a partition's folder: each set on a topic that exists, and as the cluster's default.

use std::fs;
use std::path::PathBuf;

use compat_tests::batch::{Batch, Codec, Record, now_ms};
use compat_tests::errors::NONE;
use compat_tests::ops::{alter_cluster, alter_topic, create_topic, fetch_values, produce};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::Client;
use compat_tests::{eventually, list, obj};

/// A broker of its own with topics `t` (which the test changes) and `plain`.
fn own() -> Option<(Broker, Client)> {
    let broker = Options::new().start()?;
    let mut client = broker.client();
    for topic in ["t", "plain"] {
        create_topic(&mut client, topic, 1, &[]);
    }
    Some((broker, client))
}

/// Sets a config on the topic `t`, or its broker config for the cluster.
fn set(client: &mut Client, cluster: bool, of_topic: (&str, &str), of_broker: &str) {
    match cluster {
        true => alter_cluster(client, &[(of_broker, of_topic.1)]),
        false => alter_topic(client, "t", &[of_topic]),
    }
}

/// Lengths of the files of a partition with this ending, in offset order.
fn lengths(broker: &Broker, partition: &str, ending: &str) -> Vec<u64> {
    let dir: PathBuf = broker.data().join(partition);
    let mut files: Vec<(String, u64)> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((
                entry.file_name().into_string().ok()?,
                entry.metadata().ok()?.len(),
            ))
        })
        .filter(|(name, _)| name.ends_with(ending))
        .collect();
    files.sort();
    files.into_iter().map(|(_, len)| len).collect()
}

fn segments(broker: &Broker, partition: &str) -> usize {
    lengths(broker, partition, ".log").len()
}

fn big(client: &mut Client, topic: &str) {
    produce(client, topic, 0, &Batch::of(&[&"x".repeat(600_000)]));
}

fn at(client: &mut Client, topic: &str, partition: i32, timestamp: i64) {
    let record = Record::of("v").at(timestamp);
    produce(client, topic, partition, &Batch::new(Codec::None, &[record]));
}

#[test]
fn segment_bytes_rolls() {
    for cluster in [false, true] {
        let Some((broker, mut client)) = own() else { return };
        big(&mut client, "t");
        big(&mut client, "t");
        assert_eq!(segments(&broker, "t-0"), 1);
        set(
            &mut client,
            cluster,
            ("segment.bytes", "1048576"),
            "log.segment.bytes",
        );
        big(&mut client, "t");
        assert_eq!(segments(&broker, "t-0"), 2);
    }
}

#[test]
fn internal_segment_bytes_rolls_sooner_still() {
    let Some((broker, mut client)) = own() else { return };
    for _ in 0..3 {
        produce(&mut client, "t", 0, &Batch::of(&["v"]));
    }
    assert_eq!(segments(&broker, "t-0"), 1);
    alter_topic(&mut client, "t", &[("internal.segment.bytes", "100")]);
    for _ in 0..3 {
        produce(&mut client, "t", 0, &Batch::of(&["v"]));
    }
    assert_eq!(segments(&broker, "t-0"), 4);
}

#[test]
fn segment_ms_rolls_by_the_time_of_the_records() {
    for cluster in [false, true] {
        let Some((broker, mut client)) = own() else { return };
        let start = now_ms() - 100_000;
        at(&mut client, "t", 0, start);
        at(&mut client, "t", 0, start + 60_000);
        assert_eq!(segments(&broker, "t-0"), 1);
        set(&mut client, cluster, ("segment.ms", "50000"), "log.roll.ms");
        at(&mut client, "t", 0, start + 60_001);
        assert_eq!(segments(&broker, "t-0"), 2);
    }
}

#[test]
fn segment_jitter_ms_rolls_some_partitions_earlier() {
    for cluster in [false, true] {
        let Some((broker, mut client)) = own() else { return };
        create_topic(&mut client, "many", 24, &[("segment.ms", "100000")]);
        match cluster {
            true => alter_cluster(&mut client, &[("log.roll.jitter.ms", "100000")]),
            false => alter_topic(&mut client, "many", &[("segment.jitter.ms", "100000")]),
        }
        let start = now_ms() - 100_000;
        for partition in 0..24 {
            at(&mut client, "many", partition, start);
            at(&mut client, "many", partition, start + 50_000);
        }
        let rolled = (0..24).filter(|p| segments(&broker, &format!("many-{p}")) == 2);
        let rolled = rolled.count();
        assert!((1..24).contains(&rolled), "{rolled} of 24 rolled");
    }
}

#[test]
fn indexes_are_as_dense_and_as_long_as_asked() {
    for cluster in [false, true] {
        let Some((mut broker, mut client)) = own() else {
            return;
        };
        set(
            &mut client,
            cluster,
            ("index.interval.bytes", "1000000"),
            "log.index.interval.bytes",
        );
        for _ in 0..20 {
            produce(&mut client, "t", 0, &Batch::of(&[&"x".repeat(1000)]));
        }
        set(
            &mut client,
            cluster,
            ("index.interval.bytes", "0"),
            "log.index.interval.bytes",
        );
        for _ in 0..20 {
            produce(&mut client, "t", 0, &Batch::of(&[&"x".repeat(1000)]));
        }
        assert_eq!(segments(&broker, "t-0"), 1);
        set(
            &mut client,
            cluster,
            ("segment.index.bytes", "120"),
            "log.index.size.max.bytes",
        );
        for _ in 0..10 {
            produce(&mut client, "t", 0, &Batch::of(&["v"]));
        }
        assert_eq!(
            segments(&broker, "t-0"),
            2,
            "an index that is full closes its segment"
        );
        broker.end(true);
        let indexes = lengths(&broker, "t-0", ".index");
        assert_eq!(
            indexes[0],
            20 * 8,
            "none for the first batches, one for each of the others"
        );
    }
}

#[test]
fn preallocate_reserves_and_gives_back() {
    for cluster in [false, true] {
        let Some((mut broker, mut client)) = own() else {
            return;
        };
        alter_topic(&mut client, "t", &[("segment.bytes", "2000000")]);
        set(&mut client, cluster, ("preallocate", "true"), "log.preallocate");
        produce(&mut client, "t", 0, &Batch::of(&["a"]));
        assert_eq!(lengths(&broker, "t-0", ".log"), [2_000_000]);
        broker.crash();
        let mut client = broker.client();
        assert_eq!(fetch_values(&mut client, "t", 0), ["a"]);
        assert!(!broker.log().contains("cut a torn tail"), "{}", broker.log());
        assert!(lengths(&broker, "t-0", ".log")[0] < 1000);
        for _ in 0..4 {
            big(&mut client, "t");
        }
        let lens = lengths(&broker, "t-0", ".log");
        assert_eq!((lens.len(), lens[1]), (2, 2_000_000));
        broker.end(true);
        assert!(lengths(&broker, "t-0", ".log")[1] < 1_000_000);
        broker.start_again();
        assert_eq!(fetch_values(&mut broker.client(), "t", 0).len(), 5);
    }
}

/// How far a topic is synced, as the checkpoint says, which DeleteRecords writes.
fn synced_to(broker: &Broker, client: &mut Client, topic: &str) -> i64 {
    let trim = obj! { name: topic, partitions: list![obj! { partition_index: 0, offset: 1 }] };
    let request = obj! { topics: list![trim], timeout_ms: 30_000 };
    let answer = client.call("DeleteRecords", 2, request);
    assert_eq!(
        answer["topics"][0]["partitions"][0]["error_code"], NONE,
        "{answer:?}"
    );
    let text = fs::read_to_string(broker.data().join("recovery-point-offset-checkpoint"));
    let text = text.expect("the checkpoint");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{topic} 0 ")));
    line.expect("a line of its own").parse().expect("an offset")
}

#[test]
fn flush_messages_syncs_after_so_many_records() {
    for cluster in [false, true] {
        let Some((broker, mut client)) = own() else { return };
        produce(&mut client, "t", 0, &Batch::of(&["a"]));
        produce(&mut client, "plain", 0, &Batch::of(&["a"]));
        set(
            &mut client,
            cluster,
            ("flush.messages", "3"),
            "log.flush.interval.messages",
        );
        produce(&mut client, "t", 0, &Batch::of(&["b"]));
        assert_eq!(synced_to(&broker, &mut client, "t"), 0);
        produce(&mut client, "t", 0, &Batch::of(&["c"]));
        produce(&mut client, "t", 0, &Batch::of(&["d"]));
        create_topic(&mut client, "another", 1, &[]);
        assert_eq!(synced_to(&broker, &mut client, "plain"), 0);
        let text = fs::read_to_string(broker.data().join("recovery-point-offset-checkpoint"));
        assert!(text.expect("the checkpoint").contains("t 0 3\n"));
    }
}

#[test]
fn flush_ms_syncs_in_the_background() {
    for cluster in [false, true] {
        let Some((broker, mut client)) = own() else { return };
        produce(&mut client, "t", 0, &Batch::of(&["a"]));
        produce(&mut client, "t", 0, &Batch::of(&["b"]));
        set(&mut client, cluster, ("flush.ms", "1"), "log.flush.interval.ms");
        let mut offset = 1;
        eventually("the sync", || {
            // Each change of a start writes the checkpoints anew.
            produce(&mut client, "plain", 0, &Batch::of(&["v"]));
            offset += 1;
            let trim = obj! { name: "plain", partitions: list![obj! { partition_index: 0, offset: -1 }] };
            client.call(
                "DeleteRecords",
                2,
                obj! { topics: list![trim], timeout_ms: 30_000 },
            );
            let text = fs::read_to_string(broker.data().join("recovery-point-offset-checkpoint"));
            text.is_ok_and(|text| text.contains("t 0 2\n"))
        });
    }
}
