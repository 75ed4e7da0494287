//! The aborted transactions of a segment and of a log: what `read_committed` consumers and compaction leave out.

use std::io;

use super::names;
use super::segment::{Segment, SegmentData};
use super::txn_index::{AbortedTxn, ENTRY_BYTES};
use super::{LogView, ReadError};
use crate::fs::{OpenMode, read_exact_at, write_all_at};

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
    pub fn store_aborted(&self) -> io::Result<()> {
        let SegmentData::Disk(disk) = &self.data else {
            return Ok(());
        };
        if self.with_tail(|t| t.aborted.is_empty()) {
            return Ok(());
        }
        let file = self.open(disk, &disk.txn_index, names::TXN_INDEX, OpenMode::OpenOrCreate)?;
        self.with_tail_mut(|tail| {
            let mut bytes = Vec::with_capacity(tail.aborted.len() * ENTRY_BYTES);
            for transaction in &tail.aborted {
                transaction.write(&mut bytes);
            }
            write_all_at(
                &*file,
                &bytes,
                &[],
                u64::from(tail.aborted_stored) * ENTRY_BYTES as u64,
            )?;
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
        });
        let SegmentData::Disk(disk) = &self.data else {
            return Ok(());
        };
        match self.open(disk, &disk.txn_index, names::TXN_INDEX, OpenMode::Write) {
            Ok(file) if file.len()? > 0 => file.set_len(0),
            Ok(_) => Ok(()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(e) => Err(e),
        }
    }

    /// Appends the transactions that have batches in `from..to`. True: no later segment has more of them,
    /// because everything below `to` was decided when one of these was.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else.
    pub fn aborted_between(&self, from: i64, to: i64, out: &mut Vec<AbortedTxn>) -> Result<bool, ReadError> {
        let mut complete = false;
        let mut look = |transaction: &AbortedTxn| {
            if transaction.last_offset >= from && transaction.first_offset < to {
                out.push(*transaction);
            }
            complete |= transaction.last_stable_offset >= to;
        };
        let (stored, pending) = self.with_tail(|t| (t.aborted_stored, t.aborted.clone()));
        if let SegmentData::Disk(disk) = &self.data
            && stored > 0
        {
            let file = self.open(disk, &disk.txn_index, names::TXN_INDEX, OpenMode::Write);
            let file = file.map_err(|e| self.read_error(e))?;
            for first in (0..stored).step_by(READ_ENTRIES as usize) {
                let count = READ_ENTRIES.min(stored - first) as usize;
                let mut bytes = vec![0; count * ENTRY_BYTES];
                let position = u64::from(first) * ENTRY_BYTES as u64;
                let whole = read_exact_at(&*file, &mut bytes, position).map_err(|e| self.read_error(e))?;
                let entries = bytes.chunks_exact(ENTRY_BYTES).map(AbortedTxn::read);
                for entry in entries {
                    match entry.filter(|_| whole) {
                        Some(transaction) => look(&transaction),
                        None => {
                            return Err(ReadError::Corrupt {
                                path: self.path(names::TXN_INDEX),
                                position,
                                what: "it is cut short, or an entry is of an unknown version".to_owned(),
                            });
                        }
                    }
                }
            }
        }
        pending.iter().for_each(look);
        Ok(complete)
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
            for segment in segments.iter().skip(first) {
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
