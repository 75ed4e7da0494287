//! What a broker forgets, and what it must not. Passes come every few milliseconds; nothing waits for a clock.

use std::fs;

use compat_tests::batch::{Batch, Codec, Record, now_ms};
use compat_tests::errors::{NONE, OFFSET_OUT_OF_RANGE};
use compat_tests::ops::{
    EARLIEST, LATEST, alter_topic, create_topic, fetch_values, list_offset, produce, produce_values,
    try_fetch, try_produce,
};
use compat_tests::rdkafka::{consumer, poll_until, produce_texts, producer};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::Client;
use compat_tests::{eventually, list, obj};
use rdkafka::Message as _;
use rdkafka::consumer::Consumer as _;

/// Segments of a few batches.
const SMALL: (&str, &str) = ("internal.segment.bytes", "4000");
const HOUR_MS: i64 = 3_600_000;

fn quick() -> Options {
    Options::new().set("log.retention.check.interval.ms", 20)
}

/// One batch of a kilobyte, `age_ms` old.
fn aged(age_ms: i64) -> Batch {
    let record = Record::of("x".repeat(1_000)).at(now_ms() - age_ms);
    Batch::new(Codec::None, &[record])
}

fn fill(client: &mut Client, topic: &str, count: usize, age_ms: i64) {
    for _ in 0..count {
        produce(client, topic, 0, &aged(age_ms));
    }
}

fn earliest(client: &mut Client, topic: &str) -> i64 {
    list_offset(client, topic, 0, EARLIEST)
}

/// Files of partition 0 whose names end so.
fn files(broker: &Broker, topic: &str, suffix: &str) -> usize {
    let listed = fs::read_dir(broker.data().join(format!("{topic}-0")));
    let names = listed.into_iter().flatten().flatten();
    names
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(suffix))
        .count()
}

#[test]
fn old_segments_go_by_time_in_two_steps_and_the_active_one_too() {
    let Some(mut broker) = quick().start() else { return };
    let mut client = broker.client();
    let own = [
        SMALL,
        ("retention.ms", "1800000"),
        ("file.delete.delay.ms", "60000"),
    ];
    create_topic(&mut client, "t", 1, &own);
    fill(&mut client, "t", 6, HOUR_MS);
    eventually("all is too old, the active segment too", || {
        earliest(&mut client, "t") == 6
    });
    eventually("files are renamed", || files(&broker, "t", ".log.deleted") >= 2);
    assert_eq!(
        try_fetch(&mut client, "t", 0, 5)["error_code"],
        OFFSET_OUT_OF_RANGE
    );
    fill(&mut client, "t", 3, 0);
    assert_eq!(
        (
            earliest(&mut client, "t"),
            fetch_values(&mut client, "t", 0).len()
        ),
        (6, 3)
    );
    alter_topic(
        &mut client,
        "t",
        &[("file.delete.delay.ms", "0"), ("retention.bytes", "0")],
    );
    eventually("what is young goes by size", || earliest(&mut client, "t") == 9);
    broker.stop();
    assert_eq!(
        files(&broker, "t", ".deleted"),
        0,
        "a clean stop leaves nothing behind"
    );
    broker.start_again();
    let mut client = broker.client();
    assert_eq!(
        (
            earliest(&mut client, "t"),
            list_offset(&mut client, "t", 0, LATEST)
        ),
        (9, 9)
    );
    assert_eq!(produce_values(&mut client, "t", 0, &["next"]), 9);
}

#[test]
fn removed_files_vanish_after_their_delay() {
    let Some(broker) = quick().start() else { return };
    let mut client = broker.client();
    let own = [SMALL, ("retention.bytes", "0"), ("file.delete.delay.ms", "50")];
    create_topic(&mut client, "t", 1, &own);
    fill(&mut client, "t", 12, 0);
    eventually("nothing is kept", || earliest(&mut client, "t") == 12);
    eventually("only the new segment is left", || {
        (files(&broker, "t", ".log"), files(&broker, "t", ".deleted")) == (1, 0)
    });
}

#[test]
fn the_log_start_survives_kill_9() {
    let Some(mut broker) = quick().start() else { return };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[SMALL, ("retention.bytes", "9000")]);
    fill(&mut client, "t", 40, 0);
    eventually("old segments are renamed", || {
        files(&broker, "t", ".log.deleted") >= 9
    });
    let start = earliest(&mut client, "t");
    assert!(start >= 27, "{start}");
    broker.crash();
    let mut client = broker.client();
    // A pass of retention, before the kill or after the start, may have gone further; nothing goes back.
    let after = earliest(&mut client, "t");
    assert!((start..40).contains(&after), "{start}, then {after}");
    assert_eq!(list_offset(&mut client, "t", 0, LATEST), 40);
    let kept = fetch_values(&mut client, "t", 0).len() as i64;
    assert!((1..=40 - after).contains(&kept), "{kept} from {after} on");
}

#[test]
fn cleanup_policy_decides_and_changes_act_at_the_next_pass() {
    let Some(broker) = quick().start() else { return };
    let mut client = broker.client();
    let own = [
        SMALL,
        ("cleanup.policy", ""),
        ("retention.ms", "1"),
        ("retention.bytes", "0"),
    ];
    create_topic(&mut client, "keep", 1, &own);
    create_topic(&mut client, "witness", 1, &[SMALL, ("retention.ms", "1000")]);
    fill(&mut client, "keep", 12, HOUR_MS);
    fill(&mut client, "witness", 6, HOUR_MS);
    eventually("a pass went by", || earliest(&mut client, "witness") == 6);
    fill(&mut client, "witness", 6, HOUR_MS);
    eventually("and another", || earliest(&mut client, "witness") == 12);
    assert_eq!(earliest(&mut client, "keep"), 0);
    alter_topic(&mut client, "keep", &[("cleanup.policy", "delete")]);
    eventually("it may go now", || earliest(&mut client, "keep") == 12);
}

#[test]
fn the_brokers_defaults_hold_for_topics_that_say_nothing() {
    let options = quick()
        .set("log.retention.minutes", 30)
        .set("log.segment.delete.delay.ms", 0)
        .set("log.retention.bytes", -1);
    let Some(broker) = options.start() else { return };
    let mut client = broker.client();
    create_topic(&mut client, "old", 1, &[]);
    create_topic(&mut client, "young", 1, &[]);
    fill(&mut client, "young", 3, HOUR_MS / 4);
    fill(&mut client, "old", 3, HOUR_MS);
    eventually("it is an hour old", || earliest(&mut client, "old") == 3);
    assert_eq!(earliest(&mut client, "young"), 0);
    eventually("files go at once", || files(&broker, "old", ".deleted") == 0);
}

#[test]
fn a_partition_that_nobody_opens_is_retained_after_a_restart() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    let own = [SMALL, ("retention.ms", "1800000"), ("file.delete.delay.ms", "0")];
    create_topic(&mut client, "t", 1, &own);
    fill(&mut client, "t", 9, HOUR_MS);
    assert_eq!(files(&broker, "t", ".log"), 3);
    broker.stop();
    let Some(broker) = quick().on(&broker.data()).start() else {
        return;
    };
    eventually("the pass finds it", || files(&broker, "t", ".log") == 1);
    assert_eq!(earliest(&mut broker.client(), "t"), 9);
}

#[test]
fn a_reply_under_way_is_not_cut_off() {
    const BATCHES: usize = 24;
    let Some(broker) = quick().start() else { return };
    let mut client = broker.client();
    create_topic(
        &mut client,
        "t",
        1,
        &[("segment.bytes", "1048576"), ("file.delete.delay.ms", "0")],
    );
    let text = "y".repeat(900_000);
    for _ in 0..BATCHES {
        assert_eq!(
            try_produce(&mut client, "t", 0, Batch::of(&[&text]).bytes())["error_code"],
            NONE
        );
    }
    // More than the sockets' buffers hold, and nobody reads it for now.
    let mut slow = broker.client();
    let partition = obj! { partition: 0, fetch_offset: 0, partition_max_bytes: 50_000_000 };
    let request = obj! {
        max_wait_ms: 0, min_bytes: 0, max_bytes: 50_000_000,
        topics: list![obj! { topic: "t", partitions: list![partition] }],
    };
    slow.send("Fetch", 12, request);
    slow.stream().peek(&mut [0]).unwrap();
    alter_topic(&mut client, "t", &[("retention.bytes", "0")]);
    eventually("everything is gone", || {
        earliest(&mut client, "t") == BATCHES as i64
    });
    eventually("from the disk too", || {
        files(&broker, "t", ".log") == 1 && files(&broker, "t", ".deleted") == 0
    });
    let (_, answer) = slow.recv("Fetch", 12);
    let part = &answer["responses"][0]["partitions"][0];
    assert_eq!(part["error_code"], NONE);
    let records = compat_tests::batch::read_records(part["records"].bytes()).expect("whole batches");
    assert_eq!(records.len(), BATCHES);
    assert!(
        records
            .iter()
            .all(|record| record.value.as_deref() == Some(text.as_bytes()))
    );
}

#[test]
fn librdkafka_reads_on_over_a_log_start_that_moves() {
    let Some(broker) = quick().start() else { return };
    let mut client = broker.client();
    let own = [SMALL, ("retention.bytes", "20000"), ("file.delete.delay.ms", "0")];
    create_topic(&mut client, "t", 1, &own);
    let sender = producer(&broker.bootstrap(), &[("batch.num.messages", "5")]);
    let texts: Vec<String> = (0..200).map(|i| format!("{i:04}-{}", "z".repeat(500))).collect();
    produce_texts(&sender, "t", 0, &texts);
    eventually("only the end is kept", || earliest(&mut client, "t") > 100);
    let reader = consumer(&broker.bootstrap(), "g", &[]);
    reader.subscribe(&["t"]).unwrap();
    let mut read: Vec<(i64, String)> = Vec::new();
    poll_until(&reader, |message| {
        let text = String::from_utf8_lossy(message.payload().unwrap_or_default()).into_owned();
        read.push((message.offset(), text));
        message.offset() + 1 == texts.len() as i64
    });
    // The start may move on under the reader: it leaps then, but never back, and over nothing that is still there.
    let start = earliest(&mut client, "t");
    assert!(read.is_sorted_by(|(a, _), (b, _)| a < b));
    assert!(read.iter().all(|(offset, text)| *text == texts[*offset as usize]));
    let kept = read.iter().filter(|(offset, _)| *offset >= start).count();
    assert_eq!(kept, texts.len() - start as usize, "{start}: {read:?}");
}

#[test]
fn full_memory_makes_room_by_retention_only() {
    let options = Options::new()
        .memory()
        .arg("--memory-limit")
        .arg((8 << 20).to_string());
    let Some(broker) = options.start() else { return };
    let mut client = broker.client();
    create_topic(&mut client, "ring", 1, &[("retention.bytes", "2000000")]);
    create_topic(&mut client, "kept", 1, &[("retention.ms", "-1")]);
    produce_values(&mut client, "kept", 0, &["for ever"]);
    let text = "x".repeat(100_000);
    for _ in 0..400 {
        let answer = try_produce(&mut client, "ring", 0, Batch::of(&[&text]).bytes());
        assert_eq!(answer["error_code"], NONE, "{answer:?}");
    }
    assert!(list_offset(&mut client, "ring", 0, LATEST) - earliest(&mut client, "ring") >= 20);
    assert_eq!(fetch_values(&mut client, "kept", 0), ["for ever"]);
    assert!(broker.resident_bytes() < 96 << 20);
}
