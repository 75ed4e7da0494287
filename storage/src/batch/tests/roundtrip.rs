use proptest::prelude::*;

use super::*;
use crate::batch::{
    Batches, ControlType, crc_matches, end_txn_marker, for_each_record, fuzz_batch, fuzz_decompress,
    fuzz_records, increment_sequence,
};

pub(super) type OwnedHeader = (Vec<u8>, Option<Vec<u8>>);
pub(super) type OwnedRecord = (i64, Option<Vec<u8>>, Option<Vec<u8>>, Vec<OwnedHeader>);

pub(super) fn read_back(batch: &[u8]) -> Vec<OwnedRecord> {
    let mut out = Vec::new();
    for_each_record::<()>(batch, &mut Scratch::default(), |record| {
        assert_eq!(record.offset, out.len() as i64);
        let headers = record
            .headers
            .map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec)))
            .collect();
        out.push((
            record.timestamp,
            record.key.map(<[u8]>::to_vec),
            record.value.map(<[u8]>::to_vec),
            headers,
        ));
        Ok(())
    })
    .unwrap();
    out
}

pub(super) fn build(records: &[OwnedRecord]) -> Vec<u8> {
    let mut builder = BatchBuilder::new(0);
    for (timestamp, key, value, headers) in records {
        let headers: Vec<_> = headers
            .iter()
            .map(|(key, value)| (key.as_slice(), value.as_deref()))
            .collect();
        builder.push(*timestamp, key.as_deref(), value.as_deref(), &headers);
    }
    let size = builder.size_in_bytes();
    let bytes = bytes_of(&builder.build());
    assert_eq!(bytes.len(), size);
    bytes
}

fn bytes_strategy() -> impl Strategy<Value = Option<Vec<u8>>> {
    proptest::option::of(proptest::collection::vec(any::<u8>(), 0..200))
}

pub(super) fn record_strategy() -> impl Strategy<Value = OwnedRecord> {
    let header = (proptest::collection::vec(any::<u8>(), 0..70), bytes_strategy());
    (
        0..NOW,
        bytes_strategy(),
        bytes_strategy(),
        proptest::collection::vec(header, 0..4),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_batches_come_back(records in proptest::collection::vec(record_strategy(), 1..40)) {
        let plain = build(&records);
        for codec in CODECS {
            let packed = pack(&plain, codec);
            let checked = parse(packed.clone(), &rules()).unwrap();
            prop_assert_eq!(&bytes_of(&checked), &packed, "{} is stored as it came", codec);
            prop_assert_eq!(&read_back(&packed), &records);
        }
    }

    #[test]
    fn any_bytes_are_survived(data in proptest::collection::vec(any::<u8>(), 0..300)) {
        fuzz_batch(&data);
        fuzz_records(&data);
        fuzz_decompress(&data);
    }
}

/// One byte changed anywhere: the CRC refuses it; with the CRC made right again the walker refuses it or finds
/// records that read back (asserted inside the fuzz entry).
#[test]
fn every_single_byte_mutation_is_refused_or_harmless() {
    for codec in CODECS {
        let good = pack(&sample(5, 9), codec);
        for at in 0..good.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut bad = good.clone();
                bad[at] ^= flip;
                if !(12..16).contains(&at) {
                    assert!(
                        parse(bad.clone(), &rules()).is_err(),
                        "{codec}, byte {at} ^ {flip}"
                    );
                }
                if at >= 21 {
                    let crc = crc32c::crc32c(&bad[21..]);
                    bad[17..21].copy_from_slice(&crc.to_be_bytes());
                    fuzz_batch(&bad);
                }
                fuzz_records(&bad);
                fuzz_decompress(&bad[60..]);
            }
        }
        for len in 0..good.len() {
            assert!(parse(good[..len].to_vec(), &rules()).is_err());
        }
    }
}

#[test]
fn bodies_cut_short_are_refused_whatever_the_crc_says() {
    for codec in CODECS {
        let good = pack(&sample(50, 100), codec);
        let header = BatchHeader::read(&good).unwrap();
        for cut in 1..good.len() - BATCH_HEADER_LEN {
            let bad = with_body(header, &good[BATCH_HEADER_LEN..good.len() - cut]);
            assert!(parse(bad, &rules()).is_err(), "{codec} less {cut} bytes");
        }
    }
}

#[test]
fn records_around_and_above_the_window_are_walked_and_read() {
    for len in [65_510, 65_520, 65_530, 65_536, 70_000, 3_000_000] {
        let plain = sample(3, len);
        for codec in CODECS {
            let packed = pack(&plain, codec);
            parse(packed.clone(), &rules()).unwrap();
            assert_eq!(read_back(&packed), read_back(&plain), "{codec}, {len}");
        }
    }
}

#[test]
fn a_scratch_serves_any_codec_after_any_failure() {
    let mut scratch = Scratch::default();
    for round in 0..3 {
        for codec in CODECS {
            let good = Bytes::from(pack(&sample(20, 500), codec));
            CheckedBatch::parse(good.clone(), &rules(), NOW, &mut scratch).unwrap();
            let header = BatchHeader::read(&good).unwrap();
            let cut = with_body(header, &good[BATCH_HEADER_LEN..good.len() - 20 - round]);
            CheckedBatch::parse(cut.into(), &rules(), NOW, &mut scratch).unwrap_err();
        }
    }
}

#[test]
fn offset_and_epoch_lie_outside_the_crc() {
    let batch = parse(sample(3, 5), &rules()).unwrap();
    let mut stored = batch.head_for(1 << 40, 9).to_vec();
    stored.extend_from_slice(batch.body());
    assert!(crc_matches(&stored));
    let header = BatchHeader::read(&stored).unwrap();
    assert_eq!((header.base_offset, header.partition_leader_epoch), (1 << 40, 9));
    assert_eq!(
        (header.last_offset(), header.next_offset()),
        ((1 << 40) + 2, (1 << 40) + 3)
    );
    assert_eq!(batch.size_in_bytes(), stored.len());
}

#[test]
fn batches_of_a_buffer_end_at_the_torn_one() {
    let (one, two) = (sample(1, 10), sample(2, 20));
    let whole = [one.clone(), two.clone()].concat();
    let torn = [whole.clone(), one[..30].to_vec()].concat();
    let mut batches = Batches::new(&torn);
    assert_eq!(batches.next().unwrap().1, one);
    assert_eq!(batches.next().unwrap().1, two);
    assert!(batches.next().is_none());
    assert_eq!(batches.rest().len(), 30);
}

#[test]
fn markers_are_kafkas() {
    let (key, value) = end_txn_marker(true, 0x0102_0304);
    assert_eq!((key, value), ([0, 0, 0, 1], [0, 0, 1, 2, 3, 4]));
    assert_eq!(ControlType::from_key(&key), Some(ControlType::Commit));
    assert_eq!(
        ControlType::from_key(&ControlType::KRaftVoters.key()),
        Some(ControlType::KRaftVoters)
    );
    assert_eq!(ControlType::from_key(&[0, 0, 0, 9]), None);
    let mut builder = BatchBuilder::new(NOW)
        .producer(5, 6, -1)
        .control()
        .transactional();
    builder.push(NOW, Some(&key), Some(&value), &[]);
    assert_eq!(builder.len(), 1);
    let marker = builder.build();
    let header = marker.header();
    assert!(header.is_control() && header.is_transactional());
    assert_eq!(
        (header.producer_id, header.producer_epoch, header.base_sequence),
        (5, 6, -1)
    );
    let broker = BatchRules {
        allow_control: true,
        ..rules()
    };
    parse(bytes_of(&marker), &broker).unwrap();
}

#[test]
fn sequences_wrap_to_zero() {
    assert_eq!(increment_sequence(i32::MAX, 1), 0);
    assert_eq!(increment_sequence(i32::MAX - 1, 3), 1);
    assert_eq!(increment_sequence(5, 3), 8);
}
