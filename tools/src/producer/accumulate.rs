//! Batches that are being filled, one per partition.

use std::collections::BTreeMap;
use std::time::Instant;

use bytes::Bytes;
use storage::{BatchBuilder, Compression};

use super::deliver::Receipt;

/// Name and value (`None` = null) of a header.
pub(crate) type Header = (String, Option<Vec<u8>>);

/// A record to send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// Its topic.
    pub topic: String,
    /// `None` = null.
    pub key: Option<Vec<u8>>,
    /// `None` = null.
    pub value: Option<Vec<u8>>,
    /// In their order.
    pub headers: Vec<Header>,
}

impl Record {
    /// Bytes that the record takes at most in a batch that is not packed, by the sum of Kafka's producer, which shows in
    /// what it says about a record that is too large.
    pub(super) fn size(&self) -> usize {
        /// Length, attributes and deltas of a record, at most.
        const FRAME: usize = 21;
        let bytes = |bytes: &Option<Vec<u8>>| {
            let len = bytes.as_ref().map_or(0, Vec::len);
            prefix(len) + len
        };
        let name = |name: &str| prefix(name.len()) + name.len();
        let headers = self.headers.iter().map(|(key, value)| name(key) + bytes(value));
        let count = prefix(self.headers.len());
        FRAME + bytes(&self.key) + bytes(&self.value) + count + headers.sum::<usize>()
    }
}

/// Bytes of a length, as a number of seven bits a byte behind its sign; that of null takes one.
fn prefix(len: usize) -> usize {
    let bits = (usize::BITS - len.leading_zeros() + 1) as usize;
    bits.div_ceil(7)
}

/// A batch that still takes records.
#[derive(Debug)]
pub(super) struct Open {
    builder: BatchBuilder,
    /// One for each record.
    pub receipts: Vec<Receipt>,
    /// When it was begun.
    pub since: Instant,
}

impl Open {
    pub(super) fn new(now: Instant, now_ms: i64) -> Open {
        Open {
            builder: BatchBuilder::new(now_ms),
            receipts: Vec::new(),
            since: now,
        }
    }

    /// Whether a record of this size still fits.
    pub(super) fn fits(&self, size: usize, batch_bytes: usize) -> bool {
        self.builder.is_empty() || self.builder.size_in_bytes() + size <= batch_bytes
    }

    pub(super) fn is_full(&self, batch_bytes: usize) -> bool {
        self.builder.size_in_bytes() >= batch_bytes
    }

    pub(super) fn push(&mut self, record: &Record, now_ms: i64) {
        let headers: Vec<(&[u8], Option<&[u8]>)> = record
            .headers
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_deref()))
            .collect();
        self.builder
            .push(now_ms, record.key.as_deref(), record.value.as_deref(), &headers);
        self.receipts.push(Receipt {
            key_bytes: record.key.as_ref().map(Vec::len),
            value_bytes: record.value.as_ref().map(Vec::len),
            sent_ms: now_ms,
        });
    }

    /// The batch's bytes, as they go over the wire; `producer` is id, epoch and first sequence.
    pub(super) fn finish(
        self,
        compression: Compression,
        producer: Option<(i64, i16, i32)>,
        transactional: bool,
    ) -> Bytes {
        let mut builder = self.builder.compression(compression);
        if let Some((id, epoch, sequence)) = producer {
            builder = builder.producer(id, epoch, sequence);
        }
        if transactional {
            builder = builder.transactional();
        }
        let batch = builder.build();
        let mut bytes = Vec::with_capacity(batch.size_in_bytes());
        bytes.extend_from_slice(&batch.head_for(0, -1));
        bytes.extend_from_slice(batch.body());
        bytes.into()
    }
}

/// Open batches by topic and partition.
pub(super) type OpenBatches = BTreeMap<(String, i32), Open>;

#[cfg(test)]
mod tests {
    use storage::{Batches, Scratch, for_each_record};

    use super::*;

    #[test]
    fn sizes_are_those_of_kafkas_producer() {
        let record = |value: usize| Record {
            value: Some(vec![0; value]),
            ..Record::default()
        };
        // Without the 61 bytes of the batch: 2000088 says Kafka's.
        assert_eq!(record(2_000_000).size(), 2_000_027);
        let sizes = [0, 63, 64, 8_191, 8_192].map(|len| record(len).size() - len);
        assert_eq!(sizes, [24, 24, 25, 25, 26]);
    }

    #[test]
    fn what_is_pushed_can_be_read() {
        let record = Record {
            topic: "t".to_owned(),
            key: Some(b"k".to_vec()),
            value: None,
            headers: vec![("h".to_owned(), Some(b"v".to_vec()))],
        };
        let mut open = Open::new(crate::env::now(), 5);
        assert!(open.fits(usize::MAX, 1));
        open.push(&record, 7);
        assert!(!open.fits(record.size(), 80));
        let bytes = open.finish(Compression::NONE, Some((3, 1, 9)), true);
        let (header, batch) = Batches::new(&bytes).next().expect("a batch");
        assert_eq!(
            (header.producer_id, header.base_sequence, header.base_timestamp),
            (3, 9, 7)
        );
        assert!(header.is_transactional());
        let mut seen = 0;
        for_each_record(batch, &mut Scratch::default(), |r| {
            seen += 1;
            assert_eq!((r.key, r.value), (Some(&b"k"[..]), None));
            Ok::<(), ()>(())
        })
        .expect("whole");
        assert_eq!(seen, 1);
    }
}
