//! Bytes that Apache Kafka 4.3.1's `MetadataRecordSerde` wrote.

use super::super::metadata_broker::{BrokerEndpoint, BrokerFeature};
use super::super::metadata_quota::{Double, QuotaEntity};
use super::*;
use MetadataRecord as R;

const ID: Uuid = Uuid::from_u128(0x0102030405060708090a0b0c0d0e0f10);
const DIR: Uuid = Uuid::from_u128(0x1112131415161718191a1b1c1d1e1f20);

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
        .collect()
}

fn partition() -> PartitionRecord {
    PartitionRecord {
        topic_id: ID,
        replicas: vec![1],
        isr: vec![1],
        leader: 1,
        directories: vec![DIR],
        ..PartitionRecord::default()
    }
}

fn register() -> RegisterBroker {
    RegisterBroker {
        id: 1,
        incarnation: ID,
        epoch: 11,
        ..RegisterBroker::default()
    }
}

fn change() -> PartitionChange {
    PartitionChange::none(ID, 2)
}

fn quota(names: &[(&str, Option<&str>)], key: &str, value: Option<f64>) -> MetadataRecord {
    let names = names
        .iter()
        .map(|(kind, name)| (kind.to_string(), name.map(str::to_owned)));
    R::ClientQuota(ClientQuota {
        entity: QuotaEntity(names.collect()),
        key: key.into(),
        value: value.map(Double),
    })
}

fn both_ways() -> Vec<(&'static str, MetadataRecord)> {
    let broker_change = || BrokerChange {
        id: 1,
        epoch: 11,
        ..BrokerChange::default()
    };
    vec![
        (
            "01020006616c7068610102030405060708090a0b0c0d0e0f1000",
            R::Topic {
                name: "alpha".into(),
                id: ID,
                wanted_replicas: None,
            },
        ),
        (
            "010302000000000102030405060708090a0b0c0d0e0f10020000000102000000010101000000010000000000000000021112131415161718191a1b1c1d1e1f2000",
            R::Partition(partition()),
        ),
        (
            "010302000000000102030405060708090a0b0c0d0e0f10020000000102000000010101000000010000000000000000021112131415161718191a1b1c1d1e1f20020105020000000202050200000003",
            R::Partition(PartitionRecord {
                eligible: Some(vec![2]),
                last_eligible: Some(vec![3]),
                ..partition()
            }),
        ),
        (
            "010502000000020102030405060708090a0b0c0d0e0f100900050200000001010400000001020903000000010000000203050200000002040101050100060101070502000000040811021112131415161718191a1b1c1d1e1f20",
            R::PartitionChange(PartitionChange {
                isr: Some(vec![1]),
                leader: 1,
                replicas: Some(vec![1, 2]),
                removing: Some(vec![2]),
                adding: Some(vec![]),
                recovery_state: 0,
                directories: Some(vec![DIR]),
                eligible: Some(vec![]),
                last_eligible: Some(vec![4]),
                ..change()
            }),
        ),
        (
            "010502000000020102030405060708090a0b0c0d0e0f1000",
            R::PartitionChange(change()),
        ),
        (
            "0109000102030405060708090a0b0c0d0e0f1000",
            R::RemoveTopic { id: ID },
        ),
        (
            "0104000206616c7068610d726574656e74696f6e2e6d73053130303000",
            R::Config {
                resource_type: 2,
                resource_name: "alpha".into(),
                name: "retention.ms".into(),
                value: Some("1000".into()),
            },
        ),
        (
            "010400040102610000",
            R::Config {
                resource_type: 4,
                resource_name: String::new(),
                name: "a".into(),
                value: None,
            },
        ),
        (
            "010f0000000001000000000000000b00000000000007d000",
            R::ProducerIds {
                broker_id: 1,
                broker_epoch: 11,
                next: 2000,
            },
        ),
        (
            "010c00116d657461646174612e76657273696f6e001e00",
            R::FeatureLevel {
                name: "metadata.version".into(),
                level: 30,
            },
        ),
        (
            "01000400000001000102030405060708090a0b0c0d0e0f10000000000000000b020a504c41494e544558540a6c6f63616c686f7374ea6000000002116d657461646174612e76657273696f6e0007001e00000100020011021112131415161718191a1b1c1d1e1f20010101",
            R::RegisterBroker(RegisterBroker {
                endpoints: vec![BrokerEndpoint {
                    name: "PLAINTEXT".into(),
                    host: "localhost".into(),
                    port: 60000,
                    security_protocol: 0,
                }],
                features: vec![BrokerFeature {
                    name: "metadata.version".into(),
                    min: 7,
                    max: 30,
                }],
                fenced: true,
                directories: vec![DIR],
                cordoned: Some(vec![]),
                ..register()
            }),
        ),
        (
            "01000400000001000102030405060708090a0b0c0d0e0f10000000000000000b01010272000100",
            R::RegisterBroker(RegisterBroker {
                rack: Some("r".into()),
                stopping: true,
                ..register()
            }),
        ),
        (
            "01110300000001000000000000000b01030101",
            R::BrokerChange(BrokerChange {
                cordoned: Some(vec![]),
                ..broker_change()
            }),
        ),
        (
            "01110000000001000000000000000b010001ff",
            R::BrokerChange(BrokerChange {
                fenced: -1,
                ..broker_change()
            }),
        ),
        (
            "01110200000001000000000000000b030001010101010211021112131415161718191a1b1c1d1e1f20",
            R::BrokerChange(BrokerChange {
                fenced: 1,
                stopping: 1,
                directories: vec![DIR],
                ..broker_change()
            }),
        ),
        (
            "01070000000001000000000000000b00",
            R::FenceBroker { id: 1, epoch: 11 },
        ),
        (
            "01080000000001000000000000000b00",
            R::UnfenceBroker { id: 1, epoch: 11 },
        ),
        (
            "01010000000001000000000000000b00",
            R::UnregisterBroker { id: 1, epoch: 11 },
        ),
        ("01140000", R::NoOp),
        (
            "01170001001212426f6f747374726170207265636f726473",
            R::BeginTransaction {
                name: Some("Bootstrap records".into()),
            },
        ),
        ("01170000", R::BeginTransaction { name: None }),
        ("01180000", R::EndTransaction),
        (
            "0119000100020278",
            R::AbortTransaction {
                reason: Some("x".into()),
            },
        ),
        (
            "010e00030a636c69656e742d6964000005757365720261001370726f64756365725f627974655f7261746540900200000000000000",
            quota(
                &[("user", Some("a")), ("client-id", None)],
                "producer_byte_rate",
                Some(1024.5),
            ),
        ),
        (
            "010e000203697008312e322e332e340019636f6e6e656374696f6e5f6372656174696f6e5f7261746500000000000000000100",
            quota(&[("ip", Some("1.2.3.4"))], "connection_creation_rate", None),
        ),
        (
            "0112000102030405060708090a0b0c0d0e0f100202740307557365723a61022a030300",
            R::Carried(Carried {
                record_type: 18,
                version: 0,
                body: unhex("0102030405060708090a0b0c0d0e0f100202740307557365723a61022a030300"),
            }),
        ),
    ]
}

#[test]
fn older_logs_get_older_versions_of_records() {
    let mut partition = R::Partition(PartitionRecord {
        replicas: vec![1],
        directories: vec![ID],
        eligible: Some(vec![1]),
        ..PartitionRecord::default()
    });
    for (level, version) in [(30, 2), (23, 2), (22, 1), (17, 1), (16, 0), (7, 0)] {
        partition.fit(level);
        let bytes = partition.encode(level);
        assert_eq!(bytes[2], version, "metadata.version {level}");
        assert_eq!(R::decode(&bytes).unwrap(), partition, "metadata.version {level}");
    }
    let mut broker = R::RegisterBroker(RegisterBroker {
        stopping: true,
        directories: vec![ID],
        cordoned: Some(Vec::new()),
        ..RegisterBroker::default()
    });
    for (level, version) in [(30, 4), (29, 3), (17, 3), (16, 2), (8, 2), (7, 1)] {
        broker.fit(level);
        let bytes = broker.encode(level);
        assert_eq!(bytes[2], version, "metadata.version {level}");
        assert_eq!(R::decode(&bytes).unwrap(), broker, "metadata.version {level}");
    }
}

#[test]
fn a_topic_keeps_how_many_replicas_were_asked_for() {
    let topic = R::Topic {
        name: "t".into(),
        id: ID,
        wanted_replicas: Some(3),
    };
    let bytes = topic.encode(30);
    assert_eq!(
        &bytes[bytes.len() - 6..],
        [1, 0x90, 0x4e, 2, 0, 3],
        "a tagged field of its own"
    );
    assert_eq!(R::decode(&bytes).unwrap(), topic);
}

#[test]
fn records_are_kafkas_bytes() {
    for (hex, record) in both_ways() {
        assert_eq!(MetadataRecord::decode(&unhex(hex)).as_ref(), Ok(&record), "{hex}");
        assert_eq!(record.encode(30), unhex(hex), "{record:?}");
    }
}

#[test]
fn older_versions_are_read() {
    let read = |hex| MetadataRecord::decode(&unhex(hex)).unwrap();
    assert_eq!(
        read(
            "010301000000030102030405060708090a0b0c0d0e0f100300000001000000020200000001010200000002000000010000000700000009031112131415161718191a1b1c1d1e1f201112131415161718191a1b1c1d1e1f2001000101"
        ),
        R::Partition(PartitionRecord {
            index: 3,
            replicas: vec![1, 2],
            adding: vec![2],
            recovery_state: 1,
            leader_epoch: 7,
            partition_epoch: 9,
            directories: vec![DIR, DIR],
            ..partition()
        })
    );
    assert_eq!(
        read(
            "010300000000000102030405060708090a0b0c0d0e0f1002000000010200000001010100000001000000000000000000"
        ),
        R::Partition(PartitionRecord {
            directories: vec![],
            ..partition()
        })
    );
    let old = R::RegisterBroker(RegisterBroker {
        rack: Some("r".into()),
        ..register()
    });
    assert_eq!(
        read("010001000000010102030405060708090a0b0c0d0e0f10000000000000000b01010272000000"),
        old
    );
    assert_eq!(
        read("010000000000010102030405060708090a0b0c0d0e0f10000000000000000b010102720000"),
        old
    );
}

#[test]
fn newer_types_and_versions_are_refused() {
    for hex in ["0201", "011d00", "01020101", "0103030101", "01000501", "010e0101"] {
        assert!(
            matches!(
                MetadataRecord::decode(&unhex(hex)),
                Err(CodecError::UnknownVersion(_) | CodecError::Truncated)
            ),
            "{hex}"
        );
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]
    #[test]
    fn damaged_records_are_errors_and_never_panics(which in 0usize..26, at in 0usize..120, byte: u8, cut in 0usize..120) {
        let (hex, _) = &both_ways()[which];
        let mut bytes = unhex(hex);
        let len = bytes.len();
        bytes[at % len] = byte;
        bytes.truncate(cut.max(1));
        let _ = MetadataRecord::decode(&bytes);
    }
}
