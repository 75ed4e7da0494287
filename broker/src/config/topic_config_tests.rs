//! What topics make of the broker's values and their own, and Kafka's words where they are refused.

use std::collections::BTreeMap;

use storage::{Codec, Compression};

use super::{Config, Layers, Profile, TopicConfig};

fn own(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

fn config(pairs: &[(&str, &str)]) -> Config {
    let set = pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    Layers {
        set,
        ..Layers::default()
    }
    .config()
    .expect("a valid config")
}

fn refusal(pairs: &[(&str, &str)]) -> String {
    TopicConfig::validate(&config(&[]), &own(pairs))
        .expect_err("refused")
        .to_string()
}

#[test]
fn defaults_are_kafkas_in_both_profiles() {
    for profile in [Profile::Dev, Profile::Kafka] {
        let topic = TopicConfig::resolve(&Config::of_profile(profile), &BTreeMap::new());
        assert_eq!(topic.retention_ms, 604_800_000);
        assert_eq!(topic.segment_ms, 604_800_000);
        assert_eq!(
            (topic.segment_bytes, topic.segment_index_bytes),
            (1 << 30, 10 << 20)
        );
        assert_eq!((topic.compact, topic.delete), (false, true));
        assert_eq!(topic.compression, None);
        assert_eq!(topic.max_message_bytes, 1_048_588);
        assert_eq!((topic.flush_messages, topic.flush_ms), (i64::MAX, i64::MAX));
        assert_eq!((topic.min_insync_replicas, topic.log_append_time), (1, false));
    }
}

#[test]
fn the_topics_own_value_wins_over_the_brokers() {
    let config = config(&[
        ("message.max.bytes", "2000000"),
        ("log.roll.hours", "2"),
        ("log.retention.minutes", "3"),
    ]);
    let plain = TopicConfig::resolve(&config, &BTreeMap::new());
    assert_eq!(
        (plain.max_message_bytes, plain.segment_ms, plain.retention_ms),
        (2_000_000, 7_200_000, 180_000)
    );
    let topic = TopicConfig::resolve(
        &config,
        &own(&[
            ("max.message.bytes", "5"),
            ("segment.ms", "9"),
            ("retention.ms", "-1"),
        ]),
    );
    assert_eq!(
        (topic.max_message_bytes, topic.segment_ms, topic.retention_ms),
        (5, 9, -1)
    );
}

#[test]
fn a_codec_comes_with_its_own_level() {
    let broker = config(&[("compression.type", "zstd"), ("compression.zstd.level", "-7")]);
    let of = |pairs: &[(&str, &str)]| TopicConfig::resolve(&broker, &own(pairs)).compression;
    assert_eq!(of(&[]), Some(Compression::new(Codec::Zstd, -7)));
    let gzip = [("compression.type", "gzip"), ("compression.zstd.level", "9")];
    assert_eq!(of(&gzip), Some(Compression::new(Codec::Gzip, -1)));
    let lz4 = [("compression.type", "lz4"), ("compression.lz4.level", "17")];
    assert_eq!(of(&lz4), Some(Compression::new(Codec::Lz4, 17)));
    assert_eq!(
        of(&[("compression.type", "uncompressed")]),
        Some(Compression::NONE)
    );
    assert_eq!(of(&[("compression.type", "producer")]), None);
}

#[test]
fn a_dynamic_broker_value_reaches_topics() {
    let (cluster, node) = (
        own(&[("log.segment.bytes", "2097152")]),
        own(&[("log.roll.ms", "5")]),
    );
    let config = config(&[]).layered(&cluster, &node).expect("allowed");
    let topic = TopicConfig::resolve(&config, &BTreeMap::new());
    assert_eq!((topic.segment_bytes, topic.segment_ms), (2 << 20, 5));
}

#[test]
fn a_compacted_topic_rolls_within_its_compaction_lag() {
    let own = own(&[("cleanup.policy", "compact"), ("max.compaction.lag.ms", "1000")]);
    let topic = TopicConfig::resolve(&config(&[]), &own);
    assert!(topic.compact && !topic.delete);
    assert_eq!(topic.segment_ms, 1000);
}

#[test]
fn refusals_are_kafkas_to_the_letter() {
    let cases: [(&[(&str, &str)], &str); 14] = [
        (&[("no.such", "1")], "Unknown topic config name: no.such"),
        (
            &[("cleanup.policy", "foo")],
            "Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete",
        ),
        (
            &[("cleanup.policy", ",delete")],
            "Configuration 'cleanup.policy' values must not be empty.",
        ),
        (
            &[("segment.bytes", "12")],
            "Invalid value 12 for configuration segment.bytes: Value must be at least 1048576",
        ),
        (
            &[("min.cleanable.dirty.ratio", "2")],
            "Invalid value 2.0 for configuration min.cleanable.dirty.ratio: Value must be no more than 1",
        ),
        (
            &[("min.cleanable.dirty.ratio", "0x")],
            "Invalid value 0x for configuration min.cleanable.dirty.ratio: Not a number of type DOUBLE",
        ),
        (
            &[("leader.replication.throttled.replicas", "*,0:1")],
            "Invalid value [*, 0:1] for configuration leader.replication.throttled.replicas: \
             leader.replication.throttled.replicas must be the literal '*' or a list of replicas in the following \
             format: [partitionId]:[brokerId],[partitionId]:[brokerId],...",
        ),
        (
            &[("preallocate", "maybe")],
            "Invalid value maybe for configuration preallocate: Expected value to be either true or false",
        ),
        (
            &[("message.timestamp.type", "now")],
            "Invalid value now for configuration message.timestamp.type: String must be one of: CreateTime, \
             LogAppendTime",
        ),
        (
            &[("max.compaction.lag.ms", "2"), ("min.compaction.lag.ms", "10")],
            "conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (2)",
        ),
        (
            &[("compression.gzip.level", "0")],
            "Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1",
        ),
        (
            &[("retention.ms", "1.5")],
            "Invalid value 1.5 for configuration retention.ms: Not a number of type LONG",
        ),
        (
            &[("max.message.bytes", "3000000000")],
            "Invalid value 3000000000 for configuration max.message.bytes: Not a number of type INT",
        ),
        (
            &[("remote.storage.enable", "true")],
            "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log \
             storage.",
        ),
    ];
    for (pairs, text) in cases {
        assert_eq!(refusal(pairs), text);
    }
    for pairs in [
        ("cleanup.policy", "delete,delete"),
        ("cleanup.policy", ""),
        ("retention.ms", " +5 "),
    ] {
        assert_eq!(
            TopicConfig::validate(&config(&[]), &own(&[pairs])),
            Ok(()),
            "{pairs:?}"
        );
    }
}
