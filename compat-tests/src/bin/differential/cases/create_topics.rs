//! CreateTopics.

use compat_tests::wire::Value;
use compat_tests::{list, obj};

use super::odd_names;
use crate::script::Script;

/// All cases of this file.
pub fn cases(s: &mut Script) {
    create_names(s);
    create_counts(s);
    create_assignments(s);
    create_configs(s);
    create_many(s);
}

/// A CreateTopics request.
pub fn create(topics: Value) -> Value {
    obj! { topics: topics, timeout_ms: 30_000 }
}

fn try_create(topics: Value) -> Value {
    obj! { topics: topics, timeout_ms: 30_000, validate_only: true }
}

/// A topic with so many partitions and replicas.
pub fn topic(name: impl Into<Value>, partitions: i32, replicas: i32) -> Value {
    obj! { name: name.into(), num_partitions: partitions, replication_factor: replicas }
}

fn create_names(s: &mut Script) {
    s.section("CreateTopics");
    s.all("plain", |v| {
        create(list![topic(format!("create-plain-{v}"), 1, 1)])
    });
    s.all("again", |v| {
        create(list![topic(format!("create-plain-{v}"), 1, 1)])
    });
    s.all("again-dry", |v| {
        try_create(list![topic(format!("create-plain-{v}"), 3, 1)])
    });
    s.all("dry", |v| {
        try_create(list![topic(format!("create-dry-{v}"), 2, 1)])
    });
    s.all("longest", |v| {
        create(list![topic(format!("{v}{}", "n".repeat(248)), 1, 1)])
    });
    for (word, name) in odd_names() {
        s.all(&format!("name-{word}"), |_| create(list![topic(&name, 1, 1)]));
    }
    s.all("no-name", |_| create(list![topic(Value::Null, 1, 1)]));
    s.all("dotted", |v| {
        create(list![topic(format!("create.dot.{v}"), 1, 1)])
    });
    s.all("collides", |v| {
        create(list![topic(format!("create_dot_{v}"), 1, 1)])
    });
    s.all("collides-dry", |v| {
        try_create(list![topic(format!("create.dot_{v}"), 1, 1)])
    });
    s.all("internal-name", |_| {
        try_create(list![topic("__consumer_offsets", 1, 1)])
    });
    s.all("metadata-name", |_| {
        create(list![topic("__cluster_metadata", 1, 1)])
    });
}

fn create_counts(s: &mut Script) {
    for (word, partitions, replicas) in [
        ("default", -1, -1),
        ("default-partitions", -1, 1),
        ("default-replicas", 3, -1),
        ("no-partitions", 0, 1),
        ("no-replicas", 1, 0),
        ("minus-two-partitions", -2, 1),
        ("minus-two-replicas", 1, -2),
        ("two-replicas", 1, 2),
        ("most-replicas", 1, 32_767),
        ("least-partitions", i32::MIN, 1),
    ] {
        s.all(&format!("count-{word}"), |v| {
            create(list![topic(
                format!("create-count-{word}-{v}"),
                partitions,
                replicas
            )])
        });
    }
    s.all("too-many-partitions", |v| {
        try_create(list![topic(format!("create-huge-{v}"), 10_001, 1)])
    });
    s.all("most-partitions", |v| {
        try_create(list![topic(format!("create-huge-{v}"), i32::MAX, 1)])
    });
}

fn assigned(name: String, partitions: i32, replicas: i32, assignments: &[(i32, &[i32])]) -> Value {
    let assignments: Vec<Value> = assignments
        .iter()
        .map(|&(index, brokers)| {
            let brokers: Vec<Value> = brokers.iter().map(|&broker| broker.into()).collect();
            obj! { partition_index: index, broker_ids: brokers }
        })
        .collect();
    obj! { name: name, num_partitions: partitions, replication_factor: replicas, assignments: assignments }
}

fn create_assignments(s: &mut Script) {
    type Assignments = &'static [(i32, &'static [i32])];
    let given: Vec<(&str, i32, i32, Assignments)> = vec![
        ("two", -1, -1, &[(0, &[1]), (1, &[1])]),
        ("backwards", -1, -1, &[(1, &[1]), (0, &[1])]),
        ("with-count", 1, -1, &[(0, &[1])]),
        ("with-replicas", -1, 1, &[(0, &[1])]),
        ("with-both", 2, 2, &[(0, &[1])]),
        ("unknown-broker", -1, -1, &[(0, &[7])]),
        ("twice-a-broker", -1, -1, &[(0, &[1, 1])]),
        ("no-broker", -1, -1, &[(0, &[])]),
        ("gap", -1, -1, &[(0, &[1]), (2, &[1])]),
        ("from-one", -1, -1, &[(1, &[1])]),
        ("twice-a-partition", -1, -1, &[(0, &[1]), (0, &[1])]),
        ("uneven", -1, -1, &[(0, &[1]), (1, &[1, 2])]),
    ];
    for (word, partitions, replicas, assignments) in given {
        s.all(&format!("assigned-{word}"), |v| {
            create(list![assigned(
                format!("create-assigned-{word}-{v}"),
                partitions,
                replicas,
                assignments
            )])
        });
    }
    s.all("assigned-negative", |v| {
        create(list![assigned(
            format!("create-assigned-negative-{v}"),
            -1,
            -1,
            &[(-1, &[1])]
        )])
    });
}

fn create_configs(s: &mut Script) {
    let given: Vec<(&str, &str, Value)> = vec![
        ("retention", "retention.ms", "1000".into()),
        ("compact", "cleanup.policy", "compact".into()),
        ("both", "cleanup.policy", "compact,delete".into()),
        ("unknown", "no.such.config", "1".into()),
        ("empty-name", "", "1".into()),
        ("null", "retention.ms", Value::Null),
        ("empty", "retention.ms", "".into()),
        ("not-a-number", "retention.ms", "soon".into()),
        ("too-small", "segment.bytes", "13".into()),
        ("bad-choice", "compression.type", "rar".into()),
        ("bad-list", "cleanup.policy", "compact,burn".into()),
        ("bad-flag", "preallocate", "perhaps".into()),
        ("bad-share", "min.cleanable.dirty.ratio", "1.5".into()),
        ("isr", "min.insync.replicas", "0".into()),
        ("broker-name", "log.retention.ms", "1000".into()),
        ("throttled", "leader.replication.throttled.replicas", "x".into()),
    ];
    for (word, name, value) in given {
        s.all(&format!("config-{word}"), |v| {
            let config = obj! { name: name, value: value.clone() };
            let mut topic = topic(format!("create-config-{word}-{v}"), 1, 1);
            topic.set("configs", list![config]);
            create(list![topic])
        });
    }
    s.all("config-twice", |v| {
        let (one, two) = (
            obj! { name: "retention.ms", value: "1" },
            obj! { name: "retention.ms", value: "2" },
        );
        let mut topic = topic(format!("create-config-twice-{v}"), 1, 1);
        topic.set("configs", list![one, two]);
        create(list![topic])
    });
    s.all("config-and-count", |v| {
        let mut topic = topic(format!("create-config-and-count-{v}"), 0, 1);
        topic.set("configs", list![obj! { name: "retention.ms", value: "soon" }]);
        create(list![topic])
    });
}

fn create_many(s: &mut Script) {
    s.all("none", |_| create(list![]));
    s.all("null", |_| create(Value::Null));
    s.all("three", |v| {
        let names = ["c", "a", "b"].map(|name| topic(format!("create-three-{name}-{v}"), 1, 1));
        create(Value::Array(names.to_vec()))
    });
    s.all("some-wrong", |v| {
        let (good, bad) = (format!("create-some-{v}"), "create some");
        create(list![
            topic(bad, 1, 1),
            topic(good, 1, 1),
            topic(format!("create-some-none-{v}"), 0, 1)
        ])
    });
    s.all("twice", |v| {
        let name = format!("create-twice-{v}");
        create(list![
            topic(&name, 1, 1),
            topic(&name, 2, 1),
            topic(format!("create-once-{v}"), 1, 1)
        ])
    });
    s.all("collide-together", |v| {
        create(list![
            topic(format!("to.gether-{v}"), 1, 1),
            topic(format!("to_gether-{v}"), 1, 1)
        ])
    });
    s.all("no-time", |v| obj! { topics: list![topic(format!("create-no-time-{v}"), 1, 1)], timeout_ms: 0, validate_only: true });
    s.all("no-time-at-all", |v| {
        let topics = list![
            topic(format!("create-in-no-time-{v}"), 1, 1),
            topic("a b".to_owned(), 1, 1),
            topic(format!("create-twice-{v}"), 1, 1),
            topic(format!("create-twice-{v}"), 1, 1)
        ];
        obj! { topics: topics, timeout_ms: -5 }
    });
    s.all("no-time-for-nothing", |v| {
        let twice = || topic(format!("create-twice-{v}"), 1, 1);
        let topics = list![twice(), topic("__cluster_metadata".to_owned(), 1, 1), twice()];
        obj! { topics: topics, timeout_ms: 0 }
    });
    s.all("no-time-nothing", |_| obj! { topics: list![], timeout_ms: 0 });
    s.all("too-many-together", |v| {
        try_create(list![
            topic(format!("create-half-a-{v}"), 6_000, 1),
            topic(format!("create-half-b-{v}"), 6_000, 1)
        ])
    });
}
