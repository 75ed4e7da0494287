//! What happens to partitions in the background: files whose time has come are removed.

use std::sync::Arc;

use super::{PartitionStore, blocking};

/// The longest sleep, so that a clock that a test or a user moved is noticed.
const SLEEP_MS_MAX: i64 = 60_000;

/// The background passes over the partitions of one broker.
#[derive(Debug)]
pub struct Maintenance {
    store: Arc<PartitionStore>,
}

impl Maintenance {
    /// Passes over the partitions of `store`; nothing happens before [`Maintenance::run`].
    pub fn new(store: Arc<PartitionStore>) -> Maintenance {
        Maintenance { store }
    }

    /// Runs until the task is aborted.
    pub async fn run(self) {
        loop {
            let wait_ms = self.wait_ms();
            let removals = &self.store.removals;
            tokio::select! {
                () = self.store.env().sleep_ms(wait_ms) => {}
                () = removals.sooner() => continue,
            }
            blocking(|| self.pass());
        }
    }

    /// Does what is due now.
    pub fn pass(&self) {
        self.store
            .removals
            .remove_due(self.store.env().clock.monotonic_ms());
    }

    fn wait_ms(&self) -> i64 {
        let now_ms = self.store.env().clock.monotonic_ms();
        let due_ms = self.store.removals.next_due_ms();
        due_ms
            .map_or(SLEEP_MS_MAX, |due| due.saturating_sub(now_ms))
            .clamp(0, SLEEP_MS_MAX)
    }
}
