//! Retention: which segments have outlived their time or their room (Kafka's
//! `UnifiedLog#deleteOldSegments`).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::segment::Segment;
use super::writer::{Log, Store};
use super::{LogError, LogView, Retired, names};

/// How long and how much a log keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// `retention.ms`: a segment goes when its newest record is older; negative = never.
    pub retention_ms: i64,
    /// `retention.bytes`: oldest segments go while as much stays without them; negative = never.
    pub retention_bytes: i64,
}

impl Retention {
    /// Keeps everything: what a topic without `delete` in its `cleanup.policy` has.
    pub const FOREVER: Retention = Retention {
        retention_ms: -1,
        retention_bytes: -1,
    };
}

/// Why a segment went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetiredBecause {
    /// It lies wholly below the log start offset (DeleteRecords).
    LogStart,
    /// `retention.bytes`.
    Size,
    /// `retention.ms`, by the largest record timestamp.
    Time,
    /// `retention.ms`, by the time of the last write: its records carry no timestamps.
    LastModified,
    /// Compaction left no record in it, and what is behind it goes.
    Emptied,
}

/// One segment that went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetiredSegment {
    /// Its first offset.
    pub base_offset: i64,
    /// Bytes of log.
    pub bytes: u32,
    /// Why it went.
    pub because: RetiredBecause,
}

/// What [`Log::retain`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetentionReport {
    /// The segments that went, oldest first.
    pub segments: Vec<RetiredSegment>,
    /// Log start offset now.
    pub log_start_offset: i64,
    /// Before this moment no segment breaches `retention_ms`, whatever is appended (milliseconds since the
    /// epoch; `i64::MAX`: never). What may grow too large, or is empty, is due at every look.
    pub next_due_ms: i64,
    /// The oldest segment has a timestamp in the future, which keeps it and all behind it.
    pub future_timestamp: Option<i64>,
}

impl Log {
    /// Takes out of the log what `retention` does not keep: oldest segments first, whole ones, only below
    /// `high_watermark`. Where that is the active segment too, an empty one is begun behind it. Rename what
    /// is answered once the log start offset is durable.
    ///
    /// # Errors
    /// When a segment's time cannot be read; nothing has changed then. A new active segment that cannot be
    /// made keeps the old one and is only logged: a full disk must not keep the rest.
    pub fn retain(
        &mut self,
        retention: &Retention,
        high_watermark: i64,
        now_ms: i64,
    ) -> Result<(RetentionReport, Retired), LogError> {
        let mut retained = RetentionReport::default();
        let segments = self.shared.segments.load_full();
        let mut bytes: i64 = segments.iter().map(|s| i64::from(s.len())).sum();
        let mut by_size = retention.retention_bytes >= 0;
        let start = self.log_start_offset();
        for (i, segment) in segments.iter().enumerate() {
            let next = segments.get(i + 1).map(|s| s.base_offset);
            let len = segment.len();
            if next.unwrap_or_else(|| self.log_end_offset()) > high_watermark || (next.is_none() && len == 0)
            {
                break;
            }
            by_size &= bytes - i64::from(len) >= retention.retention_bytes;
            let because = if next.is_some_and(|next| next <= start) {
                RetiredBecause::LogStart
            } else if by_size {
                RetiredBecause::Size
            } else if let Some(because) = breaches_time(segment, retention, now_ms)? {
                because
            } else if segment.is_emptied()? {
                RetiredBecause::Emptied
            } else {
                break;
            };
            bytes -= i64::from(len);
            retained.segments.push(RetiredSegment {
                base_offset: segment.base_offset,
                bytes: len,
                because,
            });
        }
        // Nothing behind these goes, and alone they have no age.
        let is_emptied = |s: &RetiredSegment| s.because == RetiredBecause::Emptied;
        while retained.segments.last().is_some_and(is_emptied) {
            retained.segments.pop();
        }
        let retired = self.take_out(&mut retained, segments.len(), now_ms);
        retained.log_start_offset = self.log_start_offset();
        self.look_ahead(retention, now_ms, &mut retained);
        Ok((retained, retired))
    }

    /// Closes the active segment if it holds anything and begins an empty one. Answers whether it did.
    ///
    /// # Errors
    /// I/O; the active segment stays then.
    pub fn roll_now(&mut self, now_ms: i64) -> Result<bool, LogError> {
        let Some(active) = self.active().filter(|active| active.len() > 0) else {
            return Ok(false);
        };
        self.roll(&active, now_ms)
            .map_err(|error| LogError::Io {
                path: active.path(names::LOG),
                source: std::io::Error::other(error),
            })
            .map(|_| true)
    }

    /// Moves the log start behind the segments that are to go, and takes them out.
    fn take_out(&mut self, retained: &mut RetentionReport, segments: usize, now_ms: i64) -> Retired {
        if retained.segments.len() == segments
            && segments > 0
            && let Err(error) = self.roll_now(now_ms)
        {
            tracing::warn!(%error, "no new segment: the last one stays although it is due");
            retained.segments.pop();
        }
        let all = self.shared.segments.load_full();
        let Some(first_kept) = all
            .get(retained.segments.len())
            .filter(|_| !retained.segments.is_empty())
        else {
            return Retired::default();
        };
        let base = first_kept.base_offset;
        if base > self.log_start_offset() {
            self.move_start(base);
        }
        self.retire_below(base)
    }

    /// When to look again.
    fn look_ahead(&self, retention: &Retention, now_ms: i64, retained: &mut RetentionReport) {
        retained.next_due_ms = i64::MAX;
        let segments = self.shared.segments.load();
        let Some(first) = segments.first() else { return };
        if self.log_start_offset() > first.base_offset {
            // Once the segment is closed it lies wholly below the log start.
            retained.next_due_ms = now_ms;
            return;
        }
        if retention.retention_ms >= 0 {
            let Ok(Some((newest, dated))) = newest_ms(first) else {
                retained.next_due_ms = now_ms;
                return;
            };
            retained.next_due_ms = newest.saturating_add(retention.retention_ms).saturating_add(1);
            retained.future_timestamp = (dated && newest > now_ms).then_some(newest);
        }
    }

    /// Publishes a later log start and forgets the epochs below it. An epoch file that cannot be written
    /// (a full disk) says too much, which the next start puts right.
    pub(super) fn move_start(&mut self, new_log_start: i64) {
        self.shared.log_start.store(new_log_start, Ordering::Release);
        let mut epochs = (*self.epochs()).clone();
        if !epochs.cut_start(new_log_start) {
            return;
        }
        if let Store::Disk(disk) = &self.store
            && disk.exists
        {
            let path = disk.dir.path.join(names::EPOCHS);
            let fs = disk.dir.folder.fs();
            if let Err(error) = fs.write_unsynced(&path, epochs.to_text().as_bytes()) {
                tracing::warn!("{}: {error}", path.display());
            }
        }
        self.shared.epochs.store(Arc::new(epochs));
    }
}

impl LogView {
    /// Time of the newest record of the oldest segment: what retention goes by. `None` when there is none.
    pub fn oldest_segment_ms(&self) -> Option<i64> {
        let segments = self.0.segments.load();
        newest_ms(segments.first()?).ok()?.map(|(newest, _)| newest)
    }
}

fn breaches_time(
    segment: &Segment,
    retention: &Retention,
    now_ms: i64,
) -> Result<Option<RetiredBecause>, LogError> {
    if retention.retention_ms < 0 {
        return Ok(None);
    }
    let newest = newest_ms(segment)?;
    Ok(newest.and_then(|(newest, dated)| {
        let breached = now_ms.saturating_sub(newest) > retention.retention_ms;
        breached.then_some(match dated {
            true => RetiredBecause::Time,
            false => RetiredBecause::LastModified,
        })
    }))
}

/// Time of the newest record, and whether the record says so itself or only the last write does
/// (`LogSegment#largestTimestamp`). `None` when the segment is empty, or compaction left nothing in it.
fn newest_ms(segment: &Segment) -> Result<Option<(i64, bool)>, LogError> {
    if segment.is_emptied()? {
        return Ok(None);
    }
    if let Some((timestamp, _)) = segment.max_timestamp()? {
        return Ok(Some((timestamp, true)));
    }
    let written = segment.written_ms().map_err(|source| LogError::Io {
        path: segment.path(names::LOG),
        source,
    })?;
    Ok(Some((written, false)))
}
