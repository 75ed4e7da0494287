//! ApiVersions, DescribeCluster, DescribeQuorum, UpdateFeatures, UnregisterBroker, ElectLeaders, reassignments.

use compat_tests::wire::Value;
use compat_tests::{list, obj};

use super::config_changes::{DELETE, SET, change, changes};
use super::configs::{BROKER, resource};
use super::odd_names;
use crate::script::Script;

/// All cases of this file.
pub fn cases(s: &mut Script) {
    api_versions(s);
    describe_cluster(s);
    describe_quorum(s);
    elect_leaders(s);
    alter_reassignments(s);
    list_reassignments(s);
    unregister_broker(s);
    update_features(s);
}

fn api_versions(s: &mut Script) {
    s.section("ApiVersions");
    let ask =
        |name: &str, version: &str| obj! { client_software_name: name, client_software_version: version };
    s.all("plain", |_| ask("differential", "1.0"));
    for (word, name, version) in [
        ("no-name", "", "1"),
        ("no-version", "a", ""),
        ("space", "a b", "1"),
        ("dash-first", "-a", "1"),
        ("dash-last", "a-", "1"),
        ("dots", "a.b-c", "1.2-x"),
        ("umlaut", "ä", "1"),
        ("underline", "a_b", "1"),
        ("bad-version", "a", "1_2"),
    ] {
        s.from(3, word, |_| ask(name, version));
    }
    s.from(3, "long", |_| ask(&"a".repeat(1_000), "1"));
}

fn describe_cluster(s: &mut Script) {
    s.section("DescribeCluster");
    s.all("plain", |_| obj! {});
    s.all(
        "operations",
        |_| obj! { include_cluster_authorized_operations: true },
    );
    for endpoint in [0, 1, 2, 3, -1, 127] {
        s.from(
            1,
            &format!("endpoint-{endpoint}"),
            |_| obj! { endpoint_type: endpoint },
        );
    }
    s.from(2, "fenced", |_| obj! { include_fenced_brokers: true });
    s.from(
        2,
        "fenced-controllers",
        |_| obj! { include_fenced_brokers: true, endpoint_type: 2 },
    );
}

fn describe_quorum(s: &mut Script) {
    s.section("DescribeQuorum");
    let of = |name: &str, partitions: Value| obj! { topics: list![obj! { topic_name: name, partitions: partitions }] };
    let part = |index: i32| obj! { partition_index: index };
    s.all("plain", |_| of("__cluster_metadata", list![part(0)]));
    s.all("other-partition", |_| of("__cluster_metadata", list![part(1)]));
    s.all("negative-partition", |_| {
        of("__cluster_metadata", list![part(-1)])
    });
    s.all("two-partitions", |_| {
        of("__cluster_metadata", list![part(0), part(1)])
    });
    s.all("twice", |_| of("__cluster_metadata", list![part(0), part(0)]));
    s.all("no-partitions", |_| of("__cluster_metadata", list![]));
    s.all("other-topic", |_| of("other", list![part(0)]));
    s.all("no-topics", |_| obj! { topics: list![] });
    s.all("two-topics", |_| {
        let topic = |name: &str| obj! { topic_name: name, partitions: list![part(0)] };
        obj! { topics: list![topic("__cluster_metadata"), topic("other")] }
    });
}

fn elect_leaders(s: &mut Script) {
    s.section("ElectLeaders");
    let topics = list![obj! { name: "elected", num_partitions: 3, replication_factor: 1 }];
    s.and(
        "CreateTopics",
        "topic",
        obj! { topics: topics, timeout_ms: 30_000 },
    );
    let of = |topic: &str, partitions: Value| obj! { topic: topic, partitions: partitions };
    for kind in [0, 1] {
        let ask = |partitions: Value| obj! { election_type: kind, topic_partitions: partitions, timeout_ms: 10_000 };
        s.all(&format!("two-{kind}"), |_| ask(list![of("elected", list![2, 0])]));
        s.all(&format!("unknown-partition-{kind}"), |_| {
            ask(list![of("elected", list![7, -1])])
        });
        s.all(&format!("unknown-topic-{kind}"), |_| {
            ask(list![of("elected-not", list![0])])
        });
        s.all(&format!("mixed-{kind}"), |_| {
            ask(list![of("elected-not", list![0]), of("elected", list![1, 9])])
        });
        s.all(&format!("none-{kind}"), |_| ask(list![]));
        s.all(&format!("no-partitions-{kind}"), |_| {
            ask(list![of("elected", list![])])
        });
        s.all(&format!("twice-{kind}"), |_| {
            ask(list![of("elected", list![1, 1])])
        });
        s.all(&format!("topic-twice-{kind}"), |_| {
            ask(list![of("elected", list![1]), of("elected", list![2])])
        });
    }
    s.all("no-time", |_| {
        obj! { topic_partitions: list![of("elected", list![0])], timeout_ms: 0 }
    });
    s.all(
        "no-time-none",
        |_| obj! { topic_partitions: list![], timeout_ms: 0 },
    );
    s.all(
        "no-time-all",
        |_| obj! { topic_partitions: Value::Null, timeout_ms: 0 },
    );
    for kind in [-1, 2, 127] {
        s.from(
            1,
            &format!("kind-{kind}"),
            |_| obj! { election_type: kind, topic_partitions: list![of("elected", list![0])] },
        );
        s.from(
            1,
            &format!("kind-{kind}-no-time"),
            |_| obj! { election_type: kind, topic_partitions: list![of("elected", list![0])], timeout_ms: 0 },
        );
        s.from(
            1,
            &format!("kind-{kind}-none"),
            |_| obj! { election_type: kind, topic_partitions: list![] },
        );
    }
    for (word, name) in odd_names() {
        s.all(
            &format!("name-{word}"),
            |_| obj! { topic_partitions: list![of(&name, list![0])] },
        );
    }
}

fn alter_reassignments(s: &mut Script) {
    s.section("AlterPartitionReassignments");
    let topics = list![obj! { name: "moved", num_partitions: 3, replication_factor: 1 }];
    s.and(
        "CreateTopics",
        "topic",
        obj! { topics: topics, timeout_ms: 30_000 },
    );
    let part = |index: i32, replicas: Value| obj! { partition_index: index, replicas: replicas };
    let of = |name: &str, partitions: Value| obj! { topics: list![obj! { name: name, partitions: partitions }], timeout_ms: 10_000 };
    let given: Vec<(&str, Value)> = vec![
        ("same", list![part(0, list![1])]),
        ("cancel", list![part(0, Value::Null)]),
        ("two", list![part(2, list![1]), part(1, list![1])]),
        ("unknown-broker", list![part(0, list![2])]),
        ("more-brokers", list![part(0, list![1, 2])]),
        ("twice-a-broker", list![part(0, list![1, 1])]),
        ("no-broker", list![part(0, list![])]),
        ("negative-broker", list![part(0, list![-1])]),
        ("unknown-partition", list![part(3, list![1])]),
        ("cancel-unknown", list![part(3, Value::Null)]),
        ("negative-partition", list![part(-1, list![1])]),
        ("no-partitions", list![]),
        ("twice", list![part(0, list![1]), part(0, list![1])]),
        (
            "mixed",
            list![part(0, list![1]), part(1, list![5]), part(9, list![1])],
        ),
    ];
    for (word, partitions) in given {
        s.all(word, |_| of("moved", partitions.clone()));
    }
    s.all("no-time", |_| {
        let mut ask = of("moved", list![part(0, list![1])]);
        ask.set("timeout_ms", 0);
        ask
    });
    s.all("unknown-topic", |_| of("moved-not", list![part(0, list![1])]));
    s.all("unknown-topic-cancel", |_| {
        of("moved-not", list![part(0, Value::Null)])
    });
    s.all("none", |_| obj! { topics: list![] });
    s.all("no-time-none", |_| obj! { topics: list![], timeout_ms: 0 });
    s.from(1, "no-change", |_| {
        obj! { allow_replication_factor_change: false, topics: list![obj! { name: "moved", partitions: list![part(0, list![1]), part(1, list![1, 2])] }] }
    });
    for (word, name) in odd_names() {
        s.all(&format!("name-{word}"), |_| of(&name, list![part(0, list![1])]));
    }
}

fn list_reassignments(s: &mut Script) {
    s.section("ListPartitionReassignments");
    let topics = list![obj! { name: "listed-moves", num_partitions: 2, replication_factor: 1 }];
    s.and(
        "CreateTopics",
        "topic",
        obj! { topics: topics, timeout_ms: 30_000 },
    );
    let of = |name: &str, partitions: Value| obj! { topics: list![obj! { name: name, partition_indexes: partitions }] };
    s.all("all", |_| obj! { topics: Value::Null });
    s.all("none", |_| obj! { topics: list![] });
    s.all("two", |_| of("listed-moves", list![0, 1]));
    s.all("unknown-partition", |_| of("listed-moves", list![5, -1]));
    s.all("unknown-topic", |_| of("listed-moves-not", list![0]));
    s.all("no-partitions", |_| of("listed-moves", list![]));
    for (word, name) in odd_names() {
        s.all(&format!("name-{word}"), |_| of(&name, list![0]));
    }
}

fn unregister_broker(s: &mut Script) {
    s.section("UnregisterBroker");
    for broker in [-1, 0, 2, 100, i32::MAX, i32::MIN] {
        s.all(&format!("broker-{broker}"), |_| obj! { broker_id: broker });
    }
}

fn update_features(s: &mut Script) {
    s.section("UpdateFeatures");
    let update = |feature: &str, level: i32, kind: i32, v: i16| {
        if v == 0 {
            obj! { feature: feature, max_version_level: level, allow_downgrade: kind != 1 }
        } else {
            obj! { feature: feature, max_version_level: level, upgrade_type: kind }
        }
    };
    let ask = |updates: Value| obj! { feature_updates: updates, timeout_ms: 10_000 };
    let dry = |updates: Value, v: i16| {
        if v == 0 {
            obj! { feature_updates: updates }
        } else {
            obj! { feature_updates: updates, validate_only: true }
        }
    };
    let given: Vec<(&str, &str, i32, i32)> = vec![
        ("same", "metadata.version", 30, 1),
        ("too-high", "metadata.version", 99, 1),
        ("too-low", "metadata.version", 1, 2),
        ("zero", "metadata.version", 0, 2),
        ("negative", "metadata.version", -1, 1),
        ("down-as-up", "metadata.version", 29, 1),
        ("unknown", "no.such.feature", 1, 1),
        ("unknown-zero", "no.such.feature", 0, 2),
        ("empty", "", 1, 1),
        ("group-same", "group.version", 1, 1),
        ("group-high", "group.version", 9, 1),
        ("transaction-high", "transaction.version", 9, 1),
        ("share-high", "share.version", 9, 1),
        ("elr-high", "eligible.leader.replicas.version", 9, 1),
        ("streams-high", "streams.version", 9, 1),
        ("kraft", "kraft.version", 1, 1),
        ("kraft-down", "kraft.version", 0, 2),
        ("kraft-down-unsafe", "kraft.version", 0, 3),
        ("kraft-down-as-up", "kraft.version", 0, 1),
        ("kraft-high", "kraft.version", 9, 1),
        ("share", "share.version", 1, 1),
        ("streams", "streams.version", 1, 1),
        ("kind-zero", "group.version", 1, 0),
        ("kind-high", "group.version", 1, 4),
        ("kind-negative", "group.version", 1, -1),
    ];
    for (word, feature, level, kind) in given {
        s.all(word, |v| ask(list![update(feature, level, kind, v)]));
    }
    for (word, feature, level, kind) in [
        ("dry-down", "metadata.version", 29, 2),
        ("dry-down-unsafe", "metadata.version", 20, 3),
        ("dry-transaction", "transaction.version", 0, 2),
        ("dry-group", "group.version", 0, 2),
    ] {
        s.from(1, word, |v| dry(list![update(feature, level, kind, v)], v));
    }
    let partition = obj! { partition_index: 0 };
    let topic = obj! { topic_name: "__cluster_metadata", partitions: list![partition] };
    s.and("DescribeQuorum", "kraft", obj! { topics: list![topic] });
    s.all("no-time", |v| {
        obj! { feature_updates: list![update("group.version", 1, 1, v)], timeout_ms: 0 }
    });
    s.all("none", |_| ask(list![]));
    s.all("twice", |v| {
        ask(list![
            update("group.version", 1, 1, v),
            update("group.version", 1, 1, v)
        ])
    });
    s.all("mixed", |v| {
        ask(list![
            update("group.version", 1, 1, v),
            update("no.such", 1, 1, v)
        ])
    });
    for (word, level, kind) in [
        ("transaction-down", 1, 2),
        ("transaction-zero", 0, 2),
        ("transaction-up", 2, 1),
    ] {
        s.all(word, |v| {
            ask(list![update("transaction.version", level, kind, v)])
        });
    }
    s.and(
        "ApiVersions",
        "left",
        obj! { client_software_name: "differential", client_software_version: "1" },
    );
    eligible_leaders(s);
}

/// What `min.insync.replicas` of a broker and of all is while eligible leader replicas are off, and once they are on again.
fn eligible_leaders(s: &mut Script) {
    let update = |level: i32, kind: i32| {
        let update = obj! { feature: "eligible.leader.replicas.version", max_version_level: level, upgrade_type: kind };
        obj! { feature_updates: list![update], timeout_ms: 10_000 }
    };
    let alter = |broker: &str, operation: i32, value: Value| {
        let configs = list![change("min.insync.replicas", operation, value)];
        obj! { resources: list![changes(BROKER, broker, configs)] }
    };
    let keys = || list!["min.insync.replicas"];
    let shown = list![resource(BROKER, "1", keys()), resource(BROKER, "", keys())];
    let shown = obj! { resources: shown, include_synonyms: true };
    s.last("elr-down", update(0, 2));
    for (word, broker, operation, value) in [
        ("elr-off-default-delete", "", DELETE, Value::Null),
        ("elr-off", "1", SET, "3".into()),
    ] {
        s.and("IncrementalAlterConfigs", word, alter(broker, operation, value));
    }
    s.and("DescribeConfigs", "elr-off", shown.clone());
    s.last("elr-up", update(1, 1));
    s.and("DescribeConfigs", "elr-on", shown);
    for (word, broker, operation, value) in [
        ("elr-on", "1", SET, "3".into()),
        ("elr-on-delete", "1", DELETE, Value::Null),
        ("elr-on-default-delete", "", DELETE, Value::Null),
    ] {
        s.and("IncrementalAlterConfigs", word, alter(broker, operation, value));
    }
    for (word, broker) in [("elr-whole", "1"), ("elr-whole-default", "")] {
        let nothing = obj! { resource_type: BROKER, resource_name: broker, configs: list![] };
        s.and("AlterConfigs", word, obj! { resources: list![nothing] });
    }
}
