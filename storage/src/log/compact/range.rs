//! Which part of a log can be compacted, and how much it needs it (Kafka's `LogCleanerManager.cleanableOffsets`,
//! `LogToClean`).

use std::sync::Arc;

use crate::log::segment::Segment;
use crate::log::{LogView, ReadError};

/// What bounds compaction beside the log itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompactionLimits {
    /// Everything below is decided and durable: the high watermark, or the first open transaction if that is lower.
    pub last_stable_offset: i64,
    /// `min.compaction.lag.ms`: a segment with a younger record is left alone, with all behind it.
    pub min_lag_ms: i64,
    /// `max.compaction.lag.ms`: a dirty segment whose first batch is older must be compacted.
    pub max_lag_ms: i64,
}

/// What there is to compact. The clean part was compacted before; the dirty part follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleanable {
    /// Where the dirty part begins.
    pub first_dirty_offset: i64,
    /// Base offset of the first segment that must not be compacted.
    pub first_uncleanable_offset: i64,
    /// The checkpoint lies outside the log (trimmed, or cut after a crash): write down `first_dirty_offset` instead.
    pub checkpoint_is_void: bool,
    /// Bytes of the clean part.
    pub clean_bytes: u64,
    /// Bytes of the part that may be compacted now.
    pub cleanable_bytes: u64,
    /// Milliseconds by which the oldest closed dirty segment is beyond `max_lag_ms`; 0 if it is not.
    pub overdue_ms: i64,
    /// When the oldest closed dirty segment will be; `None` when there is none, or it has no timestamps.
    pub due_ms: Option<i64>,
}

impl Cleanable {
    /// Share of the log that is dirty: what `min.cleanable.dirty.ratio` is compared with.
    pub fn dirty_ratio(&self) -> f64 {
        match self.clean_bytes + self.cleanable_bytes {
            0 => 0.0,
            total => self.cleanable_bytes as f64 / total as f64,
        }
    }

    /// Whether the log should be compacted now.
    pub fn is_due(&self, min_dirty_ratio: f64) -> bool {
        self.cleanable_bytes > 0 && (self.overdue_ms > 0 || self.dirty_ratio() > min_dirty_ratio)
    }
}

impl LogView {
    /// What there is to compact when everything below `checkpoint` was compacted before (`None`: nothing was).
    ///
    /// # Errors
    /// When the timestamps of a segment cannot be read.
    pub fn cleanable(
        &self,
        checkpoint: Option<i64>,
        limits: &CompactionLimits,
        now_ms: i64,
    ) -> Result<Cleanable, ReadError> {
        let (log_start, log_end) = (self.log_start_offset(), self.log_end_offset());
        let checkpoint_is_void = checkpoint.is_some_and(|c| c < log_start || c > log_end);
        let first_dirty_offset = checkpoint.filter(|_| !checkpoint_is_void).unwrap_or(log_start);
        self.with_segments(|segments| {
            let nothing = Cleanable {
                first_dirty_offset,
                first_uncleanable_offset: first_dirty_offset,
                checkpoint_is_void,
                ..Cleanable::default()
            };
            let Some((active, closed)) = segments.split_last() else {
                return Ok(nothing);
            };
            let dirty = closed
                .get(floor(closed, first_dirty_offset)..)
                .unwrap_or_default();
            let dirty = if first_dirty_offset > active.base_offset {
                &[]
            } else {
                dirty
            };
            let young = first_younger(dirty, limits.min_lag_ms, now_ms)?;
            let uncleanable = limits
                .last_stable_offset
                .min(active.base_offset)
                .min(young.unwrap_or(i64::MAX))
                .max(first_dirty_offset);
            // Whole segments only.
            let first_uncleanable = closed
                .get(floor(closed, uncleanable))
                .filter(|_| uncleanable < active.base_offset)
                .unwrap_or(active)
                .base_offset;
            let oldest_ms = oldest_timestamp(dirty)?;
            let due_ms = oldest_ms.map(|oldest| oldest.saturating_add(limits.max_lag_ms.max(0)));
            let bytes = |segments: &[Arc<Segment>]| segments.iter().map(|s| u64::from(s.len())).sum();
            let clean = segments.partition_point(|s| s.base_offset < first_dirty_offset);
            let from = first_dirty_offset.min(first_uncleanable);
            let cleanable =
                floor(closed, from)..closed.partition_point(|s| s.base_offset < first_uncleanable);
            Ok(Cleanable {
                first_uncleanable_offset: first_uncleanable,
                clean_bytes: segments.get(..clean).map_or(0, bytes),
                cleanable_bytes: closed.get(cleanable).map_or(0, bytes),
                overdue_ms: due_ms.map_or(0, |due| now_ms.saturating_sub(due).max(0)),
                due_ms,
                ..nothing
            })
        })
    }
}

/// Number of the segment that holds `offset`, or the first.
fn floor(segments: &[Arc<Segment>], offset: i64) -> usize {
    segments
        .partition_point(|s| s.base_offset <= offset)
        .saturating_sub(1)
}

/// Base offset of the first segment with a record younger than `min_lag_ms`.
fn first_younger(segments: &[Arc<Segment>], min_lag_ms: i64, now_ms: i64) -> Result<Option<i64>, ReadError> {
    if min_lag_ms <= 0 {
        return Ok(None);
    }
    for segment in segments {
        // Without timestamps the last write counts, as Kafka's `LogSegment.largestTimestamp` has it.
        let newest = match segment.max_timestamp()? {
            Some((newest, _)) => newest,
            None if segment.is_emptied()? => continue,
            None => segment.written_ms().map_err(|e| segment.read_error(e))?,
        };
        if newest > now_ms.saturating_sub(min_lag_ms) {
            return Ok(Some(segment.base_offset));
        }
    }
    Ok(None)
}

fn oldest_timestamp(segments: &[Arc<Segment>]) -> Result<Option<i64>, ReadError> {
    let mut oldest = None;
    for segment in segments {
        let first = segment.first_timestamp()?;
        if first > 0 && oldest.is_none_or(|o| first < o) {
            oldest = Some(first);
        }
    }
    Ok(oldest)
}
