//! The growing segment after a clean shutdown.

use super::scan::{LOOKUP_WINDOW_BYTES, Scan};
use super::segment::Segment;
use super::{LogError, ReadError};

/// Loads the end of the last segment after a clean shutdown. `false` when something does not fit.
pub(super) fn load_active(segment: &Segment, len: u32, interval: u32) -> Result<bool, LogError> {
    let base = segment.base_offset;
    let (stored, mut stored_times) = segment.with_tail(|t| (t.index.stored, t.time_index.stored));
    let last = match stored.checked_sub(1) {
        Some(n) => segment.stored_entry::<super::offset_index::OffsetEntry>(n)?,
        None => None,
    };
    // The entry that closing wrote lies behind the last one that belongs to the grid; it is written
    // again when the segment closes.
    let mut last_time = None;
    while let Some(n) = stored_times.checked_sub(1) {
        let Some(entry) = segment.stored_entry::<super::time_index::TimeEntry>(n)? else {
            return Ok(false);
        };
        if last.is_some_and(|l| entry.relative_offset <= l.relative_offset) {
            last_time = Some(entry);
            break;
        }
        stored_times = n;
    }
    let start = last.map_or(0, |l| l.position);
    if start > len || (start == len && start > 0) {
        return Ok(false);
    }
    segment.with_tail_mut(|t| {
        t.len = start;
        t.end_offset = base;
        t.indexed_position = start;
        t.index.last = last;
        t.time_index.stored = stored_times;
        t.time_index.last = last_time;
        if let Some(entry) = last_time {
            t.max_timestamp = entry.timestamp;
            t.max_timestamp_offset = base + i64::from(entry.relative_offset);
        }
    });
    let mut scan = Scan::new(segment, start, len, LOOKUP_WINDOW_BYTES);
    let mut first = true;
    loop {
        match scan.next_header() {
            Ok(Some((_, header))) => {
                let expected = last.map(|l| base + i64::from(l.relative_offset));
                if first && expected.is_some_and(|expected| expected != header.last_offset()) {
                    return Ok(false);
                }
                first = false;
                segment.with_tail_mut(|t| t.note(base, &header, interval));
            }
            Ok(None) => return Ok(true),
            Err(ReadError::Corrupt { .. }) => return Ok(false),
            Err(e) => return Err(e.into()),
        }
    }
}
