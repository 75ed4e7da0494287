//! An offsets log in memory, for tests: appends can be made to fail, durability can be held back.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::log::{EnsureTopic, OffsetsLog, OffsetsLogError, ReplaySink};
use crate::partition::{KeyValue, Ticket, TicketError};

/// See the module.
#[derive(Debug, Default)]
pub struct MemoryOffsetsLog {
    records: Mutex<HashMap<i32, Vec<KeyValue>>>,
    made: AtomicBool,
    /// Appends fail while set.
    pub failing: AtomicBool,
    /// Tickets stay open while set, until [`MemoryOffsetsLog::sync`].
    pub slow: AtomicBool,
    waiting: Mutex<Vec<oneshot::Sender<Result<(), TicketError>>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MemoryOffsetsLog {
    /// Makes everything durable, or fails it.
    pub fn sync(&self, result: Result<(), TicketError>) {
        self.slow.store(false, Ordering::SeqCst);
        for sender in lock(&self.waiting).drain(..) {
            let _ = sender.send(result);
        }
    }

    /// Number of records in a shard.
    pub fn len(&self, shard: i32) -> usize {
        lock(&self.records).get(&shard).map_or(0, Vec::len)
    }
}

impl OffsetsLog for MemoryOffsetsLog {
    fn exists(&self) -> bool {
        self.made.load(Ordering::SeqCst)
    }

    fn ensure_topic(&self) -> EnsureTopic<'_> {
        self.made.store(true, Ordering::SeqCst);
        Box::pin(async { Ok(()) })
    }

    fn append(&self, shard: i32, records: &[KeyValue], _now_ms: i64) -> Result<Ticket, OffsetsLogError> {
        if self.failing.load(Ordering::SeqCst) {
            return Err(OffsetsLogError::Failed);
        }
        lock(&self.records)
            .entry(shard)
            .or_default()
            .extend_from_slice(records);
        Ok(self.barrier(shard))
    }

    fn barrier(&self, _shard: i32) -> Ticket {
        if !self.slow.load(Ordering::SeqCst) {
            return Ticket::durable();
        }
        let (sender, receiver) = oneshot::channel();
        lock(&self.waiting).push(sender);
        Ticket::waiting(receiver)
    }

    fn replay(&self, shard: i32, apply: &mut ReplaySink<'_>) -> Result<(), OffsetsLogError> {
        for record in lock(&self.records).get(&shard).into_iter().flatten() {
            apply(record.key.as_deref().unwrap_or_default(), record.value.as_deref());
        }
        Ok(())
    }
}
