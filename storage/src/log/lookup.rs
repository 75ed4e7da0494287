//! Finding batches and timestamps in a segment.

use super::ReadError;
use super::index::{FiledEntry, entry_at, first_behind, search_file};
use super::names;
use super::offset_index::OffsetEntry;
use super::scan::{LOOKUP_WINDOW_BYTES, Scan};
use super::segment::{Segment, SegmentData};
use super::tail::{BatchAt, NOT_LOADED};
use super::time_index::TimeEntry;
use crate::batch::BATCH_HEADER_LEN;
use crate::fs::OpenMode;
use crate::sync::read;

impl Segment {
    /// The batch that holds `offset`, or the first one behind it. `None` behind the end.
    pub fn find(&self, offset: i64) -> Result<Option<BatchAt>, ReadError> {
        let relative = u32::try_from(offset.saturating_sub(self.base_offset).max(0)).unwrap_or(u32::MAX);
        let below = |e: &OffsetEntry| e.relative_offset <= relative;
        let (end, stored, pending) = {
            let tail = read(&self.tail);
            if offset >= tail.end_offset {
                return Ok(None);
            }
            if let Some(found) = tail.find_recent(offset) {
                return Ok(Some(found));
            }
            (tail.len, tail.index.stored, tail.index.search_pending(below))
        };
        let entry = match (pending, &self.data) {
            (None, SegmentData::Disk(disk)) if stored > 0 => {
                let file = self.open(disk, &disk.index, names::INDEX, OpenMode::Write);
                // A vanished or unreadable index costs time, not data.
                file.and_then(|file| search_file(&*file, stored, below))
                    .ok()
                    .flatten()
            }
            (pending, _) => pending,
        };
        let start = entry.map_or(0, |e: OffsetEntry| e.position);
        match self.scan_to(offset, start, end) {
            // The batch at an index entry must not lie behind the offset looked for.
            Ok(found) if start > 0 && found.is_none_or(|f| f.position == start && f.base_offset > offset) => {
                self.scan_to(offset, 0, end)
            }
            Err(ReadError::Corrupt { .. }) if start > 0 => self.scan_to(offset, 0, end),
            found => found,
        }
    }

    /// The position behind the last whole batch whose offsets are all below `upper`.
    pub fn limit(&self, upper: i64) -> Result<u32, ReadError> {
        if let Some(len) = self.with_tail(|t| (upper >= t.end_offset).then_some(t.len)) {
            return Ok(len);
        }
        Ok(self.find(upper)?.map_or_else(|| self.len(), |at| at.position))
    }

    /// An offset that no batch before `position` reaches: that of the first index entry at or behind it, or the
    /// segment's end.
    pub fn offset_behind(&self, position: u32) -> i64 {
        let before = |e: &OffsetEntry| e.position < position;
        let (stored, end, pending) = self.with_tail(|t| {
            let next = t.index.pending.partition_point(before);
            (t.index.stored, t.end_offset, t.index.pending.get(next).copied())
        });
        let stored = match &self.data {
            SegmentData::Disk(disk) if stored > 0 => self
                .open(disk, &disk.index, names::INDEX, OpenMode::Write)
                .and_then(|file| first_behind(&*file, stored, before))
                .ok()
                .flatten(),
            _ => None,
        };
        stored
            .or(pending)
            .map_or(end, |e| self.base_offset + i64::from(e.relative_offset))
    }

    /// The last entry of the offset index that names an offset below `offset`, if the file can be read.
    pub fn entry_below(&self, offset: i64) -> Option<OffsetEntry> {
        let relative = u32::try_from(offset.saturating_sub(self.base_offset).max(0)).unwrap_or(u32::MAX);
        let below = |e: &OffsetEntry| e.relative_offset < relative;
        let (stored, pending) = self.with_tail(|t| (t.index.stored, t.index.search_pending(below)));
        match (pending, &self.data) {
            (None, SegmentData::Disk(disk)) if stored > 0 => {
                let file = self.open(disk, &disk.index, names::INDEX, OpenMode::Write);
                file.and_then(|file| search_file(&*file, stored, below))
                    .ok()
                    .flatten()
            }
            (pending, _) => pending,
        }
    }

    fn scan_to(&self, offset: i64, start: u32, end: u32) -> Result<Option<BatchAt>, ReadError> {
        let mut scan = Scan::new(self, start, end, LOOKUP_WINDOW_BYTES);
        while let Some((position, header)) = scan.next_header()? {
            if header.last_offset() >= offset {
                let size = header.size_in_bytes() as u32;
                return Ok(Some(BatchAt {
                    base_offset: header.base_offset,
                    position,
                    size,
                }));
            }
        }
        Ok(None)
    }

    /// Largest timestamp of the first batch; -1 when there is none.
    pub fn first_timestamp(&self) -> Result<i64, ReadError> {
        let (known, len) = self.with_tail(|t| (t.first_timestamp, t.len));
        if known != NOT_LOADED || len == 0 {
            return Ok(if len == 0 { -1 } else { known });
        }
        let mut scan = Scan::new(self, 0, len, BATCH_HEADER_LEN);
        let first = scan.next_header()?.map_or(-1, |(_, header)| header.max_timestamp);
        self.with_tail_mut(|t| t.first_timestamp = first);
        Ok(first)
    }

    /// The largest timestamp and the last offset of the batch that has it; `None` when empty.
    pub fn max_timestamp(&self) -> Result<Option<(i64, i64)>, ReadError> {
        let (timestamp, offset, stored) =
            self.with_tail(|t| (t.max_timestamp, t.max_timestamp_offset, t.time_index.stored));
        if timestamp >= 0 || stored == 0 {
            return Ok((timestamp >= 0).then_some((timestamp, offset)));
        }
        let Some(last) = self.stored_entry::<TimeEntry>(stored - 1)? else {
            return Ok(None);
        };
        let offset = self.base_offset + i64::from(last.relative_offset);
        self.with_tail_mut(|t| {
            t.max_timestamp = last.timestamp;
            t.max_timestamp_offset = offset;
        });
        Ok(Some((last.timestamp, offset)))
    }

    /// Whether there is nothing in it, or only the header that shows where compaction took the last batches: no
    /// record, no producer and no time, and so no age.
    ///
    /// # Errors
    /// I/O.
    pub fn is_emptied(&self) -> Result<bool, ReadError> {
        match self.len() as usize {
            0 => Ok(true),
            BATCH_HEADER_LEN => Ok(self.max_timestamp()?.is_none()),
            _ => Ok(false),
        }
    }

    /// The last time entry below `timestamp`: no record up to it is later than it says, if it says the truth.
    pub fn time_entry(&self, timestamp: i64) -> Option<TimeEntry> {
        let below = |e: &TimeEntry| e.timestamp < timestamp;
        let (stored, pending) = self.with_tail(|t| (t.time_index.stored, t.time_index.search_pending(below)));
        match (pending, &self.data) {
            (None, SegmentData::Disk(disk)) if stored > 0 => {
                let file = self.open(disk, &disk.time_index, names::TIME_INDEX, OpenMode::Write);
                file.and_then(|file| search_file(&*file, stored, below))
                    .ok()
                    .flatten()
            }
            (pending, _) => pending,
        }
    }

    /// An entry of an index file.
    pub fn stored_entry<E: FiledEntry>(&self, n: u32) -> Result<Option<E>, ReadError> {
        let SegmentData::Disk(disk) = &self.data else {
            return Ok(None);
        };
        let slot = if E::SUFFIX == names::INDEX {
            &disk.index
        } else {
            &disk.time_index
        };
        let file = self.open(disk, slot, E::SUFFIX, OpenMode::Write);
        file.and_then(|file| entry_at(&*file, n))
            .map_err(|e| self.read_error(e))
    }
}
