//! An offsets log in memory, for tests: appends can be made to fail, durability can be held back.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::log::{InTransaction, OffsetsLog};
use crate::coordinator::{EnsureTopic, ReplaySink, Replayed, ShardLog, ShardLogError};
use crate::partition::{EndMarker, KeyValue, PartitionError, Ticket, TicketError, Verification};

/// See the module.
#[derive(Debug, Default)]
pub struct MemoryOffsetsLog {
    records: Mutex<HashMap<i32, Vec<Entry>>>,
    made: AtomicBool,
    /// Appends fail while set.
    pub failing: AtomicBool,
    /// Tickets stay open while set, until [`MemoryOffsetsLog::sync`].
    pub slow: AtomicBool,
    waiting: Mutex<Vec<oneshot::Sender<Result<(), TicketError>>>>,
}

/// What one shard's log holds.
#[derive(Clone, Debug)]
enum Entry {
    Record(KeyValue, Option<i64>),
    End { producer_id: i64, commit: bool },
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

impl ShardLog for MemoryOffsetsLog {
    fn exists(&self) -> bool {
        self.made.load(Ordering::SeqCst)
    }

    fn ensure_topic(&self) -> EnsureTopic<'_> {
        self.made.store(true, Ordering::SeqCst);
        Box::pin(async { Ok(()) })
    }

    fn append(&self, shard: i32, records: &[KeyValue], _now_ms: i64) -> Result<Ticket, ShardLogError> {
        if self.failing.load(Ordering::SeqCst) {
            return Err(ShardLogError::Failed);
        }
        let entries = records.iter().map(|record| Entry::Record(record.clone(), None));
        lock(&self.records).entry(shard).or_default().extend(entries);
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

    fn epoch(&self, _shard: i32) -> i32 {
        0
    }

    fn replay(&self, shard: i32, apply: &mut ReplaySink<'_>) -> Result<(), ShardLogError> {
        for entry in lock(&self.records).get(&shard).into_iter().flatten() {
            apply(match entry {
                Entry::Record(record, producer_id) => Replayed::Record {
                    key: record.key.as_deref().unwrap_or_default(),
                    value: record.value.as_deref(),
                    producer_id: *producer_id,
                },
                Entry::End { producer_id, commit } => Replayed::End {
                    producer_id: *producer_id,
                    commit: *commit,
                },
            });
        }
        Ok(())
    }
}

impl OffsetsLog for MemoryOffsetsLog {
    fn append_in_transaction(
        &self,
        shard: i32,
        records: &[KeyValue],
        transaction: InTransaction,
        _now_ms: i64,
    ) -> Result<Ticket, PartitionError> {
        let of = Some(transaction.producer_id);
        let entries = records.iter().map(|record| Entry::Record(record.clone(), of));
        lock(&self.records).entry(shard).or_default().extend(entries);
        Ok(self.barrier(shard))
    }

    fn append_marker(&self, shard: i32, marker: EndMarker, _now_ms: i64) -> Result<Ticket, PartitionError> {
        let end = Entry::End {
            producer_id: marker.producer_id,
            commit: marker.commit,
        };
        lock(&self.records).entry(shard).or_default().push(end);
        Ok(self.barrier(shard))
    }

    fn announce(
        &self,
        _shard: i32,
        _producer_id: i64,
        _epoch: i16,
    ) -> Result<Option<Verification>, PartitionError> {
        Ok(None)
    }
}
