//! The walk over every record of a client's batch.

use super::checked::BatchRules;
use super::codec::Codec;
use super::error::{BatchError, BatchFault, RECORD_ERRORS_MAX, RecordFault, Rejection};
use super::header::{BatchHeader, TimestampType};
use super::record::RecordFields;
use super::scratch::Scratch;
use super::stream::{Stream, StreamFault};
use super::varint;

/// What a walk over good records found.
pub(super) struct Walked {
    /// The largest timestamp, -1 if no record has one.
    pub max_timestamp: i64,
    /// Bytes of the records when they are not packed.
    pub records_len: usize,
}

/// Walks all records.
pub(super) fn walk(
    header: &BatchHeader,
    codec: Codec,
    body: &[u8],
    rules: &BatchRules,
    now_ms: i64,
    scratch: &mut Scratch,
) -> Result<Walked, BatchError> {
    let mut judge = Judge::new(header, rules, now_ms);
    let records_len = match codec {
        Codec::None => {
            walk_slice(header.record_count, body, &mut judge)?;
            body.len()
        }
        _ => scratch.decompress_up_to(rules.records_bytes_max, codec, body, |stream, _| {
            walk_stream(header.record_count, stream, &mut judge)?;
            Ok::<_, BatchError>(stream.consumed())
        })?,
    };
    Ok(Walked {
        max_timestamp: judge.verdict()?,
        records_len,
    })
}

fn walk_slice(record_count: i32, body: &[u8], judge: &mut Judge<'_>) -> Result<(), BatchError> {
    let mut at = 0;
    for index in 0..record_count {
        let record = next_record(body, &mut at)
            .and_then(RecordFields::parse)
            .map_err(|fault| BatchError::record(index, fault))?;
        judge.record(
            index,
            record.timestamp_delta,
            record.offset_delta,
            record.key.is_some(),
        )?;
    }
    if at != body.len() {
        return Err(BatchFault::RecordsRemain(record_count).into());
    }
    Ok(())
}

/// The bytes of the record at `at`, behind its length.
#[inline(always)]
pub(super) fn next_record<'a>(body: &'a [u8], at: &mut usize) -> Result<&'a [u8], RecordFault> {
    let len = varint::read_i32(body, at).ok_or(RecordFault::Truncated)?;
    let len = usize::try_from(len).map_err(|_| RecordFault::Length)?;
    let record = body.get(*at..*at + len).ok_or(RecordFault::Truncated)?;
    *at += len;
    Ok(record)
}

fn walk_stream(record_count: i32, stream: &mut Stream<'_>, judge: &mut Judge<'_>) -> Result<(), BatchError> {
    for index in 0..record_count {
        let (timestamp_delta, offset_delta, has_key) =
            stream_record(stream).map_err(|fault| fault.at(index))?;
        judge.record(index, timestamp_delta, offset_delta, has_key)?;
    }
    if !stream.is_at_end().map_err(|fault| fault.at(record_count))? {
        return Err(BatchFault::RecordsRemain(record_count).into());
    }
    Ok(())
}

fn stream_record(stream: &mut Stream<'_>) -> Result<(i64, i32, bool), StreamFault> {
    let len = stream.record_len()?;
    if stream.fits(len) {
        let record = RecordFields::parse(stream.take(len)?)?;
        return Ok((record.timestamp_delta, record.offset_delta, record.key.is_some()));
    }
    let mut record = LargeRecord { stream, left: len };
    record.skip(1)?;
    let timestamp_delta = varint::unzigzag64(record.varint(10)?);
    let offset_delta = record.i32()?;
    let has_key = record.bytes()?;
    record.bytes()?;
    let headers = usize::try_from(record.i32()?).map_err(|_| RecordFault::HeaderCount)?;
    if headers > record.left {
        return Err(RecordFault::HeaderCount.into());
    }
    for _ in 0..headers {
        if !record.bytes()? {
            return Err(RecordFault::HeaderKey.into());
        }
        record.bytes()?;
    }
    if record.left != 0 {
        return Err(RecordFault::BytesRemain.into());
    }
    Ok((timestamp_delta, offset_delta, has_key))
}

/// A record above the window: its fields are read or skipped where they pass by.
struct LargeRecord<'s, 'a> {
    stream: &'s mut Stream<'a>,
    left: usize,
}

impl LargeRecord<'_, '_> {
    fn skip(&mut self, len: usize) -> Result<(), StreamFault> {
        self.left = self.left.checked_sub(len).ok_or(RecordFault::Structure)?;
        self.stream.skip(len)
    }

    fn varint(&mut self, bytes_max: u32) -> Result<u64, StreamFault> {
        let (raw, used) = self.stream.varint(bytes_max)?;
        self.left = self.left.checked_sub(used).ok_or(RecordFault::Structure)?;
        Ok(raw)
    }

    fn i32(&mut self) -> Result<i32, StreamFault> {
        Ok(varint::unzigzag32(self.varint(5)? as u32))
    }

    /// Skips a field; false if it is null.
    fn bytes(&mut self) -> Result<bool, StreamFault> {
        match usize::try_from(self.i32()?) {
            Ok(len) => self.skip(len).map(|()| true),
            Err(_) => Ok(false),
        }
    }
}

/// The topic's rules, record by record (`LogValidator.validateRecord`).
struct Judge<'r> {
    rules: &'r BatchRules,
    now_ms: i64,
    base_timestamp: i64,
    base_offset: i64,
    /// The one time of all records if the batch says that the broker set it.
    append_time: Option<i64>,
    max_timestamp: i64,
    timestamps_rejected: bool,
    errors: Vec<(i32, Rejection)>,
    rejected: usize,
}

impl<'r> Judge<'r> {
    fn new(header: &BatchHeader, rules: &'r BatchRules, now_ms: i64) -> Self {
        let append_time =
            (header.timestamp_type() == TimestampType::LogAppendTime).then_some(header.max_timestamp);
        Judge {
            rules,
            now_ms,
            base_timestamp: header.base_timestamp,
            base_offset: header.base_offset,
            append_time,
            max_timestamp: -1,
            timestamps_rejected: false,
            errors: Vec::new(),
            rejected: 0,
        }
    }

    #[inline(always)]
    fn record(
        &mut self,
        index: i32,
        timestamp_delta: i64,
        offset_delta: i32,
        has_key: bool,
    ) -> Result<(), BatchError> {
        if offset_delta != index {
            let fault = RecordFault::OffsetDelta { found: offset_delta };
            return Err(BatchError::record(index, fault));
        }
        let timestamp = self
            .append_time
            .unwrap_or(self.base_timestamp.wrapping_add(timestamp_delta));
        self.max_timestamp = self.max_timestamp.max(timestamp);
        if self.rules.keys_required && !has_key {
            self.reject(index, Rejection::NoKey);
        } else if !self.timestamp_is_right(timestamp) {
            self.reject_timestamp(index, timestamp);
        }
        Ok(())
    }

    /// Kafka's arithmetic wraps. A batch of append time is let through on a topic of create time if that time is
    /// within bounds, because Kafka does so; the head is then rewritten.
    #[inline(always)]
    fn timestamp_is_right(&self, timestamp: i64) -> bool {
        if self.rules.timestamp_type == TimestampType::CreateTime && timestamp != -1 {
            let age = self.now_ms.wrapping_sub(timestamp);
            age <= self.rules.timestamp_before_max_ms
                && age.wrapping_neg() <= self.rules.timestamp_after_max_ms
        } else {
            self.append_time.is_none()
        }
    }

    #[cold]
    fn reject_timestamp(&mut self, index: i32, timestamp: i64) {
        self.timestamps_rejected = true;
        let offset = self.base_offset.wrapping_add(i64::from(index));
        let out_of_range = self.rules.timestamp_type == TimestampType::CreateTime && timestamp != -1;
        let rejection = if out_of_range {
            Rejection::Timestamp {
                timestamp,
                offset,
                earliest: self.now_ms.wrapping_sub(self.rules.timestamp_before_max_ms),
                latest: self.now_ms.wrapping_add(self.rules.timestamp_after_max_ms),
            }
        } else {
            Rejection::AppendTimeClaimed { offset }
        };
        self.reject(index, rejection);
    }

    #[cold]
    fn reject(&mut self, index: i32, rejection: Rejection) {
        self.rejected += 1;
        if self.errors.len() < RECORD_ERRORS_MAX {
            self.errors.push((index, rejection));
        }
    }

    fn verdict(self) -> Result<i64, BatchError> {
        if self.errors.is_empty() {
            return Ok(self.max_timestamp);
        }
        let records = self.errors;
        if self.timestamps_rejected {
            return Err(BatchError::InvalidTimestamp { records });
        }
        Err(BatchError::Invalid {
            fault: BatchFault::Rejected(self.rejected),
            records,
        })
    }
}
