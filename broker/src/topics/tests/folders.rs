//! Several data folders: who goes where, and what a failed one takes along.

use storage::BatchBuilder;

use super::*;
use crate::config::{Settings, Source};
use crate::partition::two_disks::Mounts;
use crate::partition::{Folder, Folders, Partition, PartitionError};

/// A broker with `/a` (which holds the metadata) and `/b`; `without` names a folder that cannot be opened.
fn open(fs: &Mounts, flush: Flush, without: Option<&str>) -> (Topics, Arc<PartitionStore>) {
    let env = Env {
        fs: Arc::new(fs.clone()),
        ..Env::system()
    };
    let metadata = folder(Arc::clone(&env.fs), Path::new("/a"));
    let second = match without {
        Some(path) => Folder::failed(path.into(), "it is gone".into()),
        None => {
            let ids = FolderIds {
                cluster_id: Some(metadata.cluster_id().to_owned()),
                node_id: 1,
                fresh_cluster_id: Uuid::new_v4(),
                fresh_directory_id: Uuid::new_v4(),
            };
            Folder::open(DataFolder::open(Arc::clone(&env.fs), Path::new("/b"), &ids, 100).unwrap())
        }
    };
    let folders = Folders::new(vec![Folder::open(Arc::clone(&metadata)), second], metadata);
    let store = PartitionStore::open(env.clone(), Place::Disk(folders), flush).unwrap();
    let mut settings = Settings::new(Profile::Dev);
    settings.lay([("log.dirs", "/a,/b")], &Source::Set).unwrap();
    let mut config = Config::new(settings).unwrap();
    config.flush = flush;
    let topics = Topics::open(env, Arc::new(config), Arc::clone(&store)).unwrap();
    (topics, store)
}

fn append(partition: &Arc<Partition>, value: &str) -> Result<i64, PartitionError> {
    let mut batch = BatchBuilder::new(5);
    batch.push(5, None, Some(value.as_bytes()), &[]);
    let (appended, _) = partition.append(&batch.build(), 5)?;
    Ok(appended.base_offset)
}

async fn create(topics: &Topics, name: &str, partitions: i32) -> Arc<Topic> {
    let made = topics.create_topics(&[new_topic(name, partitions)], false).await;
    assert!(made[0].1.is_ok(), "{made:?}");
    Arc::clone(topics.image().topic(name).unwrap())
}

fn paths(topic: &Arc<Topic>) -> Vec<String> {
    let path = |p: &Arc<Partition>| p.folder().unwrap().path().display().to_string();
    topic.partitions.iter().map(path).collect()
}

#[tokio::test]
async fn new_partitions_go_where_the_fewest_are() {
    let fs = Mounts::two(1);
    let (topics, _store) = open(&fs, Flush::Os, None);
    let t = create(&topics, "t", 3).await;
    assert_eq!(paths(&t), ["/a", "/b", "/a"]);
    let u = create(&topics, "u", 2).await;
    assert_eq!(paths(&u), ["/b", "/a"]);
    for partition in t.partitions.iter().chain(&u.partitions) {
        append(partition, "v").unwrap();
    }
    assert!(fs.exists(Path::new("/b/t-1")).unwrap() && !fs.exists(Path::new("/a/t-1")).unwrap());
    topics.delete_topics(&[by_name("t")]).await;
    assert_eq!(paths(&create(&topics, "w", 1).await), ["/a"], "one each now");
}

#[tokio::test]
async fn a_restart_finds_every_partition_in_its_folder() {
    for clean in [true, false] {
        let fs = Mounts::two(2);
        let (topics, store) = open(&fs, Flush::Os, None);
        let t = create(&topics, "t", 4).await;
        for partition in &t.partitions {
            append(partition, "v").unwrap();
        }
        let before = paths(&t);
        if clean {
            topics.close().await.unwrap();
            store.close().unwrap();
        }
        let (topics, store) = open(&fs.killed(), Flush::Os, None);
        assert_eq!(store.unclean_start(), !clean);
        let t = Arc::clone(topics.image().topic("t").unwrap());
        assert_eq!(paths(&t), before);
        for partition in &t.partitions {
            assert_eq!(partition.tail().unwrap().log_end_offset, 1);
            assert_eq!(append(partition, "w").unwrap(), 1);
        }
    }
}

#[tokio::test]
async fn a_disk_that_fails_takes_only_its_partitions_along() {
    for (flush, what) in [(Flush::Os, "write"), (Flush::Fsync, "sync")] {
        let fs = Mounts::two(3);
        let (topics, store) = open(&fs, flush, None);
        let t = create(&topics, "t", 4).await;
        for partition in &t.partitions {
            append(partition, "v").unwrap();
        }
        match what {
            "write" => fs.disk(1).fail_writes(1),
            _ => fs.disk(1).fail_syncs(1),
        }
        let [_, b, _, other_b] = &t.partitions[..] else {
            panic!()
        };
        let _ = append(b, "w");
        let folders = store.folders().unwrap();
        assert!(folders.list()[1].offline_reason().is_some(), "{what}");
        assert!(folders.fatal_reason().is_none());
        for partition in [b, other_b] {
            assert!(partition.is_offline());
            for refused in [append(partition, "x").map(drop), partition.tail().map(drop)] {
                let code = crate::error_map::partition(&refused.unwrap_err());
                assert_eq!(code, protocol_shim::ErrorCode::KafkaStorageError, "{what}");
            }
        }
        for partition in [&t.partitions[0], &t.partitions[2]] {
            assert_eq!(append(partition, "x").unwrap(), 1);
        }
        assert_eq!(paths(&create(&topics, "u", 3).await), ["/a", "/a", "/a"]);
        store.write_checkpoints().unwrap();
        // The next start finds the disk well again.
        let (topics, _store) = open(&fs.killed(), flush, None);
        let t = Arc::clone(topics.image().topic("t").unwrap());
        assert!(t.partitions.iter().all(|p| append(p, "y").unwrap() >= 1));
    }
}

#[tokio::test]
async fn the_metadata_folder_is_not_survived() {
    let fs = Mounts::two(4);
    let (topics, store) = open(&fs, Flush::Fsync, None);
    fs.disk(0).fail_syncs(1);
    assert!(
        topics.create_topics(&[new_topic("t", 1)], false).await[0]
            .1
            .is_err()
    );
    let reason = store.folders().unwrap().fatal_reason().unwrap();
    assert!(reason.contains("/a"), "{reason}");
}

#[tokio::test]
async fn a_folder_that_is_away_at_the_start_comes_back_whole() {
    let fs = Mounts::two(5);
    let (topics, store) = open(&fs, Flush::Os, None);
    let t = create(&topics, "t", 2).await;
    for partition in &t.partitions {
        append(partition, "v").unwrap();
    }
    topics.close().await.unwrap();
    store.close().unwrap();
    let fs = fs.killed();
    let (topics, store) = open(&fs, Flush::Os, Some("/b"));
    let t = Arc::clone(topics.image().topic("t").unwrap());
    assert_eq!(append(&t.partitions[0], "w").unwrap(), 1);
    assert!(t.partitions[1].is_offline());
    let refused = append(&t.partitions[1], "w").unwrap_err().to_string();
    assert!(refused.contains("log.dirs"), "{refused}");
    topics.close().await.unwrap();
    store.close().unwrap();
    let (topics, _store) = open(&fs.killed(), Flush::Os, None);
    let t = Arc::clone(topics.image().topic("t").unwrap());
    assert_eq!(append(&t.partitions[0], "x").unwrap(), 2);
    assert_eq!(append(&t.partitions[1], "x").unwrap(), 1, "nothing was lost");
}

#[tokio::test]
async fn a_partition_in_two_folders_is_refused_and_nothing_else() {
    let fs = Mounts::two(6);
    let (topics, _store) = open(&fs, Flush::Os, None);
    let t = create(&topics, "t", 2).await;
    for partition in &t.partitions {
        append(partition, "v").unwrap();
    }
    let fs = fs.killed();
    fs.create_dir_all(Path::new("/b/t-0")).unwrap();
    let (topics, _store) = open(&fs, Flush::Os, None);
    let t = Arc::clone(topics.image().topic("t").unwrap());
    let refused = append(&t.partitions[0], "w").unwrap_err().to_string();
    assert!(
        refused.contains("/a/t-0") && refused.contains("/b/t-0"),
        "{refused}"
    );
    assert_eq!(append(&t.partitions[1], "w").unwrap(), 1);
}

#[tokio::test]
async fn a_directory_that_was_moved_by_hand_is_found_and_noted() {
    let fs = Mounts::two(7);
    let (topics, store) = open(&fs, Flush::Os, None);
    let t = create(&topics, "t", 1).await;
    append(&t.partitions[0], "v").unwrap();
    topics.close().await.unwrap();
    store.close().unwrap();
    let fs = fs.killed();
    fs.create_dir_all(Path::new("/b/t-0")).unwrap();
    for entry in fs.list(Path::new("/a/t-0")).unwrap() {
        let from = Path::new("/a/t-0").join(&entry.name);
        let bytes = fs.read(&from).unwrap();
        fs.write_atomic(&Path::new("/b/t-0").join(&entry.name), &bytes)
            .unwrap();
    }
    fs.remove_dir_all(Path::new("/a/t-0")).unwrap();
    let (topics, store) = open(&fs, Flush::Os, None);
    let t = Arc::clone(topics.image().topic("t").unwrap());
    assert_eq!(paths(&t), ["/b"]);
    assert_eq!(
        t.placement[0].placement.directories,
        [store.folders().unwrap().list()[1].id()]
    );
    assert_eq!(append(&t.partitions[0], "w").unwrap(), 1);
}

/// Sets `cordoned.log.dirs`; empty for none.
async fn cordon(topics: &Topics, value: &str) {
    let change = ConfigChange {
        resource: Resource::broker("1"),
        name: "cordoned.log.dirs".into(),
        value: Some(value.into()),
    };
    topics.alter_configs(vec![change]).await.unwrap();
}

#[tokio::test]
async fn a_cordon_acts_at_once_and_the_registration_tells() {
    let fs = Mounts::two(8);
    let (topics, store) = open(&fs, Flush::Os, None);
    topics.register(Vec::new()).await.unwrap();
    let ids = store.folders().unwrap().online_ids();
    let registered = || async { topics.shared().writer.lock().await.state.brokers[&1].clone() };
    assert_eq!(registered().await.cordoned, Some(Vec::new()));
    cordon(&topics, "/a").await;
    assert_eq!(registered().await.cordoned, Some(vec![ids[0]]));
    assert_eq!(paths(&create(&topics, "t", 3).await), ["/b", "/b", "/b"]);
    cordon(&topics, "*").await;
    assert_eq!(registered().await.cordoned, Some(ids.clone()));
    assert!(
        topics.create_topics(&[new_topic("u", 1)], false).await[0]
            .1
            .is_err()
    );
    cordon(&topics, "").await;
    let registered = registered().await;
    assert_eq!(
        (registered.cordoned, registered.directories),
        (Some(Vec::new()), ids)
    );
    assert_eq!(paths(&create(&topics, "u", 2).await), ["/a", "/a"]);
}
