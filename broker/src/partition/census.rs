//! What a partition adds to the numbers of the whole broker; looks only, and opens nothing.

use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError, TryLockError};

use super::writer::{Slot, Writer};
use super::{Partition, lock};

/// What is known of one partition without opening its log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartitionCensus {
    /// It can neither be read nor written: its folder failed, or its log is damaged.
    pub offline: bool,
    /// Producers that are remembered.
    pub producers: usize,
    /// When the producer of the oldest open transaction wrote last, milliseconds since the epoch.
    pub oldest_open_ms: Option<i64>,
}

impl Partition {
    /// What is known of the partition. A log that nobody has used since the start stays closed: it counts no producers
    /// and no transactions.
    pub fn census(&self) -> PartitionCensus {
        if self.is_offline() {
            return PartitionCensus {
                offline: true,
                ..PartitionCensus::default()
            };
        }
        let Some(writer) = self.writer_unless_opening() else {
            return PartitionCensus::default();
        };
        match &writer.slot {
            Slot::Open(log) => PartitionCensus {
                offline: false,
                producers: log.producer_states().len(),
                oldest_open_ms: log.oldest_open_transaction().map(|state| state.last_timestamp),
            },
            slot => PartitionCensus {
                offline: matches!(slot, Slot::Offline(_)),
                ..PartitionCensus::default()
            },
        }
    }

    /// The lock; none while somebody opens the log under it, which may take as long as a recovery.
    fn writer_unless_opening(&self) -> Option<MutexGuard<'_, Writer>> {
        if self.settled.load(Ordering::Acquire) {
            return Some(lock(&self.writer));
        }
        match self.writer.try_lock() {
            Ok(writer) => Some(writer),
            Err(TryLockError::Poisoned(poisoned)) => Some(PoisonError::into_inner(poisoned)),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}
