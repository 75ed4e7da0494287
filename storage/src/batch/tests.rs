//! Batches of every codec, and every way to break them.

use std::io::Write;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;

fn rules() -> BatchRules {
    BatchRules {
        max_message_bytes: 1 << 20,
        keys_required: false,
        timestamp_type: TimestampType::CreateTime,
        timestamp_before_max_ms: i64::MAX,
        timestamp_after_max_ms: 3_600_000,
        allow_control: false,
        allow_zstd: true,
    }
}

fn built(values: &[Vec<u8>]) -> Vec<u8> {
    let mut builder = BatchBuilder::new(1000);
    for (i, value) in values.iter().enumerate() {
        let headers: &[(&[u8], Option<&[u8]>)] = &[(b"k", Some(b"v")), (b"k", None)];
        builder.push(
            1000 + i as i64,
            (i % 2 == 0).then_some(b"key"),
            Some(value),
            headers,
        );
    }
    bytes_of(&builder.build())
}

fn bytes_of(batch: &CheckedBatch) -> Vec<u8> {
    let mut bytes = batch.head_for(0, -1).to_vec();
    bytes.extend_from_slice(batch.body());
    bytes
}

/// Sets length, codec and CRC right for another body.
fn with_body(batch: &[u8], codec: i16, body: &[u8]) -> Vec<u8> {
    let mut header = BatchHeader::read(batch).unwrap();
    header.batch_length = (BATCH_HEADER_LEN - 12 + body.len()) as i32;
    header.attributes |= codec;
    let mut head = [0; BATCH_HEADER_LEN];
    header.write(&mut head);
    let mut bytes = head.to_vec();
    bytes.extend_from_slice(body);
    seal(bytes)
}

fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    let crc = crc32c::crc32c(&bytes[21..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    bytes
}

fn compress(codec: i16, body: &[u8]) -> Vec<u8> {
    match codec {
        1 => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        2 => snap::raw::Encoder::new().compress_vec(body).unwrap(),
        3 => {
            let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        _ => zstd::stream::encode_all(body, 3).unwrap(),
    }
}

fn xerial(body: &[u8]) -> Vec<u8> {
    let mut out = vec![
        0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1,
    ];
    for chunk in body.chunks(1000) {
        let packed = snap::raw::Encoder::new().compress_vec(chunk).unwrap();
        out.extend_from_slice(&(packed.len() as i32).to_be_bytes());
        out.extend_from_slice(&packed);
    }
    out
}

fn parse(bytes: &[u8]) -> Result<CheckedBatch, BatchError> {
    CheckedBatch::parse(
        Bytes::copy_from_slice(bytes),
        &rules(),
        2000,
        &mut Scratch::default(),
    )
}

#[test]
fn every_codec_is_walked_and_read() {
    let plain = built(&(0..50).map(|i| vec![b'x'; i * 40]).collect::<Vec<_>>());
    let body = &plain[BATCH_HEADER_LEN..];
    let mut all = vec![plain.clone(), with_body(&plain, 2, &xerial(body))];
    all.extend((1..=4).map(|codec| with_body(&plain, codec, &compress(codec, body))));
    for bytes in all {
        let batch = parse(&bytes).unwrap();
        assert_eq!(batch.header().record_count, 50);
        let mut sizes = Vec::new();
        for_each_record(&bytes, &mut Scratch::default(), |record| {
            sizes.push((record.offset, record.timestamp, record.value.unwrap().len()));
            Ok::<(), ()>(())
        })
        .unwrap();
        assert_eq!(
            sizes,
            (0..50)
                .map(|i| (i, 1000 + i, i as usize * 40))
                .collect::<Vec<_>>()
        );
    }
}

#[test]
fn zstd_needs_a_new_enough_request() {
    let plain = built(&[b"v".to_vec()]);
    let bytes = with_body(&plain, 4, &compress(4, &plain[BATCH_HEADER_LEN..]));
    let rules = BatchRules {
        allow_zstd: false,
        ..rules()
    };
    let result = CheckedBatch::parse(bytes.into(), &rules, 0, &mut Scratch::default());
    assert_eq!(result.unwrap_err(), BatchError::UnsupportedCompression(4));
}

#[test]
fn bombs_are_refused_and_cost_no_memory() {
    // 2 GiB of zeros behind a record that claims them.
    for codec in [1, 3, 4] {
        let mut body = Vec::new();
        match codec {
            1 => {
                let mut encoder = flate2::write::GzEncoder::new(&mut body, flate2::Compression::fast());
                (0..64).for_each(|_| encoder.write_all(&[0xff; 1 << 20]).unwrap());
                encoder.finish().unwrap();
            }
            3 => {
                let mut encoder = lz4_flex::frame::FrameEncoder::new(&mut body);
                (0..64).for_each(|_| encoder.write_all(&[0xff; 1 << 20]).unwrap());
                encoder.finish().unwrap();
            }
            _ => {
                let mut encoder = zstd::stream::write::Encoder::new(&mut body, 3).unwrap();
                (0..64).for_each(|_| encoder.write_all(&[0xff; 1 << 20]).unwrap());
                encoder.finish().unwrap();
            }
        }
        let bytes = with_body(&built(&[b"v".to_vec()]), codec, &body);
        assert!(matches!(parse(&bytes).unwrap_err(), BatchError::Invalid { .. }));
    }
}

#[test]
fn wrong_batches_are_refused_for_the_right_reason() {
    let good = built(&[b"one".to_vec(), b"two".to_vec()]);
    let with = |at: usize, bytes: &[u8]| {
        let mut batch = good.clone();
        batch[at..at + bytes.len()].copy_from_slice(bytes);
        seal(batch)
    };
    let invalid = |bytes: &[u8]| assert!(matches!(parse(bytes).unwrap_err(), BatchError::Invalid { .. }));
    let mut wrong_crc = good.clone();
    wrong_crc[70] ^= 1;
    assert!(matches!(parse(&wrong_crc).unwrap_err(), BatchError::Corrupt(_)));
    invalid(&with(16, &[0])); // magic
    invalid(&with(16, &[1]));
    invalid(&with(57, &3i32.to_be_bytes())); // count
    invalid(&with(23, &5i32.to_be_bytes())); // last offset delta
    invalid(&with(57, &(-1i32).to_be_bytes()));
    invalid(&with(21, &(1i16 << 5).to_be_bytes())); // control
    invalid(&with(43, &7i64.to_be_bytes())); // producer id without a sequence
    invalid(&[good.clone(), good.clone()].concat());
    assert!(matches!(
        parse(&good[..good.len() - 1]).unwrap_err(),
        BatchError::Corrupt(_)
    ));
    assert!(matches!(
        parse(&with(21, &5i16.to_be_bytes())).unwrap_err(),
        BatchError::UnsupportedCompression(5)
    ));
    assert!(matches!(
        parse(&with(21, &(1i16 << 3).to_be_bytes())).unwrap_err(),
        BatchError::InvalidTimestamp { .. }
    ));
    let small = BatchRules {
        max_message_bytes: 10,
        ..rules()
    };
    assert!(matches!(
        CheckedBatch::parse(good.clone().into(), &small, 0, &mut Scratch::default()).unwrap_err(),
        BatchError::TooLarge { max: 10, .. }
    ));
}

#[test]
fn keys_and_times_are_checked_record_by_record() {
    let good = built(&[b"one".to_vec(), b"two".to_vec()]);
    let compacted = BatchRules {
        keys_required: true,
        ..rules()
    };
    let error =
        CheckedBatch::parse(good.clone().into(), &compacted, 2000, &mut Scratch::default()).unwrap_err();
    assert_eq!(
        error.record_errors().iter().map(|(i, _)| *i).collect::<Vec<_>>(),
        [1]
    );
    let past = BatchRules {
        timestamp_before_max_ms: 0,
        ..rules()
    };
    let error = CheckedBatch::parse(good.into(), &past, 1001, &mut Scratch::default()).unwrap_err();
    assert_eq!(
        error.record_errors().iter().map(|(i, _)| *i).collect::<Vec<_>>(),
        [0]
    );
}

#[test]
fn a_wrong_maximum_is_set_right_with_a_new_crc() {
    let good = built(&[b"one".to_vec(), b"two".to_vec()]);
    let mut wrong = good.clone();
    wrong[35..43].copy_from_slice(&5i64.to_be_bytes());
    assert_eq!(bytes_of(&parse(&seal(wrong)).unwrap()), good);
    let append_time = BatchRules {
        timestamp_type: TimestampType::LogAppendTime,
        ..rules()
    };
    let batch = CheckedBatch::parse(good.into(), &append_time, 77, &mut Scratch::default()).unwrap();
    let stored = bytes_of(&batch);
    assert_eq!(seal(stored.clone()), stored);
    for_each_record(&stored, &mut Scratch::default(), |record| {
        assert_eq!(record.timestamp, 77);
        Ok::<(), ()>(())
    })
    .unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn mutated_batches_never_panic(
        values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 1..8),
        codec in 0i16..5,
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let plain = built(&values);
        let mut bytes = match codec {
            0 => plain,
            codec => with_body(&plain, codec, &compress(codec, &plain[BATCH_HEADER_LEN..])),
        };
        fuzz::fuzz_batch(&bytes);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        fuzz::fuzz_batch(&bytes);
        fuzz::fuzz_records(&bytes);
        let bytes = seal(bytes);
        fuzz::fuzz_batch(&bytes);
        fuzz::fuzz_records(&bytes);
        fuzz::fuzz_records(&bytes[..at]);
    }
}
