//! kill -9 in loops under load: what was acknowledged is there exactly once, in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use compat_tests::groups::{await_coordinator, committed};
use compat_tests::ops::{create_topic, fetch_values};
use compat_tests::rdkafka::{config, consumer};
use compat_tests::server::{Broker, Options};
use compat_tests::{DEADLINE, eventually};
use rdkafka::client::ClientContext;
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::{Offset, TopicPartitionList};

const PARTITIONS: usize = 3;
/// Acknowledgements between two kills, at least.
const LOAD: usize = 300;

/// Which number was acknowledged at which offset, by partition.
#[derive(Default)]
struct Acks {
    offsets: Mutex<BTreeMap<(i32, usize), i64>>,
    count: AtomicUsize,
}

impl ClientContext for &'static Acks {}

impl ProducerContext for &'static Acks {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        match result {
            Ok(message) => {
                let number = std::str::from_utf8(message.payload().unwrap())
                    .unwrap()
                    .parse()
                    .unwrap();
                let mut offsets = self.offsets.lock().unwrap_or_else(PoisonError::into_inner);
                offsets.insert((message.partition(), number), message.offset());
                self.count.fetch_add(1, Ordering::Relaxed);
            }
            Err((error, _)) => panic!("an idempotent producer gave up: {error}"),
        }
    }
}

/// Writes numbers in order to every partition until told to stop; how many per partition comes back.
fn write_on(producer: &BaseProducer<&'static Acks>, stop: &AtomicBool) -> usize {
    let mut next = 0;
    while !stop.load(Ordering::Relaxed) {
        if producer.in_flight_count() > 1000 {
            producer.poll(Duration::from_millis(5));
            continue;
        }
        for partition in 0..PARTITIONS {
            let text = next.to_string();
            let record = BaseRecord::<[u8], [u8]>::to("t").partition(partition as i32);
            if let Err((error, _)) = producer.send(record.payload(text.as_bytes())) {
                panic!("librdkafka takes no record: {error}");
            }
        }
        next += 1;
        producer.poll(Duration::ZERO);
    }
    producer.flush(DEADLINE).expect("all acknowledged in the end");
    next
}

/// The last commit that was acknowledged, and the last that was tried.
#[derive(Default)]
struct Commits {
    acknowledged: [AtomicUsize; PARTITIONS],
    tried: [AtomicUsize; PARTITIONS],
    /// Acknowledged commits in all.
    count: AtomicUsize,
}

/// Reads as a group and commits every few records until told to stop.
fn read_on(bootstrap: &str, commits: &Commits, stop: &AtomicBool) {
    let settings = [("session.timeout.ms", "30000"), ("socket.timeout.ms", "2000")];
    let reader = consumer(bootstrap, "g", &settings);
    reader.subscribe(&["t"]).unwrap();
    let mut read = 0;
    while !stop.load(Ordering::Relaxed) {
        let Some(Ok(message)) = reader.poll(Duration::from_millis(20)) else {
            continue;
        };
        read += 1;
        if read % 20 != 0 {
            continue;
        }
        let (partition, next) = (message.partition() as usize, message.offset() + 1);
        let mut offsets = TopicPartitionList::new();
        offsets
            .add_partition_offset("t", message.partition(), Offset::Offset(next))
            .unwrap();
        commits.tried[partition].fetch_max(next as usize, Ordering::SeqCst);
        if reader.commit(&offsets, CommitMode::Sync).is_ok() {
            commits.acknowledged[partition].store(next as usize, Ordering::SeqCst);
            commits.count.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// What the broker tells after a restart lies between what was acknowledged before and what has been tried since.
fn check_commits(broker: &Broker, commits: &Commits, acknowledged_before: &[i64]) {
    let mut client = broker.client();
    await_coordinator(&mut client, "g");
    for (partition, before) in acknowledged_before.iter().enumerate() {
        let found = committed(&mut client, "g", "t", partition as i32).max(0);
        let tried = commits.tried[partition].load(Ordering::SeqCst) as i64;
        assert!(
            (*before..=tried).contains(&found),
            "partition {partition}: {before} <= {found} <= {tried}"
        );
    }
}

fn rounds(options: Options, rounds: usize) {
    let Some(mut broker) = options.start() else { return };
    create_topic(
        &mut broker.client(),
        "t",
        PARTITIONS as i32,
        &[("segment.bytes", "1048576")],
    );
    let acks: &'static Acks = Box::leak(Box::default());
    let settings = [
        ("enable.idempotence", "true"),
        ("acks", "all"),
        ("linger.ms", "1"),
        ("batch.num.messages", "50"),
        ("retry.backoff.ms", "20"),
    ];
    let producer = config(&broker.bootstrap(), &settings)
        .create_with_context(acks)
        .unwrap();
    let (stop, commits) = (AtomicBool::new(false), Commits::default());
    let bootstrap = broker.bootstrap();
    let written = thread::scope(|scope| {
        let writer = scope.spawn(|| write_on(&producer, &stop));
        scope.spawn(|| read_on(&bootstrap, &commits, &stop));
        // The threads must end even when a check fails, or the scope would wait for them for ever.
        let checks = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for round in 0..rounds {
                let target = acks.count.load(Ordering::Relaxed) + LOAD + 37 * (round % 5);
                let commit = commits.count.load(Ordering::SeqCst) + 1;
                eventually("acknowledgements", || {
                    acks.count.load(Ordering::Relaxed) >= target
                });
                eventually("a commit", || commits.count.load(Ordering::SeqCst) >= commit);
                broker.kill();
                let before: Vec<i64> = commits
                    .acknowledged
                    .iter()
                    .map(|n| n.load(Ordering::SeqCst) as i64)
                    .collect();
                broker.start_again();
                check_commits(&broker, &commits, &before);
            }
        }));
        stop.store(true, Ordering::Relaxed);
        let written = writer.join().expect("the writer ends well");
        checks.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        written
    });
    check_records(&broker, acks, written);
}

/// Every number is there exactly once, in order, at the offset that was acknowledged.
fn check_records(broker: &Broker, acks: &Acks, written: usize) {
    let mut client = broker.client();
    let offsets = acks.offsets.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(offsets.len(), written * PARTITIONS, "everything was acknowledged");
    for partition in 0..PARTITIONS as i32 {
        let values = fetch_values(&mut client, "t", partition);
        let wanted: Vec<String> = (0..written).map(|n| n.to_string()).collect();
        assert_eq!(
            values.len(),
            wanted.len(),
            "partition {partition}: none lost, none twice"
        );
        assert_eq!(values, wanted, "partition {partition}: in order");
        for n in 0..written {
            assert_eq!(
                offsets[&(partition, n)],
                n as i64,
                "the acknowledged offset is the true one"
            );
        }
    }
}

#[test]
fn twenty_kills_under_load_lose_and_double_nothing() {
    rounds(Options::new(), 20);
}

#[test]
fn five_kills_with_fsync() {
    rounds(Options::new().arg("--flush").arg("fsync"), 5);
}

#[test]
fn topics_created_and_deleted_under_kills_are_as_answered() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    for round in 0..10 {
        let mut client = broker.client();
        let (kept, gone) = (format!("kept-{round}"), format!("gone-{round}"));
        create_topic(&mut client, &kept, 2, &[]);
        create_topic(&mut client, &gone, 2, &[]);
        compat_tests::ops::produce_values(&mut client, &kept, 1, &["a"]);
        compat_tests::ops::produce_values(&mut client, &gone, 1, &["a"]);
        let request = compat_tests::obj! {
            topics: compat_tests::list![compat_tests::obj! { name: &gone }], timeout_ms: 30_000,
        };
        assert_eq!(
            client.call("DeleteTopics", 6, request)["responses"][0]["error_code"],
            0
        );
        broker.crash();
        let mut client = broker.client();
        for old in 0..=round {
            assert_eq!(fetch_values(&mut client, &format!("kept-{old}"), 1), ["a"]);
            assert_eq!(
                compat_tests::ops::metadata(&mut client, &format!("gone-{old}"))["error_code"],
                3
            );
        }
    }
}
