//! What topic configs of retention do: each set on a topic that exists, and as the cluster's default.

use std::fs;

use compat_tests::batch::{Batch, Codec, Record, now_ms};
use compat_tests::eventually;
use compat_tests::ops::{EARLIEST, alter_cluster, alter_topic, create_topic, list_offset, produce};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::Client;

const HOUR_MS: i64 = 3_600_000;

/// A broker that looks every few milliseconds, with topic `t` of segments of three batches.
fn own() -> Option<(Broker, Client)> {
    let broker = Options::new()
        .set("log.retention.check.interval.ms", 20)
        .start()?;
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[("internal.segment.bytes", "4000")]);
    Some((broker, client))
}

/// So many batches of a kilobyte.
fn fill(client: &mut Client, count: usize, age_ms: i64) {
    for _ in 0..count {
        let record = Record::of("x".repeat(1_000)).at(now_ms() - age_ms);
        produce(client, "t", 0, &Batch::new(Codec::None, &[record]));
    }
}

fn earliest(client: &mut Client) -> i64 {
    list_offset(client, "t", 0, EARLIEST)
}

fn set(client: &mut Client, cluster: bool, of_topic: &str, of_broker: &str, value: &str) {
    match cluster {
        true => alter_cluster(client, &[(of_broker, value)]),
        false => alter_topic(client, "t", &[(of_topic, value)]),
    }
}

/// Names of the partition's files with this ending, in order.
fn files(broker: &Broker, ending: &str) -> Vec<String> {
    let listed = fs::read_dir(broker.data().join("t-0"));
    let entries = listed.into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(ending))
        .collect();
    names.sort();
    names
}

#[test]
fn retention_ms_lets_go_what_is_too_old() {
    for cluster in [false, true] {
        let Some((_broker, mut client)) = own() else {
            return;
        };
        fill(&mut client, 9, HOUR_MS);
        fill(&mut client, 9, HOUR_MS / 4);
        assert_eq!(earliest(&mut client), 0);
        set(
            &mut client,
            cluster,
            "retention.ms",
            "log.retention.ms",
            "1800000",
        );
        eventually("the older half goes", || earliest(&mut client) == 9);
        set(&mut client, cluster, "retention.ms", "log.retention.ms", "600000");
        eventually("all goes", || earliest(&mut client) == 18);
        set(&mut client, cluster, "retention.ms", "log.retention.ms", "-1");
        fill(&mut client, 3, HOUR_MS);
        assert_eq!(earliest(&mut client), 18);
    }
}

#[test]
fn retention_bytes_keeps_as_much() {
    for cluster in [false, true] {
        let Some((_broker, mut client)) = own() else {
            return;
        };
        fill(&mut client, 30, 0);
        assert_eq!(earliest(&mut client), 0);
        set(
            &mut client,
            cluster,
            "retention.bytes",
            "log.retention.bytes",
            "9000",
        );
        // Whole segments of three go while what is left is at least the limit.
        eventually("what is above the limit goes", || earliest(&mut client) == 21);
        set(
            &mut client,
            cluster,
            "retention.bytes",
            "log.retention.bytes",
            "5000",
        );
        eventually("a lower one", || earliest(&mut client) == 24);
    }
}

#[test]
fn file_delete_delay_ms_counts_for_what_goes_from_now_on() {
    for cluster in [false, true] {
        let Some((broker, mut client)) = own() else { return };
        let names = ("file.delete.delay.ms", "log.segment.delete.delay.ms");
        set(&mut client, cluster, names.0, names.1, "3600000");
        alter_topic(&mut client, "t", &[("retention.bytes", "0")]);
        fill(&mut client, 3, 0);
        eventually("all goes", || earliest(&mut client) == 3);
        eventually("renamed", || !files(&broker, ".log.deleted").is_empty());
        let waiting = files(&broker, ".deleted");
        set(&mut client, cluster, names.0, names.1, "0");
        fill(&mut client, 6, 0);
        eventually("all goes again", || earliest(&mut client) == 9);
        eventually("its files too, those from before wait on", || {
            files(&broker, ".deleted") == waiting && files(&broker, ".log").len() == 1
        });
    }
}
