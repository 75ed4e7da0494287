//! The files of a segment: their names, which change when a segment is compacted, and opening them.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use super::file_pool::FileSlot;
use super::names;
use super::segment::Segment;
use crate::folder::DataFolder;
use crate::fs::{File, OpenMode};

#[derive(Debug)]
pub(super) struct DiskSegment {
    pub(super) dir: Arc<PartitionDir>,
    pub(super) log: Arc<FileSlot>,
    pub(super) index: Arc<FileSlot>,
    pub(super) time_index: Arc<FileSlot>,
    pub(super) txn_index: Arc<FileSlot>,
    pub(super) stage: AtomicU8,
    /// Renamed away: a reader that does not find the file any more reads below the log start.
    pub(super) removed: AtomicBool,
    /// A failed write could not be cut off; must be done before the next one.
    pub(super) uncut: AtomicBool,
    /// The log file is longer than its batches: room was reserved for more.
    pub(super) reserved: AtomicBool,
}

/// How far the files of a compacted segment have got; their names say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Stage {
    /// In place; the only stage of a segment that was never compacted.
    Final,
    /// Complete, but segments that it replaces may still have their names.
    Swap,
    /// Being written.
    Cleaned,
}

impl Stage {
    pub fn suffix(self) -> &'static str {
        match self {
            Stage::Final => "",
            Stage::Swap => names::SWAP,
            Stage::Cleaned => names::CLEANED,
        }
    }
}

impl DiskSegment {
    /// One whose files have their names, or get them when they are made.
    pub(super) fn new(dir: &Arc<PartitionDir>) -> DiskSegment {
        DiskSegment {
            dir: Arc::clone(dir),
            log: Arc::default(),
            index: Arc::default(),
            time_index: Arc::default(),
            txn_index: Arc::default(),
            stage: AtomicU8::new(Stage::Final as u8),
            removed: AtomicBool::new(false),
            uncut: AtomicBool::new(false),
            reserved: AtomicBool::new(false),
        }
    }

    pub(super) fn stage(&self) -> Stage {
        match self.stage.load(Ordering::Acquire) {
            0 => Stage::Final,
            1 => Stage::Swap,
            _ => Stage::Cleaned,
        }
    }

    /// Path of one of its files.
    pub(super) fn file(&self, base_offset: i64, suffix: &str) -> PathBuf {
        let mut path = self.dir.file(base_offset, suffix).into_os_string();
        path.push(self.stage().suffix());
        PathBuf::from(path)
    }

    /// Cuts off what a failed write left behind the batches. Synced, for it must not come back between the sectors of the
    /// next write.
    pub(super) fn cut_off(&self, log: &dyn File, len: u64) -> io::Result<()> {
        if log.len()? > len {
            log.set_len(len)?;
            self.dir.folder.must_sync(log.sync_data())?;
        }
        self.uncut.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// For whoever has just renamed the files.
    pub(super) fn set_stage(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Release);
    }
}

/// A partition's directory.
#[derive(Debug)]
pub(super) struct PartitionDir {
    pub folder: Arc<DataFolder>,
    pub path: PathBuf,
}

impl PartitionDir {
    pub fn file(&self, offset: i64, suffix: &str) -> PathBuf {
        self.path.join(names::file_name(offset, suffix))
    }
}

impl Segment {
    pub(super) fn open(
        &self,
        disk: &DiskSegment,
        slot: &Arc<FileSlot>,
        suffix: &str,
        mode: OpenMode,
    ) -> io::Result<Arc<dyn File>> {
        let folder = &disk.dir.folder;
        loop {
            let stage = disk.stage();
            let opened = match disk.removed.load(Ordering::Acquire) {
                false => folder
                    .files()
                    .get(slot, &**folder.fs(), mode, || disk.file(self.base_offset, suffix)),
                true => Err(io::ErrorKind::NotFound.into()),
            };
            // The names of a compacted segment change while it is in use; they are renamed first and noted then.
            let opened = match opened {
                Err(e) if e.kind() == io::ErrorKind::NotFound && stage == Stage::Swap => {
                    let in_place = || disk.dir.file(self.base_offset, suffix);
                    folder.files().get(slot, &**folder.fs(), mode, in_place)
                }
                opened => opened,
            };
            if opened.is_err() && disk.stage() != stage {
                continue;
            }
            // Once the segment was replaced its names may belong to another one. Whoever sees no mark behind
            // the opening has the right file: the mark is set before anything is renamed.
            if opened.is_ok() && disk.removed.load(Ordering::Acquire) {
                folder.files().close(slot);
                return Err(io::ErrorKind::NotFound.into());
            }
            return opened;
        }
    }
}
