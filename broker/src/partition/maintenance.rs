//! What happens to partitions in the background: retention, forgetting of silent producers, and the removal
//! of files whose time has come.
//!
//! A pass over partitions that nobody uses costs a comparison each; their directories are looked into once.

use std::sync::Arc;

use super::{Partition, PartitionStore, blocking};
use crate::config::Config;

/// The longest sleep, so that a clock that a test or a user moved is noticed.
const SLEEP_MS_MAX: i64 = 60_000;
/// Partitions between two moments at which a pass can be interrupted.
const CHUNK: usize = 64;
/// Pause behind a chunk whose directories had to be looked into: the first pass over very many partitions
/// must not be felt.
const LOOK_PAUSE_MS: i64 = 5;

/// The background passes over the partitions of one broker. Due times are monotonic milliseconds.
#[derive(Debug)]
pub struct Maintenance {
    store: Arc<PartitionStore>,
    retention_interval_ms: i64,
    retention_due_ms: i64,
    expiry_interval_ms: i64,
    expiry_due_ms: i64,
}

impl Maintenance {
    /// Passes over the partitions of `store`; nothing happens before [`Maintenance::run`].
    pub fn new(store: Arc<PartitionStore>, config: &Config) -> Maintenance {
        let now_ms = store.env().clock.monotonic_ms();
        let retention_interval_ms = config.log_retention_check_interval_ms;
        let expiry_interval_ms = config.producer_id_expiration_check_interval_ms;
        // Who asks for quick passes does not want to wait for the first.
        let first_ms = config.log_initial_task_delay_ms.min(retention_interval_ms);
        Maintenance {
            store,
            retention_interval_ms,
            retention_due_ms: now_ms.saturating_add(first_ms),
            expiry_interval_ms,
            expiry_due_ms: now_ms.saturating_add(expiry_interval_ms),
        }
    }

    /// Runs until the task is aborted.
    pub async fn run(mut self) {
        loop {
            let wait_ms = self.wait_ms();
            tokio::select! {
                () = self.store.env().sleep_ms(wait_ms) => {}
                () = self.store.removals.sooner() => continue,
            }
            self.pass().await;
        }
    }

    /// Does what is due now.
    pub async fn pass(&mut self) {
        let now_ms = self.store.env().clock.monotonic_ms();
        if now_ms >= self.retention_due_ms {
            self.retain().await;
            // From the end of the pass on, as Kafka's scheduler counts.
            self.retention_due_ms = self.after(self.retention_interval_ms);
        }
        if now_ms >= self.expiry_due_ms {
            self.expire_producers().await;
            self.expiry_due_ms = self.after(self.expiry_interval_ms);
        }
        blocking(|| self.store.removals.remove_due(now_ms));
    }

    fn after(&self, interval_ms: i64) -> i64 {
        self.store
            .env()
            .clock
            .monotonic_ms()
            .saturating_add(interval_ms.max(1))
    }

    fn wait_ms(&self) -> i64 {
        let now_ms = self.store.env().clock.monotonic_ms();
        let removal_ms = self.store.removals.next_due_ms().unwrap_or(i64::MAX);
        let due_ms = removal_ms.min(self.retention_due_ms).min(self.expiry_due_ms);
        due_ms.saturating_sub(now_ms).clamp(0, SLEEP_MS_MAX)
    }

    async fn retain(&self) {
        let env = self.store.env();
        let mut retired = false;
        for chunk in self.store.all_partitions().chunks(CHUNK) {
            let now_ms = env.now_ms();
            let passes: Vec<_> = blocking(|| chunk.iter().map(|p| retain(p, now_ms)).collect());
            retired |= passes.iter().any(|pass| pass.retired);
            if passes.len() == CHUNK && passes.iter().any(|pass| pass.looked) {
                env.sleep_ms(LOOK_PAUSE_MS).await;
            }
            tokio::task::yield_now().await;
        }
        if retired && let Err(error) = blocking(|| self.store.write_checkpoints()) {
            tracing::warn!(%error, "files of deleted segments stay until the log starts can be written");
        }
    }

    async fn expire_producers(&self) {
        for chunk in self.store.open_partitions().chunks(CHUNK) {
            let now_ms = self.store.env().now_ms();
            chunk
                .iter()
                .for_each(|partition| partition.expire_producers(now_ms));
            tokio::task::yield_now().await;
        }
    }
}

fn retain(partition: &Arc<Partition>, now_ms: i64) -> super::retention::Pass {
    let pass = partition.retention_pass(now_ms);
    pass.unwrap_or_else(|error| {
        // A partition that is offline or gone was told of where that happened.
        if !matches!(
            error,
            super::PartitionError::Offline(_) | super::PartitionError::Deleted
        ) {
            tracing::warn!(partition = %partition.id().dir_name(), %error, "retention failed; trying again later");
        }
        super::retention::Pass::default()
    })
}
