//! Bytes that Kafka 4.3.1's `GroupCoordinatorRecordSerde` wrote, and hostile ones.

use bytes::Bytes;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::records::groups::GroupRecord;

/// (name, key, value or `-`), as Kafka 4.3.1 serialized them.
const VECTORS: &[(&str, &str, &str)] = &[
    ("epoch", "00030003677270", "000000000005010008fffffffffffffffe"),
    ("epoch_nohash", "00030003677270", "00000000000100"),
    ("epoch_gone", "00030003677270", "-"),
    ("partitions_gone", "00040003677270", "-"),
    (
        "member",
        "0005000367727000026d31",
        "00000269027202630b2f3132372e302e302e31030261026204662e2a0000afc80672616e676500",
    ),
    (
        "member_null",
        "0005000367727000026d31",
        "0000000001010100ffffffff0000",
    ),
    (
        "member_classic",
        "0005000367727000026d31",
        "000000000263032f680202610100000007000100110100000009020672616e67650301020000",
    ),
    (
        "target_epoch",
        "00060003677270",
        "0000000000060100080000018bcfe5687b",
    ),
    (
        "target",
        "0007000367727000026d31",
        "0000020123456789abcdef11223344556677880300000000000000030000",
    ),
    (
        "current",
        "0008000367727000026d31",
        "0000000000060000000502020123456789abcdef1122334455667788030000000000000003010009030000000500000006020123456789abcdef112233445566778802000000010000",
    ),
    (
        "regex",
        "001000036772700003662e2a",
        "000003036661036662000000000000002a0000018bcfe5687b00",
    ),
];

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().map(|c| c.to_digit(16).unwrap()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap())
        .collect()
}

fn topic() -> Uuid {
    Uuid::from_u64_pair(0x0123_4567_89ab_cdef, 0x1122_3344_5566_7788)
}

fn owned(partitions: &[i32], epochs: Option<&[i32]>) -> Vec<OwnedPartitions> {
    vec![OwnedPartitions {
        topic: topic(),
        partitions: partitions.to_vec(),
        epochs: epochs.map(<[i32]>::to_vec),
    }]
}

fn expected(name: &str) -> ConsumerRecord {
    let member = |client: &str, host: &str, names: &[&str]| MemberSubscription {
        client_id: client.into(),
        client_host: host.into(),
        topic_names: names.iter().map(|n| (*n).to_owned()).collect(),
        ..MemberSubscription::default()
    };
    let m1 = || "m1".to_owned();
    match name {
        "epoch" => ConsumerRecord::Epoch(Some(GroupEpoch {
            epoch: 5,
            metadata_hash: -2,
        })),
        "epoch_nohash" => ConsumerRecord::Epoch(Some(GroupEpoch {
            epoch: 1,
            metadata_hash: 0,
        })),
        "epoch_gone" => ConsumerRecord::Epoch(None),
        "partitions_gone" => ConsumerRecord::PartitionMetadata(false),
        "member" => ConsumerRecord::Member(
            m1(),
            Some(MemberSubscription {
                instance_id: Some("i".into()),
                rack_id: Some("r".into()),
                topic_regex: Some("f.*".into()),
                rebalance_timeout_ms: 45_000,
                server_assignor: Some("range".into()),
                ..member("c", "/127.0.0.1", &["a", "b"])
            }),
        ),
        "member_null" => ConsumerRecord::Member(
            m1(),
            Some(MemberSubscription {
                rebalance_timeout_ms: -1,
                ..member("", "", &[])
            }),
        ),
        "member_classic" => ConsumerRecord::Member(
            m1(),
            Some(MemberSubscription {
                topic_regex: Some(String::new()),
                rebalance_timeout_ms: 7,
                classic: Some(ClassicMember {
                    session_timeout_ms: 9,
                    protocols: vec![("range".into(), Bytes::from_static(&[1, 2]))],
                }),
                ..member("c", "/h", &["a"])
            }),
        ),
        "target_epoch" => ConsumerRecord::TargetEpoch(Some(TargetEpoch {
            epoch: 6,
            timestamp_ms: 1_700_000_000_123,
        })),
        "target" => ConsumerRecord::TargetMember(m1(), Some(vec![(topic(), vec![0, 3])])),
        "current" => ConsumerRecord::Current(
            m1(),
            Some(CurrentAssignment {
                epoch: 6,
                previous_epoch: 5,
                state: 2,
                assigned: owned(&[0, 3], Some(&[5, 6])),
                pending_revocation: owned(&[1], None),
            }),
        ),
        "regex" => ConsumerRecord::Regex(
            "f.*".into(),
            Some(ResolvedRegex {
                topics: vec!["fa".into(), "fb".into()],
                version: 42,
                timestamp_ms: 1_700_000_000_123,
            }),
        ),
        other => panic!("no expectation for {other}"),
    }
}

#[test]
fn bytes_are_kafkas() {
    for (name, key, value) in VECTORS {
        let record = GroupRecord::Consumer {
            group: "grp".into(),
            record: expected(name),
        };
        let value = (*value != "-").then(|| bytes(value));
        let encoded = record.encode();
        assert_eq!(encoded.key, Some(bytes(key)), "{name}");
        assert_eq!(encoded.value, value, "{name}");
        let decoded = GroupRecord::decode(&bytes(key), value.as_deref()).unwrap();
        assert_eq!(decoded, Some(record), "{name}");
    }
}

#[test]
fn cut_values_are_errors() {
    for (name, key, value) in VECTORS.iter().filter(|(_, _, value)| *value != "-") {
        let (key, value) = (bytes(key), bytes(value));
        for len in 0..value.len() {
            // An old partition metadata value is not looked into.
            assert!(
                GroupRecord::decode(&key, Some(&value[..len])).is_err(),
                "{name} cut to {len}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn noise_never_panics(kind in 3i16..20, key in prop::collection::vec(any::<u8>(), 0..40),
                          value in prop::collection::vec(any::<u8>(), 0..80)) {
        let key: Vec<u8> = kind.to_be_bytes().into_iter().chain(key).collect();
        let value: Vec<u8> = [0, 0].into_iter().chain(value).collect();
        let _ = GroupRecord::decode(&key, Some(&value));
    }
}
