//! CreatePartitions, DeleteTopics, Metadata, DescribeTopicPartitions.

use compat_tests::wire::Value;
use compat_tests::{list, obj};

use super::create_topics::{create, topic};
use super::odd_names;
use crate::script::Script;

/// All cases of this file.
pub fn cases(s: &mut Script) {
    create_partitions(s);
    delete_topics(s);
    metadata(s);
    describe_topic_partitions(s);
}

fn more(name: &str, count: i32, assignments: Value) -> Value {
    obj! { name: name, count: count, assignments: assignments }
}

fn create_partitions(s: &mut Script) {
    s.section("CreatePartitions");
    let names = (0..4)
        .map(|v| topic(format!("more-{v}"), 2, 1))
        .collect::<Vec<_>>();
    s.and("CreateTopics", "topics", create(names.into()));
    let ask = |topics: Value| obj! { topics: topics, timeout_ms: 30_000 };
    let dry = |topics: Value| obj! { topics: topics, timeout_ms: 30_000, validate_only: true };
    s.all("dry", |v| dry(list![more(&format!("more-{v}"), 3, Value::Null)]));
    s.all("one", |v| ask(list![more(&format!("more-{v}"), 3, Value::Null)]));
    s.all("assigned", |v| {
        ask(list![more(
            &format!("more-{v}"),
            5,
            list![obj! { broker_ids: list![1] }, obj! { broker_ids: list![1] }]
        )])
    });
    for (word, count) in [("same", 5), ("fewer", 4), ("none", 0), ("minus-one", -1)] {
        s.all(&format!("count-{word}"), |v| {
            ask(list![more(&format!("more-{v}"), count, Value::Null)])
        });
    }
    let wrong: Vec<(&str, Value)> = vec![
        ("unknown-broker", list![obj! { broker_ids: list![9] }]),
        ("twice-a-broker", list![obj! { broker_ids: list![1, 1] }]),
        ("no-broker", list![obj! { broker_ids: list![] }]),
        ("too-few", list![]),
        (
            "too-many",
            list![obj! { broker_ids: list![1] }, obj! { broker_ids: list![1] }],
        ),
        ("negative-broker", list![obj! { broker_ids: list![-1] }]),
    ];
    for (word, assignments) in wrong {
        s.all(&format!("assigned-{word}"), |v| {
            ask(list![more(&format!("more-{v}"), 6, assignments.clone())])
        });
    }
    s.all("no-time", |v| {
        let mut ask = ask(list![
            more(&format!("more-{v}"), 9, Value::Null),
            more("more-unknown", 9, Value::Null)
        ]);
        ask.set("timeout_ms", 0);
        ask
    });
    s.all("no-time-twice", |v| {
        let more = || more(&format!("more-{v}"), 9, Value::Null);
        obj! { topics: list![more(), more()], timeout_ms: 0 }
    });
    s.all("no-time-nothing", |_| obj! { topics: list![], timeout_ms: 0 });
    s.all("count-many", |v| {
        dry(list![more(&format!("more-{v}"), 10_010, Value::Null)])
    });
    let together = |v: i16, each: i32| {
        let names = [v, (v + 1) % 4].map(|v| format!("more-{v}"));
        dry(names
            .map(|name| more(&name, 5 + each, Value::Null))
            .to_vec()
            .into())
    };
    s.all("count-most-together", |v| together(v, 5_000));
    s.all("count-many-together", |v| together(v, 5_001));
    s.all("unknown", |_| ask(list![more("more-unknown", 3, Value::Null)]));
    for (word, name) in odd_names() {
        s.all(&format!("name-{word}"), |_| {
            ask(list![more(&name, 3, Value::Null)])
        });
    }
    s.all("no-topics", |_| ask(list![]));
    s.all("twice", |v| {
        ask(list![
            more(&format!("more-{v}"), 6, Value::Null),
            more(&format!("more-{v}"), 7, Value::Null),
            more("more-unknown", 1, Value::Null)
        ])
    });
    s.all("null-name", |_| {
        ask(list![
            obj! { name: Value::Null, count: 1, assignments: Value::Null }
        ])
    });
    s.all("after-all", |v| {
        dry(list![
            more(&format!("more-{v}"), 5, Value::Null),
            more(&format!("more-{v}-not"), 5, Value::Null)
        ])
    });
}

fn delete_topics(s: &mut Script) {
    s.section("DeleteTopics");
    let names: Vec<Value> = (1..=6)
        .flat_map(|v| ["a", "b", "c"].map(|name| topic(format!("gone-{name}-{v}"), 1, 1)))
        .collect();
    s.and("CreateTopics", "topics", create(names.into()));
    let named = |v: i16, names: Value| {
        let topics: Vec<Value> = names
            .list()
            .iter()
            .map(|name| obj! { name: name.clone() })
            .collect();
        if v >= 6 {
            obj! { topics: topics, timeout_ms: 30_000 }
        } else {
            obj! { topic_names: names, timeout_ms: 30_000 }
        }
    };
    s.all("one", |v| named(v, list![format!("gone-a-{v}")]));
    s.all("again", |v| named(v, list![format!("gone-a-{v}")]));
    s.all("none", |v| named(v, list![]));
    s.all("no-time", |v| {
        let mut ask = named(v, list![format!("gone-b-{v}"), "gone-unknown"]);
        ask.set("timeout_ms", 0);
        ask
    });
    s.all("no-time-twice", |v| {
        let mut ask = named(v, list![format!("gone-b-{v}"), format!("gone-b-{v}")]);
        ask.set("timeout_ms", 0);
        ask
    });
    s.all("no-time-nothing", |v| {
        let mut ask = named(v, list![]);
        ask.set("timeout_ms", 0);
        ask
    });
    s.all("mixed", |v| {
        named(v, list!["gone-unknown", format!("gone-b-{v}"), "gone-other"])
    });
    s.all("twice", |v| {
        named(v, list![format!("gone-c-{v}"), format!("gone-c-{v}")])
    });
    for (word, name) in odd_names() {
        s.all(&format!("name-{word}"), |v| named(v, list![name.clone()]));
    }
    s.all("metadata", |v| named(v, list!["__cluster_metadata"]));
    let by_id = |topics: Value| obj! { topics: topics, timeout_ms: 30_000 };
    let id = |symbol: &str| obj! { name: Value::Null, topic_id: format!("${{id:{symbol}}}") };
    s.last("by-id", by_id(list![id("gone-c-1")]));
    s.last("by-id-again", by_id(list![id("gone-c-1")]));
    s.last("by-id-twice", by_id(list![id("gone-c-2"), id("gone-c-2")]));
    s.last(
        "by-both",
        by_id(list![obj! { name: "gone-c-3", topic_id: "${id:gone-c-3}" }]),
    );
    s.last(
        "by-name-and-id",
        by_id(list![obj! { name: "gone-c-4" }, id("gone-c-4")]),
    );
    s.last("by-nothing", by_id(list![obj! { name: Value::Null }]));
    s.last(
        "by-nothing-twice",
        by_id(list![obj! { name: Value::Null }, obj! { name: Value::Null }]),
    );
    let both = || obj! { name: "gone-c-3", topic_id: "${id:gone-c-3}" };
    s.last("by-both-twice", by_id(list![both(), both()]));
    let unclear = list![both(), obj! { name: Value::Null }, id("gone-c-4"), id("gone-c-4")];
    s.last("unclear-no-time", obj! { topics: unclear, timeout_ms: 0 });
    s.last(
        "one-clear-no-time",
        obj! { topics: list![both(), obj! { name: Value::Null }, id("gone-c-4")], timeout_ms: 0 },
    );
    s.last(
        "by-unknown-id",
        by_id(list![
            obj! { name: Value::Null, topic_id: [9; 16] },
            id("gone-c-5")
        ]),
    );
    s.last("by-empty-name", by_id(list![obj! { name: "" }]));
    s.and("Metadata", "what-is-left", obj! { topics: list![obj! { name: "gone-c-3" }, obj! { name: "gone-c-4" }, obj! { name: "gone-c-6" }] });
}

fn metadata(s: &mut Script) {
    s.section("Metadata");
    s.and(
        "CreateTopics",
        "topics",
        create(list![topic("meta-a", 3, 1), topic("meta-b", 1, 1)]),
    );
    let ask = |topics: Value| obj! { topics: topics, allow_auto_topic_creation: false };
    let named = |name: &str| obj! { name: name };
    s.all("two", |_| ask(list![named("meta-b"), named("meta-a")]));
    s.all("unknown", |_| ask(list![named("meta-unknown"), named("meta-a")]));
    s.all("twice", |_| {
        ask(list![
            named("meta-a"),
            named("meta-a"),
            named("meta-unknown"),
            named("meta-unknown")
        ])
    });
    s.all("no-topics", |_| ask(list![]));
    s.all("all-topics", |_| ask(Value::Null));
    for (word, name) in odd_names() {
        s.all(&format!("name-{word}"), |_| ask(list![named(&name)]));
    }
    s.all(
        "may-create",
        |v| obj! { topics: list![named(&format!("meta-made-{v}"))] },
    );
    s.from(8, "operations", |_| {
        obj! { topics: list![named("meta-a")], include_cluster_authorized_operations: true, include_topic_authorized_operations: true }
    });
    s.from(
        8,
        "operations-unknown",
        |_| obj! { topics: list![named("meta-unknown")], include_topic_authorized_operations: true },
    );
    let by_id = |id: Value| obj! { topic_id: id, name: Value::Null };
    s.from(10, "by-id", |_| ask(list![by_id("${id:meta-a}".into())]));
    s.from(10, "by-unknown-id", |_| ask(list![by_id([8; 16].into())]));
    s.from(10, "by-ids", |_| {
        ask(list![
            by_id([8; 16].into()),
            by_id("${id:meta-b}".into()),
            by_id("${id:meta-a}".into())
        ])
    });
    s.from(10, "by-both", |_| {
        ask(list![obj! { topic_id: "${id:meta-a}", name: "meta-a" }])
    });
    s.from(10, "by-wrong-pair", |_| {
        ask(list![obj! { topic_id: "${id:meta-a}", name: "meta-b" }])
    });
    s.from(10, "by-nothing", |_| ask(list![by_id([0; 16].into())]));
    s.from(10, "by-name-and-id", |_| {
        ask(list![named("meta-b"), by_id("${id:meta-a}".into())])
    });
    s.from(10, "id-twice", |_| {
        ask(list![by_id("${id:meta-a}".into()), by_id("${id:meta-a}".into())])
    });
}

fn describe_topic_partitions(s: &mut Script) {
    s.section("DescribeTopicPartitions");
    s.and(
        "CreateTopics",
        "topics",
        create(list![
            topic("parts-a", 5, 1),
            topic("parts-b", 3, 1),
            topic("parts-c", 1, 1)
        ]),
    );
    let names = |names: &[&str]| names.iter().map(|name| obj! { name: *name }).collect::<Vec<_>>();
    let all = ["parts-c", "parts-a", "parts-unknown", "parts-b"];
    for limit in [i32::MIN, -1, 0, 1, 2, 5, 8, 9, 2_000, 2_001, i32::MAX] {
        s.last(
            &format!("limit-{limit}"),
            obj! { topics: names(&all), response_partition_limit: limit },
        );
    }
    let cursors: Vec<(&str, &str, i32)> = vec![
        ("first", "parts-a", 0),
        ("middle", "parts-a", 3),
        ("end", "parts-a", 5),
        ("beyond", "parts-a", 77),
        ("minus-one", "parts-a", -1),
        ("least", "parts-b", i32::MIN),
        ("unknown", "parts-unknown", 0),
        ("unknown-later", "parts-unknown", 2),
        ("before-all", "a", 0),
        ("after-all", "z", 0),
        ("empty", "", 0),
        ("bad-name", "a b", 1),
    ];
    for (word, name, index) in cursors {
        for limit in [2, 100] {
            let cursor = obj! { topic_name: name, partition_index: index };
            let ask = obj! { topics: names(&all), response_partition_limit: limit, cursor: cursor.clone() };
            s.last(&format!("cursor-{word}-{limit}"), ask);
        }
    }
    s.last(
        "twice",
        obj! { topics: names(&["parts-a", "parts-a", "parts-b"]) },
    );
    s.last("no-topics-cursor", obj! { topics: list![], cursor: obj! { topic_name: "parts-b", partition_index: 1 }, response_partition_limit: 3 });
    for (word, name) in odd_names() {
        s.last(&format!("name-{word}"), obj! { topics: names(&[&name]) });
    }
    s.last("null-name", obj! { topics: list![obj! { name: Value::Null }] });
}
