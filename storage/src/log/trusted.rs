//! Opening the segments whose log bytes are not read at the start. What their files say of each other must fit all the
//! same: a lost end, or an index that is another segment's, shows at the cost of a few reads.

use std::sync::Arc;

use super::active::load_active;
use super::errors::RESTORE;
use super::offset_index::OffsetEntry;
use super::recover::{Opener, file_len};
use super::rescan::rebuild_indexes;
use super::scan::{LOOKUP_WINDOW_BYTES, SCAN_WINDOW_BYTES, Scan};
use super::segment::Segment;
use super::tail::Tail;
use super::time_index::TimeEntry;
use super::txn_index::ENTRY_BYTES as ABORTED_BYTES;
use super::{LogError, ReadError, names};

impl Opener<'_> {
    /// Opens the segments whose log bytes need no check. Returns the first that does.
    pub(super) fn open_trusted_segments(&mut self) -> Result<Option<usize>, LogError> {
        let last = self.bases.len().saturating_sub(1);
        let unsure = if self.hint.clean {
            None
        } else {
            // The segment that holds the recovery point, or the first.
            let next = self
                .bases
                .partition_point(|base| *base <= self.hint.recovery_point);
            (!self.bases.is_empty()).then_some(next.saturating_sub(1))
        };
        for i in 0..unsure.unwrap_or(self.bases.len()) {
            let segment = match i == last {
                true => self.open_last(i)?,
                false => Some(self.open_closed(i)?),
            };
            let Some(segment) = segment else {
                return Ok(Some(i));
            };
            self.opened.segments.push(Arc::new(segment));
        }
        Ok(unsure)
    }

    /// The tail of a segment as its files' lengths say, and whether its indexes have whole entries.
    fn trusted_tail(&self, i: usize) -> (Tail, bool) {
        let base = self.base(i);
        let mut tail = Tail::empty(base);
        tail.len = file_len(&self.files, base, names::LOG) as u32;
        tail.end_offset = self.base(i + 1);
        tail.note_aborted_file(self.index_len(base, names::TXN_INDEX, ABORTED_BYTES as u64));
        let index = self.index_len(base, names::INDEX, 8);
        let time_index = self.index_len(base, names::TIME_INDEX, 12);
        tail.index.stored = index.unwrap_or_default();
        tail.time_index.stored = time_index.unwrap_or_default();
        tail.max_checked = false;
        (tail, index.is_some() && time_index.is_some())
    }

    /// The growing segment after a clean shutdown; `None` when something does not fit.
    fn open_last(&self, i: usize) -> Result<Option<Segment>, LogError> {
        let (tail, whole) = self.trusted_tail(i);
        let len = tail.len;
        let segment = Segment::on_disk(self.dir, self.base(i), tail);
        let fits = whole && load_active(&segment, len, self.options.index_interval_bytes)?;
        // Everything was durable at a clean shutdown, and nothing came behind it.
        let durable = self.hint.recovery_point;
        let ends = durable == 0 || segment.with_tail(|t| t.end_offset) == durable;
        Ok((fits && ends).then_some(segment))
    }

    fn open_closed(&mut self, i: usize) -> Result<Segment, LogError> {
        let (tail, whole) = self.trusted_tail(i);
        let len = tail.len;
        let segment = Segment::on_disk(self.dir, self.base(i), tail);
        let next_base = self.base(i + 1);
        if !whole || !end_fits(&segment, next_base)? {
            check_headers(&segment, next_base)?;
            rebuild_indexes(&segment, len, self.options.index_interval_bytes)?;
            segment.with_tail_mut(|t| t.end_offset = next_base);
            self.opened.report.rebuilt_indexes += 2;
        }
        let inside = self
            .lost
            .iter()
            .copied()
            .filter(|lost| (segment.base_offset..next_base).contains(lost));
        for lost in inside.collect::<Vec<_>>() {
            if segment.find(lost)?.is_none() {
                self.missing_in(lost..next_base)?;
            }
        }
        segment.close_files();
        Ok(segment)
    }

    /// Entries of an index file; `None` when it is missing or no whole number of entries.
    fn index_len(&self, base: i64, suffix: &str, entry_bytes: u64) -> Option<u32> {
        let len = *self.files.get(&names::file_name(base, suffix))?;
        (len % entry_bytes == 0).then(|| (len / entry_bytes) as u32)
    }
}

/// Whether the last entry of the offset index names a batch, and whole batches lead from there to the end of the file.
fn end_fits(segment: &Segment, next_base: i64) -> Result<bool, LogError> {
    let (len, stored, times) = segment.with_tail(|t| (t.len, t.index.stored, t.time_index.stored));
    let last = match stored.checked_sub(1) {
        Some(n) => segment.stored_entry::<OffsetEntry>(n)?,
        None => None,
    };
    let start = last.map_or(0, |entry| entry.position);
    if start > 0 && start >= len {
        return Ok(false);
    }
    let named = last.map(|entry| segment.base_offset + i64::from(entry.relative_offset));
    let mut next = segment.base_offset;
    let mut scan = Scan::new(segment, start, len, LOOKUP_WINDOW_BYTES);
    loop {
        match scan.next_header() {
            Ok(Some((position, header))) => {
                let other = position == start && named.is_some_and(|named| named < header.base_offset);
                if other || header.base_offset < next || header.last_offset() >= next_base {
                    return Ok(false);
                }
                next = header.next_offset();
            }
            // A gap before the next segment is compaction's, if the indexes know of nothing in it.
            Ok(None) if next == next_base => return Ok(true),
            Ok(None) => {
                let known = named.is_some_and(|named| named >= next);
                return Ok(!known
                    && (len > 0 || stored + times == 0)
                    && last_time(segment)?.is_none_or(|(_, o)| o < next));
            }
            Err(ReadError::Corrupt { .. }) => return Ok(false),
            Err(e) => return Err(e.into()),
        }
    }
}

fn last_time(segment: &Segment) -> Result<Option<(i64, i64)>, LogError> {
    let Some(n) = segment.with_tail(|t| t.time_index.stored).checked_sub(1) else {
        return Ok(None);
    };
    let entry = segment.stored_entry::<TimeEntry>(n)?;
    Ok(entry.map(|e| (e.timestamp, segment.base_offset + i64::from(e.relative_offset))))
}

/// Follows all batches of a segment whose files do not fit: is it the log that is wrong?
fn check_headers(segment: &Segment, next_base: i64) -> Result<(), LogError> {
    let len = segment.len();
    let damaged = |position: u32, what: String| {
        Err(LogError::Damaged {
            path: segment.path(names::LOG),
            position: u64::from(position),
            what,
            advice: RESTORE,
        })
    };
    let (mut next, mut latest) = (segment.base_offset, -1);
    let mut scan = Scan::new(segment, 0, len, SCAN_WINDOW_BYTES);
    while let Some((position, header)) = scan.next_header()? {
        if header.base_offset < next || header.last_offset() >= next_base {
            let (first, last) = (header.base_offset, header.last_offset());
            let what = format!(
                "offsets {first} to {last} where {next} to {} can stand",
                next_base - 1
            );
            return damaged(position, what);
        }
        next = header.next_offset();
        latest = latest.max(header.max_timestamp);
    }
    if next == next_base {
        return Ok(());
    }
    // One lie of an index is not enough: it must name what the log has not got by place and offset, or time and offset.
    let mut missing = None;
    for n in 0..segment.with_tail(|t| t.index.stored) {
        if let Some(entry) = segment.stored_entry::<OffsetEntry>(n)? {
            let offset = segment.base_offset + i64::from(entry.relative_offset);
            if entry.position >= len && (next..next_base).contains(&offset) {
                missing = missing.or(Some((names::INDEX, offset)));
            }
        }
    }
    let timed =
        last_time(segment)?.filter(|(time, offset)| *time > latest && (next..next_base).contains(offset));
    match missing.or(timed.map(|(_, offset)| (names::TIME_INDEX, offset))) {
        Some((suffix, offset)) => {
            let index = names::file_name(segment.base_offset, suffix);
            damaged(
                len,
                format!("it ends before offset {next}, but {index} names offset {offset}"),
            )
        }
        None => Ok(()),
    }
}
