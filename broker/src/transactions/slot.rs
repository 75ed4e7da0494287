//! A shard with its log: decide, append, replay.

use std::sync::Arc;

use super::config::Times;
use super::error::TxnError;
use super::shard::{Change, Shard};
use super::state::Transaction;
use crate::coordinator::{self, Decided, Replayed, ShardLog, ShardLogError, Timed};
use crate::partition::{KeyValue, Ticket};
use crate::records::transactions::TransactionRecord;

/// One shard behind its short lock; read from its log at first use. Deadlines are in wall milliseconds.
pub type Slot = coordinator::Slot<Shard>;

impl Timed for Shard {
    fn next_deadline_ms(&self) -> Option<i64> {
        Shard::next_deadline_ms(self)
    }
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

impl From<ShardLogError> for TxnError {
    fn from(error: ShardLogError) -> TxnError {
        match error {
            ShardLogError::Unavailable => TxnError::CoordinatorNotAvailable,
            ShardLogError::Failed => TxnError::NotCoordinator,
        }
    }
}

/// A change as it is logged. Kafka refuses to log what a client of raised epochs does while `transaction.version` is 0;
/// here the fields that the first version of the record lacks are left out, as long as a restart can do without them.
pub(super) fn encoded(change: &Change, flexible: bool) -> KeyValue {
    let record = TransactionRecord {
        transactional_id: change.id.to_string(),
        value: change.to.as_ref().map(Transaction::to_value),
    };
    record.encode(flexible || change.to.as_ref().is_some_and(Transaction::is_rotating))
}

impl Slot {
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
        let load = || self.load(log, settings);
        self.run(settings.now_ms, load, |shard| {
            let mut changes = Vec::new();
            let answer = decision(shard, &mut changes);
            let ticket = self.settle(shard, log, settings, changes)?;
            Ok((answer, ticket))
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
        let records: Vec<KeyValue> = changes
            .iter()
            .map(|change| encoded(change, settings.flexible))
            .collect();
        let ticket = log.append(self.index(), &records, settings.now_ms)?;
        changes.into_iter().for_each(|change| shard.replay(change));
        Ok(ticket)
    }

    fn load(&self, log: &dyn ShardLog, settings: Settings) -> Result<Shard, TxnError> {
        let mut shard = Shard::new(settings.times);
        log.replay(self.index(), &mut |found| {
            // Nothing in this topic is part of a transaction.
            let Replayed::Record { key, value, .. } = found else {
                return;
            };
            let record = match TransactionRecord::decode(key, value) {
                Ok(Some(record)) => record,
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(shard = self.index(), %error, "passed over an unreadable record of the transaction log");
                    return;
                }
            };
            let id: Arc<str> = record.transactional_id.into();
            match record.value.map(Transaction::from_value) {
                None => shard.replay(Change { id, to: None }),
                Some(Some(to)) => shard.replay(Change { id, to: Some(to) }),
                Some(None) => {
                    tracing::warn!(shard = self.index(), transactional_id = %id, "passed over a transaction in an unknown state");
                }
            }
        })?;
        Ok(shard)
    }
}
