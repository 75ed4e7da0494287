use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use compat_tests::errors::{
    INVALID_REPLICA_ASSIGNMENT, INVALID_TOPIC_EXCEPTION, LOG_DIR_NOT_FOUND, UNKNOWN_TOPIC_OR_PARTITION,
};
use compat_tests::log_dirs::{TwoFolders, ask_move, await_place, cordon, place};
use compat_tests::ops::{
    EARLIEST, LATEST, alter_cluster, create_topic, fetch_values, list_offset, produce_values,
};
use compat_tests::rdkafka::{consumer, poll_until, producer, send};
use compat_tests::server::Broker;
use compat_tests::wire::{Client, versions};
use compat_tests::{DEADLINE, eventually};
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

const THROTTLE: &str = "replica.alter.log.dirs.io.max.bytes.per.second";

/// A broker with two folders and a topic of one partition in the first.
fn start() -> Option<(TwoFolders, Broker, Client)> {
    let folders = TwoFolders::new();
    let broker = folders.options().start()?;
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[("segment.bytes", "1048576")]);
    Some((folders, broker, client))
}

#[test]
fn every_version_moves_there_and_back() {
    let Some((folders, mut broker, mut client)) = start() else {
        return;
    };
    produce_values(&mut client, "t", 0, &["a", "b"]);
    let mut here = folders.a();
    for version in versions("AlterReplicaLogDirs") {
        assert_eq!(
            ask_move(&mut client, version, "t", 0, &here),
            0,
            "it is there already"
        );
        let there = folders.other(&here);
        assert_eq!(ask_move(&mut client, version, "t", 0, &there), 0, "v{version}");
        await_place(&mut client, "t", 0, &there);
        eventually("one directory", || {
            there.join("t-0").is_dir() && !here.join("t-0").exists()
        });
        produce_values(&mut client, "t", 0, &["after"]);
        here = there;
    }
    assert_eq!(fetch_values(&mut client, "t", 0), ["a", "b", "after", "after"]);
    assert_eq!(list_offset(&mut client, "t", 0, EARLIEST), 0);
    broker.crash();
    let mut client = broker.client();
    assert_eq!(list_offset(&mut client, "t", 0, LATEST), 4);
    assert_eq!(place(&mut client, "t", 0), (here, None));
}

#[test]
fn a_partition_without_records_moves_too() {
    let Some((folders, mut broker, mut client)) = start() else {
        return;
    };
    assert_eq!(ask_move(&mut client, 2, "t", 0, &folders.b()), 0);
    await_place(&mut client, "t", 0, &folders.b());
    produce_values(&mut client, "t", 0, &["a"]);
    assert!(folders.b().join("t-0").is_dir());
    broker.crash();
    assert_eq!(fetch_values(&mut broker.client(), "t", 0), ["a"]);
}

#[test]
fn refusals() {
    let Some((folders, _broker, mut client)) = start() else {
        return;
    };
    let (b, long) = (folders.b(), "n".repeat(240));
    for (topic, partition, path, code) in [
        ("t", 0, Path::new("/nope"), LOG_DIR_NOT_FOUND),
        ("t", 0, Path::new("relative"), LOG_DIR_NOT_FOUND),
        ("t", 3, &b, UNKNOWN_TOPIC_OR_PARTITION),
        ("none", 0, &b, UNKNOWN_TOPIC_OR_PARTITION),
        (&long, 0, &b, INVALID_TOPIC_EXCEPTION),
    ] {
        assert_eq!(
            ask_move(&mut client, 2, topic, partition, path),
            i64::from(code),
            "{topic}-{partition} {path:?}"
        );
    }
    assert_eq!(cordon(&mut client, &b.display().to_string()).0, 0);
    assert_eq!(
        ask_move(&mut client, 2, "t", 0, &b),
        i64::from(INVALID_REPLICA_ASSIGNMENT)
    );
    assert_eq!(place(&mut client, "t", 0), (folders.a(), None));
}

#[test]
fn a_throttled_move_crawls_until_it_is_let_go() {
    let Some((folders, _broker, mut client)) = start() else {
        return;
    };
    let value = "x".repeat(100_000);
    (0..10).for_each(|_| {
        produce_values(&mut client, "t", 0, &[&value]);
    });
    // An hour for a megabyte.
    alter_cluster(&mut client, &[(THROTTLE, "300")]);
    assert_eq!(ask_move(&mut client, 2, "t", 0, &folders.b()), 0);
    eventually("a part is copied", || {
        let (path, copied) = place(&mut client, "t", 0);
        assert_eq!(path, folders.a());
        copied.is_some_and(|copied| copied > 0)
    });
    let (_, copied) = place(&mut client, "t", 0);
    assert!(copied.is_some_and(|copied| copied < 1_000_000), "{copied:?}");
    // Another wish ends it, and so does a higher rate.
    assert_eq!(ask_move(&mut client, 2, "t", 0, &folders.a()), 0);
    await_place(&mut client, "t", 0, &folders.a());
    assert_eq!(ask_move(&mut client, 2, "t", 0, &folders.b()), 0);
    alter_cluster(&mut client, &[(THROTTLE, "100000000")]);
    await_place(&mut client, "t", 0, &folders.b());
    assert_eq!(fetch_values(&mut client, "t", 0).len(), 10);
}

#[test]
fn as_many_moves_run_at_once_as_there_are_folders() {
    let Some((folders, _broker, mut client)) = start() else {
        return;
    };
    create_topic(&mut client, "u", 4, &[]);
    let value = "x".repeat(100_000);
    let here: Vec<i32> = (0..4)
        .filter(|p| place(&mut client, "u", *p).0 == folders.a())
        .collect();
    assert_eq!(here.len(), 2, "{here:?}");
    for p in &here {
        produce_values(&mut client, "u", *p, &[&value]);
    }
    produce_values(&mut client, "t", 0, &[&value]);
    // So slow that none ends.
    alter_cluster(&mut client, &[(THROTTLE, "300")]);
    for p in &here {
        assert_eq!(ask_move(&mut client, 2, "u", *p, &folders.b()), 0);
    }
    assert_eq!(ask_move(&mut client, 2, "t", 0, &folders.b()), 0);
    let running = |client: &mut Client| {
        let mut all = vec![("t", 0)];
        all.extend(here.iter().map(|p| ("u", *p)));
        let copied = |(topic, p)| place(client, topic, p).1.is_some_and(|bytes| bytes > 0);
        all.into_iter().map(copied).filter(|copied| *copied).count()
    };
    eventually("two moves run", || running(&mut client) == 2);
    alter_cluster(&mut client, &[(THROTTLE, "100000000")]);
    for p in &here {
        await_place(&mut client, "u", *p, &folders.b());
        assert_eq!(fetch_values(&mut client, "u", *p).len(), 1);
    }
    await_place(&mut client, "t", 0, &folders.b());
}

fn write(producer: &BaseProducer, number: usize) {
    let text = format!("{number} {}", "x".repeat(500));
    send(
        producer,
        BaseRecord::to("t")
            .partition(0)
            .key(&[][..])
            .payload(text.as_bytes()),
    );
}

/// Writes texts in order until told to stop.
fn write_on(producer: &BaseProducer, stop: &AtomicBool, written: &AtomicUsize) {
    while !stop.load(Ordering::Relaxed) {
        let from = written.load(Ordering::Relaxed);
        (from..from + 100).for_each(|number| write(producer, number));
        // Keeps the consumer near the end, where a move could hurt it.
        producer.flush(DEADLINE).expect("all acknowledged");
        written.store(from + 100, Ordering::Relaxed);
    }
}

/// Reads `until` so many were seen; each number must follow the one before.
fn read_on(reader: &BaseConsumer, read: &AtomicUsize, until: &AtomicUsize) {
    poll_until(reader, |message| {
        let text = std::str::from_utf8(message.payload().unwrap()).unwrap();
        let number: usize = text.split(' ').next().unwrap().parse().unwrap();
        assert_eq!(
            number,
            read.fetch_add(1, Ordering::Relaxed),
            "nothing lost, nothing twice, in order"
        );
        assert_eq!(message.offset(), number as i64);
        number + 1 >= until.load(Ordering::Relaxed)
    });
}

#[test]
fn clients_do_not_notice_a_move() {
    let Some((folders, broker, mut client)) = start() else {
        return;
    };
    let settings = [
        ("enable.idempotence", "true"),
        ("acks", "all"),
        ("linger.ms", "1"),
    ];
    let producer = producer(&broker.bootstrap(), &settings);
    let reader = consumer(&broker.bootstrap(), "g", &[]);
    reader.subscribe(&["t"]).unwrap();
    let (stop, written, read) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let until = AtomicUsize::new(usize::MAX);
    thread::scope(|scope| {
        let writer = scope.spawn(|| write_on(&producer, &stop, &written));
        let reading = scope.spawn(|| read_on(&reader, &read, &until));
        // The threads must end even when a check fails, or the scope would wait for them for ever.
        let checks = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut here = folders.a();
            for _ in 0..4 {
                let before = written.load(Ordering::Relaxed);
                eventually("load", || written.load(Ordering::Relaxed) >= before + 2000);
                let there = folders.other(&here);
                assert_eq!(ask_move(&mut client, 2, "t", 0, &there), 0);
                await_place(&mut client, "t", 0, &there);
                here = there;
            }
            let before = read.load(Ordering::Relaxed);
            eventually("the consumer goes on", || {
                read.load(Ordering::Relaxed) > before + 500
            });
        }));
        stop.store(true, Ordering::Relaxed);
        let wrote = writer.join();
        // One more, for a reader that has seen the last one before it is told how many there are.
        let last = written.load(Ordering::Relaxed);
        until.store(last + 1, Ordering::Relaxed);
        write(&producer, last);
        producer.flush(DEADLINE).expect("acknowledged");
        reading.join().unwrap();
        wrote.unwrap();
        checks.unwrap();
    });
}
