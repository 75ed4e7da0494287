//! The numbers that readers see: written by the lock's holder only, read by anyone without a lock.

use std::sync::atomic::{AtomicI32, AtomicI64, Ordering};

/// A partition's published ends at one moment.
///
/// Invariant: `log_start_offset <= last_stable_offset <= high_watermark <= log_end_offset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// First offset that can be read.
    pub log_start_offset: i64,
    /// Offset that the next record gets.
    pub log_end_offset: i64,
    /// End of what is durable under the flush policy: consumers see nothing at or above it.
    pub high_watermark: i64,
    /// End of what `read_committed` consumers see.
    pub last_stable_offset: i64,
    /// Epoch that the next batch is stamped with.
    pub leader_epoch: i32,
}

/// The shared cell behind [`Tail`]. Each number only grows (but for a deleted partition), so reading
/// them one by one in the right order keeps the invariant.
#[derive(Debug)]
pub(super) struct TailCell {
    log_start_offset: AtomicI64,
    log_end_offset: AtomicI64,
    high_watermark: AtomicI64,
    /// First offset of the oldest transaction that is open or whose end is not visible yet, or
    /// [`NOTHING_UNSTABLE`].
    first_unstable_offset: AtomicI64,
    leader_epoch: AtomicI32,
}

/// Everything visible is stable.
const NOTHING_UNSTABLE: i64 = i64::MAX;

impl Default for TailCell {
    fn default() -> Self {
        TailCell {
            log_start_offset: AtomicI64::default(),
            log_end_offset: AtomicI64::default(),
            high_watermark: AtomicI64::default(),
            first_unstable_offset: AtomicI64::new(NOTHING_UNSTABLE),
            leader_epoch: AtomicI32::default(),
        }
    }
}

impl TailCell {
    /// Reads the numbers, lowest first.
    pub(super) fn load(&self) -> Tail {
        let log_start_offset = self.log_start_offset.load(Ordering::Acquire);
        let high_watermark = self.high_watermark.load(Ordering::Acquire);
        // After the high watermark: what is undecided is stored before it can be seen.
        let first_unstable_offset = self.first_unstable_offset.load(Ordering::Acquire);
        let log_end_offset = self.log_end_offset.load(Ordering::Acquire);
        Tail {
            log_start_offset,
            log_end_offset: log_end_offset.max(high_watermark),
            high_watermark: high_watermark.max(log_start_offset),
            last_stable_offset: high_watermark.min(first_unstable_offset).max(log_start_offset),
            leader_epoch: self.leader_epoch.load(Ordering::Acquire),
        }
    }

    /// Where what is visible stops being stable; `None` when all of it is.
    pub(super) fn set_first_unstable_offset(&self, offset: Option<i64>) {
        self.first_unstable_offset
            .store(offset.unwrap_or(NOTHING_UNSTABLE), Ordering::Release);
    }

    /// The high watermark alone: what a waiting fetch looks at.
    pub(super) fn high_watermark(&self) -> i64 {
        self.high_watermark.load(Ordering::Acquire)
    }

    pub(super) fn set_ends(&self, log_start_offset: i64, log_end_offset: i64) {
        self.log_end_offset.store(log_end_offset, Ordering::Release);
        self.log_start_offset.store(log_start_offset, Ordering::Release);
    }

    pub(super) fn set_high_watermark(&self, offset: i64) {
        self.high_watermark.store(offset, Ordering::Release);
    }

    pub(super) fn set_leader_epoch(&self, epoch: i32) {
        self.leader_epoch.store(epoch, Ordering::Release);
    }

    pub(super) fn leader_epoch(&self) -> i32 {
        self.leader_epoch.load(Ordering::Acquire)
    }
}
