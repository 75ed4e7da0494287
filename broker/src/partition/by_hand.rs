//! Stores whose syncs a test makes one by one, and faults that a test has to notice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use storage::{AbortedTxn, CompactionLimits, Log};

use super::{Flusher, Partition, PartitionError, PartitionStore, Place};
use crate::config::Flush;
use crate::env::Env;

/// Faults built in on purpose.
#[derive(Debug, Default)]
pub struct Spoilt {
    overlooks_oldest: AtomicBool,
    compacts_undecided: AtomicBool,
    forgets_starts: AtomicBool,
    forgets_aborted: AtomicBool,
}

impl PartitionStore {
    /// A store without threads: what waits for a sync waits until [`PartitionStore::sync_by_hand`].
    pub fn open_by_hand(env: Env, place: Place, flush: Flush) -> anyhow::Result<Arc<PartitionStore>> {
        PartitionStore::open_with(env, place, flush, Flusher::by_hand)
    }

    /// Syncs one of the partitions that wait, chosen by a number; answers whether one did.
    pub fn sync_by_hand(&self, choice: usize) -> bool {
        self.flushers().iter().any(|flusher| flusher.work_by_hand(choice))
    }

    /// Forgets what waits for a sync: the process is gone. The queue would keep the store alive.
    pub fn forget_by_hand(&self) {
        self.flushers().iter().for_each(Flusher::forget_by_hand);
    }

    /// From now on last stable offsets pass over the oldest transaction that is open.
    pub fn overlook_oldest(&self) {
        self.spoilt.overlooks_oldest.store(true, Ordering::Relaxed);
    }

    /// From now on compaction takes what is undecided for decided.
    pub fn compact_undecided(&self) {
        self.spoilt.compacts_undecided.store(true, Ordering::Relaxed);
    }

    /// From now on log starts are not written down.
    pub fn forget_starts(&self) {
        self.spoilt.forgets_starts.store(true, Ordering::Relaxed);
    }

    /// From now on lists of aborted transactions lack their last entry.
    pub fn forget_aborted(&self) {
        self.spoilt.forgets_aborted.store(true, Ordering::Relaxed);
    }

    /// One pass of retention over every partition, and the removal of files whose time has come.
    pub fn retain_by_hand(&self) -> Result<(), PartitionError> {
        let mut retired = false;
        for partition in self.all_partitions() {
            retired |= partition.retention_pass(self.env().now_ms())?.retired;
        }
        if retired {
            let written = self.write_checkpoints();
            written.map_err(|error| PartitionError::Offline(error.to_string()))?;
        }
        self.removals.remove_due(self.env().clock.monotonic_ms());
        Ok(())
    }

    pub(super) fn forgets_starts(&self) -> bool {
        self.spoilt.forgets_starts.load(Ordering::Relaxed)
    }

    fn spoil_limits(&self, partition: &Partition, limits: CompactionLimits) -> CompactionLimits {
        let last_stable_offset = match self.spoilt.compacts_undecided.load(Ordering::Relaxed) {
            true => partition.tail.high_watermark(),
            false => limits.last_stable_offset,
        };
        CompactionLimits {
            last_stable_offset,
            ..limits
        }
    }

    pub(super) fn spoil_aborted(&self, mut aborted: Vec<AbortedTxn>) -> Vec<AbortedTxn> {
        if self.spoilt.forgets_aborted.load(Ordering::Relaxed) {
            aborted.pop();
        }
        aborted
    }

    pub(super) fn spoil_unstable(&self, log: &Log, unstable: Option<i64>) -> Option<i64> {
        if !self.spoilt.overlooks_oldest.load(Ordering::Relaxed) {
            return unstable;
        }
        let open = log
            .producer_states()
            .filter_map(|state| state.current_txn_first_offset);
        open.filter(|first| Some(*first) != unstable).min()
    }
}

impl Partition {
    pub(super) fn spoil_limits(&self, limits: CompactionLimits) -> CompactionLimits {
        self.store.spoil_limits(self, limits)
    }
}
