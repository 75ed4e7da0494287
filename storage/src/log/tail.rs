//! The changing end of a segment: what its writer publishes and its readers look at first.

use super::index::IndexTail;
use super::offset_index::OffsetEntry;
use super::time_index::TimeEntry;
use super::txn_index::AbortedTxn;
use crate::batch::BatchHeader;

/// Batches whose position is remembered, so that readers at the tail search nothing.
const RECENT_BATCHES: usize = 32;

/// Not read from the log yet.
pub(super) const NOT_LOADED: i64 = i64::MIN;

/// Length, end offset, indexes and recent batches of a segment. Invariant: `len` bytes of the log
/// file hold whole batches with offsets below `end_offset`.
#[derive(Clone, Debug)]
pub(super) struct Tail {
    pub len: u32,
    pub end_offset: i64,
    /// Largest timestamp so far (-1: none) and the last offset of the batch that has it.
    pub max_timestamp: i64,
    pub max_timestamp_offset: i64,
    /// Both come from the log, or were compared with it; false while they are an index file's.
    pub max_checked: bool,
    /// Largest timestamp of the first batch, or [`NOT_LOADED`].
    pub first_timestamp: i64,
    /// Position of the last batch that the offset index names.
    pub indexed_position: u32,
    pub index: IndexTail<OffsetEntry>,
    pub time_index: IndexTail<TimeEntry>,
    /// Aborted transactions in the file of the segment.
    pub aborted_stored: u32,
    /// The file is as it was found: it may be missing or damaged.
    pub aborted_unchecked: bool,
    /// Log bytes whose aborted transactions nobody knows: the file was missing or damaged.
    pub aborted_unknown_to: u32,
    /// Aborted transactions that are not in a file: in memory all, on disk those that could not be written yet.
    pub aborted: Vec<AbortedTxn>,
    recent: Option<Box<Recent>>,
}

/// A ring of (base offset, position).
#[derive(Clone, Debug)]
struct Recent {
    batches: [(i64, u32); RECENT_BATCHES],
    count: usize,
}

/// Where a batch lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BatchAt {
    pub base_offset: i64,
    pub position: u32,
    pub size: u32,
}

impl Tail {
    /// The tail of an empty segment.
    pub fn empty(base_offset: i64) -> Tail {
        Tail {
            len: 0,
            end_offset: base_offset,
            max_timestamp: -1,
            max_timestamp_offset: -1,
            max_checked: true,
            first_timestamp: NOT_LOADED,
            indexed_position: 0,
            index: IndexTail::default(),
            time_index: IndexTail::default(),
            aborted_stored: 0,
            aborted_unchecked: false,
            aborted_unknown_to: 0,
            aborted: Vec::new(),
            recent: None,
        }
    }

    /// Takes note of a transaction index that was found with so many entries; `None`: it is missing or cut short.
    pub fn note_aborted_file(&mut self, entries: Option<u32>) {
        match entries {
            Some(entries) => {
                self.aborted_stored = entries;
                self.aborted_unchecked = entries > 0;
            }
            None => self.aborted_unknown_to = self.len,
        }
    }

    /// Takes note of a batch at the end. Index entries come as in Kafka's `LogSegment#append`: one
    /// when more than `interval` bytes lie between the last entry's batch and this one.
    pub fn note(&mut self, segment_base: i64, header: &BatchHeader, interval: u32) {
        let position = self.len;
        let relative = |offset: i64| (offset - segment_base) as u32;
        if position == 0 {
            self.first_timestamp = header.max_timestamp;
        }
        if header.max_timestamp > self.max_timestamp {
            self.max_timestamp = header.max_timestamp;
            self.max_timestamp_offset = header.last_offset();
        }
        if position - self.indexed_position > interval {
            self.index.push(OffsetEntry {
                relative_offset: relative(header.last_offset()),
                position,
            });
            self.push_time_entry(segment_base);
            self.indexed_position = position;
        }
        if header.base_offset != self.end_offset {
            // Compaction left a gap: nearness of offsets says nothing about it.
            self.recent = None;
        }
        let recent = self.recent.get_or_insert_with(|| {
            Box::new(Recent {
                batches: [(0, 0); RECENT_BATCHES],
                count: 0,
            })
        });
        recent.push(header.base_offset, position);
        self.len += header.size_in_bytes() as u32;
        self.end_offset = header.next_offset();
    }

    /// Adds the largest timestamp so far to the time index unless it is there already.
    pub fn push_time_entry(&mut self, segment_base: i64) {
        if self.max_timestamp > self.time_index.last.map_or(-1, |last| last.timestamp) {
            self.time_index.push(TimeEntry {
                timestamp: self.max_timestamp,
                relative_offset: (self.max_timestamp_offset - segment_base) as u32,
            });
        }
    }

    /// The batch that holds `offset`, if it is one of the last few.
    pub fn find_recent(&self, offset: i64) -> Option<BatchAt> {
        let recent = self.recent.as_deref()?;
        let mut next = self.len;
        for (base_offset, position) in recent.newest_first() {
            if base_offset <= offset {
                return Some(BatchAt {
                    base_offset,
                    position,
                    size: next - position,
                });
            }
            next = position;
        }
        None
    }

    /// Drops what only a growing segment needs.
    pub fn seal(&mut self) {
        self.recent = None;
    }
}

impl Recent {
    fn push(&mut self, base_offset: i64, position: u32) {
        if let Some(place) = self.batches.get_mut(self.count % RECENT_BATCHES) {
            *place = (base_offset, position);
        }
        self.count += 1;
    }

    fn newest_first(&self) -> impl Iterator<Item = (i64, u32)> + '_ {
        let kept = self.count.min(RECENT_BATCHES);
        (1..=kept).filter_map(move |back| self.batches.get((self.count - back) % RECENT_BATCHES).copied())
    }
}
