//! Group commit under the `fsync` policy: one thread per data folder syncs what is dirty.
//!
//! A lone writer syncs by itself: handing the sync to the thread costs two wake-ups, which shows in
//! the latency of one client that writes one record at a time. Whoever holds the sync token syncs;
//! whoever finds it taken queues its partition, and the thread commits everything queued at once.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

use super::{Partition, lock};

#[derive(Debug, Default)]
struct Queue {
    /// Each partition stands here at most once (its `queued` flag), so the number of partitions bounds it.
    dirty: VecDeque<Arc<Partition>>,
    stopped: bool,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    filled: Condvar,
    token: Mutex<()>,
}

/// Handle to the flusher thread; dropping it stops the thread after what is queued.
#[derive(Debug)]
pub(super) struct Flusher {
    shared: Arc<Shared>,
}

impl Flusher {
    /// Starts the thread.
    pub(super) fn start() -> io::Result<Flusher> {
        let shared = Arc::new(Shared::default());
        let weak = Arc::downgrade(&shared);
        std::thread::Builder::new()
            .name("flusher".into())
            .spawn(move || run(&weak))?;
        Ok(Flusher { shared })
    }

    /// One without a thread: a test decides when it works ([`Flusher::work_by_hand`]).
    #[cfg(test)]
    pub(super) fn by_hand() -> io::Result<Flusher> {
        let shared = Arc::default();
        Ok(Flusher { shared })
    }

    /// Syncs one of the partitions that wait, chosen by a number; answers whether one did.
    #[cfg(test)]
    pub(super) fn work_by_hand(&self, choice: usize) -> bool {
        let partition = {
            let mut queue = lock(&self.shared.queue);
            let waiting = queue.dirty.len().max(1);
            queue.dirty.remove(choice % waiting)
        };
        partition.is_some_and(|partition| {
            partition.sync_queued();
            true
        })
    }

    /// Forgets what waits, as a process that is gone does.
    #[cfg(test)]
    pub(super) fn forget_by_hand(&self) {
        let forgotten = std::mem::take(&mut lock(&self.shared.queue).dirty);
        drop(forgotten);
    }

    /// The right to sync in the caller's own thread, if nobody else syncs or waits to.
    pub(super) fn try_token(&self) -> Option<MutexGuard<'_, ()>> {
        let token = self.shared.token.try_lock().ok()?;
        lock(&self.shared.queue).dirty.is_empty().then_some(token)
    }

    /// Leaves a partition for the thread.
    pub(super) fn enqueue(&self, partition: Arc<Partition>) {
        lock(&self.shared.queue).dirty.push_back(partition);
        self.shared.filled.notify_one();
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        lock(&self.shared.queue).stopped = true;
        self.shared.filled.notify_one();
    }
}

fn run(weak: &Weak<Shared>) {
    while let Some(shared) = weak.upgrade() {
        let batch = {
            let mut queue = lock(&shared.queue);
            while queue.dirty.is_empty() && !queue.stopped {
                queue = shared.filled.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            if queue.dirty.is_empty() {
                return;
            }
            std::mem::take(&mut queue.dirty)
        };
        let token = lock(&shared.token);
        for partition in batch {
            partition.sync_queued();
        }
        drop(token);
    }
}
