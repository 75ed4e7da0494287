//! What compaction may take out of a log, and what not.

use std::collections::{BTreeMap, BTreeSet};

use crate::batches::{Batch, Record};

type Key = Option<Vec<u8>>;

/// What was in the log before, seen as compaction has to see it.
struct Before<'a> {
    by_offset: BTreeMap<i64, (&'a Batch, &'a Record)>,
    /// Offsets of records of transactions that were aborted.
    aborted: BTreeSet<i64>,
    /// The last record of every key that is no part of an aborted transaction.
    latest: BTreeMap<&'a Key, &'a Record>,
}

impl<'a> Before<'a> {
    /// Records from `bound` on are not decided: they supersede nothing.
    fn new(batches: &'a [Batch], bound: i64) -> Before<'a> {
        let mut before = Before {
            by_offset: BTreeMap::new(),
            aborted: BTreeSet::new(),
            latest: BTreeMap::new(),
        };
        let mut open: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for batch in batches {
            let id = batch.header.producer_id;
            match batch.commits() {
                Some(true) => drop(open.remove(&id)),
                Some(false) => before.aborted.extend(open.remove(&id).unwrap_or_default()),
                None if batch.header.is_transactional() => {
                    let offsets = batch.records.iter().map(|r| r.offset);
                    open.entry(id).or_default().extend(offsets);
                }
                None => {}
            }
        }
        for batch in batches {
            for record in &batch.records {
                before.by_offset.insert(record.offset, (batch, record));
                let counts = !batch.header.is_control() && !before.aborted.contains(&record.offset);
                if counts && batch.base() < bound {
                    before.latest.insert(&record.key, record);
                }
            }
        }
        before
    }

    /// Why a record need not be there any more.
    fn may_go(&self, batch: &Batch, record: &Record) -> bool {
        let latest = self.latest.get(&record.key);
        batch.header.is_control()
            || self.aborted.contains(&record.offset)
            || latest.is_some_and(|latest| latest.offset > record.offset || latest.value.is_none())
    }
}

/// Checks what a log that was compacted below `bound` has from `start` on against what was there before.
pub fn check(before: &[Batch], after: &[Batch], start: i64, bound: i64) {
    let known = Before::new(before, bound);
    let mut there = BTreeSet::new();
    let mut keys_there = BTreeMap::new();
    for batch in after {
        let old = before.iter().find(|old| old.base() == batch.base());
        let old = old.unwrap_or_else(|| panic!("nobody appended a batch at {}", batch.base()));
        if batch.base() >= bound {
            assert!(
                old.bytes == batch.bytes,
                "the batch at {} was not to be touched",
                batch.base()
            );
        }
        let of = |batch: &Batch| {
            let h = &batch.header;
            (
                h.last_offset(),
                h.producer_id,
                h.producer_epoch,
                h.last_sequence(),
                h.partition_leader_epoch,
            )
        };
        if batch.records.is_empty() && batch.header.producer_id < 0 {
            // It only shows that what was at the end of a segment was compacted, not lost.
            assert_eq!(batch.next(), old.next(), "the batch at {}", batch.base());
            continue;
        }
        assert_eq!(of(batch), of(old), "the batch at {}", batch.base());
        // A batch without records is not compressed; and a delete horizon comes.
        let kept = if batch.records.is_empty() { 0x38 } else { 0x3f };
        assert_eq!(
            batch.header.attributes & kept,
            old.header.attributes & kept,
            "attributes at {}",
            batch.base()
        );
        for record in &batch.records {
            let (_, old) = known
                .by_offset
                .get(&record.offset)
                .expect("a record that was appended");
            assert_eq!(record, *old, "the record at {}", record.offset);
            there.insert(record.offset);
            if !batch.header.is_control() && !known.aborted.contains(&record.offset) {
                keys_there.entry(&record.key).or_insert(record.offset);
            }
        }
    }
    for (offset, (batch, record)) in known.by_offset.range(start..) {
        if there.contains(offset) {
            continue;
        }
        assert!(
            batch.base() < bound && known.may_go(batch, record),
            "the record at {offset} is gone, key {:?}, compacted below {bound}",
            record.key.as_deref().map(String::from_utf8_lossy)
        );
        let is_last = known
            .latest
            .get(&record.key)
            .is_some_and(|last| last.offset == *offset);
        if is_last && !batch.header.is_control() {
            let older = keys_there.get(&record.key).filter(|older| *older < offset);
            assert!(
                older.is_none(),
                "the tombstone at {offset} is gone, an older value at {older:?} is not"
            );
        }
    }
}
