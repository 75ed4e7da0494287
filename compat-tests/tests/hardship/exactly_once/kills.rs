//! Two groups of copiers, one of each group protocol, while the broker is killed. `COMPAT_ROUNDS=20` makes it a longer
//! test.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use compat_tests::groups::{await_coordinator, committed};
use compat_tests::ops::{create_topic, fetch_values};
use compat_tests::rdkafka::{config, send};
use compat_tests::server::{Broker, Options};
use compat_tests::transactions::committed_values;
use compat_tests::{DEADLINE, eventually};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};

use super::copier::Job;
use super::ledger::{Ledger, parse};
use crate::groups::{begin_at_zero, rounds};

/// What is copied: the number n is the record n / IN_PARTITIONS of partition n % IN_PARTITIONS.
pub const IN: &str = "in";
const IN_PARTITIONS: i32 = 3;
pub const OUT_PARTITIONS: i32 = 2;
const COPIERS: usize = 2;
/// Session of a member of either group.
const SESSION_MS: &str = "6000";

/// A group, where it copies to, what its members set.
type Group = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);
const GROUPS: [Group; 2] = [
    (
        "classic",
        "out-classic",
        &[
            ("session.timeout.ms", SESSION_MS),
            ("heartbeat.interval.ms", "100"),
        ],
    ),
    ("consumer", "out-consumer", &[("group.protocol", "consumer")]),
];

/// Steps that the copiers of each group take between two kills: no two rounds are killed at the same place.
fn steps(round: usize) -> usize {
    50 + (round * 7) % 31
}

/// Numbers in order, some hundreds a second, until told to stop; how many comes back.
fn write_on(bootstrap: &str, stop: &AtomicBool) -> usize {
    let settings = [
        ("enable.idempotence", "true"),
        ("linger.ms", "2"),
        ("retry.backoff.ms", "20"),
    ];
    let producer: BaseProducer = config(bootstrap, &settings).create().unwrap();
    let mut number = 0;
    while !stop.load(Ordering::SeqCst) {
        for _ in 0..6 {
            let record = BaseRecord::<[u8], [u8]>::to(IN).partition((number % IN_PARTITIONS as usize) as i32);
            let text = number.to_string();
            send(&producer, record.key(&[][..]).payload(text.as_bytes()));
            // Each takes one acknowledgement: fewer, and they would pile up.
            producer.poll(Duration::ZERO);
            number += 1;
        }
        thread::sleep(Duration::from_millis(10)); // the pace of the load
    }
    producer.flush(DEADLINE).expect("all is acknowledged");
    number
}

/// What a reader of committed records has seen, by topic and partition.
type Seen = BTreeMap<(String, i32), Vec<String>>;

/// Reads committed records of both outputs until told to stop.
fn read_on(bootstrap: &str, seen: &Mutex<Seen>, stop: &AtomicBool) {
    let settings = [
        ("group.id", "unused"),
        ("isolation.level", "read_committed"),
        ("fetch.wait.max.ms", "20"),
        ("socket.timeout.ms", "2000"),
    ];
    let consumer: BaseConsumer = config(bootstrap, &settings).create().unwrap();
    let mut list = TopicPartitionList::new();
    for (_, out, _) in GROUPS {
        for partition in 0..OUT_PARTITIONS {
            // Not the beginning by name: see `begin_at_zero`.
            list.add_partition_offset(out, partition, Offset::Offset(0))
                .unwrap();
        }
    }
    consumer.assign(&list).unwrap();
    while !stop.load(Ordering::SeqCst) {
        let Some(Ok(message)) = consumer.poll(Duration::from_millis(20)) else {
            continue;
        };
        let text = std::str::from_utf8(message.payload().unwrap()).unwrap();
        let mut seen = seen.lock().unwrap();
        let place = (message.topic().to_owned(), message.partition());
        seen.entry(place).or_default().push(text.to_owned());
    }
}

fn committed_of(broker: &Broker, group: &str) -> Vec<i64> {
    let mut client = broker.client();
    await_coordinator(&mut client, group);
    let partitions = 0..IN_PARTITIONS;
    partitions
        .map(|partition| committed(&mut client, group, IN, partition).max(0))
        .collect()
}

/// What a group has committed is what it has copied: the numbers below its offsets become visible, whatever else does.
fn check_outputs(broker: &Broker, seen: &Mutex<Seen>, before: &mut [Vec<i64>]) {
    for ((group, out, _), before) in GROUPS.iter().zip(before) {
        let offsets = committed_of(broker, group);
        let fell = offsets.iter().zip(&*before).any(|(now, then)| now < then);
        assert!(!fell, "{group}: committed {offsets:?} after {before:?}");
        eventually(&format!("{group} shows what it committed"), || {
            let seen = seen.lock().unwrap();
            let of_group = seen.iter().filter(|((topic, _), _)| topic == out);
            let mut counts = vec![0; IN_PARTITIONS as usize];
            for value in of_group.flat_map(|(_, values)| values) {
                let (number, _) = parse(value);
                let partition = number % IN_PARTITIONS as usize;
                counts[partition] +=
                    i64::from(((number / IN_PARTITIONS as usize) as i64) < offsets[partition]);
            }
            counts == offsets
        });
        *before = offsets;
    }
}

/// Waits until both groups have copied the numbers below `count`, as long as they go on: they may be far behind.
fn await_copied(broker: &Broker, count: usize) {
    for (group, ..) in GROUPS {
        let copied = || committed_of(broker, group).iter().sum::<i64>();
        let mut so_far = copied();
        while so_far != count as i64 {
            eventually(&format!("{group} copies on behind {so_far} of {count}"), || {
                copied() > so_far
            });
            so_far = copied();
        }
    }
}

fn judge(broker: &Broker, ledgers: &[Ledger], seen: &Seen, count: usize) {
    let mut client = broker.client();
    for partition in 0..IN_PARTITIONS {
        let values = fetch_values(&mut client, IN, partition);
        let wanted = (0..count).filter(|n| n % IN_PARTITIONS as usize == partition as usize);
        let wanted: Vec<String> = wanted.map(|n| n.to_string()).collect();
        assert_eq!(values, wanted, "what was to be copied, partition {partition}");
    }
    for ((group, out, _), ledger) in GROUPS.iter().zip(ledgers) {
        let mut all = Vec::new();
        for partition in 0..OUT_PARTITIONS {
            let values = committed_values(&mut client, out, partition);
            let read = seen.get(&((*out).to_owned(), partition));
            assert!(
                read.is_some_and(|read| values.starts_with(read)),
                "{out} {partition}: a reader saw what is not committed"
            );
            all.extend(values);
        }
        let judged = ledger.judge(&all, count);
        eprintln!("{group}: {count} records, {judged:?}");
    }
}

#[test]
fn copies_are_exact_under_kills() {
    let Some(mut broker) = Options::new()
        .set("group.consumer.min.heartbeat.interval.ms", 100)
        .set("group.consumer.heartbeat.interval.ms", 100)
        // As in the classic group. A member that leaves while the broker is down keeps its partitions for so long.
        .set("group.consumer.min.session.timeout.ms", SESSION_MS)
        .set("group.consumer.session.timeout.ms", SESSION_MS)
        .start()
    else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, IN, IN_PARTITIONS, &[]);
    for (group, out, _) in GROUPS {
        begin_at_zero(&mut client, group, IN, IN_PARTITIONS);
        create_topic(&mut client, out, OUT_PARTITIONS, &[("segment.bytes", "1048576")]);
    }
    let ledgers: Vec<Ledger> = GROUPS.iter().map(|_| Ledger::default()).collect();
    let jobs = GROUPS
        .iter()
        .zip(&ledgers)
        .flat_map(|((group, out, settings), ledger)| {
            let bootstrap = broker.bootstrap();
            (0..COPIERS).map(move |number| Job {
                bootstrap: bootstrap.clone(),
                group,
                out,
                id: format!("{group}-{number}"),
                settings,
                ledger,
            })
        });
    let jobs: Vec<Job<'_>> = jobs.collect();
    let (full, stop, seen) = (AtomicBool::new(false), AtomicBool::new(false), Mutex::default());
    let bootstrap = broker.bootstrap();
    let count = thread::scope(|scope| {
        let writer = scope.spawn(|| write_on(&bootstrap, &full));
        scope.spawn(|| read_on(&bootstrap, &seen, &stop));
        for job in &jobs {
            scope.spawn(|| job.run(&stop));
        }
        // The threads must end even when a check fails, or the scope would wait for them for ever.
        let checks = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut before = vec![vec![0; IN_PARTITIONS as usize]; GROUPS.len()];
            for round in 0..rounds(3) {
                let from: Vec<usize> = ledgers.iter().map(Ledger::steps).collect();
                eventually("the copiers go on", || {
                    let mut progress = ledgers.iter().zip(&from);
                    progress.all(|(ledger, from)| ledger.steps() >= from + steps(round))
                });
                broker.crash();
                check_outputs(&broker, &seen, &mut before);
            }
            full.store(true, Ordering::SeqCst);
            let count = writer.join().expect("the writer ends well");
            await_copied(&broker, count);
            check_outputs(&broker, &seen, &mut before);
            count
        }));
        full.store(true, Ordering::SeqCst);
        stop.store(true, Ordering::SeqCst);
        checks.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    judge(&broker, &ledgers, &seen.into_inner().unwrap(), count);
}
