//! Reading the shards at start, before anybody asks for them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use super::effects::Now;
use super::handle::{Groups, Inner};
use super::slot::Slot;
use crate::partition::blocking;

/// The most shards that are read at once.
const LOADERS_MAX: usize = 4;

impl Groups {
    /// Tasks that read all shards between them, `at_once` at most at a time. Sessions of members that died with the
    /// broker and offsets that expire must not wait for a question; and who asks early finds most of it done. A
    /// request whose shard is not read yet reads it itself.
    pub fn loading(&self, at_once: usize) -> Vec<impl Future<Output = ()> + Send + use<>> {
        let next = Arc::new(AtomicUsize::new(0));
        (0..at_once.clamp(1, LOADERS_MAX))
            .map(|_| load_each(Arc::downgrade(&self.0), Arc::clone(&next)))
            .collect()
    }

    /// A shard that cannot be read is left to its first use, which answers the error.
    fn preload(&self, slot: &Slot) {
        let now = Now {
            wall_ms: self.0.env.now_ms(),
            mono_ms: self.0.env.clock.monotonic_ms(),
        };
        let loaded = blocking(|| slot.preload(&self.0.config, &*self.0.log, &*self.0.topics, now));
        if matches!(loaded, Ok(true)) {
            self.0.alarm.notify_one();
        }
    }
}

async fn load_each(groups: Weak<Inner>, next: Arc<AtomicUsize>) {
    while let Some(inner) = groups.upgrade() {
        let groups = Groups(inner);
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(slot) = groups.0.slots.get(index).filter(|_| groups.0.log.exists()) else {
            return;
        };
        groups.preload(slot);
        drop(groups);
        // Here the task ends when the broker stops.
        tokio::task::yield_now().await;
    }
}
