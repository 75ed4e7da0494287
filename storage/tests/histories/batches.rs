//! Batches as a history appends them, and as the model remembers them.

use std::convert::Infallible;

use storage::batch::Compression;
use storage::{
    Appended, BatchBuilder, BatchHeader, CheckedBatch, Codec, ProducerState, Scratch, end_txn_marker,
    for_each_record,
};

use crate::rng::Rng;

/// A batch in the log, or one that was there.
#[derive(Clone, Debug)]
pub struct Batch {
    pub header: BatchHeader,
    pub bytes: Vec<u8>,
    pub records: Vec<Record>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub offset: i64,
    pub timestamp: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
}

impl Batch {
    /// As it must lie in the log.
    pub fn stored(batch: &CheckedBatch, base_offset: i64, epoch: i32) -> Batch {
        let mut bytes = batch.head_for(base_offset, epoch).to_vec();
        bytes.extend_from_slice(batch.body());
        Batch::read(&bytes)
    }

    pub fn read(bytes: &[u8]) -> Batch {
        let mut records = Vec::new();
        for_each_record(bytes, &mut Scratch::default(), |record| {
            records.push(Record {
                offset: record.offset,
                timestamp: record.timestamp,
                key: record.key.map(<[u8]>::to_vec),
                value: record.value.map(<[u8]>::to_vec),
            });
            Ok::<(), Infallible>(())
        })
        .expect("the records of a batch can be read");
        Batch {
            header: BatchHeader::read(bytes).expect("a header"),
            bytes: bytes.to_vec(),
            records,
        }
    }

    pub fn base(&self) -> i64 {
        self.header.base_offset
    }

    pub fn next(&self) -> i64 {
        self.header.next_offset()
    }

    /// Whether this is the end of a transaction, and one that keeps its records.
    pub fn commits(&self) -> Option<bool> {
        let key = self.records.first()?.key.as_ref()?;
        // Version and type, of two bytes each.
        self.header.is_control().then(|| key.get(3) == Some(&1))
    }
}

/// Whole batches in what a read answered; the last one may be cut short.
pub fn split(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while let Some(size) = BatchHeader::read(bytes)
        .map(|header| header.size_in_bytes())
        .filter(|size| *size <= bytes.len())
    {
        let (batch, rest) = bytes.split_at(size);
        found.push(batch);
        bytes = rest;
    }
    found
}

/// A producer that a history lets append.
#[derive(Clone, Debug)]
pub struct Producer {
    pub id: i64,
    pub transactional: bool,
    pub epoch: i16,
    pub next_sequence: i32,
    /// A transaction is open, as far as the producer knows.
    pub open: bool,
    /// What it sent last, and where that went.
    pub last: Option<(CheckedBatch, Appended)>,
}

impl Producer {
    pub fn all() -> Vec<Producer> {
        let producer = |id| Producer {
            id,
            transactional: id >= 200,
            epoch: 0,
            next_sequence: 0,
            open: false,
            last: None,
        };
        [100, 101, 200, 201].map(producer).to_vec()
    }

    /// After a crash the producer goes on from what the log knows.
    pub fn resume(&mut self, state: Option<&ProducerState>) {
        self.last = None;
        if let Some(state) = state {
            self.epoch = state.epoch;
            self.next_sequence = state.last_batch().map_or(0, |b| b.last_sequence + 1);
        }
        self.open = state.is_some_and(|state| state.current_txn_first_offset.is_some());
    }
}

/// Up to a few records of a few keys. A tenth of them are tombstones.
pub fn records(rng: &mut Rng, builder: BatchBuilder, now_ms: i64) -> CheckedBatch {
    let codec = rng.pick(&[
        Codec::None,
        Codec::None,
        Codec::Gzip,
        Codec::Snappy,
        Codec::Lz4,
        Codec::Zstd,
    ]);
    let mut builder = builder.compression(Compression::of(codec));
    let len = rng.pick(&[0, 10, 60, 300, 900]);
    for _ in 0..1 + rng.below(4) {
        let key = format!("key {}", rng.below(12));
        let mut value = vec![0; len];
        for (i, byte) in value.iter_mut().enumerate() {
            *byte = if i % 7 == 0 { rng.below(256) as u8 } else { b'v' };
        }
        let value = (!rng.one_in(10)).then_some(&value[..]);
        // Times go forward with some disorder.
        let time = now_ms + rng.between(-40, 40);
        builder.push(time.max(0), Some(key.as_bytes()), value, &[]);
    }
    builder.build()
}

/// The end of a transaction.
pub fn marker(producer: &Producer, now_ms: i64, commit: bool, coordinator_epoch: i32) -> CheckedBatch {
    let (key, value) = end_txn_marker(commit, coordinator_epoch);
    let mut builder = BatchBuilder::new(now_ms)
        .producer(producer.id, producer.epoch, -1)
        .transactional()
        .control();
    builder.push(now_ms, Some(&key), Some(&value), &[]);
    builder.build()
}
