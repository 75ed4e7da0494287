//! One life of the broker: everything but sockets, over a simulated disk.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use storage::{DataFolder, FolderIds, SimFs};
use tokio::sync::watch;
use uuid::Uuid;

use crate::config::{Config, Flush, Profile, Settings, Source};
use crate::context::Context;
use crate::coordinator::{EnsureTopic, ReplaySink, ShardLog, ShardLogError, TopicLog};
use crate::env::{Chance, Clock, Env};
use crate::fetch::FetchSessions;
use crate::groups::Groups;
use crate::log_levels::LogLevels;
use crate::partition::{HeavyWork, KeyValue, PartitionStore, Place, Ticket};
use crate::quotas::Quotas;
use crate::topics::{TRANSACTION_STATE, Topics};
use crate::transactions::loopback::Loopback;
use crate::transactions::{
    FreshId, Marker, Parts, Peer, ProducerIds, TopicPartition, Transactions, TransactionsConfig, TxnVersion,
    Written,
};

/// Faults built in on purpose: the checks have to notice each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The coordinator does not wait until its decision is durable: markers are written before.
    MarksEarly,
    /// The last stable offset passes over the oldest open transaction.
    OverlooksOldest,
    /// The cleaner takes what is undecided for committed.
    CompactsUndecided,
    /// Producer ids are given out before the block that they are of is written down: after a restart, again.
    GivesIdsTwice,
    /// DeleteRecords answers before the log start is written down.
    ForgetsStarts,
    /// What was aborted is not always told to readers of committed records.
    ForgetsAborted,
    /// An abort marker is not written, though the coordinator believes so.
    DropsAborts,
}

#[derive(Debug, Default)]
pub struct TestClock(pub AtomicI64);

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        1_000_000_000_000 + self.monotonic_ms()
    }

    fn monotonic_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[derive(Debug, Default)]
pub struct Counted(AtomicU64);

impl Chance for Counted {
    fn uuid(&self) -> Uuid {
        let n = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        Uuid::from_u128((0x4000_8000 << 64) + u128::from(n))
    }
}

/// A transaction log that says of everything that it is durable.
#[derive(Debug)]
struct Hasty(TopicLog);

impl ShardLog for Hasty {
    fn exists(&self) -> bool {
        self.0.exists()
    }
    fn ensure_topic(&self) -> EnsureTopic<'_> {
        self.0.ensure_topic()
    }
    fn append(&self, shard: i32, records: &[KeyValue], now_ms: i64) -> Result<Ticket, ShardLogError> {
        self.0
            .append(shard, records, now_ms)
            .map(|_ticket| Ticket::durable())
    }
    fn barrier(&self, _shard: i32) -> Ticket {
        Ticket::durable()
    }
    fn epoch(&self, shard: i32) -> i32 {
        self.0.epoch(shard)
    }
    fn replay(&self, shard: i32, apply: &mut ReplaySink<'_>) -> Result<(), ShardLogError> {
        self.0.replay(shard, apply)
    }
}

/// What survives the broker.
#[derive(Clone, Debug)]
pub struct Machine {
    pub fs: SimFs,
    pub flush: Flush,
    pub clock: Arc<TestClock>,
    pub chance: Arc<Counted>,
    pub fault: Option<Fault>,
}

/// A running broker.
#[derive(Debug)]
pub struct Broker {
    pub context: Arc<Context>,
    pub store: Arc<PartitionStore>,
    _stop: watch::Sender<bool>,
}

impl Machine {
    /// Starts the broker; within a runtime.
    pub fn start(&self) -> Broker {
        let env = Env {
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            fs: Arc::new(self.fs.clone()),
            log: LogLevels::default(),
        };
        let ids = FolderIds {
            cluster_id: None,
            node_id: 1,
            fresh_cluster_id: Uuid::from_u128(1),
            fresh_directory_id: Uuid::from_u128(200),
        };
        let folder = DataFolder::open(Arc::clone(&env.fs), Path::new("/data"), &ids, 100).unwrap();
        let mut settings = Settings::new(Profile::Dev);
        let given = [
            ("transaction.state.log.num.partitions", "2"),
            ("offsets.topic.num.partitions", "2"),
            ("log.cleaner.min.cleanable.ratio", "0"),
            ("log.cleaner.delete.retention.ms", "200"),
            ("log.segment.delete.delay.ms", "300"),
        ];
        settings.lay(given, &Source::Set).unwrap();
        let mut config = Config::new(settings).unwrap();
        config.flush = self.flush;
        // Who meets a transaction that is being ended asks again itself.
        config.transactions.add_backoff_max_ms = 0;
        let config = Arc::new(config);
        let store = PartitionStore::open_by_hand(env.clone(), Place::one_folder(folder), self.flush).unwrap();
        match self.fault {
            Some(Fault::OverlooksOldest) => store.overlook_oldest(),
            Some(Fault::CompactsUndecided) => store.compact_undecided(),
            Some(Fault::ForgetsStarts) => store.forget_starts(),
            Some(Fault::ForgetsAborted) => store.forget_aborted(),
            Some(Fault::MarksEarly | Fault::GivesIdsTwice | Fault::DropsAborts) | None => {}
        }
        let topics = Topics::open(env.clone(), Arc::clone(&config), Arc::clone(&store)).unwrap();
        let groups = Groups::open(env.clone(), &config, &topics);
        let transactions = match self.fault {
            Some(fault @ (Fault::MarksEarly | Fault::GivesIdsTwice | Fault::DropsAborts)) => {
                faulty(fault, &env, &config, &topics, &groups)
            }
            _ => Transactions::open(&env, &config, &topics, &groups),
        };
        let (stop, stopping) = watch::channel(false);
        let context = Arc::new(Context {
            quotas: Quotas::open(env.clone(), &config, &topics),
            env,
            config,
            topics,
            groups,
            transactions,
            fetch_sessions: FetchSessions::new(1),
            heavy: HeavyWork::new(1),
            doors: arc_swap::ArcSwap::default(),
            stopping,
        });
        Broker {
            context,
            store,
            _stop: stop,
        }
    }
}

/// Producer ids from the first one on, in every life.
#[derive(Debug, Default)]
struct Forgetful(AtomicI64);

impl ProducerIds for Forgetful {
    fn fresh(&self) -> FreshId<'_> {
        let id = self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move { Some(id) })
    }
}

/// Leaves out the last partition of an abort.
#[derive(Debug)]
struct Careless(Loopback);

impl Peer for Careless {
    fn write_marker<'a>(&'a self, marker: Marker, partitions: &'a [TopicPartition]) -> Written<'a> {
        match partitions.split_last() {
            Some((_, others)) if !marker.commit => Box::pin(async move {
                let mut written = self.0.write_marker(marker, others).await;
                written.push(Ok(()));
                written
            }),
            _ => self.0.write_marker(marker, partitions),
        }
    }
}

/// As [`Transactions::open`], over parts of which one is faulty.
fn faulty(fault: Fault, env: &Env, config: &Config, topics: &Topics, groups: &Groups) -> Transactions {
    let log = || TopicLog::new(topics.clone(), TRANSACTION_STATE, storage::Compression::NONE);
    let peer = || Loopback::new(env.clone(), topics.clone(), groups.clone());
    let mut parts = Parts {
        config: TransactionsConfig {
            partitions: config.transactions.partitions,
            max_timeout_ms: config.transactions.max_timeout_ms,
            times: crate::transactions::open::times(config),
        },
        env: env.clone(),
        log: Arc::new(log()),
        ids: Arc::new(topics.clone()),
        peer: Arc::new(peer()),
        version: TxnVersion::V2,
    };
    match fault {
        Fault::MarksEarly => parts.log = Arc::new(Hasty(log())),
        Fault::GivesIdsTwice => parts.ids = Arc::new(Forgetful::default()),
        Fault::DropsAborts => parts.peer = Arc::new(Careless(peer())),
        _ => {}
    }
    let transactions = Transactions::new(parts);
    transactions.load();
    drop(env.spawn(transactions.timer_task()));
    transactions
}
