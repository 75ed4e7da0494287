//! A shard with its log and its parked requests: decide, append, replay, reply.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::classic::Waiter;
use super::config::GroupsConfig;
use super::effects::{Effects, Now, Reply};
use super::log::OffsetsLog;
use super::shard::Shard;
use super::topics_view::TopicsSource;
use super::types::GroupError;
use crate::coordinator::Replayed;
use crate::partition::{KeyValue, Ticket};
use crate::records::groups::GroupRecord;

/// The most bytes of keys and values that go into one batch.
const BATCH_BYTES_MAX: usize = 768 * 1024;

/// After how many milliseconds a shard whose log failed is loaded again.
const RELOAD_MS: i64 = 1000;

/// A loaded shard.
#[derive(Debug)]
struct Loaded {
    shard: Shard,
    /// Parked requests; dropping one answers it with [`GroupError::NotCoordinator`]. As many as there are
    /// connections with a parked request, at most.
    waiting: HashMap<Waiter, oneshot::Sender<Reply>>,
    waiters: u64,
}

/// One shard behind its short lock; loaded at first use.
#[derive(Debug)]
pub struct Slot {
    index: i32,
    loaded: Mutex<Option<Loaded>>,
    /// Monotonic milliseconds of the earliest deadline; `i64::MAX` for none.
    next_deadline_ms: AtomicI64,
}

/// A decision's own answer, and when it may be given.
#[derive(Debug)]
pub struct Decided<R> {
    /// The answer.
    pub answer: R,
    /// Durability of what was decided.
    pub ticket: Ticket,
    /// A deadline came nearer.
    pub hurry: bool,
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

    /// The earliest deadline, monotonic milliseconds; `i64::MAX` for none.
    pub fn next_deadline_ms(&self) -> i64 {
        self.next_deadline_ms.load(Ordering::SeqCst)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Loaded>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the shard; parked requests are answered with an error, the next use loads it from the log.
    pub fn unload(&self) {
        *self.lock() = None;
    }

    /// Makes one decision and all that passed deadlines ask for.
    ///
    /// # Errors
    /// What the log's failure means for the caller; the shard is loaded anew at its next use.
    pub fn decide<R>(
        &self,
        config: &Arc<GroupsConfig>,
        log: &dyn OffsetsLog,
        topics: &dyn TopicsSource,
        now: Now,
        waiter: Option<oneshot::Sender<Reply>>,
        decision: impl FnOnce(&mut Shard, Waiter, &mut Effects) -> R,
    ) -> Result<Decided<R>, GroupError> {
        let mut guard = self.lock();
        let decided = guard
            .take()
            .map_or_else(|| load(self.index, config, log, topics, now), Ok)
            .and_then(|mut loaded| {
                loaded.shard.observe(topics.view());
                let (answer, ticket) = loaded.decide(self.index, log, now, waiter, decision)?;
                Ok((loaded, answer, ticket))
            });
        let next = match &decided {
            Ok((loaded, ..)) => loaded.shard.next_deadline_ms().unwrap_or(i64::MAX),
            // The sessions of its members must go on, so it is loaded again even if nobody asks.
            Err(_) => now.mono_ms.saturating_add(RELOAD_MS),
        };
        let hurry = next < self.next_deadline_ms.swap(next, Ordering::SeqCst);
        let (loaded, answer, ticket) = decided?;
        // Only a shard whose records all made it to the log is put back.
        *guard = Some(loaded);
        Ok(Decided {
            answer,
            ticket,
            hurry,
        })
    }
}

fn load(
    index: i32,
    config: &Arc<GroupsConfig>,
    log: &dyn OffsetsLog,
    topics: &dyn TopicsSource,
    now: Now,
) -> Result<Loaded, GroupError> {
    let mut shard = Shard::new(config.clone(), topics.view());
    log.replay(index, &mut |found| match found {
        Replayed::End { producer_id, commit } => shard.replay_end(producer_id, commit),
        Replayed::Record {
            key,
            value,
            producer_id,
        } => match (GroupRecord::decode(key, value), producer_id) {
            (Ok(Some(record)), Some(producer_id)) => shard.replay_in_transaction(producer_id, record),
            (Ok(Some(record)), None) => shard.replay(record),
            (Ok(None), _) => {}
            (Err(error), _) => {
                tracing::warn!(shard = index, %error, "passed over an unreadable record of the offsets log");
            }
        },
    })?;
    let mut effects = Effects::default();
    shard.loaded(now, &mut effects);
    shard.finish(&mut effects);
    Ok(Loaded {
        shard,
        waiting: HashMap::new(),
        waiters: 0,
    })
}

impl Loaded {
    fn park(&mut self, sender: Option<oneshot::Sender<Reply>>) -> Waiter {
        self.waiters += 1;
        let id = Waiter(self.waiters);
        if let Some(sender) = sender {
            self.waiting.insert(id, sender);
        }
        id
    }

    /// One decision, and what deadlines that have passed ask for.
    fn decide<R>(
        &mut self,
        index: i32,
        log: &dyn OffsetsLog,
        now: Now,
        waiter: Option<oneshot::Sender<Reply>>,
        decision: impl FnOnce(&mut Shard, Waiter, &mut Effects) -> R,
    ) -> Result<(R, Ticket), GroupError> {
        let id = self.park(waiter);
        let mut effects = Effects::default();
        let answer = decision(&mut self.shard, id, &mut effects);
        let mut ticket = self.settle(index, log, now, effects)?;
        loop {
            let mut effects = Effects::default();
            if !self.shard.fire_timer(now, &mut effects) {
                return Ok((answer, ticket.unwrap_or_else(Ticket::durable)));
            }
            ticket = self.settle(index, log, now, effects)?.or(ticket);
        }
    }

    /// Appends, replays, replies; `None` when there was nothing to append.
    fn settle(
        &mut self,
        index: i32,
        log: &dyn OffsetsLog,
        now: Now,
        mut effects: Effects,
    ) -> Result<Option<Ticket>, GroupError> {
        let mut ticket = None;
        for batch in batches(&effects.records) {
            ticket = Some(log.append(index, &batch, now.wall_ms)?);
        }
        for record in std::mem::take(&mut effects.records) {
            self.shard.replay(record);
        }
        self.shard.finish(&mut effects);
        for (waiter, reply) in effects.replies {
            if let Some(sender) = self.waiting.remove(&waiter) {
                // A receiver that is gone belonged to a connection that is gone.
                let _ = sender.send(reply);
            }
        }
        Ok(ticket)
    }
}

fn batches(records: &[GroupRecord]) -> Vec<Vec<KeyValue>> {
    let mut batches: Vec<Vec<KeyValue>> = Vec::new();
    let mut room = 0;
    for record in records.iter().map(GroupRecord::encode) {
        let size = record.key.as_ref().map_or(0, Vec::len) + record.value.as_ref().map_or(0, Vec::len);
        match batches.last_mut() {
            Some(batch) if size <= room => {
                room -= size;
                batch.push(record);
            }
            _ => {
                room = BATCH_BYTES_MAX.saturating_sub(size);
                batches.push(vec![record]);
            }
        }
    }
    batches
}
