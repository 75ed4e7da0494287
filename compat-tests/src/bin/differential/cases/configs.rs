//! DescribeConfigs, AlterConfigs, ListConfigResources.

use compat_tests::wire::Value;
use compat_tests::{list, obj};

use super::config_changes::{SET, change, changes};
use super::odd_names;
use crate::script::Script;

pub const TOPIC: i32 = 2;
pub const BROKER: i32 = 4;
pub const LOGGER: i32 = 8;
pub const METRICS: i32 = 16;
pub const GROUP: i32 = 32;

/// All cases of this file.
pub fn cases(s: &mut Script) {
    describe(s);
    alter(s);
    list_resources(s);
}

/// A resource as DescribeConfigs asks for it.
pub fn resource(kind: i32, name: impl Into<Value>, keys: Value) -> Value {
    obj! { resource_type: kind, resource_name: name.into(), configuration_keys: keys }
}

fn describe(s: &mut Script) {
    s.section("DescribeConfigs");
    let topic = obj! {
        name: "described", num_partitions: 1, replication_factor: 1,
        configs: list![obj! { name: "retention.ms", value: "77" }, obj! { name: "cleanup.policy", value: "compact" }],
    };
    s.and(
        "CreateTopics",
        "topic",
        obj! { topics: list![topic], timeout_ms: 30_000 },
    );
    let plain = |resources: Value| obj! { resources: resources };
    let full = |resources: Value| obj! { resources: resources, include_synonyms: true, include_documentation: false };
    let kinds: Vec<(&str, i32, &str)> = vec![
        ("topic", TOPIC, "described"),
        ("topic-unknown", TOPIC, "described-not"),
        ("broker", BROKER, "1"),
        ("broker-default", BROKER, ""),
        ("broker-other", BROKER, "2"),
        ("broker-words", BROKER, "one"),
        ("metrics", METRICS, "described-metrics"),
        ("metrics-empty", METRICS, ""),
        ("group", GROUP, "described-group"),
        ("group-empty", GROUP, ""),
        ("kind-unknown", 3, "x"),
        ("kind-zero", 0, ""),
    ];
    for (word, kind, name) in kinds {
        s.all(&format!("all-of-{word}"), |_| {
            plain(list![resource(kind, name, Value::Null)])
        });
        s.all(&format!("synonyms-of-{word}"), |_| {
            full(list![resource(kind, name, Value::Null)])
        });
    }
    s.all("kind-negative", |_| plain(list![resource(-1, "x", Value::Null)]));
    let keys: Vec<(&str, i32, &str, Value)> = vec![
        ("two", TOPIC, "described", list!["retention.ms", "cleanup.policy"]),
        (
            "backwards",
            TOPIC,
            "described",
            list!["retention.ms", "compression.type"],
        ),
        ("unknown", TOPIC, "described", list!["no.such", "retention.ms"]),
        ("twice", TOPIC, "described", list!["retention.ms", "retention.ms"]),
        ("none", TOPIC, "described", list![]),
        (
            "broker",
            BROKER,
            "1",
            list!["log.dirs", "num.partitions", "log.retention.ms"],
        ),
        ("broker-unknown", BROKER, "1", list!["retention.ms", ""]),
        (
            "group",
            GROUP,
            "described-group",
            list!["consumer.session.timeout.ms"],
        ),
    ];
    for (word, kind, name, keys) in keys {
        s.all(&format!("keys-{word}"), |_| {
            full(list![resource(kind, name, keys.clone())])
        });
    }
    for (word, name) in odd_names() {
        s.all(&format!("topic-{word}"), |_| {
            plain(list![resource(TOPIC, name.as_str(), list![])])
        });
    }
    s.from(3, "documented", |_| {
        obj! { resources: list![resource(TOPIC, "described", list!["retention.ms"])], include_documentation: true }
    });
    s.all("none", |_| plain(list![]));
    s.all("mixed", |_| {
        let few = list!["retention.ms", "num.partitions"];
        full(list![
            resource(BROKER, "1", few.clone()),
            resource(TOPIC, "described", few.clone()),
            resource(TOPIC, "described-not", few.clone()),
            resource(BROKER, "", few.clone()),
            resource(TOPIC, "described", few),
        ])
    });
    s.all("twice", |_| {
        plain(list![
            resource(TOPIC, "described", list!["retention.ms"]),
            resource(TOPIC, "described", list!["retention.ms"])
        ])
    });
}

fn pairs(configs: &[(&str, Value)]) -> Value {
    let configs = configs
        .iter()
        .map(|(name, value)| obj! { name: *name, value: value.clone() });
    Value::Array(configs.collect())
}

fn alter(s: &mut Script) {
    s.section("AlterConfigs");
    let topics: Vec<Value> = (0..3)
        .map(|v| obj! { name: format!("altered-{v}"), num_partitions: 1, replication_factor: 1 })
        .collect();
    s.and(
        "CreateTopics",
        "topics",
        obj! { topics: topics, timeout_ms: 30_000 },
    );
    let of = |kind: i32, name: &str, configs: &[(&str, Value)]| obj! { resource_type: kind, resource_name: name, configs: pairs(configs) };
    let ask = |resources: Value| obj! { resources: resources };
    let dry = |resources: Value| obj! { resources: resources, validate_only: true };
    s.all("dry", |v| {
        dry(list![of(
            TOPIC,
            &format!("altered-{v}"),
            &[("retention.ms", "10".into())]
        )])
    });
    s.all("two", |v| {
        ask(list![of(
            TOPIC,
            &format!("altered-{v}"),
            &[("retention.ms", "10".into()), ("segment.ms", "11".into())]
        )])
    });
    s.all("replaces", |v| {
        ask(list![of(
            TOPIC,
            &format!("altered-{v}"),
            &[("segment.ms", "12".into())]
        )])
    });
    let values: Vec<(&str, &str, Value)> = vec![
        ("unknown", "no.such", "1".into()),
        ("empty-name", "", "1".into()),
        ("null", "retention.ms", Value::Null),
        ("empty", "retention.ms", "".into()),
        ("empty-list", "cleanup.policy", "".into()),
        ("not-a-number", "retention.ms", "soon".into()),
        ("too-small", "retention.ms", "-2".into()),
        ("too-large", "segment.bytes", "2147483648".into()),
        ("bad-choice", "cleanup.policy", "burn".into()),
    ];
    for (word, name, value) in values {
        s.all(&format!("topic-{word}"), |v| {
            ask(list![of(
                TOPIC,
                &format!("altered-{v}"),
                &[(name, value.clone())]
            )])
        });
    }
    let wrong: Vec<(&str, i32, &str)> = vec![
        ("unknown-topic", TOPIC, "altered-not"),
        ("empty-topic", TOPIC, ""),
        ("bad-topic", TOPIC, "a b"),
        ("other-broker", BROKER, "2"),
        ("word-broker", BROKER, "one"),
        ("metrics-empty", METRICS, ""),
        ("group-empty", GROUP, ""),
        ("kind-unknown", 3, "x"),
        ("kind-zero", 0, "x"),
        ("kind-negative", -3, "x"),
    ];
    for (word, kind, name) in wrong {
        s.all(&format!("of-{word}"), |_| {
            ask(list![of(kind, name, &[("retention.ms", "10".into())])])
        });
        s.all(&format!("nothing-of-{word}"), |_| ask(list![of(kind, name, &[])]));
    }
    s.all("broker-read-only", |_| {
        dry(list![of(BROKER, "1", &[("broker.id", "2".into())])])
    });
    s.all("broker-dynamic", |_| {
        dry(list![of(BROKER, "1", &[("log.cleaner.threads", "2".into())])])
    });
    s.all("broker-default", |_| {
        dry(list![of(BROKER, "", &[("log.retention.ms", "100000".into())])])
    });
    s.all("broker-default-bad", |_| {
        dry(list![of(BROKER, "", &[("log.retention.ms", "soon".into())])])
    });
    s.all("none", |_| ask(list![]));
    s.all("empties", |v| ask(list![of(TOPIC, &format!("altered-{v}"), &[])]));
    s.all("some-wrong", |v| {
        ask(list![
            of(TOPIC, "altered-not", &[("retention.ms", "10".into())]),
            of(TOPIC, &format!("altered-{v}"), &[("retention.ms", "20".into())]),
            of(BROKER, "2", &[]),
        ])
    });
    s.all("config-twice", |v| {
        ask(list![of(
            TOPIC,
            &format!("altered-{v}"),
            &[("retention.ms", "10".into()), ("retention.ms", "11".into())]
        )])
    });
    let same = |v: i16| of(TOPIC, &format!("altered-{v}"), &[("retention.ms", "10".into())]);
    s.last("resource-twice", ask(list![same(2), same(2)])).silent();
    let shown = (0..3)
        .map(|v| resource(TOPIC, format!("altered-{v}"), Value::Null))
        .collect::<Vec<_>>();
    s.and(
        "DescribeConfigs",
        "left",
        obj! { resources: shown, include_synonyms: true },
    );
}

fn list_resources(s: &mut Script) {
    s.section("ListConfigResources");
    let topic = obj! { name: "listed", num_partitions: 1, replication_factor: 1 };
    s.and(
        "CreateTopics",
        "topic",
        obj! { topics: list![topic], timeout_ms: 30_000 },
    );
    for (word, kind, name, config) in [
        ("metrics", METRICS, "listed-b", "interval.ms"),
        ("metrics-too", METRICS, "listed-a", "interval.ms"),
        ("group", GROUP, "listed-group", "consumer.session.timeout.ms"),
    ] {
        let ask = obj! { resources: list![changes(kind, name, list![change(config, SET, "50000")])] };
        s.and("IncrementalAlterConfigs", word, ask);
    }
    s.all("plain", |_| obj! {});
    let kinds: Vec<(&str, Value)> = vec![
        ("topic", list![TOPIC]),
        ("broker", list![BROKER]),
        ("metrics", list![METRICS]),
        ("group", list![GROUP]),
        ("two", list![GROUP, METRICS]),
        ("twice", list![METRICS, METRICS]),
        ("zero", list![0]),
        ("unknown", list![3]),
        ("negative", list![-1]),
        ("mixed", list![METRICS, 3]),
        ("all", list![TOPIC, BROKER, LOGGER, METRICS, GROUP]),
    ];
    for (word, kinds) in kinds {
        s.from(1, word, |_| obj! { resource_types: kinds.clone() });
    }
}
