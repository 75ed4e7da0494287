//! A partition against its promises: on disk and in memory, synced and not.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use storage::{DataFolder, FolderIds, MemoryBudget, SimFs};
use uuid::Uuid;

use super::*;
use crate::config::{Config, Flush, Profile, TopicConfig};
use crate::env::{Env, SystemChance, SystemClock};
use crate::log_levels::LogLevels;

pub(super) fn env() -> Env {
    Env {
        clock: Arc::new(SystemClock::default()),
        chance: Arc::new(SystemChance),
        fs: Arc::new(SimFs::new(7)),
        log: LogLevels::default(),
    }
}

pub(super) fn folder(env: &Env) -> Arc<DataFolder> {
    let ids = FolderIds {
        cluster_id: None,
        node_id: 1,
        fresh_cluster_id: Uuid::from_u128(1),
        fresh_directory_id: Uuid::from_u128(2),
    };
    DataFolder::open(Arc::clone(&env.fs), Path::new("/data"), &ids, 16).unwrap()
}

pub(super) fn partition(store: &Arc<PartitionStore>) -> Arc<Partition> {
    let config = TopicConfig::resolve(&Config::of_profile(Profile::Dev), &BTreeMap::new());
    partition_of(store, config)
}

pub(super) fn partition_of(store: &Arc<PartitionStore>, config: Arc<TopicConfig>) -> Arc<Partition> {
    let id = PartitionId {
        topic: "t".into(),
        topic_id: Uuid::from_u128(3),
        index: 0,
    };
    Partition::new(id, Uuid::nil(), 0, store, config)
}

pub(super) fn record(value: &str) -> [KeyValue; 1] {
    [KeyValue {
        key: None,
        value: Some(value.as_bytes().to_vec()),
    }]
}

#[tokio::test]
async fn what_is_appended_is_durable_visible_and_read_back() {
    for flush in [Flush::Os, Flush::Fsync] {
        let env = env();
        let store = PartitionStore::open(env.clone(), Place::one_folder(folder(&env)), flush).unwrap();
        let partition = partition(&store);
        assert_eq!(partition.tail().unwrap().log_end_offset, 0);
        assert!(
            env.fs.list(Path::new("/data/t-0")).is_err(),
            "no directory before the first append"
        );
        for i in 0..10 {
            let (appended, mut ticket) = partition.append_records(&record("v"), 5).unwrap();
            ticket.done().await.unwrap();
            assert_eq!(appended.base_offset, i);
            assert_eq!(partition.tail().unwrap().high_watermark, i + 1);
        }
        let read = partition.read(3, 1 << 20, 10, true).unwrap();
        assert!(read.bytes > 0);
        assert!(matches!(
            partition.read(11, 1, 11, true),
            Err(PartitionError::OffsetOutOfRange {
                offset: 11,
                log_start_offset: 0,
                high_watermark: 10
            })
        ));
    }
}

#[tokio::test]
async fn appends_from_many_threads_are_all_synced() {
    let env = env();
    let store = PartitionStore::open(env.clone(), Place::one_folder(folder(&env)), Flush::Fsync).unwrap();
    let partition = partition(&store);
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let partition = Arc::clone(&partition);
            std::thread::spawn(move || {
                let tickets: Vec<Ticket> = (0..200)
                    .map(|_| partition.append_records(&record("v"), 5).unwrap().1)
                    .collect();
                tickets
            })
        })
        .collect();
    for thread in threads {
        for mut ticket in thread.join().unwrap() {
            ticket.done().await.unwrap();
        }
    }
    assert_eq!(partition.tail().unwrap().high_watermark, 800);
}

#[tokio::test]
async fn a_waiter_hears_of_an_append_and_of_a_deletion() {
    let store = PartitionStore::open(
        env(),
        Place::Memory(Arc::new(MemoryBudget::new(1 << 20))),
        Flush::Os,
    )
    .unwrap();
    let partition = partition(&store);
    let waiter = Waiter::new();
    partition.subscribe(&waiter);
    let _ = partition.append_records(&record("v"), 5).unwrap();
    waiter.woken().await;
    partition.subscribe(&waiter);
    partition.delete().unwrap();
    waiter.woken().await;
    assert!(matches!(partition.tail(), Err(PartitionError::Deleted)));
    assert!(matches!(
        partition.append_records(&record("v"), 5),
        Err(PartitionError::Deleted)
    ));
}

#[tokio::test]
async fn a_restart_finds_everything_under_a_later_epoch() {
    for clean in [true, false] {
        let env = env();
        {
            let store =
                PartitionStore::open(env.clone(), Place::one_folder(folder(&env)), Flush::Os).unwrap();
            let partition = partition(&store);
            let _ = partition.append_records(&record("v"), 5).unwrap();
            if clean {
                store.close().unwrap();
            }
        }
        let store = PartitionStore::open(env.clone(), Place::one_folder(folder(&env)), Flush::Os).unwrap();
        assert_eq!(store.unclean_start(), !clean);
        let partition = partition(&store);
        partition.raise_leader_epoch(5);
        assert_eq!(partition.tail().unwrap().high_watermark, 1);
        let ends = |epoch| partition.end_offset_for_epoch(epoch).unwrap();
        assert_eq!(
            [ends(0), ends(3), ends(5), ends(6)],
            [Some((0, 1)), Some((0, 1)), Some((5, 1)), None]
        );
        let _ = partition.append_records(&record("v"), 5).unwrap();
        assert_eq!(
            [ends(0), ends(3), ends(5), ends(6)],
            [Some((0, 1)), Some((0, 1)), Some((5, 2)), None]
        );
        assert_eq!(partition.trim(1).unwrap(), 1);
        assert!(matches!(
            partition.trim(3),
            Err(PartitionError::OffsetOutOfRange { .. })
        ));
    }
}

#[tokio::test]
async fn a_full_memory_refuses_and_reads_go_on() {
    let store =
        PartitionStore::open(env(), Place::Memory(Arc::new(MemoryBudget::new(4096))), Flush::Os).unwrap();
    let partition = partition(&store);
    // Not past its retention: that would go.
    let now_ms = store.env().now_ms();
    let value = "x".repeat(1000);
    let refused = (0..100).find_map(|_| partition.append_records(&record(&value), now_ms).err());
    assert!(matches!(
        refused,
        Some(PartitionError::MemoryFull { limit_bytes: 4096 })
    ));
    let end = partition.tail().unwrap().high_watermark;
    assert!(end > 0 && partition.read(0, 1 << 20, end, true).unwrap().bytes > 0);
}

#[test]
fn logs_that_were_not_used_are_opened_together() {
    let env = env();
    let config = TopicConfig::resolve(&Config::of_profile(Profile::Dev), &BTreeMap::new());
    let start = |folder: &Arc<DataFolder>| {
        let store =
            PartitionStore::open(env.clone(), Place::one_folder(Arc::clone(folder)), Flush::Os).unwrap();
        store.set_recovery_threads(4);
        let partitions = (0..20).map(|index| {
            let id = PartitionId {
                topic: "t".into(),
                topic_id: Uuid::from_u128(3),
                index,
            };
            Partition::new(id, Uuid::nil(), 0, &store, Arc::clone(&config))
        });
        partitions.collect::<Vec<_>>()
    };
    let data = folder(&env);
    for partition in start(&data).iter().step_by(2) {
        for _ in 0..=partition.id().index {
            let _done = partition.append_records(&record("v"), 5).unwrap();
        }
    }
    drop(data);
    // Segment 0 of one starts with a later segment's name: it is refused, and the others are not.
    let fs = &env.fs;
    fs.rename(
        Path::new("/data/t-4/00000000000000000000.log"),
        Path::new("/data/t-4/00000000000000000003.log"),
    )
    .unwrap();
    let partitions = start(&folder(&env));
    open_together(partitions.iter());
    for partition in &partitions {
        let index = partition.id().index;
        let expected = if index % 2 == 0 { i64::from(index) + 1 } else { 0 };
        match index {
            4 => assert!(partition.tail().is_err()),
            _ => {
                assert!(partition.is_settled(), "{index}");
                assert_eq!(partition.tail().unwrap().log_end_offset, expected);
            }
        }
    }
}
