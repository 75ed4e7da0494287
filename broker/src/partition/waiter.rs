//! Long polls: who wants to know when a tail moves.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::Notify;

use super::lock;

/// A waiting fetch. One waiter may be subscribed to many partitions.
#[derive(Debug, Default)]
pub struct Waiter {
    notify: Notify,
}

impl Waiter {
    /// A waiter that nothing has woken yet.
    pub fn new() -> Arc<Waiter> {
        Arc::new(Waiter::default())
    }

    /// Returns once a subscribed tail has moved since the last return; a wake-up that comes before
    /// the call is kept, so subscribing before reading loses nothing.
    pub async fn woken(&self) {
        self.notify.notified().await;
    }
}

/// Lists shorter than this are never pruned.
const PRUNE_FLOOR: usize = 16;

/// The waiters of one partition. Dead ones are dropped at a wake-up, and when the list doubles,
/// so its length is bounded by twice the number of fetches that wait.
#[derive(Debug, Default)]
pub(super) struct WaiterList {
    len: AtomicUsize,
    waiters: Mutex<Vec<Weak<Waiter>>>,
}

impl WaiterList {
    /// Adds a waiter until the next wake-up.
    pub(super) fn subscribe(&self, waiter: &Arc<Waiter>) {
        let mut waiters = lock(&self.waiters);
        if waiters.len() >= PRUNE_FLOOR && waiters.len() == waiters.capacity() {
            waiters.retain(|w| w.strong_count() > 0);
        }
        waiters.push(Arc::downgrade(waiter));
        self.len.store(waiters.len(), Ordering::SeqCst);
    }

    /// Wakes and forgets everybody. Costs one atomic read when nobody waits.
    pub(super) fn wake(&self) {
        if self.len.load(Ordering::SeqCst) == 0 {
            return;
        }
        let waiters = {
            let mut waiters = lock(&self.waiters);
            self.len.store(0, Ordering::SeqCst);
            std::mem::take(&mut *waiters)
        };
        for waiter in waiters.iter().filter_map(Weak::upgrade) {
            waiter.notify.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wake_up_before_the_wait_is_kept() {
        let list = WaiterList::default();
        let waiter = Waiter::new();
        list.subscribe(&waiter);
        list.wake();
        waiter.woken().await;
    }

    #[test]
    fn dead_waiters_do_not_pile_up() {
        let list = WaiterList::default();
        for _ in 0..10_000 {
            list.subscribe(&Waiter::new());
        }
        assert!(lock(&list.waiters).len() <= 4 * PRUNE_FLOOR);
    }
}
