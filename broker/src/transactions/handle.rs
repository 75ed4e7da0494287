//! The transactions of this broker, for handlers.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI16, Ordering};

use tokio::sync::Notify;

use super::config::TransactionsConfig;
use super::end::{EndRequest, EndStep};
use super::error::TxnError;
use super::init::{InitRequest, InitStep};
use super::peer::Peer;
use super::shard::{Change, Shard};
use super::slot::{Settings, Slot};
use super::state::{ProducerIdAndEpoch, TopicPartition, Transaction, TxnVersion};
use crate::coordinator::{ShardLog, shard_of};
use crate::env::Env;
use crate::partition::Ticket;

/// A fresh producer id, or none when it cannot be had just now.
pub type FreshId<'a> = Pin<Box<dyn Future<Output = Option<i64>> + Send + 'a>>;

/// Where producer ids come from.
pub trait ProducerIds: Send + Sync + Debug {
    /// An id that nobody ever had.
    fn fresh(&self) -> FreshId<'_>;
}

/// What a coordinator is made of.
#[derive(Debug)]
pub struct Parts {
    /// Limits and times.
    pub config: TransactionsConfig,
    /// The world outside.
    pub env: Env,
    /// `__transaction_state`.
    pub log: Arc<dyn ShardLog>,
    /// Producer ids.
    pub ids: Arc<dyn ProducerIds>,
    /// Who takes markers.
    pub peer: Arc<dyn Peer>,
    /// The cluster's `transaction.version`.
    pub version: TxnVersion,
}

/// A cheap handle to all transactions; every method waits until what it reports is durable.
#[derive(Clone, Debug)]
pub struct Transactions(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) parts: Parts,
    pub(super) slots: Vec<Slot>,
    version: AtomicI16,
    /// Rung when there is something to do for the timer task.
    pub(super) alarm: Arc<Notify>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The timer task finds nobody and ends.
        self.alarm.notify_one();
    }
}

impl Transactions {
    /// Transactions over a log. Nothing is read before the first use.
    pub fn new(parts: Parts) -> Transactions {
        let slots = (0..parts.config.partitions.max(1)).map(Slot::new).collect();
        Transactions(Arc::new(Inner {
            version: AtomicI16::new(parts.version.level()),
            parts,
            slots,
            alarm: Arc::default(),
        }))
    }

    /// The partition of `__transaction_state` that holds a transactional id.
    pub fn shard_of(&self, id: &str) -> i32 {
        shard_of(id, self.0.parts.config.partitions)
    }

    /// The cluster's `transaction.version`.
    pub fn version(&self) -> TxnVersion {
        TxnVersion::from_level(self.0.version.load(Ordering::Relaxed))
    }

    /// The cluster's `transaction.version` was changed.
    pub fn set_version(&self, version: TxnVersion) {
        self.0.version.store(version.level(), Ordering::Relaxed);
    }

    /// Makes the transaction topic if it is not there.
    ///
    /// # Errors
    /// [`TxnError::CoordinatorNotAvailable`] when it cannot be made.
    pub async fn ensure_topic(&self) -> Result<(), TxnError> {
        Ok(self.0.parts.log.ensure_topic().await?)
    }

    /// A producer takes a transactional id over: its id and epoch.
    ///
    /// # Errors
    /// Among others [`TxnError::ConcurrentTransactions`] after the open transaction of an older producer was
    /// aborted: the client asks again.
    pub async fn init(&self, id: &str, request: InitRequest) -> Result<ProducerIdAndEpoch, TxnError> {
        if id.is_empty() {
            return Err(TxnError::InvalidRequest);
        }
        if !(1..=self.0.parts.config.max_timeout_ms).contains(&request.timeout_ms) {
            return Err(TxnError::InvalidTransactionTimeout);
        }
        self.ensure_topic().await?;
        let mut fresh = None;
        loop {
            let version = self.version();
            let (step, mut ticket) = self.decide(id, |shard, now_ms, changes| {
                shard.init(id, request, fresh, version, now_ms, changes)
            })?;
            match step? {
                InitStep::NeedsProducerId => fresh = Some(self.fresh_id().await?),
                InitStep::Ready(ready) => {
                    self.settled(id, &mut ticket).await?;
                    return Ok(ready.producer());
                }
                InitStep::AbortFirst(_) => {
                    self.settled(id, &mut ticket).await?;
                    self.finish(id).await;
                    return Err(TxnError::ConcurrentTransactions);
                }
            }
        }
    }

    /// Adds partitions to the open transaction, or begins one with them.
    ///
    /// # Errors
    /// What the producer has to hear.
    pub async fn add_partitions(
        &self,
        id: &str,
        producer: ProducerIdAndEpoch,
        partitions: &BTreeSet<TopicPartition>,
        client_version: TxnVersion,
    ) -> Result<(), TxnError> {
        self.check_id(id)?;
        let (added, mut ticket) = self.decide(id, |shard, now_ms, changes| {
            shard.add(id, producer, partitions, client_version, now_ms, changes)
        })?;
        added?;
        self.settled(id, &mut ticket).await
    }

    /// Whether partitions are in the open transaction: one outcome each.
    ///
    /// # Errors
    /// What all of them get.
    pub fn verify_partitions(
        &self,
        id: &str,
        producer: ProducerIdAndEpoch,
        partitions: &[TopicPartition],
    ) -> Result<Vec<Result<(), TxnError>>, TxnError> {
        self.check_id(id)?;
        // What is not durable yet may be told: should it be lost, so is the log that the caller appends to.
        let (outcomes, _) = self.decide(id, |shard, _, _| {
            super::add::verify(shard.get(id), producer, partitions)
        })?;
        outcomes
    }

    /// Ends the open transaction; answers the producer of the next one.
    ///
    /// # Errors
    /// What the producer has to hear.
    pub async fn end(&self, id: &str, request: EndRequest) -> Result<ProducerIdAndEpoch, TxnError> {
        self.check_id(id)?;
        let mut fresh = None;
        loop {
            let (step, mut ticket) = self.decide(id, |shard, now_ms, changes| {
                shard.end(id, request, fresh, now_ms, changes)
            })?;
            match step? {
                EndStep::NeedsProducerId => fresh = Some(self.fresh_id().await?),
                EndStep::Done(producer) => return Ok(producer),
                EndStep::Prepare(decided) => {
                    self.settled(id, &mut ticket).await?;
                    let next = super::end::complete(&decided, 0).producer();
                    // Kafka answers here. The markers of one broker are quick, and a client that hears of the end
                    // after them never has to ask twice for its next transaction.
                    self.finish(id).await;
                    return Ok(next);
                }
            }
        }
    }

    /// What is known of a transactional id.
    ///
    /// # Errors
    /// [`TxnError::TransactionalIdNotFound`], or why the shard cannot be read.
    pub async fn describe(&self, id: &str) -> Result<Transaction, TxnError> {
        if id.is_empty() {
            return Err(TxnError::InvalidRequest);
        }
        let (found, _) = self.decide(id, |shard, _, _| shard.get(id).cloned())?;
        let mut barrier = self.0.parts.log.barrier(self.shard_of(id));
        self.settled(id, &mut barrier).await?;
        found.ok_or(TxnError::TransactionalIdNotFound)
    }

    /// All transactional ids that pass a filter.
    ///
    /// # Errors
    /// When a shard cannot be read.
    pub fn list(
        &self,
        passes: impl Fn(&str, &Transaction) -> bool,
    ) -> Result<Vec<(Arc<str>, Transaction)>, TxnError> {
        let mut rows = Vec::new();
        if !self.0.parts.log.exists() {
            return Ok(rows);
        }
        for slot in &self.0.slots {
            let (part, _) = self.decide_in(slot, |shard, _, _| {
                let passing = shard.iter().filter(|(id, t)| passes(id, t));
                passing
                    .map(|(id, t)| (Arc::clone(id), t.clone()))
                    .collect::<Vec<_>>()
            })?;
            rows.extend(part);
        }
        Ok(rows)
    }

    fn check_id(&self, id: &str) -> Result<(), TxnError> {
        match id.is_empty() {
            true => Err(TxnError::InvalidRequest),
            false => Ok(()),
        }
    }

    pub(super) async fn fresh_id(&self) -> Result<i64, TxnError> {
        let fresh = self.0.parts.ids.fresh().await;
        fresh.ok_or(TxnError::CoordinatorNotAvailable)
    }

    pub(super) fn slot(&self, id: &str) -> Result<&Slot, TxnError> {
        let index = usize::try_from(self.shard_of(id)).ok();
        index
            .and_then(|index| self.0.slots.get(index))
            .ok_or(TxnError::NotCoordinator)
    }

    pub(super) fn decide<R>(
        &self,
        id: &str,
        decision: impl FnOnce(&mut Shard, i64, &mut Vec<Change>) -> R,
    ) -> Result<(R, Ticket), TxnError> {
        self.decide_in(self.slot(id)?, decision)
    }

    pub(super) fn decide_in<R>(
        &self,
        slot: &Slot,
        decision: impl FnOnce(&mut Shard, i64, &mut Vec<Change>) -> R,
    ) -> Result<(R, Ticket), TxnError> {
        let parts = &self.0.parts;
        let settings = Settings {
            times: parts.config.times,
            flexible: self.version() >= TxnVersion::V1,
            now_ms: parts.env.now_ms(),
        };
        let decided = slot.decide(&*parts.log, settings, |shard, changes| {
            decision(shard, settings.now_ms, changes)
        })?;
        if decided.hurry {
            self.0.alarm.notify_one();
        }
        Ok((decided.answer, decided.ticket))
    }

    pub(super) async fn settled(&self, id: &str, ticket: &mut Ticket) -> Result<(), TxnError> {
        let durable = ticket.done().await;
        durable.map_err(|_| {
            // What the shard believes is not in the log for good.
            if let Ok(slot) = self.slot(id) {
                slot.unload();
            }
            TxnError::NotCoordinator
        })
    }
}
