//! A look at a partition directory without opening its log: what a background pass asks of partitions that
//! nobody uses. Costs one listing and at most one small read; nothing is kept open and nothing is changed.

use std::io;
use std::path::PathBuf;

use super::index::IndexEntry;
use super::names;
use super::time_index::TimeEntry;
use super::{LogError, Retention};
use crate::batch::{BATCH_HEADER_LEN, BatchHeader};
use crate::folder::DataFolder;
use crate::fs::{OpenMode, read_exact_at};

/// One segment, as the names and sizes of its files tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeekedSegment {
    /// Its first offset.
    pub base_offset: i64,
    /// Length of the log file; of a preallocated one after a crash more than what is in it.
    pub bytes: u64,
    time_index_bytes: u64,
}

/// What lies in a partition directory.
#[derive(Debug)]
pub struct Peeked<'a> {
    folder: &'a DataFolder,
    dir: PathBuf,
    log_start_offset: i64,
    /// Segments in order of offset; the last one is the active one.
    pub segments: Vec<PeekedSegment>,
}

impl Peeked<'_> {
    /// Looks into the directory `dir_name`; a missing one is empty.
    ///
    /// # Errors
    /// When it cannot be listed.
    pub fn look<'a>(folder: &'a DataFolder, dir_name: &str) -> Result<Peeked<'a>, LogError> {
        let dir = folder.path().join(dir_name);
        let listing = match folder.fs().list(&dir) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(LogError::Io { path: dir, source }),
            Ok(listing) => listing,
        };
        let len_of = |base, suffix| {
            let name = names::file_name(base, suffix);
            let at = listing.binary_search_by(|e| e.name.as_str().cmp(&name)).ok();
            at.and_then(|at| listing.get(at)).map_or(0, |e| e.len)
        };
        let bases = listing.iter().filter_map(|e| names::parse(&e.name, names::LOG));
        let segments = bases.map(|base_offset| PeekedSegment {
            base_offset,
            bytes: len_of(base_offset, names::LOG),
            time_index_bytes: len_of(base_offset, names::TIME_INDEX),
        });
        Ok(Peeked {
            segments: segments.collect(),
            folder,
            dir,
            log_start_offset: folder.open_hint(dir_name).log_start_offset,
        })
    }

    /// Before this moment retention has nothing to do here (milliseconds since the epoch; `i64::MAX`: never as
    /// long as nobody appends; 0: open the log and see). Never later than the truth.
    ///
    /// # Errors
    /// I/O.
    pub fn retention_due_ms(&self, retention: &Retention) -> Result<i64, LogError> {
        const NOW: i64 = 0;
        let (first, second) = (self.segments.first(), self.segments.get(1));
        let Some(first) = first.filter(|first| first.bytes > 0 || second.is_some()) else {
            return Ok(i64::MAX);
        };
        let behind: u64 = self.segments.iter().skip(1).map(|s| s.bytes).sum();
        let too_large = u64::try_from(retention.retention_bytes).is_ok_and(|limit| behind >= limit);
        if too_large || second.is_some_and(|second| second.base_offset <= self.log_start_offset) {
            return Ok(NOW);
        }
        if retention.retention_ms < 0 {
            return Ok(i64::MAX);
        }
        let newest = self.newest_ms(first)?;
        Ok(newest.map_or(NOW, |newest| {
            newest.saturating_add(retention.retention_ms).saturating_add(1)
        }))
    }

    /// A time that the newest record of a segment is not older than: the last entry of its time index, else
    /// the first batch's; `None` when neither says one.
    ///
    /// # Errors
    /// I/O.
    pub fn newest_ms(&self, segment: &PeekedSegment) -> Result<Option<i64>, LogError> {
        let entries = segment.time_index_bytes / TimeEntry::BYTES as u64;
        if let Some(last) = entries.checked_sub(1) {
            let mut bytes = [0; TimeEntry::BYTES];
            let position = last * TimeEntry::BYTES as u64;
            if self.read(segment, names::TIME_INDEX, &mut bytes, position)? {
                let newest = TimeEntry::read(&bytes).map(|entry| entry.timestamp);
                // Zeros are what a crash leaves of an entry.
                if newest.is_some_and(|newest| newest > 0) {
                    return Ok(newest);
                }
            }
        }
        let mut head = [0; BATCH_HEADER_LEN];
        let whole = self.read(segment, names::LOG, &mut head, 0)?;
        let header = BatchHeader::read(&head).filter(|_| whole);
        Ok(header.map(|h| h.max_timestamp).filter(|newest| *newest >= 0))
    }

    fn read(
        &self,
        segment: &PeekedSegment,
        suffix: &str,
        buf: &mut [u8],
        position: u64,
    ) -> Result<bool, LogError> {
        let path = self.dir.join(names::file_name(segment.base_offset, suffix));
        let file = self.folder.fs().open(&path, OpenMode::Read);
        file.and_then(|file| read_exact_at(&*file, buf, position))
            .map_err(|source| LogError::Io { path, source })
    }
}
