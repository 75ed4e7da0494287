//! One segment: a run of batches with its two indexes, on disk or in memory.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, RwLock};

use super::disk_segment::DiskSegment;
pub(super) use super::disk_segment::{PartitionDir, Stage};
use super::index::{IndexEntry, PENDING_ENTRIES_MAX};
use super::mem_blocks::MemBlocks;
use super::offset_index::OffsetEntry;
use super::tail::{NOT_LOADED, Tail};
use super::time_index::TimeEntry;
use super::{AppendError, Chunk, MemoryBudget, ReadError, names};
use crate::batch::{BATCH_HEADER_LEN, BatchHeader};
use crate::fs::{File, OpenMode, write_all_at};
use crate::sync::{read, write};

/// Batches `base_offset..end_offset`. Only the log's owner calls the methods that change it; once a
/// newer segment exists it never changes again.
#[derive(Debug)]
pub(super) struct Segment {
    pub base_offset: i64,
    pub(super) data: SegmentData,
    pub(super) tail: RwLock<Tail>,
    /// Time of the last append; [`NOT_LOADED`] when that was before the log was opened.
    written_ms: AtomicI64,
}

#[derive(Debug)]
pub(super) enum SegmentData {
    Disk(DiskSegment),
    Memory(MemBlocks),
}

impl Segment {
    /// A segment in memory.
    pub fn in_memory(base_offset: i64, budget: Arc<MemoryBudget>) -> Segment {
        let data = SegmentData::Memory(MemBlocks::new(budget));
        Segment {
            base_offset,
            data,
            tail: RwLock::new(Tail::empty(base_offset)),
            written_ms: AtomicI64::new(NOT_LOADED),
        }
    }

    /// A segment whose files exist.
    pub fn on_disk(dir: &Arc<PartitionDir>, base_offset: i64, tail: Tail) -> Segment {
        let data = SegmentData::Disk(DiskSegment::new(dir));
        Segment {
            base_offset,
            data,
            tail: RwLock::new(tail),
            written_ms: AtomicI64::new(NOT_LOADED),
        }
    }

    /// Makes the log file of a new segment. A file of that name can only be left over from an
    /// attempt that failed: no batch of it was ever published. Room for `reserve` bytes is set aside; a disk
    /// that has not got it is no reason to refuse the batch that needs the segment.
    pub fn create_on_disk(
        dir: &Arc<PartitionDir>,
        base_offset: i64,
        reserve: Option<u64>,
    ) -> io::Result<Segment> {
        let segment = Segment::on_disk(dir, base_offset, Tail::empty(base_offset));
        let SegmentData::Disk(disk) = &segment.data else {
            return Ok(segment);
        };
        let path = || dir.file(base_offset, names::LOG);
        let pool = dir.folder.files();
        let file = pool.get(&disk.log, &**dir.folder.fs(), OpenMode::OpenOrCreate, path)?;
        if !file.is_empty()? {
            file.set_len(0)?;
        }
        match reserve.map(|len| file.preallocate(len)) {
            None => {}
            Some(Ok(())) => disk.reserved.store(true, Ordering::Relaxed),
            Some(Err(error)) => {
                tracing::warn!("{}: no room could be reserved: {error}", path().display());
                file.set_len(0)?;
            }
        }
        Ok(segment)
    }

    /// Bytes of log.
    pub fn len(&self) -> u32 {
        read(&self.tail).len
    }

    /// A look at the tail.
    pub fn with_tail<T>(&self, look: impl FnOnce(&Tail) -> T) -> T {
        look(&read(&self.tail))
    }

    /// A change of the tail; for the owner.
    pub fn with_tail_mut<T>(&self, change: impl FnOnce(&mut Tail) -> T) -> T {
        change(&mut write(&self.tail))
    }

    /// Writes one batch at the end and publishes it. On error nothing was published, and what was
    /// written in part is cut off again.
    pub fn append(
        &self,
        head: &[u8; BATCH_HEADER_LEN],
        body: &[u8],
        header: &BatchHeader,
        interval: u32,
    ) -> Result<(), AppendError> {
        match &self.data {
            SegmentData::Disk(disk) => {
                let position = u64::from(self.len());
                let file = self.open(disk, &disk.log, names::LOG, OpenMode::Write)?;
                if disk.uncut.load(Ordering::Relaxed) {
                    disk.cut_off(&*file, position)?;
                }
                if let Err(error) = write_all_at(&*file, head, body, position) {
                    disk.uncut.store(true, Ordering::Relaxed);
                    // Tried again before the next write.
                    let _ = disk.cut_off(&*file, position);
                    return Err(error.into());
                }
            }
            SegmentData::Memory(blocks) => blocks.append(head, body)?,
        }
        let full = self.with_tail_mut(|tail| {
            tail.note(self.base_offset, header, interval);
            tail.index.pending.len() >= PENDING_ENTRIES_MAX
        });
        if full {
            // The entries stay in memory when this fails; the batch is in the log all the same.
            if let Err(error) = self.store_indexes() {
                tracing::warn!("index of segment {}: {error}", self.path(names::LOG).display());
            }
        }
        Ok(())
    }

    /// In memory: lets readers share the last block instead of copying from it.
    pub fn seal_memory(&self) {
        if let SegmentData::Memory(blocks) = &self.data {
            blocks.seal();
        }
    }

    /// Notes the time of an append: what retention goes by where records carry no timestamps.
    pub fn note_written(&self, now_ms: i64) {
        self.written_ms.store(now_ms, Ordering::Relaxed);
    }

    /// When the log was last written to; after a restart the file knows.
    pub fn written_ms(&self) -> io::Result<i64> {
        let known = self.written_ms.load(Ordering::Relaxed);
        match &self.data {
            SegmentData::Disk(disk) if known == NOT_LOADED => {
                let path = disk.dir.file(self.base_offset, names::LOG);
                let modified = disk.dir.folder.fs().modified_ms(&path)?;
                self.note_written(modified);
                Ok(modified)
            }
            _ => Ok(known),
        }
    }

    /// Writes pending index entries to their files. In memory they are the index.
    pub fn store_indexes(&self) -> io::Result<()> {
        let SegmentData::Disk(disk) = &self.data else {
            return Ok(());
        };
        let index = self.open(disk, &disk.index, names::INDEX, OpenMode::OpenOrCreate)?;
        let time_index = self.open(disk, &disk.time_index, names::TIME_INDEX, OpenMode::OpenOrCreate)?;
        self.with_tail_mut(|tail| {
            tail.index.store(&*index)?;
            tail.time_index.store(&*time_index)
        })
    }

    /// Completes the indexes of a segment that will not grow any more, or not for now.
    pub fn finish_indexes(&self) -> io::Result<()> {
        self.with_tail_mut(|tail| tail.push_time_entry(self.base_offset));
        self.store_indexes()
    }

    /// Cuts index files to the entries that count.
    pub fn trim_index_files(&self) -> io::Result<()> {
        let SegmentData::Disk(disk) = &self.data else {
            return Ok(());
        };
        let (index, time_index) = self.with_tail(|t| (t.index.stored, t.time_index.stored));
        for (slot, suffix, len) in [
            (
                &disk.index,
                names::INDEX,
                u64::from(index) * OffsetEntry::BYTES as u64,
            ),
            (
                &disk.time_index,
                names::TIME_INDEX,
                u64::from(time_index) * TimeEntry::BYTES as u64,
            ),
        ] {
            let file = self.open(disk, slot, suffix, OpenMode::OpenOrCreate)?;
            if file.len()? != len {
                file.set_len(len)?;
            }
        }
        Ok(())
    }

    /// Gives reserved room behind the batches back to the disk, if there is any, and what a failed write left there;
    /// `sync` makes that durable. What a failed write left is always cut off durably.
    pub fn trim_log_file(&self, sync: bool) -> io::Result<()> {
        let SegmentData::Disk(disk) = &self.data else {
            return Ok(());
        };
        let uncut = disk.uncut.load(Ordering::Relaxed);
        if uncut || disk.reserved.load(Ordering::Relaxed) {
            let file = self.open(disk, &disk.log, names::LOG, OpenMode::Write)?;
            file.set_len(u64::from(self.len()))?;
            if sync || uncut {
                disk.dir.folder.must_sync(file.sync_data())?;
            }
            disk.reserved.store(false, Ordering::Relaxed);
            disk.uncut.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Files that must be synced for this segment to be durable; a closed one with its indexes.
    pub fn files(&self, closed: bool) -> io::Result<Vec<Arc<dyn File>>> {
        let SegmentData::Disk(disk) = &self.data else {
            return Ok(Vec::new());
        };
        let mut files = vec![self.open(disk, &disk.log, names::LOG, OpenMode::Write)?];
        if closed {
            files.extend(self.index_files()?);
        }
        Ok(files)
    }

    /// The log file of a segment that is out of the log, while it still has its name: nobody else gets that,
    /// for offsets do not come twice. Not kept open.
    pub fn leaving_log_file(&self) -> io::Result<Arc<dyn File>> {
        match &self.data {
            SegmentData::Disk(disk) => {
                let path = disk.file(self.base_offset, names::LOG);
                disk.dir.folder.fs().open(&path, OpenMode::Write)
            }
            SegmentData::Memory(_) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// The files of its indexes.
    pub fn index_files(&self) -> io::Result<Vec<Arc<dyn File>>> {
        let SegmentData::Disk(disk) = &self.data else {
            return Ok(Vec::new());
        };
        let mut files = vec![
            self.open(disk, &disk.index, names::INDEX, OpenMode::OpenOrCreate)?,
            self.open(disk, &disk.time_index, names::TIME_INDEX, OpenMode::OpenOrCreate)?,
        ];
        if self.with_tail(|t| t.aborted_unknown_to == 0) {
            files.push(self.open(disk, &disk.txn_index, names::TXN_INDEX, OpenMode::OpenOrCreate)?);
        }
        Ok(files)
    }

    /// Closes the files; the next use opens them again.
    pub fn close_files(&self) {
        if let SegmentData::Disk(disk) = &self.data {
            for slot in [&disk.log, &disk.index, &disk.time_index, &disk.txn_index] {
                disk.dir.folder.files().close(slot);
            }
        }
    }

    /// Whether it replaces others, and its files have not got their names yet.
    pub fn is_half_swapped(&self) -> bool {
        matches!(&self.data, SegmentData::Disk(disk) if disk.stage() != Stage::Final)
    }

    /// Notes that the files are being removed.
    pub fn mark_removed(&self) {
        if let SegmentData::Disk(disk) = &self.data {
            disk.removed.store(true, Ordering::Release);
        }
    }

    /// Path of one of its files; for memory a name to show.
    pub fn path(&self, suffix: &str) -> PathBuf {
        match &self.data {
            SegmentData::Disk(disk) => disk.file(self.base_offset, suffix),
            SegmentData::Memory(_) => {
                PathBuf::from("memory").join(names::file_name(self.base_offset, suffix))
            }
        }
    }

    /// Reads log bytes; short only at the end.
    pub fn read_at(&self, buf: &mut [u8], position: u64) -> Result<usize, ReadError> {
        match &self.data {
            SegmentData::Disk(disk) => {
                let file = self.open(disk, &disk.log, names::LOG, OpenMode::Write);
                let file = file.map_err(|e| self.read_error(e))?;
                let mut done = 0;
                while let Some(rest) = buf.get_mut(done..).filter(|rest| !rest.is_empty()) {
                    match file.read_at(rest, position + done as u64) {
                        Ok(0) => break,
                        Ok(n) => done += n,
                        Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                        Err(e) => return Err(self.read_error(e)),
                    }
                }
                Ok(done)
            }
            SegmentData::Memory(blocks) => Ok(blocks.read_at(buf, position)),
        }
    }

    /// The bytes `position..position + len` by reference.
    pub fn chunks(&self, position: u32, len: u32, out: &mut Vec<Chunk>) -> Result<(), ReadError> {
        match &self.data {
            SegmentData::Disk(disk) => {
                let file = self.open(disk, &disk.log, names::LOG, OpenMode::Write);
                let file = file.map_err(|e| self.read_error(e))?;
                out.push(Chunk::File {
                    file,
                    position: u64::from(position),
                    len,
                });
            }
            SegmentData::Memory(blocks) => blocks.chunks(u64::from(position), len as usize, out),
        }
        Ok(())
    }

    pub fn corrupt(&self, position: u64, what: String) -> ReadError {
        ReadError::Corrupt {
            path: self.path(names::LOG),
            position,
            what,
        }
    }

    pub(super) fn read_error(&self, error: io::Error) -> ReadError {
        if let SegmentData::Disk(disk) = &self.data
            && error.kind() == io::ErrorKind::NotFound
            && disk.removed.load(Ordering::Acquire)
        {
            let start = self.with_tail(|t| t.end_offset);
            return ReadError::OffsetOutOfRange {
                offset: self.base_offset,
                start,
                end: start,
            };
        }
        ReadError::Io {
            path: self.path(names::LOG),
            source: Arc::new(error),
        }
    }
}
