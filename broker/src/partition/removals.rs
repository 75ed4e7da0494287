//! Files that wait for their removal: `file.delete.delay.ms` after they were renamed.

use std::collections::BTreeMap;
use std::sync::Mutex;

use storage::Doomed;
use tokio::sync::Notify;

use super::lock;

/// Removals that wait at once; beyond it files are removed without delay.
const WAITING_MAX: usize = 100_000;

/// The queue of one broker.
#[derive(Debug, Default)]
pub(super) struct Removals {
    queue: Mutex<Queue>,
    /// Told when something is to be removed sooner than anything before it.
    sooner: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    /// By due time, then in order of arrival.
    waiting: BTreeMap<(i64, u64), Doomed>,
    arrived: u64,
}

impl Removals {
    /// Leaves files for later.
    pub(super) fn push(&self, doomed: Doomed, due_ms: i64) {
        if doomed.is_empty() {
            return;
        }
        let mut queue = lock(&self.queue);
        if queue.waiting.len() >= WAITING_MAX {
            drop(queue);
            return remove(doomed);
        }
        let first = queue
            .waiting
            .first_key_value()
            .is_none_or(|((due, _), _)| due_ms < *due);
        queue.arrived += 1;
        let key = (due_ms, queue.arrived);
        queue.waiting.insert(key, doomed);
        drop(queue);
        if first {
            self.sooner.notify_one();
        }
    }

    /// Monotonic time at which the next removal is due.
    pub(super) fn next_due_ms(&self) -> Option<i64> {
        lock(&self.queue)
            .waiting
            .first_key_value()
            .map(|((due, _), _)| *due)
    }

    /// Returns once something was pushed that is due before all else.
    pub(super) async fn sooner(&self) {
        self.sooner.notified().await;
    }

    /// Removes what is due. A failure is only logged: the next start removes what is left.
    pub(super) fn remove_due(&self, now_ms: i64) {
        let due = {
            let mut queue = lock(&self.queue);
            let later = queue.waiting.split_off(&(now_ms.saturating_add(1), 0));
            std::mem::replace(&mut queue.waiting, later)
        };
        due.into_values().for_each(remove);
    }

    /// Removes everything: at a clean stop nothing is left behind.
    pub(super) fn remove_all(&self) {
        self.remove_due(i64::MAX);
    }
}

fn remove(doomed: Doomed) {
    if let Err(error) = doomed.remove() {
        tracing::warn!(%error, "a deleted file stays until the next start");
    }
}
