//! The one task of all shards: lets deadlines pass and forgets offsets of deleted topics.

use std::sync::{Arc, PoisonError, Weak};

use super::handle::{Groups, Inner};
use super::types::DeletedTopic;

impl Groups {
    /// Lets deadlines pass: sessions, rebalances, expiry. Sleeps until the earliest one, does nothing at all
    /// while there is none, and ends when the last handle is gone.
    pub fn timer_task(&self) -> impl Future<Output = ()> + Send + 'static {
        run(Arc::downgrade(&self.0))
    }

    /// Lets the timer task look at the clock again, for clocks that jump.
    pub fn clock_moved(&self) {
        self.0.alarm.notify_one();
    }

    /// Has the offsets of topics that are gone forgotten soon. Never waits.
    pub fn forget_topics(&self, deleted: impl IntoIterator<Item = DeletedTopic>) {
        self.0
            .deleted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(deleted);
        self.0.alarm.notify_one();
    }

    /// Forgets everything that was read from the offsets topic; it is read again at its next use.
    pub fn unload(&self) {
        self.0.slots.iter().for_each(super::slot::Slot::unload);
    }

    /// Milliseconds until the next deadline; `None` when there is none.
    fn wait_ms(&self) -> Option<i64> {
        let next = self
            .0
            .slots
            .iter()
            .map(super::slot::Slot::next_deadline_ms)
            .min()?;
        (next != i64::MAX).then(|| next.saturating_sub(self.0.env.clock.monotonic_ms()))
    }

    fn fire_timers(&self) {
        let now_ms = self.0.env.clock.monotonic_ms();
        for index in self.indexes() {
            if self
                .slot(index)
                .is_some_and(|slot| slot.next_deadline_ms() <= now_ms)
                && let Err(error) = self.decide(index, None, |_, _, _, _| ())
            {
                tracing::warn!(shard = index, %error, "a group shard is read again from its log");
            }
        }
    }

    async fn forget_deleted(&self) {
        let deleted = std::mem::take(&mut *self.0.deleted.lock().unwrap_or_else(PoisonError::into_inner));
        if !deleted.is_empty()
            && let Err(error) = self.topics_deleted(&deleted).await
        {
            tracing::warn!(%error, "some offsets of deleted topics are kept");
        }
    }
}

async fn run(groups: Weak<Inner>) {
    // Between two rounds the task holds no handle, so that the last one to go ends it.
    while let Some(inner) = groups.upgrade() {
        let groups = Groups(inner);
        groups.forget_deleted().await;
        let (alarm, env) = (groups.0.alarm.clone(), groups.0.env.clone());
        match groups.wait_ms() {
            Some(wait_ms) if wait_ms <= 0 => groups.fire_timers(),
            None => {
                drop(groups);
                alarm.notified().await;
            }
            Some(wait_ms) => {
                drop(groups);
                tokio::select! {
                    () = env.sleep_ms(wait_ms) => {}
                    () = alarm.notified() => {}
                }
            }
        }
    }
}
