//! Reading without the writer's lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::ArcSwap;

use super::epochs::Epochs;
use super::segment::Segment;
use super::{Chunk, ReadError};

/// What the owner of a log publishes to its readers.
#[derive(Debug)]
pub(super) struct Shared {
    /// In order of base offset; the last one grows.
    pub segments: ArcSwap<Vec<Arc<Segment>>>,
    pub epochs: ArcSwap<Epochs>,
    pub log_start: AtomicI64,
    /// Stored after the batch is in its segment: whoever sees it finds the batch.
    pub log_end: AtomicI64,
}

/// A reader of one log: always current, takes no lock of the writer, valid for ever.
#[derive(Clone, Debug)]
pub struct LogView(pub(super) Arc<Shared>);

/// What a read found.
#[derive(Clone, Debug, Default)]
pub struct ReadResult {
    /// Log bytes from the batch that holds the offset on; the last batch may be cut short, as Kafka does it.
    pub chunks: Vec<Chunk>,
    /// Their total length.
    pub bytes: usize,
}

impl LogView {
    /// First offset that may be read.
    pub fn log_start_offset(&self) -> i64 {
        self.0.log_start.load(Ordering::Acquire)
    }

    /// Offset of the next append.
    pub fn log_end_offset(&self) -> i64 {
        self.0.log_end.load(Ordering::Acquire)
    }

    /// Reads up to `max_bytes` from the batch that holds `offset`, only batches that lie wholly below
    /// `upper_bound`. A first batch larger than `max_bytes` is read whole if `at_least_one`, else not at all.
    ///
    /// # Errors
    /// [`ReadError::OffsetOutOfRange`] below the log start or above the log end; I/O and damage.
    pub fn read(
        &self,
        offset: i64,
        max_bytes: usize,
        upper_bound: i64,
        at_least_one: bool,
    ) -> Result<ReadResult, ReadError> {
        let (start, end) = (self.log_start_offset(), self.log_end_offset());
        if offset < start || offset > end {
            return Err(ReadError::OffsetOutOfRange { offset, start, end });
        }
        let upper = upper_bound.min(end);
        if offset >= upper || (max_bytes == 0 && !at_least_one) {
            return Ok(ReadResult::default());
        }
        self.with_segments(|segments| read_from(segments, offset, max_bytes, upper, at_least_one))
    }

    /// Looks at the segments. A look that failed because one of them was replaced meanwhile is repeated.
    pub(super) fn with_segments<T>(
        &self,
        look: impl Fn(&[Arc<Segment>]) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        loop {
            let segments = self.0.segments.load();
            let result = look(&segments);
            if result.is_ok() || Arc::ptr_eq(&segments, &self.0.segments.load()) {
                return result;
            }
        }
    }

    /// The largest epoch not above `epoch`, and where it ended; `None` for an epoch newer than any.
    pub fn end_offset_for_epoch(&self, epoch: i32) -> Option<(i32, i64)> {
        self.0.epochs.load().end_offset_for(epoch, self.log_end_offset())
    }

    /// Epoch of the batch that holds `offset`.
    pub fn epoch_at(&self, offset: i64) -> Option<i32> {
        self.0.epochs.load().epoch_at(offset)
    }

    /// The newest leader epoch that appended.
    pub fn latest_epoch(&self) -> Option<i32> {
        self.0.epochs.load().latest()
    }

    /// Base offset of the active segment; `None` when there is none. It changes when closed segments do, but for
    /// what retention and compaction take away.
    pub fn active_base_offset(&self) -> Option<i64> {
        self.0.segments.load().last().map(|s| s.base_offset)
    }

    /// Bytes of all log files.
    pub fn size_in_bytes(&self) -> u64 {
        self.0.segments.load().iter().map(|s| u64::from(s.len())).sum()
    }
}

fn read_from(
    segments: &[Arc<Segment>],
    offset: i64,
    max_bytes: usize,
    upper: i64,
    at_least_one: bool,
) -> Result<ReadResult, ReadError> {
    let mut result = ReadResult::default();
    let first = segments
        .partition_point(|s| s.base_offset <= offset)
        .saturating_sub(1);
    for (i, segment) in segments.iter().enumerate().skip(first) {
        let room = max_bytes.saturating_sub(result.bytes);
        if segment.base_offset >= upper || (room == 0 && result.bytes > 0) {
            break;
        }
        let whole = segments.get(i + 1).is_some_and(|next| upper >= next.base_offset);
        let limit = if whole {
            segment.len()
        } else {
            segment.limit(upper)?
        };
        let (position, must) = if result.bytes == 0 {
            // In a gap that compaction left the next batch may be in the next segment.
            let Some(at) = segment.find(offset)? else { continue };
            if at.size as usize > room && !at_least_one {
                break;
            }
            (at.position, at.size)
        } else {
            (0, 0)
        };
        let available = limit.saturating_sub(position);
        let wanted = u32::try_from(room).unwrap_or(u32::MAX).max(must).min(available);
        if wanted > 0 {
            segment.chunks(position, wanted, &mut result.chunks)?;
            result.bytes += wanted as usize;
        }
    }
    Ok(result)
}
