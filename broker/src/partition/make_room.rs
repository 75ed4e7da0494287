//! Memory that is used up: what retention would let go goes now, not at its next pass.
//!
//! Nothing within its retention goes, nor anything of a topic that is only compacted. Where that makes no room,
//! the append is refused with the name of the flag that sets the limit.

use std::sync::Arc;

use storage::Retention;

use super::retention::retention_of;
use super::{Partition, PartitionStore, Place, lock};

/// A share of the limit that is enough room for a while.
const ROOM_SHARE: u64 = 32;

impl PartitionStore {
    /// Takes out what retention lets go until an append has a chance again, the oldest first. Answers whether there was
    /// anything.
    pub(super) fn make_room(&self) -> bool {
        let Place::Memory(budget) = self.place() else {
            return false;
        };
        // One at a time: who waited here finds room that somebody else made.
        let before = budget.used_bytes();
        let _token = lock(&self.making_room);
        if budget.used_bytes() < before {
            return true;
        }
        let now_ms = self.env().now_ms();
        let mut made = false;
        for (partition, retention) in self.by_age(now_ms) {
            match partition.retain(&retention, now_ms) {
                Ok(retired) => made |= retired,
                // Deleted meanwhile: that made room too.
                Err(_) => made = true,
            }
            if budget.used_bytes() < before.saturating_sub(budget.limit_bytes() / ROOM_SHARE) {
                break;
            }
        }
        made
    }

    /// Partitions that something may go from, those with the oldest data first.
    fn by_age(&self, now_ms: i64) -> Vec<(Arc<Partition>, Retention)> {
        let mut candidates: Vec<_> = (self.open_partitions().into_iter())
            .map(|partition| (retention_of(&partition.config()), partition))
            .filter(|(retention, partition)| partition.may_be_due(retention, now_ms))
            .map(|(retention, partition)| (partition.oldest_ms(), partition, retention))
            .collect();
        candidates.sort_by_key(|(oldest_ms, ..)| *oldest_ms);
        (candidates.into_iter())
            .map(|(_, partition, retention)| (partition, retention))
            .collect()
    }
}
