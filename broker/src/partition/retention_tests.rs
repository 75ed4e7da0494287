//! Retention by a clock that the test moves: when a pass looks, what it opens, what it leaves on the disk.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use storage::{MemoryBudget, SimFs};

use super::removal_tests::{ManualClock, names};
use super::tests::{env, folder, partition_of, record};
use super::*;
use crate::config::{Config, Flush, Profile, TopicConfig};
use crate::env::{Clock, Env};

const HOUR_MS: i64 = 3_600_000;

struct Setup {
    clock: Arc<ManualClock>,
    env: Env,
    store: Arc<PartitionStore>,
    maintenance: Maintenance,
}

fn broker() -> Config {
    Config::of_profile(Profile::Kafka)
}

fn config(own: &[(&str, &str)]) -> Arc<TopicConfig> {
    let own: BTreeMap<String, String> = own.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
    TopicConfig::resolve(&broker(), &own)
}

impl Setup {
    fn new(env: Env, place: impl FnOnce(&Env) -> Place, flush: Flush) -> Setup {
        let clock = ManualClock::at(HOUR_MS);
        let env = Env {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ..env
        };
        let store = PartitionStore::open(env.clone(), place(&env), flush).unwrap();
        let maintenance = Maintenance::new(Arc::clone(&store), &broker());
        Setup {
            clock,
            env,
            store,
            maintenance,
        }
    }

    fn disk() -> Setup {
        Setup::new(env(), |env| Place::one_folder(folder(env)), Flush::Os)
    }

    fn partition(&self, own: &[(&str, &str)]) -> Arc<Partition> {
        partition_of(&self.store, config(own))
    }

    /// Lets `ms` go by and does what is due then.
    async fn after(&mut self, ms: i64) {
        self.clock.advance(ms);
        self.maintenance.pass().await;
    }

    fn files(&self, suffix: &str) -> usize {
        let names = names(&self.env, "/data/t-0");
        names.iter().filter(|name| name.ends_with(suffix)).count()
    }
}

/// `count` records of a kilobyte, at `timestamp`.
fn fill(partition: &Arc<Partition>, count: usize, timestamp: i64) {
    for _ in 0..count {
        let _ = partition
            .append_records(&record(&"x".repeat(1_000)), timestamp)
            .unwrap();
    }
}

const SMALL: (&str, &str) = ("internal.segment.bytes", "3000");

#[tokio::test]
async fn time_passes_and_segments_go_in_two_steps() {
    let mut setup = Setup::disk();
    let partition = setup.partition(&[
        SMALL,
        ("retention.ms", "600000"),
        ("file.delete.delay.ms", "60000"),
    ]);
    fill(&partition, 6, HOUR_MS);
    setup.after(9 * 60_000).await;
    assert_eq!(partition.tail().unwrap().log_start_offset, 0, "not old enough");
    let waiter = Waiter::new();
    partition.subscribe(&waiter);
    setup.after(61_000).await;
    assert_eq!(partition.tail().unwrap().log_start_offset, 0, "no pass was due");
    setup.after(5 * 60_000).await;
    let tail = partition.tail().unwrap();
    assert_eq!((tail.log_start_offset, tail.high_watermark), (6, 6));
    waiter.woken().await;
    assert_eq!((setup.files(".log"), setup.files(".log.deleted")), (1, 3));
    setup.after(60_000).await;
    assert_eq!((setup.files(".log"), setup.files(".deleted")), (1, 0));
    let checkpoint = setup.env.fs.read(Path::new("/data/log-start-offset-checkpoint"));
    assert!(checkpoint.unwrap().starts_with(b"0\n2\nt 0 6\n#crc32c# 0 "));
    fill(&partition, 1, setup.env.now_ms());
    assert_eq!(partition.tail().unwrap().high_watermark, 7);
}

fn on(sim: &SimFs) -> Setup {
    let fs = Arc::new(sim.clone());
    let setup = Env { fs, ..env() };
    Setup::new(setup, |env| Place::one_folder(folder(env)), Flush::Os)
}

#[tokio::test]
async fn a_crash_around_a_pass_brings_nothing_back() {
    let own = [SMALL, ("retention.bytes", "2000")];
    let sim = SimFs::new(7);
    let before = on(&sim);
    fill(&before.partition(&own), 9, HOUR_MS);
    let sim = sim.killed();
    let mut setup = on(&sim);
    let partition = setup.partition(&own);
    setup.after(300_000).await;
    assert_eq!(
        partition.tail().unwrap().log_start_offset,
        6,
        "the pass opened the log by itself"
    );
    assert_eq!(setup.files(".log.deleted"), 3);
    let sim = sim.killed();
    let setup = on(&sim);
    let tail = setup.partition(&own).tail().unwrap();
    assert_eq!((tail.log_start_offset, tail.high_watermark), (6, 9));
    assert_eq!(setup.files(".deleted"), 0);
}

#[tokio::test]
async fn a_changed_policy_holds_from_the_next_pass_on() {
    let mut setup = Setup::disk();
    let partition = setup.partition(&[SMALL]);
    fill(&partition, 6, HOUR_MS);
    setup.after(2 * HOUR_MS).await;
    assert_eq!(partition.tail().unwrap().log_start_offset, 0);
    for (own, start) in [
        (
            &[SMALL, ("cleanup.policy", "compact"), ("retention.ms", "1000")][..],
            0,
        ),
        (&[SMALL, ("cleanup.policy", ""), ("retention.ms", "1000")], 0),
        (&[SMALL, ("retention.bytes", "2000")], 4),
        (
            &[
                SMALL,
                ("cleanup.policy", "compact,delete"),
                ("retention.ms", "1000"),
            ],
            6,
        ),
    ] {
        partition.set_config(config(own));
        setup.after(300_000).await;
        assert_eq!(partition.tail().unwrap().log_start_offset, start, "{own:?}");
    }
}

#[tokio::test]
async fn an_unopened_log_is_opened_only_when_it_is_due() {
    let own = [SMALL, ("retention.ms", "7200000")];
    for clean in [true, false] {
        let sim = SimFs::new(7);
        let before = on(&sim);
        fill(&before.partition(&own), 6, HOUR_MS);
        if clean {
            before.store.close().unwrap();
        }
        let mut setup = on(&sim.killed());
        let partition = setup.partition(&own);
        setup.after(HOUR_MS).await;
        setup.after(HOUR_MS - 300_000).await;
        assert_eq!(setup.store.unopened_dirs(0), ["t-0"], "nothing can be due yet");
        setup.after(300_001).await;
        assert!(setup.store.unopened_dirs(0).is_empty());
        assert_eq!(partition.tail().unwrap().log_start_offset, 6);
    }
}

#[tokio::test]
async fn nothing_that_is_not_synced_goes_under_fsync() {
    let setup = Setup::new(env(), |env| Place::one_folder(folder(env)), Flush::Fsync);
    let partition = setup.partition(&[SMALL, ("retention.ms", "1000")]);
    fill(&partition, 6, HOUR_MS);
    let _ = partition.barrier().done().await;
    let durable = partition.tail().unwrap().high_watermark;
    assert!(
        partition
            .retain(&super::retention::retention_of(&partition.config()), 2 * HOUR_MS)
            .unwrap()
    );
    let start = partition.tail().unwrap().log_start_offset;
    assert!(start > 0 && start <= durable);
}

#[tokio::test]
async fn somebody_else_at_work_is_left_alone() {
    let mut setup = Setup::disk();
    let partition = setup.partition(&[SMALL, ("retention.ms", "1000")]);
    fill(&partition, 6, HOUR_MS);
    {
        let _token = partition.try_maintain().unwrap();
        assert!(!partition.retention_pass(2 * HOUR_MS).unwrap().retired);
    }
    setup.after(300_000).await;
    assert_eq!(partition.tail().unwrap().log_start_offset, 6);
}

#[tokio::test]
async fn silent_producers_are_forgotten() {
    let mut setup = Setup::disk();
    let partition = setup.partition(&[]);
    let batch = storage::BatchBuilder::new(HOUR_MS).producer(9, 0, 0);
    let batch = {
        let mut batch = batch;
        batch.push(HOUR_MS, None, Some(b"v"), &[]);
        batch.build()
    };
    let _ = partition.append(&batch, HOUR_MS).unwrap();
    assert!(partition.append(&batch, HOUR_MS).unwrap().0.duplicate);
    setup.after(23 * HOUR_MS).await;
    assert!(partition.append(&batch, HOUR_MS).unwrap().0.duplicate);
    setup.after(2 * HOUR_MS).await;
    assert!(!partition.append(&batch, HOUR_MS).unwrap().0.duplicate);
}

#[tokio::test]
async fn a_full_disk_does_not_keep_what_is_to_go() {
    let sim = SimFs::new(7);
    let mut setup = on(&sim);
    let partition = setup.partition(&[SMALL, ("retention.ms", "1000")]);
    fill(&partition, 6, HOUR_MS);
    sim.set_space_left(Some(0));
    setup.after(300_000).await;
    assert_eq!(
        partition.tail().unwrap().log_start_offset,
        4,
        "the active segment cannot be rolled"
    );
    assert_eq!((setup.files(".log"), setup.files(".log.deleted")), (1, 2));
    setup.after(60_000).await;
    assert_eq!(setup.files(".deleted"), 0);
    let setup = on(&sim.killed());
    assert_eq!(setup.partition(&[SMALL]).tail().unwrap().log_start_offset, 4);
}

fn in_memory(limit_bytes: u64) -> (Setup, Arc<MemoryBudget>) {
    let budget = Arc::new(MemoryBudget::new(limit_bytes));
    let place = Place::Memory(Arc::clone(&budget));
    (Setup::new(env(), |_| place, Flush::Os), budget)
}

#[tokio::test]
async fn full_memory_lets_go_what_is_past_its_retention_and_nothing_else() {
    let (setup, budget) = in_memory(1 << 20);
    let young = setup.partition(&[("retention.ms", "600000")]);
    let old = setup.partition(&[("retention.ms", "60000")]);
    let kept = setup.partition(&[("cleanup.policy", "compact"), ("retention.ms", "1")]);
    fill(&old, 400, HOUR_MS);
    fill(&kept, 100, HOUR_MS);
    fill(&young, 200, HOUR_MS);
    setup.clock.advance(61_000);
    let now_ms = setup.env.now_ms();
    assert_eq!(
        old.tail().unwrap().log_start_offset,
        0,
        "nobody needs the room yet"
    );
    fill(&young, 500, now_ms);
    let starts = |partitions: [&Arc<Partition>; 3]| partitions.map(|p| p.tail().unwrap().log_start_offset);
    let [old_start, kept_start, young_start] = starts([&old, &kept, &young]);
    assert_eq!((old_start, kept_start, young_start), (400, 0, 0));
    let full = loop {
        if let Err(error) = young.append_records(&record(&"x".repeat(1_000)), now_ms) {
            break error;
        }
    };
    assert!(matches!(full, PartitionError::MemoryFull { .. }));
    assert!(full.to_string().contains("--memory-limit"), "{full}");
    assert_eq!(
        starts([&old, &kept, &young]),
        [400, 0, 0],
        "nothing within its retention goes"
    );
    assert!(budget.used_bytes() <= 1 << 20);
    setup.clock.advance(600_000);
    fill(&kept, 100, now_ms);
    let [_, kept_start, young_start] = starts([&old, &kept, &young]);
    assert_eq!(kept_start, 0);
    // Whole segments whose newest record is too old.
    assert!((100..=200).contains(&young_start), "{young_start}");
}

#[tokio::test]
async fn full_memory_takes_the_oldest_first() {
    let (setup, _) = in_memory(1 << 20);
    let [younger, older] = [(); 2].map(|()| setup.partition(&[("retention.ms", "60000")]));
    let writer = setup.partition(&[]);
    fill(&younger, 300, HOUR_MS + 1);
    fill(&older, 300, HOUR_MS);
    setup.clock.advance(120_000);
    let now_ms = setup.env.now_ms();
    let starts = || [&older, &younger].map(|p| p.tail().unwrap().log_start_offset);
    for full in [[300, 0], [300, 300]] {
        let before = starts();
        while starts() == before {
            fill(&writer, 1, now_ms);
        }
        assert_eq!(starts(), full);
    }
}

#[tokio::test]
async fn a_size_limit_makes_a_ring_of_full_memory() {
    let (setup, _) = in_memory(1 << 20);
    let partition = setup.partition(&[("retention.bytes", "300000")]);
    fill(&partition, 5_000, HOUR_MS);
    let tail = partition.tail().unwrap();
    let left = tail.high_watermark - tail.log_start_offset;
    assert_eq!(tail.high_watermark, 5_000);
    assert!(left >= 280, "{left} records of a kilobyte");
    let read = partition
        .read(tail.log_start_offset, 1 << 20, 5_000, true)
        .unwrap();
    assert!(read.bytes >= 300_000);
}
