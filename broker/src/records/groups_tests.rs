//! Bytes that Kafka 4.3.1's `GroupCoordinatorRecordSerde` wrote, and hostile ones.

use super::*;
use proptest::prelude::*;

/// (name, key, value or `-`), as Kafka 4.3.1 serialized them.
const VECTORS: &[(&str, &str, &str)] = &[
    (
        "offset0",
        "00010003677270000674c3b670696300000007",
        "00000000001cbe991a1400056dc3a974610000018bcfe5687b",
    ),
    (
        "offset1",
        "00010003677270000674c3b670696300000007",
        "00010000001cbe991a1400056dc3a974610000018bcfe5687b0000018bcfe58f0f",
    ),
    (
        "offset2",
        "00010003677270000674c3b670696300000007",
        "00020000001cbe991a1400056dc3a974610000018bcfe5687b",
    ),
    (
        "offset3",
        "00010003677270000674c3b670696300000007",
        "00030000001cbe991a140000000500056dc3a974610000018bcfe5687b",
    ),
    (
        "offset4",
        "00010003677270000674c3b670696300000007",
        "00040000001cbe991a1400000005066dc3a974610000018bcfe5687b0100100123456789abcdef1122334455667788",
    ),
    (
        "offset4nil",
        "00010003677270000674c3b670696300000007",
        "00040000000000000001ffffffff01000000000000000200",
    ),
    ("offsetgone", "00010003677270000674c3b670696300000007", "-"),
    (
        "legacy",
        "00000003677270000674c3b670696300000007",
        "00000000001cbe991a1400056dc3a974610000018bcfe5687b",
    ),
    (
        "group0",
        "00020003677270",
        "00000008636f6e73756d657200000003000572616e67650003632d31000000010003632d31000163000a2f3132372e302e302e31000027100000000201020000000103",
    ),
    (
        "group1",
        "00020003677270",
        "00010008636f6e73756d657200000003000572616e67650003632d31000000010003632d31000163000a2f3132372e302e302e310000ea60000027100000000201020000000103",
    ),
    (
        "group2",
        "00020003677270",
        "00020008636f6e73756d657200000003000572616e67650003632d310000018bcfe5687b000000010003632d31000163000a2f3132372e302e302e310000ea60000027100000000201020000000103",
    ),
    (
        "group3",
        "00020003677270",
        "00030008636f6e73756d657200000003000572616e67650003632d310000018bcfe5687b000000010003632d310004696e7374000163000a2f3132372e302e302e310000ea60000027100000000201020000000103",
    ),
    (
        "group4",
        "00020003677270",
        "000409636f6e73756d6572000000030672616e676504632d310000018bcfe5687b0204632d3105696e737402630b2f3132372e302e302e310000ea600000271003010202030000",
    ),
    (
        "groupempty",
        "00020003677270",
        "0003000000000000ffffffff000000000000000900000000",
    ),
    ("groupgone", "00020003677270", "-"),
];

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn vector(name: &str) -> (Vec<u8>, Option<Vec<u8>>) {
    let (_, key, value) = VECTORS.iter().find(|v| v.0 == name).unwrap();
    (unhex(key), (*value != "-").then(|| unhex(value)))
}

fn offset(version: i16) -> OffsetCommitValue {
    OffsetCommitValue {
        offset: 123_456_789_012,
        leader_epoch: if version >= 3 { 5 } else { -1 },
        metadata: "méta".into(),
        commit_timestamp: 1_700_000_000_123,
        expire_timestamp: if version == 1 { 1_700_000_009_999 } else { -1 },
        topic_id: if version == 4 {
            Uuid::from_u128(0x0123_4567_89ab_cdef_1122_3344_5566_7788)
        } else {
            Uuid::nil()
        },
    }
}

fn group(version: i16) -> GroupMetadataValue {
    GroupMetadataValue {
        protocol_type: "consumer".into(),
        generation: 3,
        protocol: Some("range".into()),
        leader: Some("c-1".into()),
        current_state_timestamp: if version >= 2 { 1_700_000_000_123 } else { -1 },
        members: vec![MemberMetadata {
            member_id: "c-1".into(),
            group_instance_id: (version >= 3).then(|| "inst".into()),
            client_id: "c".into(),
            client_host: "/127.0.0.1".into(),
            rebalance_timeout: if version >= 1 { 60_000 } else { -1 },
            session_timeout: 10_000,
            subscription: Bytes::from_static(&[1, 2]),
            assignment: Bytes::from_static(&[3]),
        }],
    }
}

#[test]
fn every_version_of_kafka_is_read() {
    for version in 0..=4 {
        let (key, value) = vector(&format!("offset{version}"));
        let expected = GroupRecord::Offset {
            group: "grp".into(),
            topic: "töpic".into(),
            partition: 7,
            value: Some(offset(version)),
        };
        assert_eq!(
            GroupRecord::decode(&key, value.as_deref()),
            Ok(Some(expected)),
            "offset {version}"
        );
        let (key, value) = vector(&format!("group{version}"));
        let expected = GroupRecord::Group {
            group: "grp".into(),
            value: Some(group(version)),
        };
        assert_eq!(
            GroupRecord::decode(&key, value.as_deref()),
            Ok(Some(expected)),
            "group {version}"
        );
    }
    let (key, value) = vector("legacy");
    let legacy = GroupRecord::decode(&key, value.as_deref()).unwrap().unwrap();
    assert!(matches!(legacy, GroupRecord::Offset { value: Some(v), .. } if v == offset(0)));
}

#[test]
fn what_is_written_is_what_kafka_writes() {
    for name in [
        "offset1",
        "offset4",
        "offset4nil",
        "offsetgone",
        "group3",
        "groupempty",
        "groupgone",
    ] {
        let (key, value) = vector(name);
        let record = GroupRecord::decode(&key, value.as_deref()).unwrap().unwrap();
        assert_eq!(
            record.encode(),
            KeyValue {
                key: Some(key),
                value
            },
            "{name}"
        );
    }
}

#[test]
fn other_types_are_passed_over_and_newer_versions_refused() {
    assert_eq!(GroupRecord::decode(&[0, 10, 0, 1, b'g'], None), Ok(None));
    let (key, value) = vector("offset4");
    let mut value = value.unwrap();
    value[1] = 5;
    assert_eq!(
        GroupRecord::decode(&key, Some(&value)),
        Err(CodecError::UnknownVersion(5))
    );
}

/// Fuzz entry: any bytes are read or refused, and what was read is written and read again alike.
fn fuzz(key: &[u8], value: Option<&[u8]>) {
    let Ok(Some(record)) = GroupRecord::decode(key, value) else {
        return;
    };
    let written = record.encode();
    let again = GroupRecord::decode(&written.key.unwrap(), written.value.as_deref())
        .unwrap()
        .unwrap();
    if let (GroupRecord::Group { value: a, .. }, GroupRecord::Group { value: b, .. }) = (&record, &again) {
        assert_eq!(a, b);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn hostile_bytes_are_errors(row in 0..VECTORS.len(), at in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>()) {
        let (key, value) = vector(VECTORS[row].0);
        fuzz(&key[..cut.index(key.len() + 1)], value.as_deref());
        if let Some(mut value) = value {
            let at = at.index(value.len());
            value[at] = byte;
            fuzz(&key, Some(&value));
            fuzz(&key, Some(&value[..cut.index(value.len() + 1)]));
        }
    }

    #[test]
    fn random_bytes_are_errors(key in prop::collection::vec(any::<u8>(), 0..40), value in prop::collection::vec(any::<u8>(), 0..80)) {
        fuzz(&key, Some(&value));
    }
}
