//! Cutting the end of a log at recovery.
//!
//! A cut is a write: until it is synced a power loss takes it back, in part where new batches were written over the
//! old ones. So it is synced before anything is appended. A process that is killed in between leaves a log that
//! looks whole; the note that it made before ([`names::CUT`]) tells the next one to sync what it finds.

use std::io;

use super::leftovers::remove_now;
use super::producers::Producers;
use super::recover::{Opener, file_len};
use super::segment::{PartitionDir, Segment, SegmentData};
use super::{LogError, names};
use crate::fs::OpenMode;

/// Notes that a cut begins. It need not be synced: after a power loss every byte is looked at again.
fn note_cut(dir: &PartitionDir) -> io::Result<()> {
    let path = dir.path.join(names::CUT);
    dir.folder.fs().open(&path, OpenMode::OpenOrCreate).map(drop)
}

impl Segment {
    /// Cuts the log file of a segment that has no readers yet, and syncs it.
    pub fn cut_log_file(&self, len: u32) -> io::Result<()> {
        let SegmentData::Disk(disk) = &self.data else {
            return Ok(());
        };
        note_cut(&disk.dir)?;
        let file = self.open(disk, &disk.log, names::LOG, OpenMode::Write)?;
        file.set_len(u64::from(len))?;
        file.sync_data()
    }
}

impl Opener<'_> {
    fn io(&self) -> impl Fn(io::Error) -> LogError + use<> {
        let path = self.dir.path.clone();
        move |source| LogError::Io {
            path: path.clone(),
            source,
        }
    }

    /// Removes the segments behind number `i`: their batches cannot follow a cut. Synced, for they
    /// must not come back behind new batches.
    pub(super) fn remove_behind(&mut self, i: usize) -> Result<(), LogError> {
        let behind = self.bases.split_off(i + 1);
        if behind.is_empty() {
            return Ok(());
        }
        note_cut(self.dir).map_err(self.io())?;
        for base in behind {
            self.opened.report.cut_bytes += file_len(&self.files, base, names::LOG);
            remove_now(self.dir, base)?;
        }
        self.dir.folder.fs().sync_dir(&self.dir.path).map_err(self.io())
    }

    /// Makes a cut durable that a process before this one may have begun, and takes the note of it away.
    /// `first` is the first segment that was checked.
    pub(super) fn finish_cut(&mut self, first: usize) -> Result<(), LogError> {
        let fs = self.dir.folder.fs();
        let was_noted = self.files.contains_key(names::CUT);
        if !was_noted && self.opened.report.cut_reason.is_none() {
            return Ok(());
        }
        if was_noted {
            for segment in self.opened.segments.iter().skip(first) {
                let files = segment.files(false).map_err(self.io())?;
                files
                    .iter()
                    .try_for_each(|file| file.sync_data())
                    .map_err(self.io())?;
            }
            fs.sync_dir(&self.dir.path).map_err(self.io())?;
        }
        match fs.remove_file(&self.dir.path.join(names::CUT)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.io()(error)),
            _ => Ok(()),
        }
    }

    /// Where the log starts, and what becomes of it when it ends before that.
    pub(super) fn settle_ends(&mut self) -> Result<(), LogError> {
        let first = self.bases.first().copied().unwrap_or(self.hint.log_start_offset);
        let mut start = self.hint.log_start_offset.max(first);
        if start > self.opened.log_end && self.hint.clean {
            tracing::warn!(
                "{}: log-start-offset-checkpoint says {start}, behind the log's end {}: the log starts at {first}",
                self.dir.path.display(),
                self.opened.log_end
            );
            start = first;
        }
        self.opened.log_start = start;
        if start > self.opened.log_end {
            // Only unsynced batches can be missing here: all that was kept lies below the log start.
            for base in std::mem::take(&mut self.bases) {
                remove_now(self.dir, base)?;
            }
            self.opened.segments.clear();
            self.replay.producers = Producers::default();
            self.opened.log_end = start;
            self.opened.touched = true;
        }
        self.opened.recovery_point = if self.hint.clean && !self.opened.touched {
            self.opened.log_end
        } else {
            self.hint.recovery_point
        };
        self.opened.recovery_point = self.opened.recovery_point.min(self.opened.log_end);
        Ok(())
    }
}
