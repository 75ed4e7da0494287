//! The aborted transactions of a segment and of a log: what `read_committed` consumers and compaction leave out.
//!
//! A closed segment always has a `.txnindex`, though it be empty. So a missing one shows: it is found again in the
//! batches when it is first needed, as is one that cannot be what was written.

use std::io;
use std::sync::Arc;

use super::names;
use super::segment::{Segment, SegmentData};
use super::txn_index::{AbortedTxn, ENTRY_BYTES};
use super::{LogView, ReadError};
use crate::fs::{File, OpenMode, read_exact_at, write_all_at};

/// Entries that are read at a time.
const READ_ENTRIES: u32 = 1024;

impl Segment {
    /// Adds a transaction whose abort marker is in this segment. For the owner.
    pub fn push_aborted(&self, transaction: AbortedTxn) {
        self.with_tail_mut(|t| t.aborted.push(transaction));
        // What cannot be written now stays in memory, and is written with the next one or at the end.
        if let Err(error) = self.store_aborted() {
            tracing::warn!("{}: {error}", self.path(names::TXN_INDEX).display());
        }
    }

    /// Whether any transaction was aborted here.
    fn has_aborted(&self) -> bool {
        self.with_tail(|t| t.aborted_stored > 0 || !t.aborted.is_empty())
    }

    /// Writes what is not in the file yet. In memory there is no file.
    fn store_aborted(&self) -> io::Result<()> {
        match self.with_tail(|t| t.aborted.is_empty()) {
            true => Ok(()),
            false => self.finish_aborted(),
        }
    }

    /// Completes the file, which is made though there be nothing to write. While older transactions are not known
    /// there is none: it would seem complete.
    pub fn finish_aborted(&self) -> io::Result<()> {
        let SegmentData::Disk(disk) = &self.data else {
            return Ok(());
        };
        if self.with_tail(|t| t.aborted_unknown_to > 0) {
            return Ok(());
        }
        let file = self.open(disk, &disk.txn_index, names::TXN_INDEX, OpenMode::OpenOrCreate)?;
        self.with_tail_mut(|tail| {
            let mut bytes = Vec::with_capacity(tail.aborted.len() * ENTRY_BYTES);
            for transaction in &tail.aborted {
                transaction.write(&mut bytes);
            }
            let position = u64::from(tail.aborted_stored) * ENTRY_BYTES as u64;
            write_all_at(&*file, &bytes, &[], position)?;
            tail.aborted_stored += tail.aborted.len() as u32;
            tail.aborted = Vec::new();
            Ok(())
        })
    }

    /// Forgets all, before they are found again in the batches.
    pub fn reset_aborted(&self) -> io::Result<()> {
        self.with_tail_mut(|t| {
            t.aborted.clear();
            t.aborted_stored = 0;
            t.aborted_unchecked = false;
            t.aborted_unknown_to = 0;
        });
        let SegmentData::Disk(disk) = &self.data else {
            return Ok(());
        };
        disk.dir.folder.files().close(&disk.txn_index);
        let removed = disk
            .dir
            .folder
            .fs()
            .remove_file(&disk.file(self.base_offset, names::TXN_INDEX));
        match removed {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }

    /// Up to which byte of the log transactions must be found again; 0: nowhere.
    pub(super) fn unknown_aborted(&self) -> u32 {
        self.with_tail(|t| t.aborted_unknown_to)
    }

    /// Whether the file is as it was found, and nobody has looked at it yet.
    pub(super) fn is_aborted_unchecked(&self) -> bool {
        self.with_tail(|t| t.aborted_unchecked)
    }

    /// Notes what came of the look at the file.
    pub(super) fn aborted_checked(&self, sound: bool) {
        if !sound {
            tracing::warn!(
                "{} is damaged and rebuilt from the log",
                self.path(names::TXN_INDEX).display()
            );
        }
        self.with_tail_mut(|t| {
            t.aborted_unchecked = false;
            if !sound {
                // Nothing that this process has added is lost: it lies behind.
                t.aborted_stored = 0;
                t.aborted_unknown_to = t.len;
                t.aborted.clear();
            }
        });
    }

    /// Takes in what was found again in the first `unknown_to` bytes of the log, and writes it down.
    pub(super) fn found_aborted(&self, unknown_to: u32, mut found: Vec<AbortedTxn>) {
        let SegmentData::Disk(disk) = &self.data else {
            return;
        };
        let path = self.path(names::TXN_INDEX);
        let written = self.with_tail_mut(|tail| {
            if tail.aborted_unknown_to != unknown_to {
                // Somebody else was quicker.
                return Ok(());
            }
            let known = found.last().map_or(i64::MIN, |last| last.last_offset);
            found.extend(tail.aborted.drain(..).filter(|t| t.last_offset > known));
            let mut bytes = Vec::with_capacity(found.len() * ENTRY_BYTES);
            found.iter().for_each(|transaction| transaction.write(&mut bytes));
            tail.aborted_unknown_to = 0;
            disk.dir.folder.files().close(&disk.txn_index);
            // Not in place: a file that was written by half would seem complete.
            disk.dir
                .folder
                .fs()
                .write_atomic(&path, &bytes)
                .inspect(|()| tail.aborted_stored = found.len() as u32)
                .inspect_err(|_| tail.aborted = found)
        });
        if let Err(error) = written {
            tracing::warn!("{}: {error}", path.display());
        }
    }

    /// The entries of the file; `None` when one of them cannot be what was written: markers in this segment, one behind
    /// the other.
    pub(super) fn stored_aborted(&self) -> Result<Option<Vec<AbortedTxn>>, ReadError> {
        let (stored, end) = self.with_tail(|t| (t.aborted_stored, t.end_offset));
        let mut all = Vec::new();
        let Some(file) = self.aborted_file()? else {
            return Ok(Some(all));
        };
        let mut least = self.base_offset;
        for first in (0..stored).step_by(READ_ENTRIES as usize) {
            let count = READ_ENTRIES.min(stored - first);
            let Some(entries) = self.read_aborted(&*file, first, count)? else {
                return Ok(None);
            };
            for entry in entries {
                if !(least..end).contains(&entry.last_offset)
                    || !(0..entry.last_offset).contains(&entry.first_offset)
                    || !(0..=entry.last_offset + 1).contains(&entry.last_stable_offset)
                    || entry.producer_id < 0
                {
                    return Ok(None);
                }
                least = entry.last_offset + 1;
                all.push(entry);
            }
        }
        Ok(Some(all))
    }

    fn aborted_file(&self) -> Result<Option<Arc<dyn File>>, ReadError> {
        match &self.data {
            SegmentData::Disk(disk) if self.with_tail(|t| t.aborted_stored > 0) => {
                let file = self.open(disk, &disk.txn_index, names::TXN_INDEX, OpenMode::Write);
                file.map(Some).map_err(|e| self.read_error(e))
            }
            _ => Ok(None),
        }
    }

    /// Entries of the file; `None` when one of them is none.
    fn read_aborted(
        &self,
        file: &dyn File,
        first: u32,
        count: u32,
    ) -> Result<Option<Vec<AbortedTxn>>, ReadError> {
        let mut bytes = vec![0; count as usize * ENTRY_BYTES];
        let position = u64::from(first) * ENTRY_BYTES as u64;
        let whole = read_exact_at(file, &mut bytes, position).map_err(|e| self.read_error(e))?;
        Ok(match whole {
            true => bytes.chunks_exact(ENTRY_BYTES).map(AbortedTxn::read).collect(),
            false => None,
        })
    }

    /// Number of the first stored entry whose marker is not below `offset`; markers rise.
    fn first_aborted_at(&self, file: &dyn File, stored: u32, offset: i64) -> Result<u32, ReadError> {
        let (mut low, mut high) = (0, stored);
        while low < high {
            let middle = low + (high - low) / 2;
            let entry = self.read_aborted(file, middle, 1)?;
            match entry.and_then(|entry| entry.first().copied()) {
                Some(entry) if entry.last_offset < offset => low = middle + 1,
                Some(_) => high = middle,
                None => return Err(self.corrupt_aborted(middle)),
            }
        }
        Ok(low)
    }

    fn corrupt_aborted(&self, entry: u32) -> ReadError {
        ReadError::Corrupt {
            path: self.path(names::TXN_INDEX),
            position: u64::from(entry) * ENTRY_BYTES as u64,
            what: "it is cut short, or an entry is of an unknown version".to_owned(),
        }
    }

    /// Appends the transactions that have batches in `from..to`. True: no later segment has more of them,
    /// because everything below `to` was decided when one of these was.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else.
    fn aborted_between(&self, from: i64, to: i64, out: &mut Vec<AbortedTxn>) -> Result<bool, ReadError> {
        // True: no more need be looked at.
        let mut look = |transaction: &AbortedTxn| {
            if transaction.last_offset >= from && transaction.first_offset < to {
                out.push(*transaction);
            }
            transaction.last_stable_offset >= to
        };
        let (stored, pending) = self.with_tail(|t| (t.aborted_stored, t.aborted.clone()));
        if let Some(file) = self.aborted_file()? {
            let mut next = self.first_aborted_at(&*file, stored, from)?;
            while next < stored {
                let count = READ_ENTRIES.min(stored - next);
                let entries = self.read_aborted(&*file, next, count)?;
                let entries = entries.ok_or_else(|| self.corrupt_aborted(next))?;
                if entries.iter().any(&mut look) {
                    return Ok(true);
                }
                next += count;
            }
        }
        let known = pending.partition_point(|transaction| transaction.last_offset < from);
        Ok(pending.get(known..).unwrap_or_default().iter().any(look))
    }
}

impl LogView {
    /// Aborted transactions with batches in `from..to`, in the order of their markers: what a
    /// `read_committed` consumer must be told with the batches of that range.
    ///
    /// # Errors
    /// I/O and damage.
    pub fn aborted_transactions(&self, from: i64, to: i64) -> Result<Vec<AbortedTxn>, ReadError> {
        self.with_segments(|segments| {
            let mut found = Vec::new();
            let first = segments
                .partition_point(|s| s.base_offset <= from)
                .saturating_sub(1);
            for (i, segment) in segments.iter().enumerate().skip(first) {
                super::find_aborted::know_aborted(segments, i)?;
                if segment.aborted_between(from, to, &mut found)? {
                    break;
                }
            }
            Ok(found)
        })
    }

    /// As [`LogView::aborted_transactions`], for what [`LogView::read`] gave: `bytes` from the batch that holds
    /// `offset` on, below `upper`. Up to an index interval more is looked at, as in Kafka.
    ///
    /// # Errors
    /// I/O and damage.
    pub fn aborted_in(&self, offset: i64, bytes: usize, upper: i64) -> Result<Vec<AbortedTxn>, ReadError> {
        let end = self.with_segments(|segments| {
            let first = segments
                .partition_point(|s| s.base_offset <= offset)
                .saturating_sub(1);
            let rest = segments.get(first..).unwrap_or_default();
            if rest.iter().all(|segment| !segment.has_aborted()) {
                return Ok(offset);
            }
            let mut left = bytes as u64;
            for (i, segment) in rest.iter().enumerate() {
                let start = match i {
                    0 => segment.find(offset)?.map_or(segment.len(), |at| at.position),
                    _ => 0,
                };
                let wanted = u64::from(start) + left;
                if wanted < u64::from(segment.len()) {
                    return Ok(segment.offset_behind(wanted as u32));
                }
                left = wanted - u64::from(segment.len());
            }
            Ok(upper)
        })?;
        if end <= offset {
            return Ok(Vec::new());
        }
        self.aborted_transactions(offset, end.min(upper))
    }
}
