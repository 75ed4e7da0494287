//! `flush.messages` and `flush.ms`, on a disk that tells what was synced and by a clock that the test moves.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use storage::{FileSystem, SimFs};

use super::removal_tests::ManualClock;
use super::tests::{env, folder, partition, record};
use super::*;
use crate::config::{Config, Flush, Profile, TopicConfig};
use crate::env::{Clock, Env};

struct World {
    fs: SimFs,
    clock: Arc<ManualClock>,
    partition: Arc<Partition>,
    timed: TimedFlushes,
}

fn world(flush: Flush, own: &[(&str, &str)]) -> World {
    let fs = SimFs::new(3);
    let clock = ManualClock::at(1_000);
    let env = Env {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        fs: Arc::new(fs.clone()),
        ..env()
    };
    let store = PartitionStore::open(env.clone(), Place::one_folder(folder(&env)), flush).unwrap();
    let partition = partition(&store);
    partition.set_config(config(own));
    World {
        fs,
        clock,
        partition,
        timed: TimedFlushes::new(store),
    }
}

fn config(own: &[(&str, &str)]) -> Arc<TopicConfig> {
    let own: BTreeMap<String, String> = own
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    TopicConfig::resolve(&Config::of_profile(Profile::Dev), &own)
}

impl World {
    async fn append(&self) {
        let (_, mut ticket) = self.partition.append_records(&record("v"), 5).unwrap();
        ticket.done().await.unwrap();
    }

    /// Offsets below this are synced.
    fn synced_to(&self) -> i64 {
        self.partition.checkpoint(false).unwrap().0.recovery_point
    }
}

#[tokio::test]
async fn nothing_is_synced_by_default() {
    let world = world(Flush::Os, &[]);
    for _ in 0..50 {
        world.append().await;
    }
    world.clock.advance(i64::MAX / 2);
    world.timed.pass();
    assert_eq!(world.synced_to(), 0);
    assert_eq!(world.partition.tail().unwrap().high_watermark, 50);
}

#[tokio::test]
async fn so_many_records_are_synced_before_the_last_is_answered() {
    let world = world(Flush::Os, &[("flush.messages", "3")]);
    let mut reached = Vec::new();
    for _ in 0..7 {
        world.append().await;
        reached.push(world.synced_to());
        assert_eq!(
            world.partition.tail().unwrap().high_watermark,
            reached.len() as i64
        );
    }
    assert_eq!(reached, [0, 0, 3, 3, 3, 6, 6]);
    let survivors = world.fs.power_loss();
    let log = survivors.read(Path::new("/data/t-0/00000000000000000000.log"));
    assert!(!log.unwrap().is_empty());
}

#[tokio::test]
async fn a_caller_that_may_wait_syncs_by_itself() {
    let world = world(Flush::Os, &[("flush.messages", "1")]);
    for i in 1..4 {
        let mut builder = storage::BatchBuilder::new(5);
        builder.push(5, None, Some(b"v"), &[]);
        let (_, mut ticket) = world.partition.append(&builder.build(), 5).unwrap();
        assert_eq!(world.synced_to(), i, "no thread was asked");
        ticket.done().await.unwrap();
    }
}

#[tokio::test]
async fn a_sync_comes_in_the_background_when_it_is_due() {
    let world = world(Flush::Os, &[("flush.ms", "100")]);
    world.append().await;
    world.clock.advance(60);
    world.append().await;
    world.timed.pass();
    assert_eq!(world.synced_to(), 0);
    world.clock.advance(40);
    world.timed.pass();
    assert_eq!(world.synced_to(), 2);
    world.append().await;
    world.clock.advance(99);
    world.timed.pass();
    assert_eq!(
        world.synced_to(),
        2,
        "counted from the first record that is not synced"
    );
    world.clock.advance(1);
    world.timed.pass();
    assert_eq!(world.synced_to(), 3);
    assert_eq!(
        world.partition.store.flushes.next_due_ms(),
        None,
        "idle partitions wait for nothing"
    );
}

#[tokio::test]
async fn a_change_counts_for_what_waits_already() {
    let world = world(Flush::Os, &[]);
    world.append().await;
    world.append().await;
    world.partition.set_config(config(&[("flush.ms", "50")]));
    world.clock.advance(50);
    world.timed.pass();
    assert_eq!(world.synced_to(), 2);
    world.append().await;
    world.partition.set_config(config(&[("flush.ms", "500")]));
    world.clock.advance(60);
    world.timed.pass();
    assert_eq!(world.synced_to(), 2);
    world.partition.set_config(config(&[("flush.messages", "2")]));
    assert_eq!(world.partition.store.flushes.next_due_ms(), None);
    world.append().await;
    assert_eq!(world.synced_to(), 4);
}

#[tokio::test]
async fn under_fsync_and_in_memory_there_is_nothing_to_add() {
    let both = [("flush.messages", "1"), ("flush.ms", "1")];
    let synced = world(Flush::Fsync, &both);
    synced.append().await;
    assert_eq!(synced.synced_to(), 1);
    assert_eq!(synced.partition.store.flushes.next_due_ms(), None);
    let budget = Arc::new(storage::MemoryBudget::new(1 << 20));
    let store = PartitionStore::open(env(), Place::Memory(budget), Flush::Os).unwrap();
    let partition = partition(&store);
    partition.set_config(config(&both));
    let (_, ticket) = partition.append_records(&record("v"), 5).unwrap();
    assert!(ticket.is_durable());
    assert_eq!(store.flushes.next_due_ms(), None);
}

#[tokio::test]
async fn a_failed_flush_refuses_the_append_and_takes_the_folder_offline() {
    let world = world(Flush::Os, &[("flush.messages", "2")]);
    world.append().await;
    world.fs.fail_syncs(1);
    let (_, mut ticket) = world.partition.append_records(&record("v"), 5).unwrap();
    assert_eq!(ticket.done().await, Err(TicketError::Offline));
    assert!(world.partition.append_records(&record("v"), 5).is_err());
}

#[tokio::test]
async fn no_start_is_promised_in_a_folder_that_has_failed() {
    let world = world(Flush::Os, &[("flush.messages", "2")]);
    world.append().await;
    assert_eq!(world.partition.trim(1).unwrap(), 1);
    world.fs.fail_syncs(1);
    let (_, mut ticket) = world.partition.append_records(&record("v"), 5).unwrap();
    assert_eq!(ticket.done().await, Err(TicketError::Offline));
    let offline = |answer| matches!(answer, Err(PartitionError::Offline(_)));
    assert!(offline(world.partition.persist_starts()));
    assert!(offline(world.partition.trim(1).map(drop)));
}

#[tokio::test]
async fn many_threads_with_a_flush_each_lose_no_ticket() {
    let world = world(Flush::Os, &[("flush.messages", "3")]);
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let partition = Arc::clone(&world.partition);
            std::thread::spawn(move || {
                let append = |_| partition.append_records(&record("v"), 5).unwrap().1;
                (0..200).map(append).collect::<Vec<Ticket>>()
            })
        })
        .collect();
    for thread in threads {
        for mut ticket in thread.join().unwrap() {
            ticket.done().await.unwrap();
        }
    }
    assert_eq!(world.partition.tail().unwrap().high_watermark, 800);
    assert!(world.synced_to() > 797);
}

#[test]
fn what_a_killed_broker_left_unsynced_is_synced_before_it_is_seen() {
    let open = |fs: &SimFs| {
        let env = Env {
            fs: Arc::new(fs.clone()),
            ..env()
        };
        let place = Place::one_folder(folder(&env));
        partition(&PartitionStore::open_by_hand(env, place, Flush::Fsync).unwrap())
    };
    let fs = SimFs::new(3);
    let _never_durable = open(&fs).append_records(&record("v"), 5).unwrap();
    let fs = fs.killed();
    assert_eq!(open(&fs).tail().unwrap().high_watermark, 1);
    let fs = fs.power_loss();
    assert_eq!(open(&fs).tail().unwrap().high_watermark, 1);
}
