//! Which batches and records stay (Kafka's `Cleaner.cleanInto` and `MemoryRecords.filterTo`).

use std::collections::BTreeMap;

use super::offset_map::OffsetMap;
use super::transactions::{Marker, Transactions};
use crate::batch::{BatchHeader, RecordHead, RecordsError, Scratch, for_each_head};
use crate::log::AbortedTxn;

/// The last thing that a producer wrote, which must outlive compaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LastOfProducer {
    /// Last offset of its last data batch under its epoch.
    pub data_offset: Option<i64>,
    pub epoch: i16,
}

/// What all decisions of one pass depend on.
#[derive(Debug)]
pub(super) struct Rules {
    pub map: OffsetMap,
    pub last_of_producers: BTreeMap<i64, LastOfProducer>,
    /// The pass ends below this offset.
    pub upper_bound: i64,
    pub now_ms: i64,
    pub delete_retention_ms: i64,
}

/// What becomes of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Its bytes are copied.
    Copied,
    /// It goes.
    Dropped,
    /// Its header stays, for what it says of offsets and producers.
    Emptied,
    /// It is written anew with the records that are marked in the list of [`Filter::kept`].
    Rewritten {
        /// Time after which its tombstones, or its marker, may go.
        delete_horizon_ms: Option<i64>,
    },
}

/// A batch that was judged.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Judged {
    pub fate: Fate,
    pub records_kept: usize,
    /// Goes to the transaction index of the new segment.
    pub aborted: Option<AbortedTxn>,
}

/// Judges batch after batch; reuses its memory.
#[derive(Debug, Default)]
pub(super) struct Filter {
    kept: Vec<bool>,
    /// Records without key; they go, as a compacted topic has none.
    pub keyless: u64,
}

impl Filter {
    /// Which records of the last batch stay, in their order.
    pub fn kept(&self) -> &[bool] {
        &self.kept
    }

    /// Judges one batch. `bytes` is all of it.
    ///
    /// # Errors
    /// When its records cannot be read.
    pub fn judge(
        &mut self,
        header: &BatchHeader,
        bytes: &[u8],
        rules: &Rules,
        transactions: &mut Transactions,
        scratch: &mut Scratch,
    ) -> Result<Judged, RecordsError<std::convert::Infallible>> {
        let horizon = header.has_delete_horizon().then_some(header.base_timestamp);
        let (discardable, aborted) = match header.is_control() {
            false => (transactions.on_batch(header), None),
            true => match transactions.on_control_batch(header, bytes) {
                Marker::Discardable => (true, None),
                Marker::Kept => (false, None),
                Marker::KeptAborted(transaction) => (false, Some(transaction)),
            },
        };
        // Markers outlive their records by the time that tombstones live.
        let discard_records =
            discardable && (!header.is_control() || horizon.is_some_and(|h| h <= rules.now_ms));
        let marker_of_nothing = discardable && header.is_control();
        let must_stay = is_last_of_producer(header, &rules.last_of_producers)
            || header.next_offset() == rules.upper_bound;
        let judged = |fate, records_kept| Judged {
            fate,
            records_kept,
            aborted,
        };
        let without_records = if must_stay { Fate::Emptied } else { Fate::Dropped };
        self.kept.clear();
        if discard_records {
            return Ok(judged(without_records, 0));
        }
        let mut records_kept = 0;
        let mut tombstones = false;
        for_each_head(bytes, scratch, |record| {
            let keep = header.is_control() || self.keeps(horizon, &record, rules);
            self.kept.push(keep);
            if keep {
                records_kept += 1;
                tombstones |= !record.has_value;
            }
            Ok(())
        })?;
        if records_kept == 0 {
            return Ok(judged(without_records, 0));
        }
        let sets_horizon = (tombstones || marker_of_nothing) && horizon.is_none();
        let fate = match records_kept == self.kept.len() && !sets_horizon {
            true => Fate::Copied,
            false => Fate::Rewritten {
                delete_horizon_ms: match sets_horizon {
                    true => Some(rules.now_ms.saturating_add(rules.delete_retention_ms)),
                    false => horizon,
                },
            },
        };
        Ok(judged(fate, records_kept))
    }

    #[inline(always)]
    fn keeps(&mut self, horizon: Option<i64>, record: &RecordHead<'_>, rules: &Rules) -> bool {
        if record.offset > rules.map.latest_offset() {
            return true;
        }
        let Some(key) = record.key else {
            self.keyless += 1;
            return false;
        };
        (record.has_value || horizon.is_none_or(|h| rules.now_ms < h))
            && rules.map.get(key).is_none_or(|last| record.offset >= last)
    }
}

/// A producer's last batch carries its sequence number; after a marker under a new epoch, the epoch.
fn is_last_of_producer(header: &BatchHeader, last: &BTreeMap<i64, LastOfProducer>) -> bool {
    header.has_producer_id()
        && last
            .get(&header.producer_id)
            .is_some_and(|last| match last.data_offset {
                Some(offset) => header.last_offset() == offset,
                None => header.is_control() && header.producer_epoch == last.epoch,
            })
}
