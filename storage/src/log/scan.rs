//! Walking the batches of a segment through a bounded window.

use super::ReadError;
use super::segment::Segment;
use crate::batch::{BATCH_HEADER_LEN, BatchHeader};

/// Window of a search from an index entry: about the distance to the next entry.
pub(super) const LOOKUP_WINDOW_BYTES: usize = 4 << 10;
/// Window of a scan over a whole segment. It grows to the size of a batch that is read whole.
pub(super) const SCAN_WINDOW_BYTES: usize = 256 << 10;

/// Bytes of a batch before the part that `batch_length` counts.
const LENGTH_END: usize = 12;

/// Position, header and all bytes of a batch.
pub(super) type WholeBatch<'a> = (u32, BatchHeader, &'a [u8]);

/// Batches from a position on. Stops with [`ReadError::Corrupt`] at the first that cannot be one.
pub(super) struct Scan<'a> {
    segment: &'a Segment,
    position: u32,
    end: u32,
    window_bytes: usize,
    window: Vec<u8>,
    window_start: u32,
}

impl<'a> Scan<'a> {
    pub fn new(segment: &'a Segment, start: u32, end: u32, window_bytes: usize) -> Scan<'a> {
        let window_bytes = window_bytes.max(BATCH_HEADER_LEN);
        Scan {
            segment,
            position: start,
            end,
            window_bytes,
            window: Vec::new(),
            window_start: start,
        }
    }

    /// Where the next batch starts.
    pub fn position(&self) -> u32 {
        self.position
    }

    /// The next header and the position of its batch.
    pub fn next_header(&mut self) -> Result<Option<(u32, BatchHeader)>, ReadError> {
        let position = self.position;
        if position >= self.end {
            return Ok(None);
        }
        let header = self.header()?;
        self.position += header.size_in_bytes() as u32;
        Ok(Some((position, header)))
    }

    /// The next batch with all its bytes.
    pub fn next_batch(&mut self) -> Result<Option<WholeBatch<'_>>, ReadError> {
        let position = self.position;
        if position >= self.end {
            return Ok(None);
        }
        let header = self.header()?;
        let size = header.size_in_bytes();
        self.fill(position, size)?;
        self.position += size as u32;
        let from = (position - self.window_start) as usize;
        let bytes = self.window.get(from..from + size).unwrap_or_default();
        Ok(Some((position, header, bytes)))
    }

    /// All bytes of a batch that [`Scan::next_header`] has just answered.
    pub fn bytes_of(&mut self, position: u32, header: &BatchHeader) -> Result<&[u8], ReadError> {
        let size = header.size_in_bytes();
        self.fill(position, size)?;
        let from = (position - self.window_start) as usize;
        Ok(self.window.get(from..from + size).unwrap_or_default())
    }

    fn header(&mut self) -> Result<BatchHeader, ReadError> {
        let position = self.position;
        let left = (self.end - position) as usize;
        self.fill(position, BATCH_HEADER_LEN.min(left))?;
        let bytes = self
            .window
            .get((position - self.window_start) as usize..)
            .unwrap_or_default();
        let wrong = |what: String| Err(self.segment.corrupt(u64::from(position), what));
        if let Some(magic @ (0 | 1)) = bytes
            .get(16)
            .copied()
            .filter(|_| bytes.iter().take(16).any(|b| *b != 0))
        {
            return wrong(format!("a batch in the old format v{magic}, which is not read"));
        }
        let Some(header) = BatchHeader::read(bytes) else {
            return wrong("the file ends within a batch header".to_owned());
        };
        if header.magic != 2 {
            return wrong(format!("a batch of unknown format {}", header.magic));
        }
        let size = usize::try_from(header.batch_length).map_or(0, |len| len.saturating_add(LENGTH_END));
        if size < BATCH_HEADER_LEN {
            return wrong(format!("a batch length of {}", header.batch_length));
        }
        if size > left {
            return wrong(format!("a batch of {size} bytes where {left} are left"));
        }
        let end = header
            .base_offset
            .checked_add(i64::from(header.last_offset_delta));
        if header.base_offset < self.segment.base_offset || header.last_offset_delta < 0 || end.is_none() {
            return wrong(format!("a batch with base offset {}", header.base_offset));
        }
        if end.unwrap_or(i64::MAX) - self.segment.base_offset > i64::from(i32::MAX) {
            return wrong(format!("a batch with last offset {}", end.unwrap_or(i64::MAX)));
        }
        Ok(header)
    }

    /// Makes `len` bytes from `position` available in the window.
    fn fill(&mut self, position: u32, len: usize) -> Result<(), ReadError> {
        let held_to = self.window_start as usize + self.window.len();
        if position >= self.window_start && position as usize + len <= held_to {
            return Ok(());
        }
        let wanted = len.max(self.window_bytes).min((self.end - position) as usize);
        // What is held of it already is not read again, and room that was filled before is not zeroed.
        let held = match held_to.checked_sub(position as usize) {
            Some(held) if position >= self.window_start => held,
            _ => 0,
        };
        let before = self.window.len() - held;
        self.window.copy_within(before.., 0);
        self.window.resize(wanted, 0);
        let rest = self.window.get_mut(held..).unwrap_or_default();
        let read = held + self.segment.read_at(rest, u64::from(position) + held as u64)?;
        self.window.truncate(read);
        self.window_start = position;
        if read < len {
            let what = format!("{len} bytes expected, {read} found");
            return Err(self.segment.corrupt(u64::from(position), what));
        }
        Ok(())
    }
}

/// Whether a batch's checksum is right.
pub(super) fn checksum_is_right(header: &BatchHeader, batch: &[u8]) -> bool {
    // The checksum covers everything from the attributes on.
    batch
        .get(21..)
        .is_some_and(|covered| crc32c::crc32c(covered) == header.crc)
}
