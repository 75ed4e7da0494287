//! The 61 bytes before the records of a batch.

use super::attributes::{CONTROL, Codec, DELETE_HORIZON, LOG_APPEND_TIME, TRANSACTIONAL, TimestampType};

/// Length of a batch header in bytes.
pub const BATCH_HEADER_LEN: usize = 61;
/// Bytes before the part that `batch_length` counts: base offset and the length itself.
pub(crate) const LENGTH_OVERHEAD: usize = 12;
/// Where the checksummed part begins: behind base offset, length, leader epoch, magic and CRC.
pub(crate) const CRC_START: usize = 21;

/// A batch header. Integers are big-endian on the wire and on disk.
///
/// Base offset and leader epoch lie outside the CRC, so that the broker can set them without
/// touching the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchHeader {
    /// Offset of the first record.
    pub base_offset: i64,
    /// Bytes behind this field.
    pub batch_length: i32,
    /// Epoch of the leader that appended the batch.
    pub partition_leader_epoch: i32,
    /// Format version: 2.
    pub magic: i8,
    /// CRC-32C of everything behind this field.
    pub crc: u32,
    /// Codec, timestamp type, transactional, control, delete horizon.
    pub attributes: i16,
    /// Offset of the last record less the base offset.
    pub last_offset_delta: i32,
    /// Timestamp of the first record, in ms; the delete horizon if its bit is set.
    pub base_timestamp: i64,
    /// Largest timestamp, in ms.
    pub max_timestamp: i64,
    /// Producer id, -1 for none.
    pub producer_id: i64,
    /// Producer epoch, -1 for none.
    pub producer_epoch: i16,
    /// Sequence number of the first record, -1 for none.
    pub base_sequence: i32,
    /// Number of records.
    pub record_count: i32,
}

impl BatchHeader {
    /// Reads a header; `None` if there are fewer than 61 bytes. Nothing is checked.
    pub fn read(bytes: &[u8]) -> Option<BatchHeader> {
        let b: &[u8; BATCH_HEADER_LEN] = bytes.first_chunk()?;
        Some(BatchHeader {
            base_offset: i64::from_be_bytes(part(b, 0)),
            batch_length: i32::from_be_bytes(part(b, 8)),
            partition_leader_epoch: i32::from_be_bytes(part(b, 12)),
            magic: i8::from_be_bytes(part(b, 16)),
            crc: u32::from_be_bytes(part(b, 17)),
            attributes: i16::from_be_bytes(part(b, 21)),
            last_offset_delta: i32::from_be_bytes(part(b, 23)),
            base_timestamp: i64::from_be_bytes(part(b, 27)),
            max_timestamp: i64::from_be_bytes(part(b, 35)),
            producer_id: i64::from_be_bytes(part(b, 43)),
            producer_epoch: i16::from_be_bytes(part(b, 51)),
            base_sequence: i32::from_be_bytes(part(b, 53)),
            record_count: i32::from_be_bytes(part(b, 57)),
        })
    }

    /// Writes the header.
    pub fn write(&self, out: &mut [u8; BATCH_HEADER_LEN]) {
        out[0..8].copy_from_slice(&self.base_offset.to_be_bytes());
        out[8..12].copy_from_slice(&self.batch_length.to_be_bytes());
        out[12..16].copy_from_slice(&self.partition_leader_epoch.to_be_bytes());
        out[16..17].copy_from_slice(&self.magic.to_be_bytes());
        out[17..21].copy_from_slice(&self.crc.to_be_bytes());
        out[21..23].copy_from_slice(&self.attributes.to_be_bytes());
        out[23..27].copy_from_slice(&self.last_offset_delta.to_be_bytes());
        out[27..35].copy_from_slice(&self.base_timestamp.to_be_bytes());
        out[35..43].copy_from_slice(&self.max_timestamp.to_be_bytes());
        out[43..51].copy_from_slice(&self.producer_id.to_be_bytes());
        out[51..53].copy_from_slice(&self.producer_epoch.to_be_bytes());
        out[53..57].copy_from_slice(&self.base_sequence.to_be_bytes());
        out[57..61].copy_from_slice(&self.record_count.to_be_bytes());
    }

    /// Size of the whole batch in bytes; 0 if the length field is negative.
    pub fn size_in_bytes(&self) -> usize {
        usize::try_from(self.batch_length).map_or(0, |length| length + LENGTH_OVERHEAD)
    }

    /// Offset of the last record.
    pub fn last_offset(&self) -> i64 {
        self.base_offset.saturating_add(i64::from(self.last_offset_delta))
    }

    /// Offset behind the last record.
    pub fn next_offset(&self) -> i64 {
        self.last_offset().saturating_add(1)
    }

    /// Sequence number of the last record, wrapping from 2³¹-1 to 0; -1 for none.
    pub fn last_sequence(&self) -> i32 {
        if self.base_sequence < 0 {
            return -1;
        }
        let last = i64::from(self.base_sequence) + i64::from(self.last_offset_delta);
        i32::try_from(last % (i64::from(i32::MAX) + 1)).unwrap_or(-1)
    }

    /// How the records are compressed; `None` for an unknown codec.
    pub fn codec(&self) -> Option<Codec> {
        Codec::of(self.attributes)
    }

    /// Where the timestamps come from.
    pub fn timestamp_type(&self) -> TimestampType {
        match self.attributes & LOG_APPEND_TIME {
            0 => TimestampType::CreateTime,
            _ => TimestampType::LogAppendTime,
        }
    }

    /// Whether the batch belongs to a transaction.
    pub fn is_transactional(&self) -> bool {
        self.attributes & TRANSACTIONAL != 0
    }

    /// Whether the records are control records (transaction markers and the like).
    pub fn is_control(&self) -> bool {
        self.attributes & CONTROL != 0
    }

    /// Whether `base_timestamp` is a delete horizon (KIP-534).
    pub fn has_delete_horizon(&self) -> bool {
        self.attributes & DELETE_HORIZON != 0
    }

    /// Whether an idempotent or transactional producer sent it.
    pub fn has_producer_id(&self) -> bool {
        self.producer_id >= 0
    }
}

/// `N` bytes at a constant place within the header.
fn part<const N: usize>(header: &[u8; BATCH_HEADER_LEN], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&header[at..at + N]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut bytes = [0u8; BATCH_HEADER_LEN];
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = i as u8;
        }
        let mut again = [0u8; BATCH_HEADER_LEN];
        BatchHeader::read(&bytes).unwrap().write(&mut again);
        assert_eq!(bytes, again);
        assert_eq!(BatchHeader::read(&bytes[..60]), None);
    }

    #[test]
    fn sequences_wrap_to_zero() {
        let mut header = BatchHeader::read(&[0; BATCH_HEADER_LEN]).unwrap();
        header.base_sequence = i32::MAX;
        header.last_offset_delta = 1;
        assert_eq!(header.last_sequence(), 0);
    }
}
