//! A client's batch, proven.

use bytes::Bytes;

use super::codec::Codec;
use super::error::{BatchError, BatchFault};
use super::header::{BATCH_HEADER_LEN, BatchHeader, CRC_START, LOG_OVERHEAD, TimestampType, put};
use super::scratch::Scratch;
use super::walk::{Walked, walk};

/// Bytes up to and with the magic, which say what a batch is.
const MAGIC_END: usize = 17;
/// Least batch length of any format there ever was.
const BATCH_LENGTH_MIN: i32 = 14;

/// What a topic asks of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchRules {
    /// Largest batch in bytes as sent, header included (`max.message.bytes`).
    pub max_message_bytes: usize,
    /// Null keys are refused: the topic is compacted.
    pub keys_required: bool,
    /// Who sets timestamps on this topic.
    pub timestamp_type: TimestampType,
    /// How far behind now a record's time may lie (ms).
    pub timestamp_before_max_ms: i64,
    /// How far ahead of now a record's time may lie (ms).
    pub timestamp_after_max_ms: i64,
    /// The batch comes from a broker: control records, a base offset and a missing sequence are fine.
    pub allow_control: bool,
    /// The request's version knows zstd (Produce from v7).
    pub allow_zstd: bool,
    /// Most bytes that packed records may decompress to: a bound on the time that the walk takes, not on memory.
    pub records_bytes_max: usize,
}

/// Exactly one v2 batch, proven: CRC, sizes, counts, offset deltas 0 to n-1, every record's fields and headers,
/// codec, keys and timestamps. Its head may differ from what was sent in timestamp type, `max_timestamp` and CRC,
/// where Kafka rewrites them too.
#[derive(Clone, Debug)]
pub struct CheckedBatch {
    header: BatchHeader,
    head: [u8; BATCH_HEADER_LEN],
    body: Bytes,
    records_len: usize,
}

impl CheckedBatch {
    /// Checks everything, in Kafka's order, so that the same fault gets the same error. `bytes` is one partition's
    /// share of a request; the body stays a slice of it.
    pub fn parse(
        bytes: Bytes,
        rules: &BatchRules,
        now_ms: i64,
        scratch: &mut Scratch,
    ) -> Result<CheckedBatch, BatchError> {
        let mut header = check_frame(&bytes)?;
        let size = header.size_in_bytes();
        if header.codec() == Some(Codec::Zstd) && !rules.allow_zstd {
            return Err(BatchError::UnsupportedCompression(Codec::Zstd.id()));
        }
        if !rules.allow_control && header.base_offset != 0 {
            return Err(BatchFault::BaseOffset(header.base_offset).into());
        }
        if size > rules.max_message_bytes {
            return Err(BatchError::TooLarge {
                size,
                max: rules.max_message_bytes,
            });
        }
        let computed = crc32c::crc32c(bytes.get(CRC_START..).unwrap_or_default());
        if computed != header.crc {
            return Err(BatchFault::Crc {
                stored: header.crc,
                computed,
            }
            .into());
        }
        let unsupported = BatchError::UnsupportedCompression(header.codec_id());
        let codec = header.codec().ok_or(unsupported)?;
        check_header(&header, rules)?;
        let body = bytes.slice(BATCH_HEADER_LEN..);
        let Walked {
            mut max_timestamp,
            records_len,
        } = walk(&header, codec, &body, rules, now_ms, scratch)?;
        if rules.timestamp_type == TimestampType::LogAppendTime {
            max_timestamp = now_ms;
        }
        if header.timestamp_type() != rules.timestamp_type || header.max_timestamp != max_timestamp {
            header.attributes = header.attributes_with(rules.timestamp_type);
            header.max_timestamp = max_timestamp;
            let head = header.seal(&body);
            return Ok(CheckedBatch::trusted(header, head, body, records_len));
        }
        let mut head = [0; BATCH_HEADER_LEN];
        header.write(&mut head);
        Ok(CheckedBatch::trusted(header, head, body, records_len))
    }

    /// For the builder, whose batches are right by construction.
    pub(super) fn trusted(
        header: BatchHeader,
        head: [u8; BATCH_HEADER_LEN],
        body: Bytes,
        records_len: usize,
    ) -> Self {
        CheckedBatch {
            header,
            head,
            body,
            records_len,
        }
    }

    /// Bytes of the records when they are not packed.
    pub fn records_len(&self) -> usize {
        self.records_len
    }

    /// The header, as it will be stored except for base offset and leader epoch.
    pub fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// The bytes behind the header.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Bytes of the whole batch.
    pub fn size_in_bytes(&self) -> usize {
        BATCH_HEADER_LEN + self.body.len()
    }

    /// The header's bytes with the final base offset and leader epoch; both lie outside the CRC.
    pub fn head_for(&self, base_offset: i64, leader_epoch: i32) -> [u8; BATCH_HEADER_LEN] {
        let mut head = self.head;
        put(&mut head, 0, base_offset.to_be_bytes());
        put(&mut head, LOG_OVERHEAD, leader_epoch.to_be_bytes());
        head
    }
}

/// One whole batch of format v2 and nothing else (`ByteBufferLogInputStream`, `ProduceRequest.validateRecords`).
fn check_frame(bytes: &Bytes) -> Result<BatchHeader, BatchError> {
    let have = bytes.len();
    let length = bytes
        .get(8..LOG_OVERHEAD)
        .and_then(|field| field.first_chunk::<4>());
    let batch_length = length.map(|field| i32::from_be_bytes(*field));
    if let Some(batch_length) = batch_length.filter(|&length| length < BATCH_LENGTH_MIN) {
        return Err(BatchFault::Length(batch_length).into());
    }
    let (Some(batch_length), Some(&magic)) = (batch_length, bytes.get(MAGIC_END - 1)) else {
        return Err(BatchFault::Incomplete {
            have,
            want: MAGIC_END,
        }
        .into());
    };
    let magic = magic as i8;
    if !(0..=2).contains(&magic) {
        return Err(BatchFault::Magic(magic).into());
    }
    let size = LOG_OVERHEAD + batch_length as usize;
    if have < size {
        return Err(BatchFault::Incomplete { have, want: size }.into());
    }
    if magic != 2 {
        return Err(BatchFault::Magic(magic).into());
    }
    if size < BATCH_HEADER_LEN {
        return Err(BatchFault::Length(batch_length).into());
    }
    if have > size {
        return Err(BatchFault::TrailingBytes(have - size).into());
    }
    let short = BatchFault::Incomplete {
        have,
        want: BATCH_HEADER_LEN,
    };
    BatchHeader::read(bytes).ok_or(short.into())
}

/// What the header alone can break (`LogValidator.validateBatch`).
fn check_header(header: &BatchHeader, rules: &BatchRules) -> Result<(), BatchError> {
    let BatchHeader {
        record_count,
        last_offset_delta,
        producer_id,
        base_sequence,
        ..
    } = *header;
    if last_offset_delta < 0 || i64::from(record_count) != i64::from(last_offset_delta) + 1 {
        return Err(BatchFault::Count {
            record_count,
            last_offset_delta,
        }
        .into());
    }
    if rules.allow_control {
        return Ok(());
    }
    if header.is_control() {
        return Err(BatchFault::Control.into());
    }
    if header.has_producer_id() && base_sequence < 0 {
        return Err(BatchFault::Sequence {
            producer_id,
            base_sequence,
        }
        .into());
    }
    Ok(())
}
