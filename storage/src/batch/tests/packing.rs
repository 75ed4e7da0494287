//! Packing, recompressing and thinning out batches.

use proptest::prelude::*;

use super::roundtrip::{OwnedRecord, build, read_back, record_strategy};
use super::*;
use crate::batch::{Compression, RetainRules, crc_matches, for_each_head, for_each_record, retain_records};

const LEVELS: [(Codec, &[i32]); 5] = [
    (Codec::None, &[0]),
    (Codec::Gzip, &[-1, 1, 6, 9]),
    (Codec::Snappy, &[0]),
    (Codec::Lz4, &[1, 2, 3, 9, 10, 12, 17]),
    (Codec::Zstd, &[-131_072, -5, 0, 1, 3, 19, 22]),
];

fn compressions() -> impl Iterator<Item = Compression> {
    LEVELS
        .iter()
        .flat_map(|(codec, levels)| levels.iter().map(|level| Compression::new(*codec, *level)))
}

fn recompressed(batch: Vec<u8>, target: Compression) -> CheckedBatch {
    let checked = parse(batch, &rules()).unwrap();
    checked
        .recompress(target, 64 << 20, &mut Scratch::default())
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_codec_becomes_any_other(records in proptest::collection::vec(record_strategy(), 1..30)) {
        let plain = build(&records);
        for from in CODECS {
            let packed = pack(&plain, from);
            for target in compressions() {
                let batch = recompressed(packed.clone(), target);
                let bytes = bytes_of(&batch);
                prop_assert!(crc_matches(&bytes), "{from} to {target:?}");
                prop_assert_eq!(batch.header().codec(), Some(target.codec()));
                prop_assert_eq!(batch.size_in_bytes(), batch.header().size_in_bytes());
                prop_assert_eq!(&read_back(&bytes), &records, "{} to {:?}", from, target);
                prop_assert_eq!(parse(bytes, &rules()).unwrap().records_len(), plain.len() - BATCH_HEADER_LEN);
                if from == target.codec() {
                    prop_assert_eq!(&bytes_of(&batch), &packed, "{} is left alone", from);
                }
            }
        }
    }

    #[test]
    fn thinned_batches_hold_what_was_kept(
        records in proptest::collection::vec(record_strategy(), 1..30),
        kept in any::<u32>(),
        horizon in proptest::option::of(0..NOW),
    ) {
        let plain = build(&records);
        let is_kept = |offset: i64| kept >> offset & 1 == 1;
        for (from, to) in CODECS.into_iter().flat_map(|from| CODECS.map(|to| (from, to))) {
            let rules = RetainRules {
                compression: Compression::of(to),
                delete_horizon_ms: horizon,
                max_bytes: 1 << 20,
            };
            let thinned = retain_records::<()>(&pack(&plain, from), &rules, &mut Scratch::default(), |head| {
                let (timestamp, key, value, _) = &records[head.offset as usize];
                assert_eq!((head.timestamp, head.key, head.has_value), (*timestamp, key.as_deref(), value.is_some()));
                Ok(is_kept(head.offset))
            }).unwrap();
            let expected: Vec<(i64, &OwnedRecord)> = (0..)
                .zip(&records)
                .filter(|(offset, _)| is_kept(*offset))
                .collect();
            check_thinned(&plain, &thinned, to, horizon, &expected);
        }
    }
}

fn check_thinned(
    plain: &[u8],
    thinned: &crate::batch::Retained,
    codec: Codec,
    horizon: Option<i64>,
    expected: &[(i64, &OwnedRecord)],
) {
    let old = BatchHeader::read(plain).unwrap();
    let new = BatchHeader::read(&thinned.bytes).unwrap();
    assert_eq!(new, thinned.header);
    assert!(crc_matches(&thinned.bytes));
    assert_eq!(new.size_in_bytes(), thinned.bytes.len());
    assert_eq!(new.last_offset(), old.last_offset());
    assert_eq!(new.record_count as usize, expected.len());
    if expected.is_empty() {
        assert_eq!(
            (new.codec(), new.has_delete_horizon()),
            (Some(Codec::None), false)
        );
        assert_eq!((new.max_timestamp, new.base_timestamp), (old.max_timestamp, -1));
        return;
    }
    assert_eq!(
        (new.codec(), new.has_delete_horizon()),
        (Some(codec), horizon.is_some())
    );
    assert_eq!(new.base_timestamp, horizon.unwrap_or(expected[0].1.0));
    let newest = expected.iter().map(|(_, record)| record.0).max();
    assert_eq!(Some(new.max_timestamp), newest);
    let mut at = expected.iter();
    for_each_record::<()>(&thinned.bytes, &mut Scratch::default(), |record| {
        let (offset, (timestamp, key, value, headers)) = at.next().unwrap();
        assert_eq!((record.offset, record.timestamp), (*offset, *timestamp));
        assert_eq!((record.key, record.value), (key.as_deref(), value.as_deref()));
        let read: Vec<_> = record
            .headers
            .map(|(k, v)| (k.to_vec(), v.map(<[u8]>::to_vec)))
            .collect();
        assert_eq!(&read, headers);
        Ok(())
    })
    .unwrap();
    assert!(at.next().is_none());
}

#[test]
fn the_builder_packs_and_leaves_control_batches_alone() {
    for target in compressions() {
        let mut builder = BatchBuilder::new(NOW).producer(7, 1, 5).compression(target);
        for i in 0..100u8 {
            builder.push(NOW, Some(&[i]), Some(&[i % 3; 200]), &[]);
        }
        let raw = builder.size_in_bytes();
        let batch = builder.build();
        assert_eq!(batch.header().codec(), Some(target.codec()));
        assert_eq!(batch.records_len() + BATCH_HEADER_LEN, raw);
        assert!(
            target.codec() == Codec::None || target.level() == -131_072 || batch.size_in_bytes() < raw / 2,
            "{target:?}"
        );
        let again = parse(bytes_of(&batch), &rules()).unwrap();
        assert_eq!(again.header(), batch.header());

        let mut marker = BatchBuilder::new(NOW)
            .producer(7, 1, -1)
            .control()
            .compression(target);
        marker.push(NOW, Some(&[0, 0, 0, 1]), Some(&[0; 6]), &[]);
        let marker = marker.build();
        assert_eq!(marker.header().codec(), Some(Codec::None));
        assert!(!marker.needs(Compression::of(Codec::Zstd)));
        assert_eq!(
            BatchBuilder::new(NOW)
                .compression(target)
                .build()
                .header()
                .codec(),
            Some(Codec::None)
        );
    }
}

#[test]
fn higher_levels_pack_tighter() {
    let text: Vec<u8> = (0..40_000u32)
        .flat_map(|i| format!("{} ", i * i % 7919).into_bytes())
        .collect();
    let len = |codec, level| Compression::new(codec, level).pack(&text, 1 << 30).unwrap().len();
    for (codec, low, high) in [
        (Codec::Gzip, 1, 9),
        (Codec::Lz4, 9, 12),
        (Codec::Lz4, 1, 10),
        (Codec::Zstd, -50, 19),
    ] {
        assert!(
            len(codec, high) < len(codec, low),
            "{codec}: {} and {}",
            len(codec, low),
            len(codec, high)
        );
    }
    assert_eq!(Compression::new(Codec::Gzip, 0).level(), 1);
    assert_eq!(Compression::new(Codec::Gzip, -1), Compression::of(Codec::Gzip));
    assert_eq!(Compression::new(Codec::Zstd, 99).level(), 22);
}

#[test]
fn a_batch_that_grows_beyond_the_limit_is_refused() {
    let plain = sample(50, 1000);
    let max = 4000;
    for from in [Codec::Gzip, Codec::Zstd] {
        for target in [Codec::None, Codec::Lz4] {
            let checked = parse(pack(&plain, from), &rules()).unwrap();
            assert!(checked.size_in_bytes() < 2000);
            let refused = checked
                .clone()
                .recompress(Compression::of(target), max, &mut Scratch::default());
            match (target, refused) {
                (Codec::None, Err(BatchError::TooLarge { size, max: 4000 })) => assert_eq!(size, plain.len()),
                (_, outcome) => assert!(outcome.unwrap().size_in_bytes() < max),
            }
        }
    }
    let noise: Vec<u8> = (0..20_000u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let mut builder = BatchBuilder::new(NOW);
    builder.push(NOW, None, Some(&noise), &[]);
    let batch = builder.build();
    for target in compressions().filter(|target| target.codec() != Codec::None) {
        let refused = batch.clone().recompress(target, 1000, &mut Scratch::default());
        assert!(
            matches!(refused, Err(BatchError::TooLarge { max: 1000, .. })),
            "{target:?}: {refused:?}"
        );
    }
}

/// 300 MiB of zeros in one value fit into a legal batch of some kilobytes: Kafka streams through it, and so do the
/// walk, a look-up and compaction. Nobody holds it.
#[test]
fn a_legal_batch_may_hold_far_more_than_memory() {
    const VALUE_LEN: usize = 300 << 20;
    let mut front = Vec::new();
    for number in [0, 0] {
        crate::batch::varint::write(&mut front, number);
    }
    front.insert(0, 0);
    crate::batch::varint::write(&mut front, 1);
    front.push(b'k');
    crate::batch::varint::write(&mut front, VALUE_LEN as i64);
    let mut stream = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    let mut len = Vec::new();
    crate::batch::varint::write(&mut len, (front.len() + VALUE_LEN + 1) as i64);
    stream.write_all(&len).unwrap();
    stream.write_all(&front).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..VALUE_LEN >> 20 {
        stream.write_all(&zeros).unwrap();
    }
    stream.write_all(&[0]).unwrap();
    let mut header = BatchHeader::read(&sample(1, 1)).unwrap();
    header.attributes = Codec::Zstd.id();
    let batch = with_body(header, &stream.finish().unwrap());
    assert!(batch.len() < 64 << 10);

    let mut scratch = Scratch::default();
    let limited = BatchRules {
        records_bytes_max: 8 << 20,
        ..rules()
    };
    let refused = CheckedBatch::parse(batch.clone().into(), &limited, NOW, &mut scratch);
    assert_eq!(refused.unwrap_err(), BatchError::RecordsTooLarge { max: 8 << 20 });
    let checked = CheckedBatch::parse(batch.clone().into(), &rules(), NOW, &mut scratch).unwrap();
    assert_eq!(checked.records_len(), len.len() + front.len() + VALUE_LEN + 1);
    let mut heads = 0;
    for_each_head::<()>(&batch, &mut scratch, |head| {
        assert_eq!(
            (head.offset, head.timestamp, head.key, head.has_value),
            (0, NOW, Some(&b"k"[..]), true)
        );
        heads += 1;
        Ok(())
    })
    .unwrap();
    let thin = RetainRules {
        compression: Compression::of(Codec::Zstd),
        delete_horizon_ms: None,
        max_bytes: 1 << 20,
    };
    let thinned = retain_records::<()>(&batch, &thin, &mut scratch, |_| Ok(true)).unwrap();
    assert_eq!((heads, thinned.header.record_count), (1, 1));
    assert!(scratch.kept_bytes() < 12 << 20);
    let refused = checked.recompress(Compression::NONE, 1 << 20, &mut scratch);
    assert!(matches!(refused, Err(BatchError::TooLarge { .. })));
}

#[test]
fn damage_stops_heads_and_thinning() {
    let rules = RetainRules {
        compression: Compression::NONE,
        delete_horizon_ms: None,
        max_bytes: 1 << 20,
    };
    for codec in CODECS {
        let good = pack(&sample(5, 40), codec);
        for at in BATCH_HEADER_LEN..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x55;
            let _ = for_each_head::<()>(&bad, &mut Scratch::default(), |_| Ok(()));
            let _ = retain_records::<()>(&bad, &rules, &mut Scratch::default(), |_| Ok(true));
            let cut = with_body(BatchHeader::read(&good).unwrap(), &good[BATCH_HEADER_LEN..at]);
            for_each_head::<()>(&cut, &mut Scratch::default(), |_| Ok(())).unwrap_err();
        }
    }
}
