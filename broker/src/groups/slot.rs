//! A shard with its log and its parked requests: decide, append, replay, reply.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::classic::Waiter;
use super::config::GroupsConfig;
use super::effects::{Effects, Now, Reply};
use super::log::OffsetsLog;
use super::shard::Shard;
use super::topics_view::TopicsSource;
use super::types::GroupError;
use crate::coordinator::{self, Decided, Replayed, Timed};
use crate::partition::{KeyValue, Ticket};
use crate::records::groups::GroupRecord;

/// The most bytes of keys and values that go into one batch.
const BATCH_BYTES_MAX: usize = 768 * 1024;

/// A loaded shard.
#[derive(Debug)]
pub struct Loaded {
    shard: Shard,
    /// Parked requests; dropping one answers it with [`GroupError::NotCoordinator`]. As many as there are
    /// connections with a parked request, at most.
    waiting: HashMap<Waiter, oneshot::Sender<Reply>>,
    waiters: u64,
}

/// One shard behind its short lock; loaded at first use or before. Deadlines are in monotonic milliseconds. Unloading it answers
/// its parked requests with an error.
pub type Slot = coordinator::Slot<Loaded>;

impl Timed for Loaded {
    fn next_deadline_ms(&self) -> Option<i64> {
        self.shard.next_deadline_ms()
    }
}

impl Slot {
    /// Reads the shard from its log before anybody uses it; answers whether a deadline came nearer.
    ///
    /// # Errors
    /// What the log's failure means for callers; the shard is loaded anew at its next use.
    pub fn preload(
        &self,
        config: &Arc<GroupsConfig>,
        log: &dyn OffsetsLog,
        topics: &dyn TopicsSource,
        now: Now,
    ) -> Result<bool, GroupError> {
        self.load_ahead(|| load(self.index(), config, log, topics, now))
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
        let load = || load(self.index(), config, log, topics, now);
        self.run(now.mono_ms, load, |loaded| {
            loaded.shard.observe(topics.view());
            loaded.decide(self.index(), log, now, waiter, decision)
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
    /// The shard itself, to be looked at.
    pub fn shard(&self) -> &Shard {
        &self.shard
    }

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
