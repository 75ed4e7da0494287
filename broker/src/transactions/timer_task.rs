//! The one task of all shards: ends transactions whose time is up, tries markers again, forgets unused ids.

use std::sync::{Arc, Weak};

use super::handle::{Inner, Transactions};
use super::shard::Due;

impl Transactions {
    /// Lets deadlines pass. Sleeps until the earliest one, does nothing at all while there is none, and ends when
    /// the last handle is gone.
    pub fn timer_task(&self) -> impl Future<Output = ()> + Send + 'static {
        run(Arc::downgrade(&self.0))
    }

    /// Lets the timer task look at the clock again, for clocks that jump.
    pub fn clock_moved(&self) {
        self.0.alarm.notify_one();
    }

    /// Forgets everything that was read from the transaction topic; it is read again at its next use.
    pub fn unload(&self) {
        self.0.slots.iter().for_each(super::slot::Slot::unload);
    }

    /// Reads every shard of a topic that is there, so that deadlines from before the start pass in time.
    pub fn load(&self) {
        if !self.0.parts.log.exists() {
            return;
        }
        for slot in &self.0.slots {
            if let Err(error) = self.decide_in(slot, |_, _, _| ()) {
                tracing::warn!(shard = slot.index(), %error, "a transaction shard could not be read; trying again");
            }
        }
    }

    /// Milliseconds until the next deadline, `transaction.abort.timed.out.transaction.cleanup.interval.ms` at most so
    /// that a clock that was set forward is noticed; `None` when there is none.
    pub(super) fn wait_ms(&self) -> Option<i64> {
        let next = self
            .0
            .slots
            .iter()
            .map(super::slot::Slot::next_deadline_ms)
            .min()?;
        let longest_ms = self.0.parts.config.times.abort_interval_ms.max(1);
        (next != i64::MAX).then(|| next.saturating_sub(self.0.parts.env.now_ms()).min(longest_ms))
    }

    /// Does what is due now.
    pub(super) async fn fire(&self) {
        let now_ms = self.0.parts.env.now_ms();
        for slot in &self.0.slots {
            let mut fresh = None;
            while slot.next_deadline_ms() <= now_ms {
                let version = self.version();
                let due = self.decide_in(slot, |shard, now_ms, changes| {
                    shard.pop_due(fresh, version, now_ms, changes)
                });
                let Ok((due, mut ticket)) = due else {
                    break;
                };
                match due {
                    None => break,
                    Some(Due::Finish(id)) => self.finish(&id).await,
                    Some(Due::Aborted(id)) => {
                        fresh = None;
                        tracing::info!(transactional_id = &*id, "aborted a transaction whose time was up");
                        if self.settled(&id, &mut ticket).await.is_ok() {
                            self.finish(&id).await;
                        }
                    }
                    Some(Due::NeedsProducerId(id)) => match self.fresh_id().await {
                        Ok(fresh_id) => {
                            fresh = Some(fresh_id);
                            // Its deadline was moved; it is met with the id in hand.
                            let _ = self.decide(&id, |shard, now_ms, _| shard.due_again(&id, now_ms));
                        }
                        Err(_) => break,
                    },
                    Some(Due::Forgotten(id)) => {
                        tracing::info!(
                            transactional_id = &*id,
                            "forgot a transactional id that nobody used"
                        );
                        let _ = self.settled(&id, &mut ticket).await;
                    }
                }
            }
        }
    }
}

async fn run(transactions: Weak<Inner>) {
    // Between two rounds the task holds no handle, so that the last one to go ends it.
    while let Some(inner) = transactions.upgrade() {
        let transactions = Transactions(inner);
        let inner = &transactions.0;
        let (alarm, env) = (Arc::clone(&inner.alarm), inner.parts.env.clone());
        match transactions.wait_ms() {
            Some(wait_ms) if wait_ms <= 0 => transactions.fire().await,
            None => {
                drop(transactions);
                alarm.notified().await;
            }
            Some(wait_ms) => {
                drop(transactions);
                tokio::select! {
                    () = env.sleep_ms(wait_ms) => {}
                    () = alarm.notified() => {}
                }
            }
        }
    }
}
