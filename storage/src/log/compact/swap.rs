//! Putting a compacted segment in the place of those that it replaces.
//!
//! Crash points, in order (each step is durable before the next begins):
//!
//! 1. `.cleaned` files are written and synced, outside the lock. A crash leaves the old segments.
//! 2. They are renamed to `.swap`: from here on the new segment counts.
//! 3. Under the lock, readers get the new segment, and the old files are renamed to `.deleted`.
//! 4. The directory is synced; then, under the lock again, `.swap` goes from the names; the directory is synced.
//!
//! After a crash between 2 and 4 opening the log completes the rest (`leftovers`). Only then may a further
//! compaction begin: its `.cleaned` files would make a `.swap` void that is all there is left.

use std::io;
use std::sync::Arc;

use super::error::CompactionError;
use super::output::{SUFFIXES, discard, rename_files};
use super::run::{Compaction, CompactionSettings, CompactionStats};
use crate::log::segment::{Segment, SegmentData, Stage};
use crate::log::writer::{Log, Store};
use crate::log::{CompactionLimits, Doomed, LogError, names};

/// A new segment that is complete, but not in the log yet.
#[derive(Debug)]
#[must_use = "it is to be put into the log, or discarded"]
pub struct CompactedSegment {
    pub(super) segment: Arc<Segment>,
    pub(super) replaces: Vec<Arc<Segment>>,
}

impl CompactedSegment {
    /// Removes it: the log stays as it is.
    pub fn discard(self) {
        discard(&self.segment);
    }
}

/// A new segment that is in the log, but whose files do not have their names yet.
#[derive(Debug)]
#[must_use = "its files are to get their names"]
pub struct PendingSwap {
    segment: Arc<Segment>,
}

impl PendingSwap {
    /// Makes the last names durable. Call it, without the log's lock, before and after [`Log::finish_swap`].
    ///
    /// # Errors
    /// I/O.
    pub fn sync_names(&self) -> io::Result<()> {
        match &self.segment.data {
            SegmentData::Disk(disk) => disk.dir.folder.fs().sync_dir(&disk.dir.path),
            SegmentData::Memory(_) => Ok(()),
        }
    }
}

impl Log {
    /// Puts a compacted segment into the place of those that it was made from. Readers see it at once; what they
    /// hold open stays readable.
    ///
    /// # Errors
    /// [`CompactionError::Outdated`] when one of them has left the log meanwhile: the new one is discarded then. I/O
    /// when a file cannot be renamed: readers use the new segment, and the next start finishes the rest.
    pub fn replace_segments(
        &mut self,
        compacted: CompactedSegment,
    ) -> Result<(PendingSwap, Doomed), CompactionError> {
        let segments = self.shared.segments.load_full();
        let CompactedSegment { segment, replaces } = compacted;
        let at = segments.partition_point(|s| s.base_offset < segment.base_offset);
        let there = segments.get(at..at + replaces.len()).unwrap_or_default();
        // The last one is the active one, which is never compacted.
        let is_current = there.len() == replaces.len()
            && at + replaces.len() < segments.len()
            && there.iter().zip(&replaces).all(|(a, b)| Arc::ptr_eq(a, b));
        if !is_current {
            discard(&segment);
            return Err(CompactionError::Outdated);
        }
        let mut new = Vec::with_capacity(segments.len());
        new.extend(segments.iter().take(at).cloned());
        new.push(Arc::clone(&segment));
        new.extend(segments.iter().skip(at + replaces.len()).cloned());
        // First the new list, then the marks: whoever meets a mark looks again and finds the new segment.
        self.shared.segments.store(Arc::new(new));
        let mut doomed = Doomed::default();
        for old in &replaces {
            old.mark_removed();
            old.close_files();
        }
        if let Store::Disk(disk) = &self.store {
            for old in &replaces {
                let mut suffixes = SUFFIXES.to_vec();
                // The snapshot at the start of the new segment stays.
                if old.base_offset != segment.base_offset {
                    suffixes.push(names::SNAPSHOT);
                }
                let renamed =
                    Doomed::segment_files(&disk.dir.path, disk.dir.folder.fs(), old.base_offset, &suffixes)?;
                doomed.merge(renamed);
            }
        }
        Ok((PendingSwap { segment }, doomed))
    }

    /// Gives the files of a segment that [`Log::replace_segments`] put into the log their names. Call it after
    /// [`PendingSwap::sync_names`], and sync again afterwards.
    ///
    /// # Errors
    /// I/O; the next start finishes it.
    pub fn finish_swap(&mut self, pending: &PendingSwap) -> Result<(), LogError> {
        let segments = self.shared.segments.load();
        if !segments.iter().any(|s| Arc::ptr_eq(s, &pending.segment))
            && let Store::Disk(disk) = &mut self.store
        {
            // Trimmed meanwhile. While the log start that hides it is not on the disk a crash brings all segments back,
            // and there must be no hole between them. Who trimmed did not find the files under these names.
            disk.trimmed_in_swap.push(pending.segment.base_offset);
        }
        rename_files(&pending.segment, Stage::Final).map_err(|source| LogError::Io {
            path: pending.segment.path(names::LOG),
            source,
        })
    }

    /// A whole pass in one go, for a log that nobody else writes to meanwhile. Answers the next checkpoint and what
    /// was done; `None` when there was nothing to do.
    ///
    /// # Errors
    /// [`CompactionError`].
    pub fn compact(
        &mut self,
        checkpoint: Option<i64>,
        limits: &CompactionLimits,
        settings: &CompactionSettings,
    ) -> Result<Option<(i64, CompactionStats)>, CompactionError> {
        let cleanable = self.view().cleanable(checkpoint, limits, settings.now_ms)?;
        let Some(plan) = self.plan_compaction(&cleanable) else {
            return Ok(None);
        };
        let mut compaction = Compaction::start(plan, settings, &mut |_| true)?;
        while let Some(compacted) = compaction.next_segment(&mut |_| true)? {
            let (pending, doomed) = self.replace_segments(compacted)?;
            let dir = |source| LogError::Io {
                path: pending.segment.path(names::LOG),
                source,
            };
            pending.sync_names().map_err(dir)?;
            self.finish_swap(&pending)?;
            pending.sync_names().map_err(dir)?;
            doomed.remove().map_err(dir)?;
        }
        Ok(Some((compaction.end_offset(), compaction.stats())))
    }
}
