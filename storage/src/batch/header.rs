//! The 61 bytes in front of a batch's records.

use super::codec::Codec;

/// Bytes of a v2 batch header, base offset to record count.
pub const BATCH_HEADER_LEN: usize = 61;
/// Bytes in front of what `batch_length` counts: base offset and the length itself.
pub(super) const LOG_OVERHEAD: usize = 12;
/// Where the bytes begin that the CRC covers: attributes to the end of the batch.
pub(super) const CRC_START: usize = 21;

pub(super) const CODEC_MASK: i16 = 0x07;
const LOG_APPEND_TIME_BIT: i16 = 0x08;
const TRANSACTIONAL_BIT: i16 = 0x10;
const CONTROL_BIT: i16 = 0x20;
const DELETE_HORIZON_BIT: i16 = 0x40;

/// Who sets the timestamps of a topic's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampType {
    /// The producer, record by record.
    CreateTime,
    /// The broker, one time for the whole batch: its `max_timestamp`.
    LogAppendTime,
}

/// The header of a v2 batch, field by field as it lies in the bytes (big endian).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchHeader {
    /// Offset of the first record; outside the CRC, patched at append.
    pub base_offset: i64,
    /// Bytes of the batch behind this field.
    pub batch_length: i32,
    /// Epoch of the leader that appended it, -1 = none; outside the CRC, patched at append.
    pub partition_leader_epoch: i32,
    /// Format version, 2.
    pub magic: i8,
    /// CRC-32C of attributes to the end of the batch.
    pub crc: u32,
    /// Codec (bits 0–2), timestamp type (3), transactional (4), control (5), delete horizon (6).
    pub attributes: i16,
    /// Offset of the last record less `base_offset`; stays when compaction takes records away.
    pub last_offset_delta: i32,
    /// Time of the first record (ms since the epoch), -1 = none; the delete horizon if that bit is set.
    pub base_timestamp: i64,
    /// Largest time of the records, or the append time of the batch.
    pub max_timestamp: i64,
    /// -1 = the producer is not idempotent.
    pub producer_id: i64,
    /// -1 = none.
    pub producer_epoch: i16,
    /// Sequence number of the first record, -1 = none.
    pub base_sequence: i32,
    /// Records in the batch.
    pub record_count: i32,
}

impl BatchHeader {
    /// Reads the first 61 bytes as they are, right or wrong; `None` if there are fewer.
    pub fn read(bytes: &[u8]) -> Option<BatchHeader> {
        let head = bytes.first_chunk::<BATCH_HEADER_LEN>()?;
        Some(BatchHeader {
            base_offset: i64::from_be_bytes(field(head, 0)),
            batch_length: i32::from_be_bytes(field(head, 8)),
            partition_leader_epoch: i32::from_be_bytes(field(head, 12)),
            magic: i8::from_be_bytes(field(head, 16)),
            crc: u32::from_be_bytes(field(head, 17)),
            attributes: i16::from_be_bytes(field(head, 21)),
            last_offset_delta: i32::from_be_bytes(field(head, 23)),
            base_timestamp: i64::from_be_bytes(field(head, 27)),
            max_timestamp: i64::from_be_bytes(field(head, 35)),
            producer_id: i64::from_be_bytes(field(head, 43)),
            producer_epoch: i16::from_be_bytes(field(head, 51)),
            base_sequence: i32::from_be_bytes(field(head, 53)),
            record_count: i32::from_be_bytes(field(head, 57)),
        })
    }

    /// Writes the header as it is; the CRC is the caller's business.
    pub fn write(&self, out: &mut [u8; BATCH_HEADER_LEN]) {
        put(out, 0, self.base_offset.to_be_bytes());
        put(out, 8, self.batch_length.to_be_bytes());
        put(out, 12, self.partition_leader_epoch.to_be_bytes());
        put(out, 16, self.magic.to_be_bytes());
        put(out, 17, self.crc.to_be_bytes());
        put(out, 21, self.attributes.to_be_bytes());
        put(out, 23, self.last_offset_delta.to_be_bytes());
        put(out, 27, self.base_timestamp.to_be_bytes());
        put(out, 35, self.max_timestamp.to_be_bytes());
        put(out, 43, self.producer_id.to_be_bytes());
        put(out, 51, self.producer_epoch.to_be_bytes());
        put(out, 53, self.base_sequence.to_be_bytes());
        put(out, 57, self.record_count.to_be_bytes());
    }

    /// Writes the header with the CRC that fits it and `body`, and remembers that CRC.
    pub(super) fn seal(&mut self, body: &[u8]) -> [u8; BATCH_HEADER_LEN] {
        let mut head = [0; BATCH_HEADER_LEN];
        self.write(&mut head);
        let (_, covered) = head.split_at(CRC_START);
        self.crc = crc32c::crc32c_append(crc32c::crc32c(covered), body);
        put(&mut head, 17, self.crc.to_be_bytes());
        head
    }

    /// A batch without records, producer and time in the place of this one: offsets and epoch are all it tells.
    pub(crate) fn placeholder(&self) -> (BatchHeader, [u8; BATCH_HEADER_LEN]) {
        let mut header = BatchHeader {
            batch_length: (BATCH_HEADER_LEN - LOG_OVERHEAD) as i32,
            attributes: 0,
            base_timestamp: -1,
            max_timestamp: -1,
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            record_count: 0,
            ..*self
        };
        let bytes = header.seal(&[]);
        (header, bytes)
    }

    /// Bytes of the whole batch as the header declares them (a negative length counts as 0).
    pub fn size_in_bytes(&self) -> usize {
        LOG_OVERHEAD + usize::try_from(self.batch_length).unwrap_or(0)
    }

    /// Offset of the last record (or of the last that compaction took away).
    pub fn last_offset(&self) -> i64 {
        self.base_offset.wrapping_add(i64::from(self.last_offset_delta))
    }

    /// The offset behind the batch.
    pub fn next_offset(&self) -> i64 {
        self.last_offset().wrapping_add(1)
    }

    /// Sequence number of the last record, wrapped as Kafka wraps it; -1 = none.
    pub fn last_sequence(&self) -> i32 {
        if self.base_sequence < 0 {
            return -1;
        }
        increment_sequence(self.base_sequence, self.last_offset_delta)
    }

    /// The producer is idempotent or transactional.
    pub fn has_producer_id(&self) -> bool {
        self.producer_id > -1
    }

    /// The batch holds markers or other control records, which consumers skip.
    pub fn is_control(&self) -> bool {
        self.attributes & CONTROL_BIT != 0
    }

    /// The batch belongs to a transaction.
    pub fn is_transactional(&self) -> bool {
        self.attributes & TRANSACTIONAL_BIT != 0
    }

    /// `base_timestamp` is the time after which compaction may drop the batch's tombstones (KIP-534).
    pub fn has_delete_horizon(&self) -> bool {
        self.attributes & DELETE_HORIZON_BIT != 0
    }

    /// The codec of the records; `None` for the unassigned numbers 5 to 7.
    pub fn codec(&self) -> Option<Codec> {
        Codec::of(self.attributes)
    }

    /// The codec's number, 0 to 7.
    pub fn codec_id(&self) -> i16 {
        self.attributes & CODEC_MASK
    }

    /// Who set the timestamps.
    pub fn timestamp_type(&self) -> TimestampType {
        if self.attributes & LOG_APPEND_TIME_BIT == 0 {
            TimestampType::CreateTime
        } else {
            TimestampType::LogAppendTime
        }
    }

    /// Attributes with another timestamp type; unused bits are dropped, as Kafka drops them when it rewrites.
    pub(super) fn attributes_with(&self, timestamp_type: TimestampType) -> i16 {
        let kept = self.attributes & (CODEC_MASK | TRANSACTIONAL_BIT | CONTROL_BIT);
        match timestamp_type {
            TimestampType::CreateTime => kept,
            TimestampType::LogAppendTime => kept | LOG_APPEND_TIME_BIT,
        }
    }

    pub(super) fn set_codec(&mut self, codec: Codec) {
        self.attributes = self.attributes & !CODEC_MASK | codec.id();
    }

    pub(super) fn set_delete_horizon(&mut self, set: bool) {
        self.attributes &= !DELETE_HORIZON_BIT;
        if set {
            self.attributes |= DELETE_HORIZON_BIT;
        }
    }

    pub(super) fn set_control(&mut self) {
        self.attributes |= CONTROL_BIT;
    }

    pub(super) fn set_transactional(&mut self) {
        self.attributes |= TRANSACTIONAL_BIT;
    }
}

/// True if `batch` (one whole batch, nothing behind it) carries the CRC of its bytes.
pub fn crc_matches(batch: &[u8]) -> bool {
    match (BatchHeader::read(batch), batch.get(CRC_START..)) {
        (Some(header), Some(covered)) => header.crc == crc32c::crc32c(covered),
        _ => false,
    }
}

/// Sequence numbers wrap from `i32::MAX` to 0 (`DefaultRecordBatch.incrementSequence`).
pub fn increment_sequence(sequence: i32, increment: i32) -> i32 {
    ((i64::from(sequence) + i64::from(increment)) & i64::from(i32::MAX)) as i32
}

fn field<const N: usize>(head: &[u8; BATCH_HEADER_LEN], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&head[at..at + N]); // constant offsets inside the 61 bytes
    out
}

pub(super) fn put<const N: usize>(head: &mut [u8; BATCH_HEADER_LEN], at: usize, bytes: [u8; N]) {
    head[at..at + N].copy_from_slice(&bytes); // constant offsets inside the 61 bytes
}
