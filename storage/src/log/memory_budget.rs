//! The memory that all in-memory logs of a broker share.

use std::sync::atomic::{AtomicU64, Ordering};

/// Segments of one broker's memory, at least: what goes to make room is a small part of all.
const SEGMENTS_MIN: u64 = 32;
/// Sizes between which a segment in memory is closed, whatever `segment.bytes` allows.
const SEGMENT_BYTES: std::ops::RangeInclusive<u64> = 64 << 10..=16 << 20;

/// Counts bytes against a limit.
#[derive(Debug)]
pub struct MemoryBudget {
    limit_bytes: u64,
    used_bytes: AtomicU64,
}

impl MemoryBudget {
    /// A budget of `limit_bytes`.
    pub fn new(limit_bytes: u64) -> MemoryBudget {
        MemoryBudget {
            limit_bytes,
            used_bytes: AtomicU64::new(0),
        }
    }

    /// The limit in bytes.
    pub fn limit_bytes(&self) -> u64 {
        self.limit_bytes
    }

    /// Bytes in use.
    pub fn used_bytes(&self) -> u64 {
        self.used_bytes.load(Ordering::Relaxed)
    }

    /// Size at which a segment is closed although `segment.bytes` would let it grow: only closed segments
    /// can go one by one, and Kafka's default of 1 GiB is as large as the default limit.
    pub(super) fn segment_bytes_max(&self) -> u64 {
        (self.limit_bytes / SEGMENTS_MIN).clamp(*SEGMENT_BYTES.start(), *SEGMENT_BYTES.end())
    }

    /// Takes `bytes`; `false` and nothing taken when they would pass the limit.
    pub(super) fn take(&self, bytes: u64) -> bool {
        let take = |used: u64| used.checked_add(bytes).filter(|sum| *sum <= self.limit_bytes);
        self.used_bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_ok()
    }

    pub(super) fn give_back(&self, bytes: u64) {
        self.used_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}
