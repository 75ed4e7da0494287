//! The segment that a group of segments becomes.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::error::CompactionError;
use crate::batch::{BATCH_HEADER_LEN, BatchHeader};
use crate::fs::{OpenMode, write_all_at};
use crate::log::index::PENDING_ENTRIES_MAX;
use crate::log::segment::{PartitionDir, Segment, SegmentData, Stage};
use crate::log::tail::Tail;
use crate::log::{AbortedTxn, AppendError, LogError, MemoryBudget, names};

/// All files of a segment; the log last, for it is what makes the others count.
pub(super) const SUFFIXES: [&str; 4] = [names::INDEX, names::TIME_INDEX, names::TXN_INDEX, names::LOG];

/// Where new segments go.
#[derive(Clone, Debug)]
pub(super) enum Target {
    Disk(Arc<PartitionDir>),
    Memory(Arc<MemoryBudget>),
}

/// A segment that is being written. Nobody else knows it.
#[derive(Debug)]
pub(super) struct Output {
    segment: Segment,
    index_interval_bytes: u32,
    buffer: Vec<u8>,
    buffer_bytes: usize,
    headers: Vec<BatchHeader>,
    /// Every offset from the base up to here is there; `None` once one is missing.
    whole_to: Option<i64>,
}

impl Output {
    /// An empty segment; on disk its files end in `.cleaned`.
    pub fn create(
        target: &Target,
        base_offset: i64,
        index_interval_bytes: u32,
        buffer_bytes: usize,
    ) -> Result<Output, CompactionError> {
        let segment = match target {
            Target::Memory(budget) => Segment::in_memory(base_offset, Arc::clone(budget)),
            Target::Disk(dir) => Segment::on_disk(dir, base_offset, Tail::empty(base_offset)),
        };
        let output = Output {
            segment,
            index_interval_bytes,
            buffer: Vec::new(),
            buffer_bytes,
            headers: Vec::new(),
            whole_to: Some(base_offset),
        };
        if let SegmentData::Disk(disk) = &output.segment.data {
            disk.set_stage(Stage::Cleaned);
            // What an attempt that failed has left is written over.
            let open = || {
                let log = output
                    .segment
                    .open(disk, &disk.log, names::LOG, OpenMode::OpenOrCreate)?;
                log.set_len(0)?;
                output.segment.reset_aborted()
            };
            open().map_err(|e| output.io(e))?;
        }
        Ok(output)
    }

    /// Appends a whole batch. Answers how many bytes were written meanwhile.
    pub fn push(&mut self, header: &BatchHeader, bytes: &[u8]) -> Result<usize, CompactionError> {
        let is_full = i64::from(header.record_count) == i64::from(header.last_offset_delta) + 1;
        let next = Some(header.next_offset()).filter(|_| is_full);
        self.whole_to = next.filter(|_| self.whole_to == Some(header.base_offset));
        if let SegmentData::Memory(_) = &self.segment.data {
            let (head, body) = bytes
                .split_first_chunk::<BATCH_HEADER_LEN>()
                .ok_or_else(|| self.io(io::Error::from(io::ErrorKind::UnexpectedEof)))?;
            let appended = self.segment.append(head, body, header, self.index_interval_bytes);
            appended.map_err(|error| self.append_error(error))?;
            return Ok(bytes.len());
        }
        self.buffer.extend_from_slice(bytes);
        self.headers.push(*header);
        match self.buffer.len() >= self.buffer_bytes {
            true => self.flush(),
            false => Ok(0),
        }
    }

    /// Lets it show that batches are missing at the end. Recovery that has no checkpoint to go by would take them for
    /// lost, and all that follows for void. `last` is the last batch that the segments before had.
    pub fn show_gap(&mut self, last: Option<&BatchHeader>, end_offset: i64) -> Result<(), CompactionError> {
        let is_on_disk = matches!(self.segment.data, SegmentData::Disk(_));
        if let Some(last) = last
            && is_on_disk
            && self.whole_to.is_some_and(|end| end < end_offset)
        {
            let (header, bytes) = last.placeholder();
            self.push(&header, &bytes)?;
        }
        Ok(())
    }

    /// Adds a transaction to the transaction index.
    pub fn push_aborted(&mut self, transaction: AbortedTxn) {
        self.segment.push_aborted(transaction);
    }

    fn flush(&mut self) -> Result<usize, CompactionError> {
        let SegmentData::Disk(disk) = &self.segment.data else {
            return Ok(0);
        };
        let written = self.buffer.len();
        let position = u64::from(self.segment.len());
        let write = || {
            if position + written as u64 > i32::MAX as u64 {
                return Err(io::Error::other("the compacted segment would exceed 2 GiB"));
            }
            let file = self.segment.open(disk, &disk.log, names::LOG, OpenMode::Write)?;
            write_all_at(&*file, &self.buffer, &[], position)
        };
        write().map_err(|e| self.io(e))?;
        self.buffer.clear();
        for header in self.headers.drain(..) {
            let interval = self.index_interval_bytes;
            let pending = self.segment.with_tail_mut(|tail| {
                tail.note(self.segment.base_offset, &header, interval);
                tail.index.pending.len()
            });
            if pending >= PENDING_ENTRIES_MAX {
                let stored = self.segment.store_indexes();
                stored.map_err(|e| io_error(&self.segment, e))?;
            }
        }
        Ok(written)
    }

    /// Completes the segment, up to `end_offset`, and makes it durable; its files end in `.swap` then.
    pub fn finish(mut self, end_offset: i64) -> Result<Segment, CompactionError> {
        self.flush()?;
        let complete = || {
            self.segment.finish_indexes()?;
            self.segment.trim_index_files()?;
            self.segment.finish_aborted()?;
            let files = self.segment.files(true)?;
            files.iter().try_for_each(|file| file.sync_data())?;
            promote(&self.segment, Stage::Swap)
        };
        complete().map_err(|e| self.io(e))?;
        self.segment.with_tail_mut(|tail| {
            tail.end_offset = end_offset;
            tail.seal();
        });
        Ok(self.segment)
    }

    /// Removes what was written.
    pub fn discard(self) {
        discard(&self.segment);
    }

    fn io(&self, source: io::Error) -> CompactionError {
        io_error(&self.segment, source)
    }

    fn append_error(&self, error: AppendError) -> CompactionError {
        match error {
            AppendError::MemoryFull { limit_bytes } => CompactionError::MemoryFull { limit_bytes },
            other => self.io(io::Error::other(other)),
        }
    }
}

fn io_error(segment: &Segment, source: io::Error) -> CompactionError {
    let path = segment.path(names::LOG);
    CompactionError::Log(LogError::Io { path, source })
}

/// Gives a compacted segment's files the names of the next stage. The names before and after are made durable, so
/// that no crash mixes stages.
fn promote(segment: &Segment, stage: Stage) -> io::Result<()> {
    let SegmentData::Disk(disk) = &segment.data else {
        return Ok(());
    };
    let fs = disk.dir.folder.fs();
    fs.sync_dir(&disk.dir.path)?;
    rename_files(segment, stage)?;
    fs.sync_dir(&disk.dir.path)
}

/// Gives a compacted segment's files the names of the next stage.
pub(super) fn rename_files(segment: &Segment, stage: Stage) -> io::Result<()> {
    let SegmentData::Disk(disk) = &segment.data else {
        return Ok(());
    };
    let fs = disk.dir.folder.fs();
    for suffix in SUFFIXES {
        let mut to = disk.dir.file(segment.base_offset, suffix).into_os_string();
        to.push(stage.suffix());
        match fs.rename(&segment.path(suffix), &PathBuf::from(to)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound && suffix == names::TXN_INDEX => {}
            renamed => renamed?,
        }
    }
    disk.set_stage(stage);
    Ok(())
}

/// Removes the files of a compacted segment that is not needed after all; the log first, for without it the
/// others mean nothing. Durable: it must not come back after a later compaction.
pub(super) fn discard(segment: &Segment) {
    let SegmentData::Disk(disk) = &segment.data else {
        return;
    };
    let fs = disk.dir.folder.fs();
    segment.mark_removed();
    segment.close_files();
    for suffix in SUFFIXES.iter().rev() {
        let path = segment.path(suffix);
        match fs.remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                tracing::warn!("{}: {e}; removed at the next start", path.display());
            }
            _ => {}
        }
    }
    if let Err(error) = fs.sync_dir(&disk.dir.path) {
        tracing::warn!("{}: {error}", disk.dir.path.display());
    }
}
