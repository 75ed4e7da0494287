use super::*;
use crate::batch::{BatchFault, RECORD_ERRORS_MAX, RecordFault, crc_matches};

/// The answer without its details.
#[derive(Debug, PartialEq)]
enum Kind {
    Corrupt,
    Invalid,
    UnsupportedCompression,
    InvalidTimestamp,
    TooLarge,
}

fn kind(error: &BatchError) -> Kind {
    match error {
        BatchError::Corrupt(_) => Kind::Corrupt,
        BatchError::Invalid { .. } => Kind::Invalid,
        BatchError::UnsupportedCompression(_) => Kind::UnsupportedCompression,
        BatchError::InvalidTimestamp { .. } => Kind::InvalidTimestamp,
        BatchError::TooLarge { .. } | BatchError::RecordsTooLarge { .. } => Kind::TooLarge,
    }
}

/// The sample with a changed header, its CRC made to fit.
fn changed(change: impl FnOnce(&mut BatchHeader)) -> Vec<u8> {
    let good = sample(3, 5);
    let mut header = BatchHeader::read(&good).unwrap();
    change(&mut header);
    let mut out = header.seal(&good[BATCH_HEADER_LEN..]).to_vec();
    out.extend_from_slice(&good[BATCH_HEADER_LEN..]);
    out
}

fn kind_of(bytes: Vec<u8>) -> Kind {
    kind(&parse(bytes, &rules()).unwrap_err())
}

/// A batch of one record with this body behind its length.
fn one_record(body: &[u8]) -> Result<CheckedBatch, BatchError> {
    let mut header = BatchHeader::read(&sample(1, 1)).unwrap();
    header.max_timestamp = header.base_timestamp;
    let mut record = Vec::new();
    crate::batch::varint::write(&mut record, body.len() as i64);
    record.extend_from_slice(body);
    for codec in CODECS {
        let plain = with_body(header, &record);
        let packed = parse(pack(&plain, codec), &rules()).map(|_| ());
        assert_eq!(packed, parse(plain, &rules()).map(|_| ()), "{codec}");
    }
    parse(with_body(header, &record), &rules())
}

fn fault_of(body: &[u8]) -> RecordFault {
    match one_record(body) {
        Err(BatchError::Invalid {
            fault: BatchFault::Record { index: 0, fault },
            ..
        }) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn frames_are_refused_as_kafka_refuses_them() {
    use Kind::{Corrupt, Invalid};
    assert_eq!(kind_of(Vec::new()), Invalid);
    assert_eq!(kind_of(vec![0; 11]), Invalid);
    for length in [i32::MIN, -1, 0, 13, 48] {
        assert_eq!(
            kind_of(changed(|header| header.batch_length = length)),
            Corrupt,
            "{length}"
        );
    }
    assert_eq!(kind_of(changed(|header| header.batch_length = i32::MAX)), Invalid);
    for (magic, expected) in [(0, Invalid), (1, Invalid), (3, Corrupt), (-1, Corrupt)] {
        let error = parse(changed(|header| header.magic = magic), &rules()).unwrap_err();
        assert_eq!((kind(&error), error), (expected, BatchFault::Magic(magic).into()));
    }
    let twice = sample(3, 5).repeat(2);
    assert!(matches!(
        parse(twice, &rules()),
        Err(BatchError::Invalid {
            fault: BatchFault::TrailingBytes(_),
            ..
        })
    ));
    let mut wrong_crc = sample(3, 5);
    wrong_crc[70] ^= 1;
    assert_eq!(kind_of(wrong_crc), Corrupt);
}

#[test]
fn headers_are_refused_as_kafka_refuses_them() {
    let count = |record_count, last_offset_delta| {
        let bytes = changed(|header| {
            header.record_count = record_count;
            header.last_offset_delta = last_offset_delta;
        });
        parse(bytes, &rules()).unwrap_err()
    };
    for (record_count, delta) in [(0, -1), (3, 3), (-1, -2), (i32::MIN, i32::MAX), (0, 0)] {
        let expected = BatchError::from(BatchFault::Count {
            record_count,
            last_offset_delta: delta,
        });
        assert_eq!(count(record_count, delta), expected);
    }
    assert_eq!(count(2, 1), BatchFault::RecordsRemain(2).into());
    assert_eq!(count(4, 3), BatchError::record(3, RecordFault::Truncated));
    let offset = changed(|header| header.base_offset = 1);
    assert_eq!(
        parse(offset, &rules()).unwrap_err(),
        BatchFault::BaseOffset(1).into()
    );
    assert_eq!(
        parse(changed(BatchHeader::set_control), &rules()).unwrap_err(),
        BatchFault::Control.into()
    );
    let sequence = changed(|header| header.producer_id = 1);
    assert_eq!(kind_of(sequence), Kind::Invalid);
    for codec_id in 5..8 {
        let unknown = changed(|header| header.attributes |= codec_id);
        assert_eq!(kind_of(unknown), Kind::UnsupportedCompression);
    }
    let old = BatchRules {
        allow_zstd: false,
        ..rules()
    };
    let zstd = parse(pack(&sample(1, 1), Codec::Zstd), &old).unwrap_err();
    assert_eq!(kind(&zstd), Kind::UnsupportedCompression);
    let small = BatchRules {
        max_message_bytes: sample(3, 5).len() - 1,
        ..rules()
    };
    assert_eq!(kind(&parse(sample(3, 5), &small).unwrap_err()), Kind::TooLarge);
}

#[test]
fn records_are_refused_field_by_field() {
    // attributes, timestamp delta, offset delta, null key, null value, no headers
    assert!(one_record(&[0, 0, 0, 1, 1, 0]).is_ok());
    assert!(
        one_record(&[0xff, 0, 0, 1, 1, 0]).is_ok(),
        "attributes have no meaning"
    );
    assert!(
        one_record(&[0, 0x80, 0x80, 0x00, 0x80, 0x00, 1, 1, 0]).is_ok(),
        "overlong numbers are read"
    );
    assert!(
        one_record(&[0, 0, 0, 0x0f, 3, 0]).is_ok(),
        "any negative length is null"
    );
    assert_eq!(fault_of(&[]), RecordFault::Structure);
    assert_eq!(fault_of(&[0, 0, 0, 1, 1]), RecordFault::Structure);
    assert_eq!(fault_of(&[0, 0, 0, 1, 1, 0, 0]), RecordFault::BytesRemain);
    assert_eq!(
        fault_of(&[0, 0, 2, 1, 1, 0]),
        RecordFault::OffsetDelta { found: 1 }
    );
    assert_eq!(fault_of(&[0, 0, 0, 2, 1, 0]), RecordFault::Structure);
    assert_eq!(
        fault_of(&[0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0x0f, 1, 0]),
        RecordFault::Structure
    );
    assert_eq!(fault_of(&[0, 0, 0, 1, 1, 1]), RecordFault::HeaderCount);
    assert_eq!(
        fault_of(&[0, 0, 0, 1, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f]),
        RecordFault::HeaderCount
    );
    assert_eq!(fault_of(&[0, 0, 0, 1, 1, 2, 1, 1]), RecordFault::HeaderKey);
    assert_eq!(fault_of(&[0, 0, 0, 1, 1, 2, 0, 1, 0]), RecordFault::BytesRemain);
    assert_eq!(
        fault_of(&[0, 0, 0, 1, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]),
        RecordFault::Structure
    );
}

#[test]
fn topic_rules_name_the_records() {
    let mut builder = BatchBuilder::new(NOW);
    builder.push(NOW, Some(b"k"), None, &[]);
    builder.push(NOW + 3_600_001, None, None, &[]);
    builder.push(-1, None, None, &[]);
    let batch = bytes_of(&builder.build());
    let late = parse(batch.clone(), &rules()).unwrap_err();
    assert_eq!(kind(&late), Kind::InvalidTimestamp);
    assert_eq!(
        late.record_errors()
            .iter()
            .map(|error| error.0)
            .collect::<Vec<_>>(),
        [1]
    );
    let compacted = BatchRules {
        keys_required: true,
        ..rules()
    };
    let keys = parse(batch.clone(), &compacted).unwrap_err();
    assert_eq!(kind(&keys), Kind::Invalid);
    assert_eq!(
        keys.record_errors()
            .iter()
            .map(|error| error.0)
            .collect::<Vec<_>>(),
        [1, 2]
    );
    let old = BatchRules {
        timestamp_before_max_ms: 10,
        timestamp_after_max_ms: i64::MAX,
        ..rules()
    };
    assert!(
        parse(batch, &old).is_ok(),
        "a missing timestamp is within any bounds"
    );
    let many = BatchRules {
        keys_required: true,
        ..rules()
    };
    let mut builder = BatchBuilder::new(NOW);
    (0..3000).for_each(|_| builder.push(NOW, None, None, &[]));
    assert_eq!(
        parse(bytes_of(&builder.build()), &many)
            .unwrap_err()
            .record_errors()
            .len(),
        RECORD_ERRORS_MAX
    );
}

#[test]
fn timestamps_are_rewritten_with_a_new_crc() {
    let wrong = changed(|header| header.max_timestamp = 5);
    let fixed = parse(wrong, &rules()).unwrap();
    assert_eq!(fixed.header().max_timestamp, NOW + 2);
    assert!(crc_matches(&bytes_of(&fixed)));
    for codec in CODECS {
        let append = BatchRules {
            timestamp_type: TimestampType::LogAppendTime,
            ..rules()
        };
        let stamped = parse(pack(&sample(3, 5), codec), &append).unwrap();
        assert_eq!(stamped.header().timestamp_type(), TimestampType::LogAppendTime);
        assert_eq!(
            (stamped.header().max_timestamp, stamped.header().codec()),
            (NOW, Some(codec))
        );
        assert!(crc_matches(&bytes_of(&stamped)));
        // Producers must not claim append time …
        assert_eq!(
            kind(&parse(bytes_of(&stamped), &append).unwrap_err()),
            Kind::InvalidTimestamp
        );
        // … but Kafka lets it pass on a topic of create time, and takes the claim away.
        let cleared = parse(bytes_of(&stamped), &rules()).unwrap();
        assert_eq!(cleared.header().timestamp_type(), TimestampType::CreateTime);
        assert_eq!(cleared.header().max_timestamp, NOW);
    }
}

/// Zeros without end where a record should be; the walk stops at the first lie, a large record is skipped through.
#[test]
fn bombs_are_refused_and_leave_no_memory_behind() {
    let mut plain = Vec::new();
    crate::batch::varint::write(&mut plain, 300 << 20);
    plain.resize(40 << 20, 1);
    for codec in CODECS {
        let mut scratch = Scratch::default();
        let mut zeros = vec![0; 32 << 20];
        for body in [&plain, &zeros] {
            let bomb = with_body(BatchHeader::read(&sample(1, 1)).unwrap(), &compress(codec, body));
            let bomb = pack_header(bomb, codec);
            let error = CheckedBatch::parse(bomb.into(), &rules(), NOW, &mut scratch).unwrap_err();
            assert_eq!(kind(&error), Kind::Invalid, "{codec}: {error}");
            assert!(
                scratch.kept_bytes() <= 4 << 20,
                "{codec} keeps {}",
                scratch.kept_bytes()
            );
        }
        zeros.clear();
    }
}

/// Sets the codec of a batch whose body is packed already.
fn pack_header(batch: Vec<u8>, codec: Codec) -> Vec<u8> {
    let mut header = BatchHeader::read(&batch).unwrap();
    header.attributes |= codec.id();
    with_body(header, &batch[BATCH_HEADER_LEN..])
}

fn xerial(chunks: &[&[u8]]) -> Vec<u8> {
    let mut out = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01".to_vec();
    for chunk in chunks {
        let packed = compress(Codec::Snappy, chunk);
        out.extend_from_slice(&(packed.len() as u32).to_be_bytes());
        out.extend_from_slice(&packed);
    }
    out
}

#[test]
fn framed_snappy_is_read_and_its_lies_are_not() {
    let plain = sample(40, 100);
    let body = &plain[BATCH_HEADER_LEN..];
    let header = BatchHeader::read(&pack(&plain, Codec::Snappy)).unwrap();
    let (front, back) = body.split_at(1000);
    let good = xerial(&[front, b"", back]);
    parse(with_body(header, &good), &rules()).unwrap();
    parse(
        with_body(header, &[xerial(&[front]), xerial(&[back])].concat()),
        &rules(),
    )
    .unwrap();
    for len in [u32::MAX, 1 << 31, 1 << 30, 0, 3] {
        let mut bad = good.clone();
        bad[16..20].copy_from_slice(&len.to_be_bytes());
        assert_eq!(kind_of(with_body(header, &bad)), Kind::Invalid, "chunk of {len}");
    }
    // A raw block that claims 4 GiB.
    assert_eq!(
        kind_of(with_body(header, &[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0])),
        Kind::Invalid
    );
}

#[test]
fn what_java_cannot_read_is_refused() {
    let plain = sample(40, 100);
    let header = BatchHeader::read(&pack(&plain, Codec::Lz4)).unwrap();
    let mut info = lz4_flex::frame::FrameInfo::new();
    info.block_mode = lz4_flex::frame::BlockMode::Linked;
    let mut linked = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    std::io::Write::write_all(&mut linked, &plain[BATCH_HEADER_LEN..]).unwrap();
    assert_eq!(
        kind_of(with_body(header, &linked.finish().unwrap())),
        Kind::Invalid
    );
    let mut checked = lz4_flex::frame::FrameInfo::new();
    checked.content_checksum = true;
    checked.block_checksums = true;
    let mut frame = lz4_flex::frame::FrameEncoder::with_frame_info(checked, Vec::new());
    std::io::Write::write_all(&mut frame, &plain[BATCH_HEADER_LEN..]).unwrap();
    parse(with_body(header, &frame.finish().unwrap()), &rules()).unwrap();
    // Several gzip members and several zstd frames are one stream.
    let (front, back) = plain[BATCH_HEADER_LEN..].split_at(999);
    for codec in [Codec::Gzip, Codec::Zstd] {
        let header = BatchHeader::read(&pack(&plain, codec)).unwrap();
        let parts = [compress(codec, front), compress(codec, back)].concat();
        parse(with_body(header, &parts), &rules()).unwrap();
    }
}
