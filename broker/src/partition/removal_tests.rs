//! What becomes of files that are no longer wanted, by a clock that the test moves.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use storage::{FileSystem, SimFs};

use super::tests::{env, folder, partition, record};
use super::*;
use crate::config::{Config, Flush, Profile};
use crate::env::{Clock, Env};

/// Both clocks in one number.
#[derive(Debug)]
pub(super) struct ManualClock(AtomicI64);

impl ManualClock {
    pub(super) fn at(now_ms: i64) -> Arc<ManualClock> {
        Arc::new(ManualClock(AtomicI64::new(now_ms)))
    }

    pub(super) fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
    fn monotonic_ms(&self) -> i64 {
        self.now_ms()
    }
}

pub(super) fn names(env: &Env, dir: &str) -> Vec<String> {
    let entries = env.fs.list(Path::new(dir)).unwrap_or_default();
    entries.into_iter().map(|entry| entry.name).collect()
}

fn disk_store(env: &Env) -> Arc<PartitionStore> {
    PartitionStore::open(env.clone(), Place::one_folder(folder(env)), Flush::Os).unwrap()
}

#[tokio::test]
async fn a_deleted_partition_waits_out_its_delay_beside_its_successor() {
    let clock = ManualClock::at(1_000);
    let env = Env {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ..env()
    };
    let store = disk_store(&env);
    let mut maintenance = Maintenance::new(Arc::clone(&store), &Config::of_profile(Profile::Kafka));
    let first = partition(&store);
    let _ = first.append_records(&record("v"), 5).unwrap();
    let end = first.tail().unwrap().high_watermark;
    let in_flight = first.read(0, 1 << 20, end, true).unwrap();
    first.delete().unwrap();
    let second = partition(&store);
    let _ = second.append_records(&record("w"), 5).unwrap();
    let left = |wanted: &str| names(&env, "/data").iter().filter(|n| n.contains(wanted)).count();
    assert_eq!((left("t-0"), left("-delete")), (2, 1));
    let delay_ms = second.config().file_delete_delay_ms;
    clock.advance(delay_ms - 1);
    maintenance.pass().await;
    assert_eq!(left("-delete"), 1, "not due yet");
    clock.advance(1);
    maintenance.pass().await;
    assert_eq!((left("t-0"), left("-delete")), (1, 0));
    let held = in_flight.chunks.first().unwrap().to_bytes().unwrap();
    assert_eq!(held.len(), in_flight.bytes, "a reply under way is not cut off");
}

/// A wait for the disk for each would hold up everybody else: that many take seconds.
#[tokio::test]
async fn many_partitions_are_deleted_with_one_sync() {
    let fs = Arc::new(SimFs::new(7));
    let env = Env {
        fs: Arc::clone(&fs) as Arc<dyn FileSystem>,
        ..env()
    };
    let store = disk_store(&env);
    let config = partition(&store).config();
    let partitions: Vec<_> = (0..20)
        .map(|index| {
            let id = PartitionId {
                topic: "t".into(),
                topic_id: uuid::Uuid::from_u128(3),
                index,
            };
            Partition::new(id, uuid::Uuid::nil(), 0, &store, Arc::clone(&config))
        })
        .collect();
    for partition in &partitions {
        let _ = partition.append_records(&record("v"), 5).unwrap();
    }
    let before = fs.steps();
    Partition::delete_all(partitions.iter());
    assert_eq!(fs.steps() - before, 21, "a new name for each, and a sync");
    let left = fs.power_loss().list(Path::new("/data")).unwrap();
    let left: Vec<String> = left.into_iter().map(|entry| entry.name).collect();
    assert!(
        !left
            .iter()
            .any(|name| name.starts_with("t-") && !name.ends_with("-delete")),
        "{left:?}"
    );
}

#[tokio::test]
async fn an_unopened_partition_is_deleted_without_opening_it() {
    let env = env();
    let store = disk_store(&env);
    let _ = partition(&store).append_records(&record("v"), 5).unwrap();
    store.close().unwrap();
    drop(store);
    let store = disk_store(&env);
    partition(&store).delete().unwrap();
    assert!(!names(&env, "/data").contains(&"t-0".to_owned()));
    assert!(store.unopened_dirs(0).is_empty());
    store.close().unwrap();
    assert!(
        names(&env, "/data").iter().all(|name| !name.ends_with("-delete")),
        "a clean stop leaves nothing behind"
    );
}
