//! A shard with its log: decide, append, replay.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::config::Times;
use super::error::TxnError;
use super::shard::{Change, Shard};
use super::state::Transaction;
use crate::coordinator::{Replayed, ShardLog, ShardLogError};
use crate::partition::{KeyValue, Ticket};
use crate::records::transactions::TransactionRecord;

/// One shard behind its short lock; read from its log at first use.
#[derive(Debug)]
pub struct Slot {
    index: i32,
    loaded: Mutex<Option<Shard>>,
    /// Wall milliseconds of the earliest deadline; `i64::MAX` for none.
    next_deadline_ms: AtomicI64,
}

/// How a shard is read and written.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What deadlines go by.
    pub times: Times,
    /// Write records with tagged fields: `transaction.version` is at least 1.
    pub flexible: bool,
    /// Wall milliseconds.
    pub now_ms: i64,
}

/// The answer of a decision, when it is durable, and whether a deadline came nearer.
#[derive(Debug)]
pub struct Decided<R> {
    /// The answer.
    pub answer: R,
    /// Durability of what was decided.
    pub ticket: Ticket,
    /// A deadline came nearer.
    pub hurry: bool,
}

impl From<ShardLogError> for TxnError {
    fn from(error: ShardLogError) -> TxnError {
        match error {
            ShardLogError::Unavailable => TxnError::CoordinatorNotAvailable,
            ShardLogError::Failed => TxnError::NotCoordinator,
        }
    }
}

impl Slot {
    /// A slot that nobody used yet.
    pub fn new(index: i32) -> Slot {
        Slot {
            index,
            loaded: Mutex::new(None),
            next_deadline_ms: AtomicI64::new(i64::MAX),
        }
    }

    /// Number of the shard.
    pub fn index(&self) -> i32 {
        self.index
    }

    /// The earliest deadline, wall milliseconds; `i64::MAX` for none.
    pub fn next_deadline_ms(&self) -> i64 {
        self.next_deadline_ms.load(Ordering::SeqCst)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Shard>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the shard; the next use reads it from the log.
    pub fn unload(&self) {
        *self.lock() = None;
    }

    /// Makes one decision: its changes are appended as one batch and replayed before the lock is given back.
    ///
    /// # Errors
    /// What the log's failure means for the caller; the shard is read anew at its next use.
    pub fn decide<R>(
        &self,
        log: &dyn ShardLog,
        settings: Settings,
        decision: impl FnOnce(&mut Shard, &mut Vec<Change>) -> R,
    ) -> Result<Decided<R>, TxnError> {
        let mut guard = self.lock();
        let decided = match guard.take() {
            Some(shard) => Ok(shard),
            None => self.load(log, settings),
        }
        .and_then(|mut shard| {
            let mut changes = Vec::new();
            let answer = decision(&mut shard, &mut changes);
            let ticket = self.settle(&mut shard, log, settings, changes)?;
            Ok((shard, answer, ticket))
        });
        let next = match &decided {
            Ok((shard, ..)) => shard.next_deadline_ms().unwrap_or(i64::MAX),
            // Open transactions must end in time even if nobody asks.
            Err(_) => settings.now_ms.saturating_add(settings.times.retry_ms()),
        };
        let hurry = next < self.next_deadline_ms.swap(next, Ordering::SeqCst);
        let (shard, answer, ticket) = decided?;
        // Only a shard whose records all made it to the log is put back.
        *guard = Some(shard);
        Ok(Decided {
            answer,
            ticket,
            hurry,
        })
    }

    fn settle(
        &self,
        shard: &mut Shard,
        log: &dyn ShardLog,
        settings: Settings,
        changes: Vec<Change>,
    ) -> Result<Ticket, TxnError> {
        if changes.is_empty() {
            return Ok(Ticket::durable());
        }
        let encode = |change: &Change| {
            let record = TransactionRecord {
                transactional_id: change.id.to_string(),
                value: change.to.as_ref().map(Transaction::to_value),
            };
            record.encode(settings.flexible)
        };
        let records: Vec<KeyValue> = changes.iter().map(encode).collect();
        let ticket = log.append(self.index, &records, settings.now_ms)?;
        changes.into_iter().for_each(|change| shard.replay(change));
        Ok(ticket)
    }

    fn load(&self, log: &dyn ShardLog, settings: Settings) -> Result<Shard, TxnError> {
        let mut shard = Shard::new(settings.times);
        log.replay(self.index, &mut |found| {
            // Nothing in this topic is part of a transaction.
            let Replayed::Record { key, value, .. } = found else {
                return;
            };
            let record = match TransactionRecord::decode(key, value) {
                Ok(Some(record)) => record,
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(shard = self.index, %error, "passed over an unreadable record of the transaction log");
                    return;
                }
            };
            let id: Arc<str> = record.transactional_id.into();
            match record.value.map(Transaction::from_value) {
                None => shard.replay(Change { id, to: None }),
                Some(Some(to)) => shard.replay(Change { id, to: Some(to) }),
                Some(None) => {
                    tracing::warn!(shard = self.index, transactional_id = %id, "passed over a transaction in an unknown state");
                }
            }
        })?;
        Ok(shard)
    }
}
