//! The entries of index files, as they stand.

use crate::log::names;
use crate::log::offset_index::{self, OffsetEntry};
use crate::log::time_index::{self, TimeEntry};

/// Bytes of an entry of the index of aborted transactions.
const ABORTED_ENTRY_BYTES: usize = 34;

/// Which index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// `.index`
    Offset,
    /// `.timeindex`
    Time,
    /// `.txnindex`
    Aborted,
}

/// One entry, with whole offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The batch at `position` has `offset` as its last.
    Offset {
        /// Offset.
        offset: i64,
        /// Byte in the log file.
        position: u64,
    },
    /// No record up to `offset` is later than `timestamp`.
    Time {
        /// Milliseconds since the epoch.
        timestamp: i64,
        /// Offset.
        offset: i64,
    },
    /// An aborted transaction (`AbortedTxn`).
    Aborted {
        /// Version of the entry, 0.
        version: i16,
        /// Its producer.
        producer_id: i64,
        /// Offset of its first record.
        first_offset: i64,
        /// Offset of its abort marker.
        last_offset: i64,
        /// Last stable offset once it was aborted.
        last_stable_offset: i64,
    },
}

impl EntryKind {
    /// The kind that a file name stands for.
    pub fn of(name: &str) -> Option<EntryKind> {
        let kinds = [
            (names::TIME_INDEX, EntryKind::Time),
            (names::TXN_INDEX, EntryKind::Aborted),
            (names::INDEX, EntryKind::Offset),
        ];
        kinds
            .iter()
            .find(|(suffix, _)| name.ends_with(suffix))
            .map(|(_, kind)| *kind)
    }

    /// Bytes of one entry.
    pub fn entry_bytes(self) -> usize {
        match self {
            EntryKind::Offset => offset_index::ENTRY_BYTES,
            EntryKind::Time => time_index::ENTRY_BYTES,
            EntryKind::Aborted => ABORTED_ENTRY_BYTES,
        }
    }
}

/// The whole entries in `bytes` of a segment that begins at `base`; what is left over at the end is no entry.
pub fn read_entries(kind: EntryKind, base: i64, bytes: &[u8]) -> impl Iterator<Item = Entry> {
    bytes
        .chunks_exact(kind.entry_bytes())
        .filter_map(move |entry| read_entry(kind, base, entry))
}

fn read_entry(kind: EntryKind, base: i64, bytes: &[u8]) -> Option<Entry> {
    match kind {
        EntryKind::Offset => OffsetEntry::read(bytes).map(|entry| Entry::Offset {
            offset: base.saturating_add(i64::from(entry.relative_offset)),
            position: u64::from(entry.position),
        }),
        EntryKind::Time => TimeEntry::read(bytes).map(|entry| Entry::Time {
            timestamp: entry.timestamp,
            offset: base.saturating_add(i64::from(entry.relative_offset)),
        }),
        EntryKind::Aborted => {
            let number = |at: usize| Some(i64::from_be_bytes(*bytes.get(at..)?.first_chunk::<8>()?));
            Some(Entry::Aborted {
                version: i16::from_be_bytes(*bytes.first_chunk::<2>()?),
                producer_id: number(2)?,
                first_offset: number(10)?,
                last_offset: number(18)?,
                last_stable_offset: number(26)?,
            })
        }
    }
}
