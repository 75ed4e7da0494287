//! IncrementalAlterConfigs.

use compat_tests::wire::Value;
use compat_tests::{list, obj};

use super::configs::{BROKER, GROUP, LOGGER, METRICS, TOPIC, resource};
use super::odd_names;
use crate::script::Script;

/// All cases of this file.
pub fn cases(s: &mut Script) {
    incremental_topic(s);
    incremental_broker(s);
    incremental_together(s);
    incremental_others(s);
    incremental_shape(s);
}

pub const SET: i32 = 0;
pub const DELETE: i32 = 1;
const APPEND: i32 = 2;
const SUBTRACT: i32 = 3;

/// One change.
pub fn change(name: impl Into<Value>, operation: i32, value: impl Into<Value>) -> Value {
    obj! { name: name.into(), config_operation: operation, value: value.into() }
}

/// The changes of a resource.
pub fn changes(kind: i32, name: impl Into<Value>, configs: Value) -> Value {
    obj! { resource_type: kind, resource_name: name.into(), configs: configs }
}

fn incremental_topic(s: &mut Script) {
    s.section("IncrementalAlterConfigs");
    let topics: Vec<Value> = (0..2)
        .map(|v| obj! { name: format!("changed-{v}"), num_partitions: 1, replication_factor: 1 })
        .collect();
    s.and(
        "CreateTopics",
        "topics",
        obj! { topics: topics, timeout_ms: 30_000 },
    );
    let given: Vec<(&str, &str, i32, Value)> = vec![
        ("set", "retention.ms", SET, "10".into()),
        ("set-again", "retention.ms", SET, "10".into()),
        ("delete", "retention.ms", DELETE, Value::Null),
        ("delete-absent", "retention.ms", DELETE, Value::Null),
        ("delete-valued", "retention.ms", DELETE, "1".into()),
        ("append", "cleanup.policy", APPEND, "compact".into()),
        ("append-again", "cleanup.policy", APPEND, "compact".into()),
        ("subtract", "cleanup.policy", SUBTRACT, "delete".into()),
        ("subtract-absent", "cleanup.policy", SUBTRACT, "delete".into()),
        ("subtract-last", "cleanup.policy", SUBTRACT, "compact".into()),
        ("append-no-list", "retention.ms", APPEND, "10".into()),
        ("subtract-no-list", "retention.ms", SUBTRACT, "10".into()),
        ("append-unknown", "no.such", APPEND, "10".into()),
        ("set-unknown", "no.such", SET, "10".into()),
        ("delete-unknown", "no.such", DELETE, Value::Null),
        ("set-null", "retention.ms", SET, Value::Null),
        ("append-null", "cleanup.policy", APPEND, Value::Null),
        ("set-empty", "retention.ms", SET, "".into()),
        ("set-empty-list", "cleanup.policy", SET, "".into()),
        ("set-bad", "retention.ms", SET, "soon".into()),
        ("set-low", "retention.ms", SET, "-2".into()),
        ("set-spaces", "retention.ms", SET, " 12 ".into()),
        (
            "set-list-spaces",
            "cleanup.policy",
            SET,
            " compact , delete ".into(),
        ),
        ("append-bad", "cleanup.policy", APPEND, "burn".into()),
        ("operation-unknown", "retention.ms", 4, "1".into()),
        ("operation-negative", "retention.ms", -1, "1".into()),
    ];
    for (word, name, operation, value) in given {
        s.all(&format!("topic-{word}"), |v| {
            obj! { resources: list![changes(TOPIC, format!("changed-{v}"), list![change(name, operation, value.clone())])] }
        });
    }
    let pairs: Vec<(&str, Value)> = vec![
        (
            "set-twice",
            list![change("retention.ms", SET, "1"), change("retention.ms", SET, "2")],
        ),
        (
            "set-delete",
            list![
                change("retention.ms", SET, "1"),
                change("retention.ms", DELETE, Value::Null)
            ],
        ),
        (
            "good-and-bad",
            list![
                change("segment.ms", SET, "100"),
                change("retention.ms", SET, "soon")
            ],
        ),
        ("nothing", list![]),
    ];
    for (word, configs) in pairs {
        s.all(
            &format!("topic-{word}"),
            |v| obj! { resources: list![changes(TOPIC, format!("changed-{v}"), configs.clone())] },
        );
    }
    let shown = (0..2)
        .map(|v| resource(TOPIC, format!("changed-{v}"), Value::Null))
        .collect::<Vec<_>>();
    s.and(
        "DescribeConfigs",
        "left",
        obj! { resources: shown, include_synonyms: true },
    );
}

const LISTENER_LIMIT: &str = "listener.name.plaintext.max.connections";
const LISTENER_RATE: &str = "listener.name.plaintext.max.connection.creation.rate";

fn incremental_broker(s: &mut Script) {
    s.section("IncrementalAlterConfigs");
    let given: Vec<(&str, &str, &str, i32, Value)> = vec![
        ("one", "1", "log.cleaner.threads", SET, "2".into()),
        ("one-back", "1", "log.cleaner.threads", DELETE, Value::Null),
        ("default", "", "log.retention.ms", SET, "86400000".into()),
        ("default-back", "", "log.retention.ms", DELETE, Value::Null),
        ("read-only", "1", "broker.id", SET, "2".into()),
        ("read-only-default", "", "log.dirs", SET, "/tmp/x".into()),
        ("unknown", "1", "no.such", SET, "2".into()),
        ("unknown-back", "1", "no.such", DELETE, Value::Null),
        ("bad", "1", "log.cleaner.threads", SET, "many".into()),
        ("bad-default", "", "log.cleaner.threads", SET, "0".into()),
        ("jump", "1", "num.io.threads", SET, "1000".into()),
        (
            "per-broker-as-default",
            "",
            "listeners",
            SET,
            "PLAINTEXT://:1".into(),
        ),
        ("append-no-list", "1", "log.cleaner.threads", APPEND, "2".into()),
        ("policy", "", "log.cleanup.policy", APPEND, "compact".into()),
        ("policy-back", "", "log.cleanup.policy", DELETE, Value::Null),
        ("null", "1", "log.cleaner.threads", SET, Value::Null),
        ("empty", "1", "log.cleaner.threads", SET, "".into()),
        ("other", "2", "log.cleaner.threads", SET, "2".into()),
        ("word", "one", "log.cleaner.threads", SET, "2".into()),
        ("minus", "-1", "log.cleaner.threads", SET, "2".into()),
        ("isr", "1", "min.insync.replicas", SET, "2".into()),
        ("isr-bad", "1", "min.insync.replicas", SET, "0".into()),
        ("isr-append", "1", "min.insync.replicas", APPEND, "2".into()),
        ("isr-delete", "1", "min.insync.replicas", DELETE, Value::Null),
        ("isr-other", "2", "min.insync.replicas", SET, "2".into()),
        ("isr-default", "", "min.insync.replicas", SET, "2".into()),
        (
            "isr-default-delete",
            "",
            "min.insync.replicas",
            DELETE,
            Value::Null,
        ),
        ("isr-default-back", "", "min.insync.replicas", SET, "1".into()),
    ];
    for (word, broker, name, operation, value) in given {
        s.all(&format!("broker-{word}"), |_| {
            obj! { resources: list![changes(BROKER, broker, list![change(name, operation, value.clone())])] }
        });
    }
    let shown = list![
        resource(
            BROKER,
            "1",
            list!["log.cleaner.threads", "log.retention.ms", "log.cleanup.policy"]
        ),
        resource(BROKER, "", Value::Null)
    ];
    s.and(
        "DescribeConfigs",
        "left-of-broker",
        obj! { resources: shown, include_synonyms: true },
    );
}

/// What several values, of one level or two, say together.
fn incremental_together(s: &mut Script) {
    s.section("IncrementalAlterConfigs");
    let given: Vec<(&str, &str, &str, i32, Value)> = vec![
        ("roll-0", "", "log.roll.ms", SET, "0".into()),
        ("nobody", "1", "max.connections.per.ip", SET, "0".into()),
        ("shut", "1", "max.connections", SET, "0".into()),
        ("shut-listener", "1", LISTENER_LIMIT, SET, "0".into()),
        ("shut-listener-default", "", LISTENER_LIMIT, SET, "0".into()),
        ("shut-rate", "1", LISTENER_RATE, SET, "0".into()),
    ];
    for (word, broker, name, operation, value) in given {
        s.all(&format!("together-{word}"), |_| {
            obj! { resources: list![changes(BROKER, broker, list![change(name, operation, value.clone())])] }
        });
    }
}

fn incremental_others(s: &mut Script) {
    s.section("IncrementalAlterConfigs");
    let given: Vec<(&str, i32, &str, &str, i32, Value)> = vec![
        ("metrics", METRICS, "sub", "interval.ms", SET, "1000".into()),
        (
            "metrics-list",
            METRICS,
            "sub",
            "metrics",
            SET,
            "org.apache.".into(),
        ),
        (
            "metrics-match",
            METRICS,
            "sub",
            "match",
            SET,
            "client_id=x".into(),
        ),
        ("metrics-low", METRICS, "sub", "interval.ms", SET, "1".into()),
        (
            "metrics-bad-match",
            METRICS,
            "sub",
            "match",
            SET,
            "nonsense".into(),
        ),
        ("metrics-unknown", METRICS, "sub", "no.such", SET, "1".into()),
        ("metrics-empty", METRICS, "", "interval.ms", SET, "1000".into()),
        (
            "group",
            GROUP,
            "configured",
            "consumer.session.timeout.ms",
            SET,
            "50000".into(),
        ),
        (
            "group-low",
            GROUP,
            "configured",
            "consumer.session.timeout.ms",
            SET,
            "1".into(),
        ),
        (
            "group-high",
            GROUP,
            "configured",
            "consumer.session.timeout.ms",
            SET,
            "9999999".into(),
        ),
        (
            "group-bad",
            GROUP,
            "configured",
            "consumer.session.timeout.ms",
            SET,
            "long".into(),
        ),
        ("group-unknown", GROUP, "configured", "no.such", SET, "1".into()),
        (
            "group-share",
            GROUP,
            "configured",
            "share.auto.offset.reset",
            SET,
            "earliest".into(),
        ),
        (
            "group-streams",
            GROUP,
            "configured",
            "streams.num.standby.replicas",
            SET,
            "1".into(),
        ),
        (
            "group-empty",
            GROUP,
            "",
            "consumer.session.timeout.ms",
            SET,
            "50000".into(),
        ),
        (
            "group-back",
            GROUP,
            "configured",
            "consumer.session.timeout.ms",
            DELETE,
            Value::Null,
        ),
    ];
    for (word, kind, of, name, operation, value) in given {
        s.all(
            word,
            |_| obj! { resources: list![changes(kind, of, list![change(name, operation, value.clone())])] },
        );
    }
    let shown = list![
        resource(METRICS, "sub", Value::Null),
        resource(GROUP, "configured", Value::Null)
    ];
    s.and(
        "DescribeConfigs",
        "left-of-others",
        obj! { resources: shown, include_synonyms: true },
    );
    s.and(
        "ListConfigResources",
        "left-of-others",
        obj! { resource_types: list![METRICS, GROUP] },
    );
}

fn incremental_shape(s: &mut Script) {
    s.section("IncrementalAlterConfigs");
    let good = |v: i16| {
        changes(
            TOPIC,
            format!("changed-{v}"),
            list![change("retention.ms", SET, "5")],
        )
    };
    s.all("none", |_| obj! { resources: list![] });
    s.all("dry", |v| obj! { resources: list![good(v)], validate_only: true });
    s.all("dry-bad", |v| {
        obj! { resources: list![changes(TOPIC, format!("changed-{v}"), list![change("retention.ms", SET, "x")])], validate_only: true }
    });
    s.all(
        "resource-twice",
        |v| obj! { resources: list![good(v), good(v), changes(TOPIC, "changed-not", list![])] },
    );
    s.all("some-wrong", |v| {
        let other = |kind: i32, name: &str| changes(kind, name, list![change("retention.ms", SET, "5")]);
        obj! { resources: list![other(TOPIC, "changed-not"), good(v), other(BROKER, "2"), other(3, "x"), other(LOGGER, "1")] }
    });
    for (word, kind) in [("zero", 0), ("three", 3), ("negative", -1), ("most", 127)] {
        s.all(
            &format!("kind-{word}"),
            |_| obj! { resources: list![changes(kind, "x", list![change("a", SET, "5")])] },
        );
        s.all(
            &format!("kind-{word}-nothing"),
            |_| obj! { resources: list![changes(kind, "x", list![])] },
        );
    }
    for (word, name) in odd_names() {
        s.all(&format!("topic-name-{word}"), |_| obj! { resources: list![changes(TOPIC, name.as_str(), list![change("retention.ms", SET, "5")])] });
    }
}
