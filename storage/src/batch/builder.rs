//! The one builder of all batches that the broker writes itself: markers, coordinator and metadata
//! records.

use bytes::Bytes;

use super::attributes::{CONTROL, TRANSACTIONAL};
use super::checked::CheckedBatch;
use super::header::{BATCH_HEADER_LEN, BatchHeader, LENGTH_OVERHEAD};

/// A header of a record: key and value.
pub type HeaderRef<'a> = (&'a [u8], Option<&'a [u8]>);

/// Builds one uncompressed batch with base offset 0.
#[derive(Clone, Debug)]
pub struct BatchBuilder {
    header: BatchHeader,
    body: Vec<u8>,
}

impl BatchBuilder {
    /// An empty batch; `now_ms` is its base timestamp.
    pub fn new(now_ms: i64) -> BatchBuilder {
        let header = BatchHeader {
            base_offset: 0,
            batch_length: 0,
            partition_leader_epoch: -1,
            magic: 2,
            crc: 0,
            attributes: 0,
            last_offset_delta: -1,
            base_timestamp: now_ms,
            max_timestamp: now_ms,
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            record_count: 0,
        };
        BatchBuilder {
            header,
            body: Vec::new(),
        }
    }

    /// Marks the batch as a producer's.
    #[must_use]
    pub fn producer(mut self, id: i64, epoch: i16, base_sequence: i32) -> BatchBuilder {
        self.header.producer_id = id;
        self.header.producer_epoch = epoch;
        self.header.base_sequence = base_sequence;
        self
    }

    /// Marks the batch as one of control records.
    #[must_use]
    pub fn control(mut self) -> BatchBuilder {
        self.header.attributes |= CONTROL;
        self
    }

    /// Marks the batch as part of a transaction.
    #[must_use]
    pub fn transactional(mut self) -> BatchBuilder {
        self.header.attributes |= TRANSACTIONAL;
        self
    }

    /// Adds a record.
    pub fn push(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[HeaderRef<'_>],
    ) {
        let mut record = Vec::with_capacity(32 + key.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len));
        record.push(0);
        put_varlong(&mut record, timestamp.wrapping_sub(self.header.base_timestamp));
        put_varlong(&mut record, i64::from(self.header.record_count));
        put_bytes(&mut record, key);
        put_bytes(&mut record, value);
        put_varlong(&mut record, headers.len() as i64);
        for (key, value) in headers {
            put_bytes(&mut record, Some(key));
            put_bytes(&mut record, *value);
        }
        put_varlong(&mut self.body, record.len() as i64);
        self.body.extend_from_slice(&record);
        self.header.max_timestamp = self.header.max_timestamp.max(timestamp);
        self.header.last_offset_delta += 1;
        self.header.record_count += 1;
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        usize::try_from(self.header.record_count).unwrap_or(0)
    }

    /// Whether there is no record yet.
    pub fn is_empty(&self) -> bool {
        self.header.record_count == 0
    }

    /// Size of the batch in bytes.
    pub fn size_in_bytes(&self) -> usize {
        BATCH_HEADER_LEN + self.body.len()
    }

    /// The finished batch.
    pub fn build(mut self) -> CheckedBatch {
        let length = BATCH_HEADER_LEN - LENGTH_OVERHEAD + self.body.len();
        debug_assert!(i32::try_from(length).is_ok(), "callers split at the segment size");
        self.header.batch_length = i32::try_from(length).unwrap_or(i32::MAX);
        CheckedBatch::trusted(self.header, Bytes::from(self.body))
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        None => put_varlong(out, -1),
        Some(bytes) => {
            put_varlong(out, bytes.len() as i64);
            out.extend_from_slice(bytes);
        }
    }
}

/// A zigzag varint; for values of 32 bits the bytes are the same as a 32-bit varint's.
fn put_varlong(out: &mut Vec<u8>, value: i64) {
    let mut raw = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while raw >= 0x80 {
        out.push((raw as u8 & 0x7f) | 0x80);
        raw >>= 7;
    }
    out.push(raw as u8);
}
