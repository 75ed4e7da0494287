//! Syncing, trimming, closing and deleting.

use std::io::{self, IoSlice};
use std::sync::Arc;

use super::doomed::doom_directory;
use super::writer::{DiskStore, Log, Store};
use super::{Doomed, LogError, Retired, names};
use crate::folder::PartitionMetadata;
use crate::fs::{File, OpenMode};

/// What must be synced for a log to be durable up to an offset.
#[derive(Clone, Debug)]
pub struct DirtyFiles {
    /// Call [`File::sync_data`] on each, in this order. A file that could not be opened answers its error there.
    pub files: Vec<Arc<dyn File>>,
    /// Then everything below is durable: tell [`Log::synced`].
    pub end_offset: i64,
    /// Base of the segment that grew at that moment: its indexes are not among the files.
    active_base: i64,
}

impl Log {
    /// What the flusher must sync, outside the lock, for everything appended so far to be durable.
    /// In memory nothing.
    pub fn dirty(&self) -> DirtyFiles {
        self.dirty_below(self.log_end_offset())
    }

    /// As [`Log::dirty`], for closed segments only: what should be synced after a roll under a policy
    /// that does not sync appends, so that recovery need not scan them.
    pub fn dirty_closed(&self) -> DirtyFiles {
        self.dirty_below(self.active().map_or(self.recovery_point, |s| s.base_offset))
    }

    fn dirty_below(&self, end_offset: i64) -> DirtyFiles {
        let (mut files, mut gone) = (Vec::new(), false);
        if let Store::Disk(disk) = &self.store
            && disk.exists
            && end_offset > self.recovery_point
        {
            for segment in disk.leaving.iter().filter(|s| s.base_offset < end_offset) {
                match segment.leaving_log_file() {
                    Ok(file) => files.push(file),
                    // Renamed by now: that has to last, or a crash brings it back as it is on the disk.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => gone = true,
                    Err(error) => files.push(failed(error)),
                }
            }
            let segments = self.shared.segments.load();
            for (i, segment) in segments.iter().enumerate() {
                let next = segments.get(i + 1).map(|s| s.base_offset);
                if segment.base_offset >= end_offset || next.is_some_and(|n| n <= self.recovery_point) {
                    continue;
                }
                match segment.files(next.is_some()) {
                    Ok(of_segment) => files.extend(of_segment),
                    Err(error) => files.push(failed(error)),
                }
            }
            disk.push_names(end_offset, gone, &mut files);
        }
        let active_base = self.active().map_or(end_offset, |s| s.base_offset);
        DirtyFiles {
            files,
            end_offset,
            active_base,
        }
    }

    /// Notes that what [`Log::dirty`] named was synced: everything below its `end_offset` is durable.
    pub fn synced(&mut self, dirty: &DirtyFiles) {
        let end_offset = dirty.end_offset;
        debug_assert!(end_offset <= self.log_end_offset());
        if end_offset <= self.recovery_point {
            // Then nothing was named, so nothing was synced either.
            return;
        }
        self.recovery_point = self.recovery_point.max(self.scanned_from(dirty));
        if let Store::Disk(disk) = &mut self.store {
            disk.leaving
                .retain(|segment| segment.with_tail(|t| t.end_offset) > end_offset);
            for since in [&mut disk.names_since, &mut disk.dir_since, &mut disk.epochs_since] {
                since.synced(end_offset);
            }
        }
    }

    /// From where recovery must scan after this sync. A segment that was closed at its end offset while the sync went on
    /// has indexes that were not synced, which recovery would trust.
    fn scanned_from(&self, dirty: &DirtyFiles) -> i64 {
        let segments = self.shared.segments.load();
        let mut closed = segments.iter().zip(segments.iter().skip(1));
        let grew = closed.find(|(segment, next)| {
            segment.base_offset >= dirty.active_base && next.base_offset <= dirty.end_offset
        });
        grew.map_or(dirty.end_offset, |(segment, _)| segment.base_offset)
    }

    /// Forgets everything below `new_log_start` (DeleteRecords): whole segments below it leave the log,
    /// the active one stays. Returns the log start offset, which never goes back, and the segments whose
    /// files are to be renamed once that start is durable.
    ///
    /// # Errors
    /// [`LogError::OffsetOutOfRange`] above the log end.
    pub fn trim(&mut self, new_log_start: i64) -> Result<(i64, Retired), LogError> {
        let (start, end) = (self.log_start_offset(), self.log_end_offset());
        if new_log_start > end || new_log_start < 0 {
            return Err(LogError::OffsetOutOfRange {
                offset: new_log_start,
                start,
                end,
            });
        }
        if new_log_start <= start {
            return Ok((start, Retired::default()));
        }
        self.move_start(new_log_start);
        Ok((new_log_start, self.retire_below(new_log_start)))
    }

    /// Takes the segments that lie wholly below `log_start` out of the log.
    pub(super) fn retire_below(&mut self, log_start: i64) -> Retired {
        let segments = self.shared.segments.load_full();
        // A segment lies wholly below if the next one starts at or below.
        let gone = segments
            .iter()
            .skip(1)
            .take_while(|next| next.base_offset <= log_start)
            .count();
        if gone == 0 {
            return Retired::default();
        }
        let kept = segments.iter().skip(gone).cloned().collect();
        self.shared.segments.store(Arc::new(kept));
        let recovery_point = self.recovery_point;
        let Store::Disk(disk) = &mut self.store else {
            return Retired::default();
        };
        let mut bases = std::mem::take(&mut disk.trimmed_in_swap);
        for segment in segments.iter().take(gone) {
            segment.mark_removed();
            segment.close_files();
            bases.push(segment.base_offset);
            if segment.with_tail(|t| t.end_offset) > recovery_point {
                disk.leaving.push(Arc::clone(segment));
            }
        }
        Retired::new(&disk.dir, bases)
    }

    /// Ends the writing for now: completes the indexes and writes the producer snapshot, so that the
    /// next start has nothing to scan. Nothing is synced here: the clean-shutdown marker does that
    /// once for the whole folder. Appending again is allowed.
    ///
    /// # Errors
    /// I/O; the next start then rebuilds what is missing.
    pub fn close(&mut self) -> Result<(), LogError> {
        let active = self.active();
        let before = match &self.store {
            Store::Disk(disk) if disk.touched => disk.snapshot,
            _ => return Ok(()),
        };
        if let Some(active) = &active {
            let complete = || {
                active.finish_indexes()?;
                active.finish_aborted()?;
                active.trim_index_files()
            };
            complete().map_err(|source| LogError::Io {
                path: active.path(names::INDEX),
                source,
            })?;
            active.trim_log_file(false).map_err(|source| LogError::Io {
                path: active.path(names::LOG),
                source,
            })?;
            active.close_files();
        }
        let end = self.log_end_offset();
        let Store::Disk(disk) = &self.store else {
            return Ok(());
        };
        let path = disk.dir.file(end, names::SNAPSHOT);
        self.write_snapshot()
            .map_err(|source| LogError::Io { path, source })?;
        let starts_segment = |offset| {
            self.shared
                .segments
                .load()
                .iter()
                .any(|s| s.base_offset == offset)
        };
        let Store::Disk(disk) = &self.store else {
            return Ok(());
        };
        if let Some(old) = before.filter(|old| *old != end && !starts_segment(*old)) {
            // Only segment starts and the end need a snapshot; one too many does no harm.
            let _ = disk
                .dir
                .folder
                .fs()
                .remove_file(&disk.dir.file(old, names::SNAPSHOT));
        }
        if let Store::Disk(disk) = &mut self.store {
            disk.touched = false;
        }
        Ok(())
    }

    /// Ends the log: its directory gets a name that says so, which also makes room for a new topic of the
    /// same name. A crash can bring it back until [`Doomed::sync`] has returned.
    ///
    /// # Errors
    /// I/O. After the rename the next start finishes the removal.
    pub fn delete(self) -> Result<Doomed, LogError> {
        let Store::Disk(disk) = &self.store else {
            return Ok(Doomed::default());
        };
        for segment in self.shared.segments.load().iter() {
            segment.mark_removed();
            segment.close_files();
        }
        match disk.exists {
            true => doom_directory(&disk.dir, disk.topic_id),
            false => Ok(Doomed::default()),
        }
    }
}

impl DiskStore {
    /// Handles for names and small files that are not synced yet.
    /// `renamed`: names were changed beside those that were noted.
    fn push_names(&self, end_offset: i64, renamed: bool, files: &mut Vec<Arc<dyn File>>) {
        let fs = self.dir.folder.fs();
        let mut push = |file: io::Result<Arc<dyn File>>| files.push(file.unwrap_or_else(failed));
        if self.epochs_since.is_due(end_offset) {
            push(fs.open(&self.dir.path.join(names::EPOCHS), OpenMode::Read));
        }
        if self.dir_since.is_due(end_offset) {
            push(fs.open(&self.dir.path.join(PartitionMetadata::FILE_NAME), OpenMode::Read));
        }
        if renamed || self.names_since.is_due(end_offset) {
            push(fs.open_dir(&self.dir.path));
        }
        if self.dir_since.is_due(end_offset) {
            push(fs.open_dir(self.dir.folder.path()));
        }
    }
}

/// Stands for a file that could not be opened.
#[derive(Debug)]
struct FailedFile(io::ErrorKind, String);

fn failed(error: io::Error) -> Arc<dyn File> {
    Arc::new(FailedFile(error.kind(), error.to_string()))
}

impl FailedFile {
    fn error<T>(&self) -> io::Result<T> {
        Err(io::Error::new(self.0, self.1.clone()))
    }
}

impl File for FailedFile {
    fn read_at(&self, _buf: &mut [u8], _position: u64) -> io::Result<usize> {
        self.error()
    }
    fn try_read_at(&self, _buf: &mut [u8], _position: u64) -> io::Result<Option<usize>> {
        self.error()
    }
    fn write_at(&self, _bufs: &[IoSlice<'_>], _position: u64) -> io::Result<usize> {
        self.error()
    }
    fn set_len(&self, _len: u64) -> io::Result<()> {
        self.error()
    }
    fn len(&self) -> io::Result<u64> {
        self.error()
    }
    fn sync_data(&self) -> io::Result<()> {
        self.error()
    }
}
