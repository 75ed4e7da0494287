//! One shard: the transactional ids of one partition of `__transaction_state`. Pure: time goes in, changes come out.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::add;
use super::config::Times;
use super::end::{self, EndRequest, EndStep};
use super::error::TxnError;
use super::init::{self, InitRequest, InitStep};
use super::state::{ProducerIdAndEpoch, TopicPartition, Transaction, TxnState, TxnVersion};
use crate::coordinator::Deadlines;

/// How long after a failed attempt the markers of a decided transaction are tried again.
const MARKERS_RETRY_MS: i64 = 200;

/// A change of a transactional id, to be appended and then replayed; `None` forgets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The transactional id.
    pub id: Arc<str>,
    /// What it becomes.
    pub to: Option<Transaction>,
}

/// What a deadline that has passed asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// A decided transaction misses markers.
    Finish(Arc<str>),
    /// An open transaction was aborted: its markers are to be written.
    Aborted(Arc<str>),
    /// An open transaction cannot be aborted before there is a fresh producer id.
    NeedsProducerId(Arc<str>),
    /// An unused id was forgotten.
    Forgotten(Arc<str>),
}

/// The transactional ids of one shard.
#[derive(Debug, Default)]
pub struct Shard {
    transactions: HashMap<Arc<str>, Transaction>,
    /// One a transactional id: its timeout, the next try of its markers, or its expiry. Wall milliseconds.
    deadlines: Deadlines<Arc<str>>,
    /// Ids whose markers somebody writes just now.
    finishing: HashSet<Arc<str>>,
    times: Times,
}

impl Shard {
    /// A shard of an empty log.
    pub fn new(times: Times) -> Shard {
        Shard {
            times,
            ..Shard::default()
        }
    }

    /// Everything that is known of an id.
    pub fn get(&self, id: &str) -> Option<&Transaction> {
        self.transactions.get(id)
    }

    /// All ids, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Transaction)> {
        self.transactions.iter()
    }

    /// The earliest deadline, wall milliseconds.
    pub fn next_deadline_ms(&self) -> Option<i64> {
        self.deadlines.next_ms()
    }

    fn key(&self, id: &str) -> Arc<str> {
        self.transactions
            .get_key_value(id)
            .map_or_else(|| Arc::from(id), |(key, _)| Arc::clone(key))
    }

    /// Decides an InitProducerId; the step's transaction is the change to append.
    ///
    /// # Errors
    /// As [`init::init`].
    pub fn init(
        &self,
        id: &str,
        request: InitRequest,
        fresh: Option<i64>,
        version: TxnVersion,
        now_ms: i64,
        changes: &mut Vec<Change>,
    ) -> Result<InitStep, TxnError> {
        let step = init::init(self.get(id), request, fresh, version, now_ms)?;
        if let InitStep::Ready(to) | InitStep::AbortFirst(to) = &step {
            changes.push(self.change(id, to.clone()));
        }
        Ok(step)
    }

    /// Decides an AddPartitionsToTxn.
    ///
    /// # Errors
    /// As [`add::add`].
    pub fn add(
        &self,
        id: &str,
        producer: ProducerIdAndEpoch,
        partitions: &BTreeSet<TopicPartition>,
        client_version: TxnVersion,
        now_ms: i64,
        changes: &mut Vec<Change>,
    ) -> Result<(), TxnError> {
        if let Some(to) = add::add(self.get(id), producer, partitions, client_version, now_ms)? {
            changes.push(self.change(id, to));
        }
        Ok(())
    }

    /// Decides an EndTxn.
    ///
    /// # Errors
    /// As [`end::end`].
    pub fn end(
        &self,
        id: &str,
        request: EndRequest,
        fresh: Option<i64>,
        now_ms: i64,
        changes: &mut Vec<Change>,
    ) -> Result<EndStep, TxnError> {
        let step = end::end(self.get(id), request, fresh, now_ms)?;
        if let EndStep::Prepare(to) = &step {
            changes.push(self.change(id, to.clone()));
        }
        Ok(step)
    }

    /// Claims the writing of the markers of a decided transaction: at most one at a time, or a late marker could
    /// end the next transaction. `None` when there is nothing to write or somebody else does.
    pub fn claim_markers(&mut self, id: &str) -> Option<Transaction> {
        let (key, decided) = self.transactions.get_key_value(id)?;
        let free = decided.state.is_prepared() && self.finishing.insert(Arc::clone(key));
        free.then(|| decided.clone())
    }

    /// Gives the claim back; if markers are missing still they are tried again soon.
    pub fn release_markers(&mut self, id: &str, now_ms: i64) {
        self.finishing.remove(id);
        if self.get(id).is_some_and(|t| t.state.is_prepared()) {
            self.deadlines.set(self.key(id), now_ms + MARKERS_RETRY_MS);
        }
    }

    /// All markers of a decided transaction are written.
    pub fn complete(&self, id: &str, now_ms: i64, changes: &mut Vec<Change>) {
        if let Some(decided) = self.get(id).filter(|t| t.state.is_prepared()) {
            changes.push(self.change(id, end::complete(decided, now_ms)));
        }
    }

    /// Takes one deadline that has passed.
    pub fn pop_due(
        &mut self,
        fresh: Option<i64>,
        version: TxnVersion,
        now_ms: i64,
        changes: &mut Vec<Change>,
    ) -> Option<Due> {
        let id = self.deadlines.pop_due(now_ms)?;
        // An id that is forgotten has no deadline.
        let current = self.transactions.get(&id)?;
        match current.state {
            TxnState::PrepareCommit | TxnState::PrepareAbort => Some(Due::Finish(id)),
            TxnState::Ongoing => {
                // Should the append fail, the shard is read again and the deadline set anew.
                let Some(to) = end::fence(current, fresh, version, now_ms) else {
                    self.deadlines
                        .set(Arc::clone(&id), now_ms + self.times.retry_ms());
                    return Some(Due::NeedsProducerId(id));
                };
                changes.push(Change {
                    id: Arc::clone(&id),
                    to: Some(to),
                });
                Some(Due::Aborted(id))
            }
            _ => {
                changes.push(Change {
                    id: Arc::clone(&id),
                    to: None,
                });
                Some(Due::Forgotten(id))
            }
        }
    }

    /// Moves the deadline of an id to now.
    pub fn due_again(&mut self, id: &Arc<str>, now_ms: i64) {
        if self.transactions.contains_key(id) {
            self.deadlines.set(Arc::clone(id), now_ms);
        }
    }

    fn change(&self, id: &str, to: Transaction) -> Change {
        Change {
            id: self.key(id),
            to: Some(to),
        }
    }

    /// Applies a change that is in the log.
    pub fn replay(&mut self, change: Change) {
        let Change { id, to } = change;
        let Some(to) = to else {
            self.transactions.remove(&id);
            return self.deadlines.cancel(&id);
        };
        let at_ms = match to.state {
            TxnState::Ongoing => to.deadline_ms(),
            // Whoever decided writes the markers at once; this is for when that fails, and for after a restart.
            TxnState::PrepareCommit | TxnState::PrepareAbort => to.last_update_ms + MARKERS_RETRY_MS,
            _ => self.times.forget_at_ms(to.last_update_ms),
        };
        self.deadlines.set(Arc::clone(&id), at_ms);
        self.transactions.insert(id, to);
    }
}
