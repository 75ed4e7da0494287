//! A batch that was proved whole: the only thing that a log appends.

use bytes::Bytes;

use super::attributes::{Codec, LOG_APPEND_TIME, TimestampType};
use super::decompress;
use super::error::BatchError;
use super::header::{BATCH_HEADER_LEN, BatchHeader, CRC_START, LENGTH_OVERHEAD};
use super::input::{SliceInput, StreamInput};
use super::scratch::Scratch;
use super::walk::{RecordRules, WalkError, Walked, walk};

/// Format version of every batch.
const MAGIC: i8 = 2;
/// Where the magic byte stands in every format version.
const MAGIC_AT: usize = 16;

/// What a topic demands of the batches that clients send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRules {
    /// Largest batch in bytes, as sent (`max.message.bytes`).
    pub max_message_bytes: usize,
    /// Whether every record needs a key (compacted topics).
    pub keys_required: bool,
    /// Whose timestamps count (`message.timestamp.type`).
    pub timestamp_type: TimestampType,
    /// How far a timestamp may lie in the past, in ms.
    pub timestamp_before_max_ms: i64,
    /// How far a timestamp may lie in the future, in ms.
    pub timestamp_after_max_ms: i64,
    /// Whether control batches are allowed: never from clients.
    pub allow_control: bool,
    /// Whether zstd is allowed: from Produce v7.
    pub allow_zstd: bool,
}

/// Proof: exactly one batch of format 2, whose CRC, sizes and counts are right and every record of
/// which was walked.
///
/// Invariant: `head` is `header` as bytes, and its CRC covers `head[21..]` and `body`.
#[derive(Clone, Debug)]
pub struct CheckedBatch {
    header: BatchHeader,
    head: [u8; BATCH_HEADER_LEN],
    /// Everything behind the header, as it came.
    body: Bytes,
}

impl CheckedBatch {
    /// Checks what a client sent. `now_ms` is the broker's clock, in ms since the epoch.
    ///
    /// A wrong `max_timestamp` is set right, and under `LogAppendTime` the batch is stamped with
    /// `now_ms`: both with a new CRC, and without touching `bytes`.
    ///
    /// # Errors
    /// See [`BatchError`]. The order of the checks is Kafka's.
    pub fn parse(
        bytes: Bytes,
        rules: &BatchRules,
        now_ms: i64,
        scratch: &mut Scratch,
    ) -> Result<CheckedBatch, BatchError> {
        let header = one_batch(&bytes)?;
        if bytes.len() > rules.max_message_bytes {
            return Err(BatchError::TooLarge {
                size: bytes.len(),
                max: rules.max_message_bytes,
            });
        }
        let covered = bytes.get(CRC_START..).unwrap_or_default();
        if crc32c::crc32c(covered) != header.crc {
            return Err(BatchError::Corrupt("its checksum does not match"));
        }
        let codec = check_header(&header, rules)?;
        let body = bytes.slice(BATCH_HEADER_LEN..);
        let walked = walk_records(&header, codec, &body, rules, now_ms, scratch)?;
        let mut batch = CheckedBatch {
            header,
            head: head_of(&header),
            body,
        };
        batch.stamp(rules.timestamp_type, walked.max_timestamp, now_ms);
        Ok(batch)
    }

    /// A batch that the broker built itself; counts and lengths are right by construction.
    pub(super) fn trusted(header: BatchHeader, body: Bytes) -> CheckedBatch {
        let mut batch = CheckedBatch {
            header,
            head: head_of(&header),
            body,
        };
        batch.seal();
        batch
    }

    fn stamp(&mut self, timestamp_type: TimestampType, max_timestamp: i64, now_ms: i64) {
        let max_timestamp = match timestamp_type {
            TimestampType::CreateTime => max_timestamp,
            TimestampType::LogAppendTime => now_ms,
        };
        let attributes = match timestamp_type {
            TimestampType::CreateTime => self.header.attributes,
            TimestampType::LogAppendTime => self.header.attributes | LOG_APPEND_TIME,
        };
        if (max_timestamp, attributes) != (self.header.max_timestamp, self.header.attributes) {
            self.header.max_timestamp = max_timestamp;
            self.header.attributes = attributes;
            self.seal();
        }
    }

    /// Computes the CRC anew and writes the header.
    fn seal(&mut self) {
        self.head = head_of(&self.header);
        let head_crc = crc32c::crc32c(&self.head[CRC_START..]);
        self.header.crc = crc32c::crc32c_append(head_crc, &self.body);
        self.head = head_of(&self.header);
    }

    /// The header, with the offsets and epoch that the client sent.
    pub fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// Everything behind the header.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Size in bytes, header included.
    pub fn size_in_bytes(&self) -> usize {
        BATCH_HEADER_LEN + self.body.len()
    }

    /// The header's bytes with final base offset and leader epoch, which lie outside the CRC.
    pub fn head_for(&self, base_offset: i64, leader_epoch: i32) -> [u8; BATCH_HEADER_LEN] {
        let mut head = self.head;
        head[0..8].copy_from_slice(&base_offset.to_be_bytes());
        head[12..16].copy_from_slice(&leader_epoch.to_be_bytes());
        head
    }
}

fn head_of(header: &BatchHeader) -> [u8; BATCH_HEADER_LEN] {
    let mut head = [0; BATCH_HEADER_LEN];
    header.write(&mut head);
    head
}

/// Exactly one batch of the right format, and nothing behind it.
fn one_batch(bytes: &Bytes) -> Result<BatchHeader, BatchError> {
    if let Some(magic) = bytes
        .get(MAGIC_AT)
        .map(|b| b.cast_signed())
        .filter(|magic| *magic != MAGIC)
    {
        return Err(BatchError::invalid(format!(
            "batches of format {magic} are not accepted, only of format 2"
        )));
    }
    let Some(header) = BatchHeader::read(bytes) else {
        return Err(BatchError::invalid(
            "a produce request carries exactly one batch per partition",
        ));
    };
    if header.size_in_bytes() < BATCH_HEADER_LEN {
        return Err(BatchError::Corrupt("its length is less than a header's"));
    }
    match header.size_in_bytes().cmp(&bytes.len()) {
        std::cmp::Ordering::Equal => Ok(header),
        std::cmp::Ordering::Greater => Err(BatchError::Corrupt("its length is more than what was sent")),
        std::cmp::Ordering::Less => Err(BatchError::invalid(
            "a produce request carries exactly one batch per partition; more bytes follow",
        )),
    }
}

/// Kafka's `LogValidator.validateBatch`.
fn check_header(header: &BatchHeader, rules: &BatchRules) -> Result<Codec, BatchError> {
    debug_assert!(header.size_in_bytes() >= LENGTH_OVERHEAD);
    if header.last_offset_delta < 0 {
        return Err(BatchError::invalid("the offset range of the batch is negative"));
    }
    if header.record_count <= 0 {
        return Err(BatchError::invalid(format!(
            "the batch says that it has {} records",
            header.record_count
        )));
    }
    if i64::from(header.last_offset_delta) + 1 != i64::from(header.record_count) {
        return Err(BatchError::invalid(format!(
            "the batch has {} records but spans {} offsets",
            header.record_count,
            i64::from(header.last_offset_delta) + 1
        )));
    }
    if header.has_producer_id() && header.base_sequence < 0 && !header.is_control() {
        return Err(BatchError::invalid(format!(
            "producer {} sent sequence number {}",
            header.producer_id, header.base_sequence
        )));
    }
    if header.is_control() && !rules.allow_control {
        return Err(BatchError::invalid(
            "clients are not allowed to write control records",
        ));
    }
    let codec_id = header.attributes & super::attributes::CODEC_MASK;
    match header.codec() {
        None => Err(BatchError::UnsupportedCompression(codec_id)),
        Some(Codec::Zstd) if !rules.allow_zstd => Err(BatchError::UnsupportedCompression(codec_id)),
        Some(codec) => Ok(codec),
    }
}

fn walk_records(
    header: &BatchHeader,
    codec: Codec,
    body: &[u8],
    rules: &BatchRules,
    now_ms: i64,
    scratch: &mut Scratch,
) -> Result<Walked, BatchError> {
    if header.timestamp_type() == TimestampType::LogAppendTime {
        return Err(BatchError::InvalidTimestamp {
            records: vec![(0, "producers may not stamp batches with LogAppendTime".to_owned())],
        });
    }
    let record_rules = RecordRules {
        keys_required: rules.keys_required,
        timestamp_bounds: (rules.timestamp_type == TimestampType::CreateTime).then(|| {
            let lowest = now_ms.saturating_sub(rules.timestamp_before_max_ms);
            (lowest, now_ms.saturating_add(rules.timestamp_after_max_ms))
        }),
    };
    let (count, base) = (header.record_count, header.base_timestamp);
    let source = decompress::open(codec, body)
        .map_err(|_| BatchError::invalid("the records cannot be decompressed"))?;
    let walked = match source {
        None => walk(&mut SliceInput::new(body), count, base, &record_rules),
        Some(source) => walk(
            &mut StreamInput::new(source, scratch.window()),
            count,
            base,
            &record_rules,
        ),
    };
    let walked = walked.map_err(|WalkError { index, reason }| BatchError::Invalid {
        reason: format!("record {index} of the batch is malformed: {reason}"),
        records: Vec::new(),
    })?;
    complain(walked)
}

fn complain(walked: Walked) -> Result<Walked, BatchError> {
    if !walked.null_keys.is_empty() {
        let text = "compacted topics cannot accept a record without a key";
        return Err(BatchError::Invalid {
            reason: "one or more records have been rejected".to_owned(),
            records: walked
                .null_keys
                .iter()
                .map(|index| (*index, text.to_owned()))
                .collect(),
        });
    }
    if !walked.out_of_bounds.is_empty() {
        let text = |timestamp: &i64| format!("timestamp {timestamp} is outside the bounds of the topic");
        let records = walked
            .out_of_bounds
            .iter()
            .map(|(index, ts)| (*index, text(ts)))
            .collect();
        return Err(BatchError::InvalidTimestamp { records });
    }
    Ok(walked)
}
