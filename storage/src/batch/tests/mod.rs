//! Tests of the whole room. `pack` compresses by other ways than the production code, which is checked against it.

mod faults;
mod java;
mod packing;
mod roundtrip;

use std::io::Write;

use bytes::Bytes;

use super::header::{BATCH_HEADER_LEN, BatchHeader, LOG_OVERHEAD};
use super::{BatchBuilder, BatchError, BatchRules, CheckedBatch, Codec, Scratch, TimestampType};

pub(super) const NOW: i64 = 1_700_000_000_000;
pub(super) const CODECS: [Codec; 5] = [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd];

pub(super) fn rules() -> BatchRules {
    BatchRules {
        max_message_bytes: 64 << 20,
        keys_required: false,
        timestamp_type: TimestampType::CreateTime,
        timestamp_before_max_ms: i64::MAX,
        timestamp_after_max_ms: 3_600_000,
        allow_control: false,
        allow_zstd: true,
        records_bytes_max: usize::MAX,
    }
}

/// All bytes of a checked batch, offset 0 and no epoch.
pub(super) fn bytes_of(batch: &CheckedBatch) -> Vec<u8> {
    let mut out = batch.head_for(0, -1).to_vec();
    out.extend_from_slice(batch.body());
    out
}

pub(super) fn parse(bytes: Vec<u8>, rules: &BatchRules) -> Result<CheckedBatch, BatchError> {
    CheckedBatch::parse(Bytes::from(bytes), rules, NOW, &mut Scratch::default())
}

/// Packs the records of an uncompressed batch.
pub(super) fn pack(batch: &[u8], codec: Codec) -> Vec<u8> {
    let mut header = BatchHeader::read(batch).unwrap();
    header.attributes |= codec.id();
    with_body(header, &compress(codec, &batch[BATCH_HEADER_LEN..]))
}

/// The header with a new body; length and CRC are made to fit.
pub(super) fn with_body(mut header: BatchHeader, body: &[u8]) -> Vec<u8> {
    header.batch_length = (BATCH_HEADER_LEN - LOG_OVERHEAD + body.len()) as i32;
    let mut out = header.seal(body).to_vec();
    out.extend_from_slice(body);
    out
}

pub(super) fn compress(codec: Codec, body: &[u8]) -> Vec<u8> {
    match codec {
        Codec::None => body.to_vec(),
        Codec::Gzip => {
            let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            out.write_all(body).unwrap();
            out.finish().unwrap()
        }
        Codec::Snappy => snap::raw::Encoder::new().compress_vec(body).unwrap(),
        Codec::Lz4 => {
            let mut out = lz4_flex::frame::FrameEncoder::new(Vec::new());
            out.write_all(body).unwrap();
            out.finish().unwrap()
        }
        Codec::Zstd => zstd::encode_all(body, 1).unwrap(),
    }
}

/// A batch of `count` records with `value_len` bytes each.
pub(super) fn sample(count: usize, value_len: usize) -> Vec<u8> {
    let mut builder = BatchBuilder::new(NOW);
    for index in 0..count {
        let value = vec![index as u8; value_len];
        builder.push(
            NOW + index as i64,
            Some(b"key"),
            Some(&value),
            &[(b"h", None), (b"h", Some(b"\xff"))],
        );
    }
    bytes_of(&builder.build())
}
