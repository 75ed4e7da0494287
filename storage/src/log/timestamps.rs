//! Finding offsets by time.

use super::ReadError;
use super::scan::{LOOKUP_WINDOW_BYTES, Scan};
use super::segment::Segment;
use super::view::LogView;
use crate::batch::{BatchHeader, Scratch, TimestampType, for_each_record};

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
                if segment.max_timestamp()?.is_none_or(|(max, _)| max < timestamp) {
                    continue;
                }
                if let Some(found) = first_at_or_after(segment, timestamp, start)? {
                    return Ok(Some(found).filter(|f| f.offset < upper_bound));
                }
            }
            Ok(None)
        })
    }

    /// The first record that has the largest timestamp of the log (KIP-734); `None` when the log has
    /// no timestamps or the record is not below `upper_bound`.
    ///
    /// # Errors
    /// I/O and damage.
    pub fn max_timestamp(&self, upper_bound: i64) -> Result<Option<TimestampOffset>, ReadError> {
        let newest = self.with_segments(|segments| {
            let mut newest: Option<(i64, i64)> = None;
            for segment in segments {
                let max = segment.max_timestamp()?;
                // Of equal timestamps the first counts.
                if max.is_some_and(|(t, _)| newest.is_none_or(|(n, _)| t > n)) {
                    newest = max;
                }
            }
            Ok(newest)
        })?;
        match newest {
            Some((timestamp, _)) => self.offset_for_timestamp(timestamp, upper_bound),
            None => Ok(None),
        }
    }
}

fn first_at_or_after(
    segment: &Segment,
    timestamp: i64,
    start: i64,
) -> Result<Option<TimestampOffset>, ReadError> {
    let from_index = segment
        .time_entry(timestamp)
        .map_or(0, |e| i64::from(e.relative_offset));
    let from = start.max(segment.base_offset + from_index);
    let Some(at) = segment.find(from)? else {
        return Ok(None);
    };
    let mut scan = Scan::new(segment, at.position, segment.len(), LOOKUP_WINDOW_BYTES);
    while let Some((position, header)) = scan.next_header()? {
        if header.max_timestamp < timestamp || header.last_offset() < start {
            continue;
        }
        let batch = scan.bytes_of(position, &header)?;
        if let Some(found) = first_record(segment, &header, batch, timestamp, start)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn first_record(
    segment: &Segment,
    header: &BatchHeader,
    batch: &[u8],
    timestamp: i64,
    start: i64,
) -> Result<Option<TimestampOffset>, ReadError> {
    let leader_epoch = header.partition_leader_epoch;
    if header.timestamp_type() == TimestampType::LogAppendTime {
        let offset = header.base_offset.max(start);
        return Ok(Some(TimestampOffset {
            offset,
            timestamp: header.max_timestamp,
            leader_epoch,
        }));
    }
    let mut found = None;
    let walked = for_each_record(batch, &mut Scratch::default(), |record| {
        if found.is_none() && record.timestamp >= timestamp && record.offset >= start {
            found = Some(TimestampOffset {
                offset: record.offset,
                timestamp: record.timestamp,
                leader_epoch,
            });
        }
        Ok::<(), std::convert::Infallible>(())
    });
    match walked {
        Ok(()) => Ok(found),
        Err(e) => Err(segment.corrupt(0, format!("batch at offset {}: {e}", header.base_offset))),
    }
}
