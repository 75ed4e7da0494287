//! Time entries are hints: what they say is checked against the batches that they name, so that an index file that lies
//! costs time and never the right answer.

use super::ReadError;
use super::scan::{LOOKUP_WINDOW_BYTES, Scan};
use super::segment::Segment;
use super::tail::BatchAt;
use super::time_index::TimeEntry;
use crate::batch::BatchHeader;

impl Segment {
    /// A position in front of which no record is as late as `timestamp`: where a search for it may begin.
    pub fn search_start(&self, timestamp: i64) -> Result<u32, ReadError> {
        let Some(entry) = self.time_entry(timestamp) else {
            return Ok(0);
        };
        let TimeEntry {
            timestamp,
            relative_offset,
        } = entry;
        let named = self.batch_of_entry(timestamp, self.base_offset + i64::from(relative_offset))?;
        Ok(named.map_or(0, |(at, _)| at.position))
    }

    /// The largest timestamp of a batch and the last offset of the first batch that has it; `None` when no batch has a
    /// timestamp. What came from an index file is checked once: the last entry must name a batch of that time, and no
    /// later batch behind it may have a larger one.
    pub fn checked_max_timestamp(&self) -> Result<Option<(i64, i64)>, ReadError> {
        // A vanished or unreadable index costs time, not data.
        let filed = self.max_timestamp().unwrap_or(None);
        if self.with_tail(|t| t.max_checked) {
            return Ok(filed);
        }
        let named = match filed {
            Some((timestamp, offset)) => self.batch_of_entry(timestamp, offset)?,
            None => None,
        };
        let mut max = named.and(filed);
        let end = self.len();
        let start = named.map_or(0, |(at, _)| at.position);
        let mut scan = Scan::new(self, start, end, LOOKUP_WINDOW_BYTES);
        while let Some((_, header)) = scan.next_header()? {
            if header.max_timestamp > max.map_or(-1, |(timestamp, _)| timestamp) {
                max = Some((header.max_timestamp, header.last_offset()));
            }
        }
        if max != filed {
            let path = self.path(super::names::TIME_INDEX);
            tracing::warn!(path = %path.display(), "the time index is wrong: the log is read instead");
        }
        self.with_tail_mut(|t| {
            // What was appended meanwhile is noted by the append, and checked at the next time.
            if t.len == end {
                (t.max_timestamp, t.max_timestamp_offset) = max.unwrap_or((-1, -1));
                t.max_checked = true;
            }
        });
        Ok(max)
    }

    /// The batch that a time entry names, if it is one of that time.
    pub fn batch_of_entry(
        &self,
        timestamp: i64,
        offset: i64,
    ) -> Result<Option<(BatchAt, BatchHeader)>, ReadError> {
        let Some(at) = self.find(offset)? else {
            return Ok(None);
        };
        let mut scan = Scan::new(self, at.position, self.len(), LOOKUP_WINDOW_BYTES);
        let header = scan.next_header()?.map(|(_, header)| header);
        let truly = |h: &BatchHeader| h.max_timestamp == timestamp && h.base_offset <= offset;
        Ok(header.filter(truly).map(|header| (at, header)))
    }
}
