//! Partitions that move between data folders: under load, and over a death at every step.

use std::sync::atomic::{AtomicBool, Ordering};

use storage::{BatchBuilder, SimFs};
use tokio::runtime::Handle;

use super::*;
use crate::partition::{Folder, Folders, MoveError, Partition, PartitionError, blocking};

/// A broker with the folders `/a` (which holds the metadata) and `/b`; `None` once the disk is dead.
fn open(fs: &SimFs) -> Option<(Topics, Arc<PartitionStore>)> {
    let env = Env {
        fs: Arc::new(fs.clone()),
        ..Env::system()
    };
    let ids = |cluster_id| FolderIds {
        cluster_id,
        node_id: 1,
        fresh_cluster_id: Uuid::new_v4(),
        fresh_directory_id: Uuid::new_v4(),
    };
    let at = |path: &str, ids| {
        DataFolder::open(Arc::clone(&env.fs), Path::new(path), &ids, 100)
            .inspect_err(|error| eprintln!("{error}"))
            .ok()
    };
    let a = at("/a", ids(None))?;
    let b = at("/b", ids(Some(a.cluster_id().to_owned())))?;
    let folders = Folders::new(vec![Folder::open(Arc::clone(&a)), Folder::open(b)], a);
    let store = PartitionStore::open(env.clone(), Place::Disk(folders), Flush::Os).ok()?;
    let config = Arc::new(Config::of_profile(Profile::Dev));
    let topics = Topics::open(env, config, Arc::clone(&store));
    let topics = topics.inspect_err(|error| eprintln!("{error}")).ok()?;
    Some((topics, store))
}

fn append(partition: &Arc<Partition>, value: u64) -> Result<i64, PartitionError> {
    let mut batch = BatchBuilder::new(5);
    batch.push(5, None, Some(&value.to_be_bytes()), &[]);
    Ok(partition.append(&batch.build(), 5)?.0.base_offset)
}

fn values(partition: &Arc<Partition>) -> Vec<u64> {
    let mut values = Vec::new();
    loop {
        let offset = values.len() as i64;
        let end = partition.tail().unwrap().high_watermark;
        let read = partition.read(offset, 1 << 20, end, true).unwrap();
        if read.bytes == 0 {
            return values;
        }
        let bytes: Vec<u8> = read
            .chunks
            .iter()
            .flat_map(|c| c.to_bytes().unwrap().to_vec())
            .collect();
        let mut rest = &bytes[..];
        while let Some(header) = storage::BatchHeader::read(rest).filter(|h| h.size_in_bytes() <= rest.len())
        {
            assert_eq!(header.base_offset, values.len() as i64);
            let (batch, behind) = rest.split_at(header.size_in_bytes());
            let value: [u8; 8] = batch[batch.len() - 9..batch.len() - 1].try_into().unwrap();
            values.push(u64::from_be_bytes(value));
            rest = behind;
        }
    }
}

fn carry_out(
    topics: &Topics,
    store: &Arc<PartitionStore>,
    partition: &Arc<Partition>,
    to: usize,
) -> Result<(), MoveError> {
    store.ask_move(partition, to);
    let this = store.moves().next().unwrap();
    let directory = store.folders().unwrap().list()[to].id();
    let moved = blocking(|| {
        this.carry_out(|swap| Handle::current().block_on(topics.commit_move(partition.id(), directory, swap)))
    });
    store.moves().finished(&this);
    moved
}

async fn topic(topics: &Topics) -> Arc<Partition> {
    topics.create_topics(&[new_topic("t", 1)], false).await;
    Arc::clone(&topics.image().topic("t").unwrap().partitions[0])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_moves_while_it_is_written_and_read() {
    let fs = SimFs::new(1);
    let (topics, store) = open(&fs).unwrap();
    let partition = topic(&topics).await;
    append(&partition, 0).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let writer = std::thread::spawn({
        let (partition, stop) = (Arc::clone(&partition), Arc::clone(&stop));
        move || {
            let mut next = 1;
            while !stop.load(Ordering::Relaxed) && next < 5_000 {
                assert_eq!(append(&partition, next).unwrap(), next as i64);
                next += 1;
            }
            next
        }
    });
    let reader = std::thread::spawn({
        let (partition, stop) = (Arc::clone(&partition), Arc::clone(&stop));
        move || {
            while !stop.load(Ordering::Relaxed) {
                let seen = values(&partition);
                assert!(seen.iter().copied().eq(0..seen.len() as u64));
            }
        }
    });
    for to in [1, 0, 1] {
        carry_out(&topics, &store, &partition, to).unwrap();
        assert_eq!(partition.folder_number(), Some(to));
        let placed = Arc::clone(&topics.image().topic("t").unwrap().placement[0].placement);
        assert_eq!(placed.directories, [store.folders().unwrap().list()[to].id()]);
    }
    stop.store(true, Ordering::Relaxed);
    let end = writer.join().unwrap();
    reader.join().unwrap();
    assert!(values(&partition).into_iter().eq(0..end));
    let (topics, _store) = open(&fs.killed()).unwrap();
    let partition = Arc::clone(&topics.image().topic("t").unwrap().partitions[0]);
    assert!(values(&partition).into_iter().eq(0..end), "after a kill -9");
    assert_eq!(partition.folder_number(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_at_any_step_of_a_move_leaves_the_old_or_the_new() {
    let mut ended_in = [0, 0];
    for step in 1.. {
        let fs = SimFs::new(step);
        let (topics, store) = open(&fs).unwrap();
        let partition = topic(&topics).await;
        for i in 0..30 {
            append(&partition, i).unwrap();
        }
        partition.trim(0).unwrap();
        store.checkpoint().unwrap();
        fs.sync_all(Path::new("/")).unwrap();
        let before = fs.steps();
        fs.die_after(step);
        let moved = carry_out(&topics, &store, &partition, 1).is_ok();
        for after in [fs.killed(), fs.power_loss()] {
            let (topics, store) = open(&after).unwrap();
            let partition = Arc::clone(&topics.image().topic("t").unwrap().partitions[0]);
            assert!(values(&partition).into_iter().eq(0..30), "step {step}");
            assert_eq!(append(&partition, 30).unwrap(), 30, "step {step}");
            let place = usize::from(partition.folder_number() == Some(1));
            ended_in[place] += 1;
            for folder in store.folders().unwrap().list() {
                let left = after_list(&after, folder.path());
                assert!(
                    left.iter().all(|n| !n.ends_with("-future")),
                    "step {step}: {left:?}"
                );
            }
        }
        if moved && fs.steps() - before < step {
            break;
        }
        assert!(step < 500);
    }
    assert!(ended_in[0] > 3 && ended_in[1] > 3, "{ended_in:?}");
}

fn after_list(fs: &SimFs, path: &Path) -> Vec<String> {
    fs.list(path)
        .unwrap()
        .into_iter()
        .map(|entry| entry.name)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_without_a_log_moves_by_its_record_alone_and_a_disk_that_fails_stops_a_move() {
    let fs = SimFs::new(3);
    let (topics, store) = open(&fs).unwrap();
    let partition = topic(&topics).await;
    carry_out(&topics, &store, &partition, 1).unwrap();
    append(&partition, 0).unwrap();
    assert!(fs.exists(Path::new("/b/t-0")).unwrap() && !fs.exists(Path::new("/a/t-0")).unwrap());
    fs.fail_writes(1);
    let failed = carry_out(&topics, &store, &partition, 0);
    assert!(matches!(failed, Err(MoveError::Log(_))), "{failed:?}");
    assert_eq!(partition.folder_number(), Some(1));
    store.ask_move(&partition, 0);
    let first = store.moves().next().unwrap();
    store.ask_move(&partition, 1);
    assert!(
        first.is_cancelled() && store.moves().next().is_none(),
        "called off"
    );
    assert_eq!(append(&partition, 1).unwrap(), 1);
}
