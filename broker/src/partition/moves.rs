//! Moves of partitions between data folders that were asked for and are not done (AlterReplicaLogDirs).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use storage::Relocation;
use tokio::sync::Notify;

use super::pace::Pace;
use super::{Partition, PartitionStore, lock};

/// One move.
#[derive(Debug)]
pub struct Move {
    /// Which partition moves.
    pub partition: Arc<Partition>,
    /// Number of the folder it moves to.
    pub target: usize,
    cancelled: AtomicBool,
    /// Somebody carries it out.
    taken: AtomicBool,
    end_offset: AtomicI64,
    bytes: AtomicU64,
}

impl Move {
    /// Whether somebody thought better of it, or the broker stops.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// Offset up to which the copy has everything; -1 before it has begun.
    pub fn end_offset(&self) -> i64 {
        self.end_offset.load(Ordering::Relaxed)
    }

    /// Bytes of the copy's log files.
    pub fn size_in_bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn progress(&self, copy: &Relocation) {
        self.end_offset.store(copy.end_offset(), Ordering::Relaxed);
        self.bytes.store(copy.size_in_bytes(), Ordering::Relaxed);
    }
}

/// All moves, at most one for each partition.
#[derive(Debug, Default)]
pub struct Moves {
    asked: Mutex<BTreeMap<String, Arc<Move>>>,
    changed: Notify,
    stopped: AtomicBool,
    bytes_per_second_max: Mutex<Option<f64>>,
    pub(super) pace: Pace,
}

impl Moves {
    /// Those that are not done, by directory name.
    pub fn all(&self) -> Vec<Arc<Move>> {
        lock(&self.asked).values().cloned().collect()
    }

    /// One that nobody carries out yet, for the caller to do so; followed by [`Moves::finished`] or [`Moves::put_back`].
    pub fn next(&self) -> Option<Arc<Move>> {
        if self.stopped.load(Ordering::Acquire) {
            return None;
        }
        let asked = lock(&self.asked);
        let mut free = asked.values().filter(|one| !one.taken.load(Ordering::Relaxed));
        let next = free.next().cloned()?;
        next.taken.store(true, Ordering::Relaxed);
        if free.next().is_some() {
            // Several may have been asked for before anybody waited for the first.
            self.changed.notify_one();
        }
        Some(next)
    }

    /// The move could not be done now.
    pub fn put_back(&self, one: &Move) {
        let _asked = lock(&self.asked);
        one.taken.store(false, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// Waits until a move is asked for.
    pub async fn asked(&self) {
        self.changed.notified().await;
    }

    /// Notes that a move is done, or given up.
    pub fn finished(&self, done: &Arc<Move>) {
        let mut asked = lock(&self.asked);
        let name = done.partition.id().dir_name();
        if asked.get(&name).is_some_and(|known| Arc::ptr_eq(known, done)) {
            asked.remove(&name);
        }
    }

    /// Bytes per second that all moves together may copy (`replica.alter.log.dirs.io.max.bytes.per.second`).
    pub fn set_rate(&self, bytes_per_second_max: i64) {
        let rate = Some(bytes_per_second_max).filter(|rate| *rate < i64::MAX);
        *lock(&self.bytes_per_second_max) = rate.map(|rate| rate as f64);
        self.pace.wake();
    }

    /// The same for [`Pace::go_on`].
    pub(super) fn rate(&self) -> f64 {
        lock(&self.bytes_per_second_max).unwrap_or(f64::MAX)
    }

    /// Interrupts what runs; nothing begins any more. The next start removes what was copied.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        for one in lock(&self.asked).values() {
            one.cancelled.store(true, Ordering::Release);
        }
        self.pace.stop();
    }
}

impl PartitionStore {
    /// Asks for a move into a folder; another move of the partition is called off. To where it is already: nothing else
    /// happens (Kafka: `Partition.maybeCreateFutureReplica`).
    pub fn ask_move(&self, partition: &Arc<Partition>, target: usize) {
        let name = partition.id().dir_name();
        let mut asked = lock(&self.moves.asked);
        if asked.get(&name).is_some_and(|known| known.target == target) {
            return;
        }
        if let Some(other) = asked.remove(&name) {
            other.cancelled.store(true, Ordering::Release);
            self.moves.pace.wake();
        }
        if partition.location().is_in(target) {
            return;
        }
        let wanted = Move {
            partition: Arc::clone(partition),
            target,
            cancelled: AtomicBool::new(false),
            taken: AtomicBool::new(false),
            end_offset: AtomicI64::new(-1),
            bytes: AtomicU64::new(0),
        };
        asked.insert(name, Arc::new(wanted));
        drop(asked);
        self.moves.changed.notify_one();
    }

    /// Moves that are not done.
    pub fn moves(&self) -> &Moves {
        &self.moves
    }
}
