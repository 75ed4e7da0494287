//! The one builder of batches that the broker writes itself.

use bytes::Bytes;

use super::checked::CheckedBatch;
use super::codec::Codec;
use super::compression::Compression;
use super::header::{BATCH_HEADER_LEN, BatchHeader, LOG_OVERHEAD};
use super::varint;

/// Builds one batch with base offset 0: coordinator and metadata records, markers, snapshots. The records are packed
/// when it is built; until then they are held as they are.
///
/// Invariant: `records` always holds `count` whole records with offset deltas 0 to `count - 1`.
#[derive(Debug)]
pub struct BatchBuilder {
    header: BatchHeader,
    records: Vec<u8>,
    compression: Compression,
}

impl BatchBuilder {
    /// An empty batch of no producer; `now_ms` is its time as long as it holds no record.
    pub fn new(now_ms: i64) -> Self {
        let header = BatchHeader {
            base_offset: 0,
            batch_length: 0,
            partition_leader_epoch: -1,
            magic: 2,
            crc: 0,
            attributes: 0,
            last_offset_delta: 0,
            base_timestamp: now_ms,
            max_timestamp: now_ms,
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            record_count: 0,
        };
        BatchBuilder {
            header,
            records: Vec::new(),
            compression: Compression::NONE,
        }
    }

    /// Packs the records; control batches stay as they are, as Kafka leaves them.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Names the producer; `base_sequence` is -1 for markers.
    #[must_use]
    pub fn producer(mut self, id: i64, epoch: i16, base_sequence: i32) -> Self {
        self.header.producer_id = id;
        self.header.producer_epoch = epoch;
        self.header.base_sequence = base_sequence;
        self
    }

    /// Marks the batch as one of control records.
    #[must_use]
    pub fn control(mut self) -> Self {
        self.header.set_control();
        self
    }

    /// Marks the batch as part of a transaction.
    #[must_use]
    pub fn transactional(mut self) -> Self {
        self.header.set_transactional();
        self
    }

    /// Appends a record; the first one's `timestamp` becomes the batch's base.
    ///
    /// Fields must together stay below `i32::MAX` bytes; the broker's own records are bounded far below.
    pub fn push(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&[u8], Option<&[u8]>)],
    ) {
        let header = &mut self.header;
        if header.record_count == 0 {
            header.base_timestamp = timestamp;
            header.max_timestamp = timestamp;
        }
        header.max_timestamp = header.max_timestamp.max(timestamp);
        let timestamp_delta = timestamp.wrapping_sub(header.base_timestamp);
        let offset_delta = i64::from(header.record_count);
        let mut len = 1 + varint::len(timestamp_delta) + varint::len(offset_delta);
        len += bytes_len(key) + bytes_len(value) + varint::len(headers.len() as i64);
        for (key, value) in headers {
            len += bytes_len(Some(key)) + bytes_len(*value);
        }
        debug_assert!(
            i32::try_from(self.records.len() + len + BATCH_HEADER_LEN).is_ok(),
            "batch too large"
        );
        let out = &mut self.records;
        out.reserve(len + varint::len(len as i64));
        varint::write(out, len as i64);
        out.push(0);
        varint::write(out, timestamp_delta);
        varint::write(out, offset_delta);
        write_bytes(out, key);
        write_bytes(out, value);
        varint::write(out, headers.len() as i64);
        for (key, value) in headers {
            write_bytes(out, Some(key));
            write_bytes(out, *value);
        }
        header.last_offset_delta = header.record_count;
        header.record_count += 1;
    }

    /// Records so far.
    pub fn len(&self) -> usize {
        self.header.record_count as usize
    }

    /// True before the first record.
    pub fn is_empty(&self) -> bool {
        self.header.record_count == 0
    }

    /// Bytes that the batch would have if it were built now and not packed, header included.
    pub fn size_in_bytes(&self) -> usize {
        BATCH_HEADER_LEN + self.records.len()
    }

    /// The finished batch. It should hold a record: readers take an empty batch for what compaction left behind.
    pub fn build(mut self) -> CheckedBatch {
        let records_len = self.records.len();
        let codec = self.compression.codec();
        let body_max = i32::MAX as usize - BATCH_HEADER_LEN;
        if codec != Codec::None && !self.is_empty() && !self.header.is_control()
            // What cannot be packed is stored as it is.
            && let Some(packed) = self.compression.pack(&self.records, body_max)
        {
            self.records = packed;
            self.header.set_codec(codec);
        }
        self.header.batch_length = (self.size_in_bytes() - LOG_OVERHEAD) as i32;
        let head = self.header.seal(&self.records);
        CheckedBatch::trusted(self.header, head, Bytes::from(self.records), records_len)
    }
}

fn bytes_len(bytes: Option<&[u8]>) -> usize {
    bytes.map_or(1, |bytes| varint::len(bytes.len() as i64) + bytes.len())
}

fn write_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        None => varint::write(out, -1),
        Some(bytes) => {
            varint::write(out, bytes.len() as i64);
            out.extend_from_slice(bytes);
        }
    }
}
