//! Whether the indexes of aborted transactions fit the batches that they name.
//!
//! They are looked at when the first of them is needed, all at once: an entry can contradict one of another segment.

use std::sync::Arc;

use super::scan::{LOOKUP_WINDOW_BYTES, Scan};
use super::segment::Segment;
use super::{AbortedTxn, ReadError};
use crate::batch::BatchHeader;

/// Looks at the indexes that are as they were found. What does not fit is forgotten, and found again in the batches.
///
/// # Errors
/// I/O.
pub(super) fn check_aborted(segments: &[Arc<Segment>]) -> Result<(), ReadError> {
    let mut check = AbortedCheck::default();
    for (i, segment) in segments.iter().enumerate() {
        match check.look(segments, segment, i)? {
            Ok(()) => {}
            Err(first_wrong) => {
                let wrong = segments.get(first_wrong..=i).unwrap_or_default();
                wrong.iter().for_each(|segment| segment.aborted_checked(false));
                check = AbortedCheck::default();
            }
        }
    }
    let unchecked = segments.iter().filter(|segment| segment.is_aborted_unchecked());
    unchecked.for_each(|segment| segment.aborted_checked(true));
    Ok(())
}

/// Goes over the segments in order.
#[derive(Debug, Default)]
struct AbortedCheck {
    /// The largest last stable offset so far: no later transaction began below it.
    stable: i64,
    /// Number of the first segment that has entries.
    first: Option<usize>,
}

impl AbortedCheck {
    /// Looks at the index of `segment`, number `i` of `segments`. The inner error is the number of the first segment
    /// that may be wrong.
    fn look(
        &mut self,
        segments: &[Arc<Segment>],
        segment: &Segment,
        i: usize,
    ) -> Result<Result<(), usize>, ReadError> {
        let Some(entries) = segment.stored_aborted()? else {
            return Ok(Err(i));
        };
        if entries.is_empty() {
            return Ok(Ok(()));
        }
        let first = *self.first.get_or_insert(i);
        for entry in &entries {
            if !self.names_batches(segments, segment, entry)? {
                return Ok(Err(i));
            }
            // Either of the two may be wrong.
            if entry.first_offset < self.stable {
                return Ok(Err(first));
            }
            self.stable = self.stable.max(entry.last_stable_offset);
        }
        Ok(Ok(()))
    }

    /// Whether the marker is a control batch of the producer, and the first offset one of its transactional batches, as
    /// far as compaction and the log start have left it there.
    fn names_batches(
        &self,
        segments: &[Arc<Segment>],
        segment: &Segment,
        entry: &AbortedTxn,
    ) -> Result<bool, ReadError> {
        let order = [0, entry.first_offset, entry.last_offset];
        if !order.is_sorted() || !(self.stable..=entry.last_offset + 1).contains(&entry.last_stable_offset) {
            return Ok(false);
        }
        let marker = batch_at(segment, entry.last_offset)?;
        if !marker.is_some_and(|h| {
            h.is_control() && h.producer_id == entry.producer_id && h.base_offset <= entry.last_offset
        }) {
            return Ok(false);
        }
        let holder = segments.partition_point(|s| s.base_offset <= entry.first_offset);
        let Some(holder) = holder.checked_sub(1).and_then(|n| segments.get(n)) else {
            return Ok(true);
        };
        Ok(match batch_at(holder, entry.first_offset)? {
            Some(h) if h.base_offset <= entry.first_offset => {
                h.base_offset == entry.first_offset
                    && h.producer_id == entry.producer_id
                    && h.is_transactional()
                    && !h.is_control()
            }
            _ => true,
        })
    }
}

/// The batch that holds `offset`, or the first behind it. Damage is for readers to find.
fn batch_at(segment: &Segment, offset: i64) -> Result<Option<BatchHeader>, ReadError> {
    let found = segment.find(offset).and_then(|at| match at {
        Some(at) => Ok(Scan::new(segment, at.position, segment.len(), LOOKUP_WINDOW_BYTES).next_header()?),
        None => Ok(None),
    });
    match found {
        Ok(found) => Ok(found.map(|(_, header)| header)),
        Err(ReadError::Corrupt { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
