//! The handle and its timer task over a log in memory.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use storage::SimFs;

use super::memory::Stage;
use crate::coordinator::ShardLog;
use crate::env::{Clock, Env, SystemChance};
use crate::log_levels::LogLevels;
use crate::records::transactions::TransactionRecord;
use crate::transactions::*;

#[derive(Debug, Default)]
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
    fn monotonic_ms(&self) -> i64 {
        self.now_ms()
    }
}

struct World {
    stage: Arc<Stage>,
    clock: Arc<TestClock>,
    transactions: Transactions,
}

fn over(stage: &Arc<Stage>, clock: &Arc<TestClock>) -> Transactions {
    configured(stage, clock, TransactionsConfig::default())
}

fn configured(stage: &Arc<Stage>, clock: &Arc<TestClock>, config: TransactionsConfig) -> Transactions {
    Transactions::new(Parts {
        config,
        env: Env {
            clock: clock.clone(),
            chance: Arc::new(SystemChance),
            fs: Arc::new(SimFs::new(1)),
            log: LogLevels::default(),
        },
        log: stage.clone(),
        ids: stage.clone(),
        peer: stage.clone(),
        version: TxnVersion::V2,
    })
}

fn world() -> World {
    let (stage, clock) = (Arc::<Stage>::default(), Arc::<TestClock>::default());
    let transactions = over(&stage, &clock);
    World {
        stage,
        clock,
        transactions,
    }
}

const INIT: InitRequest = InitRequest {
    timeout_ms: 1000,
    expected: None,
};

fn topic(name: &str, count: i32) -> BTreeSet<TopicPartition> {
    let partition = |partition| TopicPartition {
        topic: name.into(),
        partition,
    };
    (0..count).map(partition).collect()
}

impl World {
    async fn begun(&self) -> ProducerIdAndEpoch {
        let producer = self.transactions.init("t", INIT).await.unwrap();
        let partitions = topic("a", 2);
        let added = self
            .transactions
            .add_partitions("t", producer, &partitions, TxnVersion::V2);
        added.await.unwrap();
        producer
    }

    async fn end(&self, producer: ProducerIdAndEpoch, commit: bool) -> Result<ProducerIdAndEpoch, TxnError> {
        let request = EndRequest {
            producer,
            commit,
            client_version: TxnVersion::V2,
        };
        self.transactions.end("t", request).await
    }

    async fn state(&self) -> TxnState {
        self.transactions.describe("t").await.unwrap().state
    }
}

#[tokio::test]
async fn a_commit_marks_every_partition_and_is_complete_when_answered() {
    let world = world();
    let producer = world.begun().await;
    let next = world.end(producer, true).await.unwrap();
    assert_eq!((next.id, next.epoch), (producer.id, producer.epoch + 1));
    assert_eq!(world.state().await, TxnState::CompleteCommit);
    let markers = world.stage.markers.lock().unwrap();
    assert_eq!(markers.len(), 2);
    for (marker, _) in markers.iter() {
        assert!(marker.commit);
        assert_eq!(marker.producer, next, "markers carry the raised epoch");
        assert_eq!(marker.coordinator_epoch, 7);
    }
}

#[tokio::test]
async fn markers_that_fail_are_written_by_the_timer_task() {
    let world = world();
    let producer = world.begun().await;
    world.stage.stubborn.store(true, Ordering::SeqCst);
    world.end(producer, false).await.unwrap();
    assert_eq!(world.state().await, TxnState::PrepareAbort);
    world.stage.stubborn.store(false, Ordering::SeqCst);
    world.transactions.fire().await;
    assert_eq!(world.state().await, TxnState::PrepareAbort, "not due yet");
    world.clock.0.fetch_add(200, Ordering::SeqCst);
    world.transactions.fire().await;
    assert_eq!(world.state().await, TxnState::CompleteAbort);
    assert_eq!(world.stage.markers.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_decision_survives_a_crash_before_its_markers() {
    let world = world();
    let producer = world.begun().await;
    world.stage.stubborn.store(true, Ordering::SeqCst);
    world.end(producer, true).await.unwrap();
    world.stage.stubborn.store(false, Ordering::SeqCst);
    let restarted = over(&world.stage, &world.clock);
    restarted.load();
    world.clock.0.fetch_add(200, Ordering::SeqCst);
    restarted.fire().await;
    let found = restarted.describe("t").await.unwrap();
    assert_eq!(found.state, TxnState::CompleteCommit);
    assert!(world.stage.markers.lock().unwrap().iter().all(|(m, _)| m.commit));
}

#[tokio::test]
async fn a_move_to_another_producer_id_survives_crashes_in_a_lowered_cluster() {
    let world = world();
    world.transactions.init("t", INIT).await.unwrap();
    let mut used_up = world.transactions.describe("t").await.unwrap();
    used_up.epoch = i16::MAX - 1;
    let record = TransactionRecord {
        transactional_id: "t".to_owned(),
        value: Some(used_up.to_value()),
    };
    let shard = world.transactions.shard_of("t");
    drop(world.stage.append(shard, &[record.encode(false)], 0).unwrap());
    let started = || {
        let transactions = over(&world.stage, &world.clock);
        transactions.set_version(TxnVersion::V0);
        transactions.load();
        transactions
    };
    let request = EndRequest {
        producer: used_up.producer(),
        commit: true,
        client_version: TxnVersion::V2,
    };
    let first = started();
    let partitions = topic("a", 1);
    let added = first.add_partitions("t", request.producer, &partitions, TxnVersion::V2);
    added.await.unwrap();
    world.stage.stubborn.store(true, Ordering::SeqCst);
    let next = first.end("t", request).await.unwrap();
    assert_eq!((next.id, next.epoch), (used_up.producer_id + 1, 0));
    world.stage.stubborn.store(false, Ordering::SeqCst);
    let second = started();
    world.clock.0.fetch_add(200, Ordering::SeqCst);
    second.fire().await;
    assert_eq!(second.end("t", request).await, Ok(next), "a repetition");
    let third = started();
    assert_eq!(third.end("t", request).await, Ok(next), "the same after a crash");
    let added = third.add_partitions("t", next, &partitions, TxnVersion::V2);
    added.await.unwrap();
}

#[tokio::test]
async fn a_failed_append_is_no_decision_and_the_shard_is_read_again() {
    let world = world();
    let producer = world.begun().await;
    world.stage.failing.store(true, Ordering::SeqCst);
    assert_eq!(world.end(producer, true).await, Err(TxnError::NotCoordinator));
    assert!(world.stage.markers.lock().unwrap().is_empty());
    assert_eq!(world.state().await, TxnState::Ongoing);
    world.end(producer, true).await.unwrap();
}

#[tokio::test]
async fn time_is_up_by_the_clock_that_is_given() {
    let world = world();
    let producer = world.begun().await;
    world.clock.0.store(999, Ordering::SeqCst);
    world.transactions.fire().await;
    assert_eq!(world.state().await, TxnState::Ongoing);
    world.clock.0.store(1000, Ordering::SeqCst);
    world.transactions.fire().await;
    assert_eq!(world.state().await, TxnState::CompleteAbort);
    assert!(world.stage.markers.lock().unwrap().iter().all(|(m, _)| !m.commit));
    assert_eq!(world.end(producer, true).await, Err(TxnError::InvalidTxnState));
}

#[tokio::test]
async fn the_clean_up_intervals_bound_the_timer_and_gather_what_is_forgotten() {
    let mut world = world();
    let mut config = TransactionsConfig::default();
    config.times.expiration_ms = 5_000;
    config.times.remove_interval_ms = 4_000;
    config.times.abort_interval_ms = 300;
    world.transactions = configured(&world.stage, &world.clock, config);
    let producer = world.begun().await;
    assert_eq!(world.transactions.wait_ms(), Some(300), "of a second's time-out");
    world.clock.0.fetch_add(900, Ordering::SeqCst);
    assert_eq!(
        world.transactions.wait_ms(),
        Some(100),
        "the deadline itself is met"
    );
    world.stage.failing.store(true, Ordering::SeqCst);
    world.clock.0.fetch_add(100, Ordering::SeqCst);
    world.transactions.fire().await;
    assert_eq!(
        world.transactions.wait_ms(),
        Some(300),
        "what failed is tried again"
    );
    world.end(producer, true).await.unwrap();
    let known = |world: &World| world.transactions.list(|_, _| true).unwrap().len();
    world.clock.0.store(7_999, Ordering::SeqCst);
    world.transactions.fire().await;
    assert_eq!(
        known(&world),
        1,
        "expired at six seconds, and forgotten with others"
    );
    world.clock.0.store(8_000, Ordering::SeqCst);
    world.transactions.fire().await;
    assert_eq!(known(&world), 0);
}

#[tokio::test]
async fn a_new_producer_waits_for_the_end_of_the_old_ones_transaction() {
    let world = world();
    let producer = world.begun().await;
    let answer = world.transactions.init("t", INIT).await;
    assert_eq!(answer, Err(TxnError::ConcurrentTransactions));
    let next = world.transactions.init("t", INIT).await.unwrap();
    assert_eq!((next.id, next.epoch), (producer.id, producer.epoch + 2));
}

#[tokio::test]
async fn bad_arguments_are_refused() {
    let world = world();
    let timeout = |timeout_ms| InitRequest {
        timeout_ms,
        expected: None,
    };
    for bad in [0, -1, 900_001] {
        let answer = world.transactions.init("t", timeout(bad)).await;
        assert_eq!(answer, Err(TxnError::InvalidTransactionTimeout), "{bad}");
    }
    assert_eq!(
        world.transactions.init("", INIT).await,
        Err(TxnError::InvalidRequest)
    );
    assert_eq!(
        world.transactions.describe("nobody").await,
        Err(TxnError::TransactionalIdNotFound)
    );
}

#[tokio::test]
async fn lists_what_passes_a_filter() {
    let world = world();
    world.begun().await;
    world.transactions.init("u", INIT).await.unwrap();
    let all = world.transactions.list(|_, _| true).unwrap();
    assert_eq!(all.len(), 2);
    let open = world
        .transactions
        .list(|_, t| t.state == TxnState::Ongoing)
        .unwrap();
    assert_eq!(open.iter().map(|(id, _)| &**id).collect::<Vec<_>>(), ["t"]);
}

#[tokio::test]
async fn a_census_counts_what_the_log_holds_also_before_anybody_has_read_it() {
    let world = world();
    assert_eq!(world.transactions.census(), TransactionsCensus::default());
    world.clock.0.store(500, Ordering::SeqCst);
    let producer = world.begun().await;
    let restarted = over(&world.stage, &world.clock).census();
    assert_eq!(restarted, world.transactions.census());
    assert_eq!((restarted.open(), restarted.oldest_open_ms), (1, Some(500)));
    assert_eq!(restarted.in_state(TxnState::Ongoing), 1);
    world.stage.stubborn.store(true, Ordering::SeqCst);
    world.clock.0.store(600, Ordering::SeqCst);
    world.end(producer, true).await.unwrap();
    let decided = world.transactions.census();
    assert_eq!(
        (decided.open(), decided.oldest_open_ms),
        (1, Some(500)),
        "its markers are missing"
    );
    assert_eq!(decided.in_state(TxnState::PrepareCommit), 1);
    world.stage.stubborn.store(false, Ordering::SeqCst);
    world.clock.0.store(800, Ordering::SeqCst);
    world.transactions.fire().await;
    let ended = world.transactions.census();
    assert_eq!((ended.open(), ended.oldest_open_ms), (0, None));
    assert_eq!(ended.in_state(TxnState::CompleteCommit), 1);
}
