//! Compaction by a clock that the test moves: what is due when, on disk and in memory.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use storage::{DataFolder, FileSystem, FolderIds, MemoryBudget, Scratch, for_each_record};
use uuid::Uuid;

use super::compaction::Pass;
use super::removal_tests::{ManualClock, names};
use super::tests::{env, folder, partition_of};
use super::two_disks::Mounts;
use super::*;
use crate::config::{CleanerConfig, Config, Flush, Profile, TopicConfig};
use crate::env::{Clock, Env};

const START_MS: i64 = 1_000_000;

fn broker() -> Config {
    Config::of_profile(Profile::Kafka)
}

fn config(own: &[(&str, &str)]) -> Arc<TopicConfig> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    all.insert("cleanup.policy".into(), "compact".into());
    all.insert("internal.segment.bytes".into(), "2000".into());
    all.extend(own.iter().map(|(k, v)| ((*k).into(), (*v).into())));
    TopicConfig::resolve(&broker(), &all)
}

struct Setup {
    clock: Arc<ManualClock>,
    env: Env,
    store: Arc<PartitionStore>,
    cleaner: Cleaner,
    settings: Arc<Mutex<CleanerConfig>>,
}

fn setup(env: Env, place: impl FnOnce(&Env) -> Place) -> Setup {
    let clock = ManualClock::at(START_MS);
    let env = Env {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ..env
    };
    let store = PartitionStore::open(env.clone(), place(&env), Flush::Os).unwrap();
    let settings = Arc::new(Mutex::new(broker().cleaner));
    let source = Arc::clone(&settings);
    let cleaner = Cleaner::new(Arc::clone(&store), Box::new(move || *lock(&source)));
    Setup {
        clock,
        env,
        store,
        cleaner,
        settings,
    }
}

fn disk() -> Setup {
    setup(env(), |env| Place::one_folder(folder(env)))
}

fn memory() -> Setup {
    setup(env(), |_| Place::Memory(Arc::new(MemoryBudget::new(1 << 20))))
}

fn put(partition: &Arc<Partition>, key: &str, value: Option<&str>, now_ms: i64) {
    let record = KeyValue {
        key: Some(key.as_bytes().to_vec()),
        value: value.map(|v| v.as_bytes().to_vec()),
    };
    let _ = partition.append_records(&[record], now_ms).unwrap();
}

/// Twenty values of two keys, each in a segment of its own with its neighbours.
fn overwrite(partition: &Arc<Partition>, now_ms: i64) {
    for i in 0..20 {
        put(
            partition,
            if i % 2 == 0 { "a" } else { "b" },
            Some(&"v".repeat(300)),
            now_ms,
        );
    }
}

fn offsets(partition: &Arc<Partition>) -> Vec<i64> {
    let start = partition.tail().unwrap().log_start_offset;
    let mut next = start;
    let mut offsets = Vec::new();
    loop {
        let found = partition.read(next, 1 << 20, i64::MAX, true).unwrap();
        if found.bytes == 0 {
            return offsets;
        }
        let bytes: Vec<u8> = found.chunks.iter().flat_map(|c| c.to_bytes().unwrap()).collect();
        for (header, batch) in storage::Batches::new(&bytes) {
            for_each_record(batch, &mut Scratch::default(), |r| {
                offsets.push(r.offset);
                Ok::<(), ()>(())
            })
            .unwrap();
            next = header.next_offset();
        }
    }
}

#[tokio::test]
async fn a_dirty_log_is_compacted_and_the_checkpoint_written() {
    for mut setup in [disk(), memory()] {
        let partition = partition_of(&setup.store, config(&[]));
        assert!(!setup.cleaner.pass().cleaned);
        overwrite(&partition, START_MS);
        assert!(setup.cleaner.pass().cleaned);
        let left = offsets(&partition);
        assert!(left.len() < 10, "{left:?}");
        assert!(!setup.cleaner.pass().cleaned, "nothing is dirty any more");
        let cleaned_to = partition.compaction.cleaned_to().unwrap();
        if setup.store.folders().is_some() {
            let file = Path::new("/data/cleaner-offset-checkpoint");
            let text = String::from_utf8(setup.env.fs.read(file).unwrap()).unwrap();
            assert!(
                text.starts_with(&format!("0\n2\nt 0 {cleaned_to}\n#crc32c# 0 ")),
                "{text}"
            );
            // Old files wait for file.delete.delay.ms, nothing else is left.
            let names = names(&setup.env, "/data/t-0");
            assert!(
                names
                    .iter()
                    .all(|n| !n.ends_with(".swap") && !n.ends_with(".cleaned")),
                "{names:?}"
            );
            assert!(names.iter().any(|n| n.ends_with(".log.deleted")));
        }
    }
}

#[tokio::test]
async fn a_log_without_compact_is_left_alone_until_its_policy_says_so() {
    let mut setup = disk();
    let partition = partition_of(&setup.store, config(&[("cleanup.policy", "delete")]));
    overwrite(&partition, START_MS);
    assert!(!setup.cleaner.pass().cleaned);
    partition.set_config(config(&[("cleanup.policy", "compact,delete")]));
    assert!(setup.cleaner.pass().cleaned);
}

#[tokio::test]
async fn the_dirty_ratio_and_the_minimal_lag_hold_back() {
    let mut setup = disk();
    let partition = partition_of(&setup.store, config(&[("min.compaction.lag.ms", "1000")]));
    overwrite(&partition, START_MS);
    assert!(!setup.cleaner.pass().cleaned);
    setup.clock.advance(1001);
    assert!(setup.cleaner.pass().cleaned);
    partition.set_config(config(&[("min.cleanable.dirty.ratio", "1.0")]));
    overwrite(&partition, START_MS + 1001);
    assert!(!setup.cleaner.pass().cleaned);
    partition.set_config(config(&[("min.cleanable.dirty.ratio", "0.1")]));
    assert!(setup.cleaner.pass().cleaned);
}

#[tokio::test]
async fn the_maximal_lag_rolls_the_active_segment_and_compacts() {
    let mut setup = disk();
    let lag = ("max.compaction.lag.ms", "5000");
    let partition = partition_of(&setup.store, config(&[lag, ("min.cleanable.dirty.ratio", "1.0")]));
    put(&partition, "a", Some("1"), START_MS);
    put(&partition, "a", Some("2"), START_MS);
    for _ in 0..5 {
        assert_eq!(
            setup.cleaner.pass(),
            Pass {
                cleaned: false,
                has_deadlines: true
            }
        );
        setup.clock.advance(1000);
    }
    assert!(!setup.cleaner.pass().cleaned);
    setup.clock.advance(1);
    assert!(setup.cleaner.pass().cleaned);
    assert_eq!(offsets(&partition), [1]);
    assert!(!setup.cleaner.pass().cleaned);
    // The next record starts the next wait.
    put(&partition, "a", Some("3"), START_MS + 5001);
    assert!(!setup.cleaner.pass().cleaned);
    setup.clock.advance(5001);
    assert!(setup.cleaner.pass().cleaned);
    assert_eq!(offsets(&partition), [2]);
}

#[tokio::test]
async fn a_log_that_nobody_opened_since_the_start_is_compacted() {
    let first = disk();
    let partition = partition_of(&first.store, config(&[("min.cleanable.dirty.ratio", "1.0")]));
    overwrite(&partition, START_MS);
    first.store.close().unwrap();
    drop(partition);
    let fs = Arc::clone(&first.env.fs);
    let env = first.env.clone();
    drop(first);
    let mut again = setup(Env { fs, ..env }, |env| Place::one_folder(folder(env)));
    let partition = partition_of(&again.store, config(&[("cleanup.policy", "delete")]));
    assert!(!again.cleaner.pass().cleaned);
    assert!(partition.view.load().is_none(), "nothing to do: not opened");
    partition.set_config(config(&[]));
    assert!(again.cleaner.pass().cleaned);
    assert!(partition.compaction.cleaned_to().is_some());
}

#[tokio::test]
async fn a_log_that_cannot_be_compacted_waits_for_another_configuration() {
    let mut setup = disk();
    let partition = partition_of(&setup.store, config(&[]));
    let records: Vec<_> = (0..100)
        .map(|i| KeyValue {
            key: Some(format!("key-{i}").into_bytes()),
            value: Some(vec![1; 5]),
        })
        .collect();
    let _ = partition.append_records(&records, START_MS).unwrap();
    overwrite(&partition, START_MS);
    lock(&setup.settings).dedupe_buffer_bytes = 100;
    assert!(!setup.cleaner.pass().cleaned);
    assert!(!setup.cleaner.pass().cleaned);
    lock(&setup.settings).dedupe_buffer_bytes = 1 << 20;
    assert!(setup.cleaner.pass().cleaned);
}

#[tokio::test]
async fn a_stopped_cleaner_leaves_the_log_as_it_is() {
    let mut setup = disk();
    let partition = partition_of(&setup.store, config(&[]));
    overwrite(&partition, START_MS);
    let before = offsets(&partition);
    setup.cleaner.stopper().stop();
    assert!(!setup.cleaner.pass().cleaned);
    assert_eq!(offsets(&partition), before);
}

#[tokio::test]
async fn a_partition_that_moves_takes_its_checkpoint_along() {
    let fs = Mounts::two(1);
    let ids = FolderIds {
        cluster_id: None,
        node_id: 1,
        fresh_cluster_id: Uuid::from_u128(5),
        fresh_directory_id: Uuid::from_u128(6),
    };
    let open =
        |env: &Env, path: &str| DataFolder::open(Arc::clone(&env.fs), Path::new(path), &ids, 100).unwrap();
    let on_two_disks = Env {
        fs: Arc::new(fs.clone()),
        ..env()
    };
    let mut setup = setup(on_two_disks, |env| {
        let first = open(env, "/a");
        let both = [Arc::clone(&first), open(env, "/b")].map(Folder::open);
        Place::Disk(Folders::new(both.into(), first))
    });
    let partition = partition_of(&setup.store, config(&[]));
    overwrite(&partition, START_MS);
    assert!(setup.cleaner.pass().cleaned);
    let left = offsets(&partition);
    setup.store.ask_move(&partition, 1);
    let this = setup.store.moves().next().unwrap();
    this.carry_out(|swap| swap(&mut || Ok(()))).unwrap();
    let checkpoint = |folder: &str| {
        let path = Path::new(folder).join("cleaner-offset-checkpoint");
        String::from_utf8(fs.read(&path).unwrap()).unwrap()
    };
    let cleaned_to = partition.compaction.cleaned_to().unwrap();
    assert!(checkpoint("/a").starts_with("0\n1\n#crc32c# 0 "));
    assert!(checkpoint("/b").starts_with(&format!("0\n2\nt 0 {cleaned_to}\n#crc32c# 0 ")));
    assert_eq!(offsets(&partition), left);
    assert!(!setup.cleaner.pass().cleaned, "nothing is dirty any more");
}

#[tokio::test]
async fn threads_and_a_changed_configuration_count_at_the_next_pass() {
    let mut setup = disk();
    let partitions = ["a", "b", "c"].map(|name| {
        let id = PartitionId {
            topic: name.into(),
            topic_id: Uuid::from_u128(3),
            index: 0,
        };
        Partition::new(id, Uuid::nil(), 0, &setup.store, config(&[]))
    });
    partitions
        .iter()
        .for_each(|partition| overwrite(partition, START_MS));
    lock(&setup.settings).threads = 0;
    assert!(!setup.cleaner.pass().cleaned);
    lock(&setup.settings).threads = 2;
    assert!(setup.cleaner.pass().cleaned);
    assert!(partitions.iter().all(|partition| offsets(partition).len() < 10));
}

#[tokio::test]
async fn tombstones_go_once_their_retention_has_passed() {
    let mut setup = disk();
    let own = [
        ("delete.retention.ms", "1000"),
        ("min.cleanable.dirty.ratio", "0.01"),
    ];
    let partition = partition_of(&setup.store, config(&own));
    put(&partition, "gone", Some("1"), START_MS);
    put(&partition, "gone", None, START_MS);
    overwrite(&partition, START_MS);
    assert!(setup.cleaner.pass().cleaned);
    assert!(offsets(&partition).contains(&1), "the tombstone is there");
    setup.clock.advance(999);
    overwrite(&partition, START_MS + 999);
    assert!(setup.cleaner.pass().cleaned);
    assert!(offsets(&partition).contains(&1));
    setup.clock.advance(1);
    overwrite(&partition, START_MS + 1000);
    assert!(setup.cleaner.pass().cleaned);
    assert!(!offsets(&partition).contains(&1));
}

#[test]
fn the_rate_holds_compaction_back_until_it_is_raised() {
    let io = super::pace::Pace::default();
    let clock = ManualClock::at(START_MS);
    let asked = std::cell::Cell::new(0);
    let slow_then_free = || {
        asked.set(asked.get() + 1);
        Some(if asked.get() == 1 { 1000.0 } else { f64::MAX })
    };
    assert!(io.go_on(&*clock, 1 << 20, &slow_then_free));
    assert_eq!(asked.get(), 2, "it waited once");
    assert!(io.go_on(&*clock, 100, &|| Some(1e9)), "within the rate");
    assert!(!io.go_on(&*clock, 1 << 30, &|| None), "called off");
    io.stop();
    assert!(!io.go_on(&*clock, 1 << 20, &|| Some(1.0)));
}
