//! Finding offsets by time.

use super::ReadError;
use super::scan::{LOOKUP_WINDOW_BYTES, Scan};
use super::segment::Segment;
use super::view::LogView;
use crate::batch::{BatchHeader, RecordHead, RecordsError, Scratch, for_each_head};

/// A record found by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimestampOffset {
    /// Its offset.
    pub offset: i64,
    /// Its timestamp.
    pub timestamp: i64,
    /// Leader epoch of its batch; -1 when unknown.
    pub leader_epoch: i32,
}

impl LogView {
    /// The first record with a timestamp of at least `timestamp`; `None` when there is none below
    /// `upper_bound`.
    ///
    /// # Errors
    /// I/O and damage.
    pub fn offset_for_timestamp(
        &self,
        timestamp: i64,
        upper_bound: i64,
    ) -> Result<Option<TimestampOffset>, ReadError> {
        let start = self.log_start_offset();
        self.with_segments(|segments| {
            for segment in segments {
                let max = segment.checked_max_timestamp()?;
                if max.is_none_or(|(max, _)| max < timestamp) {
                    continue;
                }
                if let Some(found) = first_at_or_after(segment, timestamp, start)? {
                    return Ok(Some(found).filter(|f| f.offset < upper_bound));
                }
            }
            Ok(None)
        })
    }

    /// The first record that has the largest timestamp of what can be read (KIP-734); `None` when the log has
    /// no timestamps or the record is not below `upper_bound`.
    ///
    /// # Errors
    /// I/O and damage.
    pub fn max_timestamp(&self, upper_bound: i64) -> Result<Option<TimestampOffset>, ReadError> {
        let start = self.log_start_offset();
        let newest = self.with_segments(|segments| {
            let mut newest = -1;
            for segment in segments {
                newest = newest.max(max_from(segment, start)?);
            }
            Ok(newest)
        })?;
        match newest {
            -1 => Ok(None),
            timestamp => self.offset_for_timestamp(timestamp, upper_bound),
        }
    }
}

/// The largest timestamp of a segment's records from `start` on; -1 when there is none.
fn max_from(segment: &Segment, start: i64) -> Result<i64, ReadError> {
    let Some((max, offset)) = segment.checked_max_timestamp()? else {
        return Ok(-1);
    };
    if segment.base_offset >= start {
        return Ok(max);
    }
    // The log was trimmed inside the segment, perhaps up to behind the record of that time.
    let named = segment.batch_of_entry(max, offset)?;
    if named.is_some_and(|(_, header)| header.base_offset >= start) {
        return Ok(max);
    }
    let Some(at) = segment.find(start)? else {
        return Ok(-1);
    };
    let mut newest = -1;
    let mut scan = Scan::new(segment, at.position, segment.len(), LOOKUP_WINDOW_BYTES);
    while let Some((position, header)) = scan.next_header()? {
        if header.base_offset >= start {
            newest = newest.max(header.max_timestamp);
            continue;
        }
        let batch = scan.bytes_of(position, &header)?;
        find_head(segment, &header, batch, |head| {
            if head.offset >= start {
                newest = newest.max(head.timestamp);
            }
            false
        })?;
    }
    Ok(newest)
}

fn first_at_or_after(
    segment: &Segment,
    timestamp: i64,
    start: i64,
) -> Result<Option<TimestampOffset>, ReadError> {
    let mut position = segment.search_start(timestamp)?;
    if start > segment.base_offset {
        match segment.find(start)? {
            Some(at) => position = position.max(at.position),
            None => return Ok(None),
        }
    }
    let mut scan = Scan::new(segment, position, segment.len(), LOOKUP_WINDOW_BYTES);
    while let Some((position, header)) = scan.next_header()? {
        if header.max_timestamp < timestamp || header.last_offset() < start {
            continue;
        }
        let batch = scan.bytes_of(position, &header)?;
        let wanted = |head: &RecordHead<'_>| head.timestamp >= timestamp && head.offset >= start;
        if let Some(found) = find_head(segment, &header, batch, wanted)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The first record that is wanted. Values are passed by, however large they are.
fn find_head(
    segment: &Segment,
    header: &BatchHeader,
    batch: &[u8],
    mut wanted: impl FnMut(&RecordHead<'_>) -> bool,
) -> Result<Option<TimestampOffset>, ReadError> {
    let walked = for_each_head(batch, &mut Scratch::default(), |head| match wanted(&head) {
        true => Err(TimestampOffset {
            offset: head.offset,
            timestamp: head.timestamp,
            leader_epoch: header.partition_leader_epoch,
        }),
        false => Ok(()),
    });
    match walked {
        Ok(()) => Ok(None),
        Err(RecordsError::Stopped(found)) => Ok(Some(found)),
        Err(RecordsError::Damaged(what)) => {
            Err(segment.corrupt(0, format!("batch at offset {}: {what}", header.base_offset)))
        }
    }
}
