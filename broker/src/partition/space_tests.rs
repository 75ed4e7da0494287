//! The floor of free space, on simulated disks.

use std::sync::Arc;

use storage::{BatchBuilder, DataFolder, FileSystem, FolderIds};
use uuid::Uuid;

use super::tests::{env, partition, record};
use super::two_disks::Mounts;
use super::*;
use crate::config::{Config, Flush, Profile, TopicConfig};
use crate::env::Env;

const FLOOR: i64 = 10_000;

fn open(disks: &Mounts) -> Arc<PartitionStore> {
    let fs: Arc<dyn FileSystem> = Arc::new(disks.clone());
    let folder = |path: &str, id| {
        let ids = FolderIds {
            cluster_id: None,
            node_id: 1,
            fresh_cluster_id: Uuid::from_u128(1),
            fresh_directory_id: Uuid::from_u128(id),
        };
        DataFolder::open(Arc::clone(&fs), path.as_ref(), &ids, 16).unwrap()
    };
    let (a, b) = (folder("/a", 1001), folder("/b", 1002));
    let folders = Folders::new(vec![Folder::open(Arc::clone(&a)), Folder::open(b)], a);
    let env = Env {
        fs: Arc::clone(&fs),
        ..env()
    };
    let store = PartitionStore::open(env, Place::Disk(folders), Flush::Os).unwrap();
    store.set_disk_floor(FLOOR);
    store
}

fn on_b(store: &Arc<PartitionStore>) -> Arc<Partition> {
    let id = PartitionId {
        topic: "other".into(),
        topic_id: Uuid::from_u128(9),
        index: 0,
    };
    let config = TopicConfig::resolve(&Config::of_profile(Profile::Dev), &Default::default());
    let directory = store.folders().unwrap().get(1).unwrap().id();
    Partition::new(id, directory, 0, store, config)
}

fn produce(partition: &Arc<Partition>) -> Result<i64, PartitionError> {
    let mut batch = BatchBuilder::new(5);
    batch.push(5, None, Some(b"v"), &[]);
    Ok(partition.append(&batch.build(), 5)?.0.base_offset)
}

#[tokio::test]
async fn producers_are_refused_early_and_served_again() {
    let disks = Mounts::two(1);
    let store = open(&disks);
    let watch = DiskWatch::new(Arc::clone(&store));
    let (partition, other) = (partition(&store), on_b(&store));
    assert_eq!(produce(&partition).unwrap(), 0);
    disks.disk(0).set_space_left(Some(9_999));
    watch.pass();
    let refused = produce(&partition).unwrap_err().to_string();
    for part in ["/a", "9999", "10000", "ottla.disk.free.min.bytes"] {
        assert!(refused.contains(part), "{refused}");
    }
    // The other folder, and all but producers, go on.
    assert_eq!(produce(&other).unwrap(), 0);
    let (_, mut ticket) = partition.append_records(&record("commit"), 5).unwrap();
    ticket.done().await.unwrap();
    assert!(partition.read(0, 1 << 20, 2, true).unwrap().bytes > 0);
    assert_eq!(partition.trim(1).unwrap(), 1);
    store.checkpoint().unwrap();
    watch.pass();
    assert!(produce(&partition).is_err());
    disks.disk(0).set_space_left(Some(20_000));
    watch.pass();
    assert_eq!(produce(&partition).unwrap(), 2);
    disks.disk(0).set_space_left(Some(9_999));
    watch.pass();
    assert!(produce(&partition).is_err());
    partition.delete().unwrap();
}

#[tokio::test]
async fn a_changed_floor_counts_at_once() {
    let disks = Mounts::two(2);
    let store = open(&disks);
    disks.disk(0).set_space_left(Some(50_000));
    let partition = partition(&store);
    produce(&partition).unwrap();
    store.set_disk_floor(60_000);
    assert!(produce(&partition).is_err());
    store.set_disk_floor(0);
    produce(&partition).unwrap();
    // Left to the broker: 64 MiB on a large disk.
    store.set_disk_floor(-1);
    assert!(produce(&partition).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watch_notices_what_nobody_tells_it() {
    let disks = Mounts::two(3);
    let store = open(&disks);
    let partition = partition(&store);
    let task = store.env().spawn(DiskWatch::new(Arc::clone(&store)).run());
    // Near the floor, so that the watch looks often.
    for (space, served) in [(50_000, true), (1, false), (50_000, true)] {
        disks.disk(0).set_space_left(Some(space));
        let deadline = store.env().deadline(20_000);
        while produce(&partition).is_ok() != served {
            assert!(tokio::time::Instant::now() < deadline, "never noticed");
            store.env().sleep_ms(5).await;
        }
    }
    task.abort();
}
