//! FindCoordinator, OffsetCommit, OffsetFetch, OffsetDelete, ListGroups, DescribeGroups, ConsumerGroupDescribe,
//! DeleteGroups.

use compat_tests::wire::Value;
use compat_tests::{list, obj};

use super::create_topics::{create, topic};
use super::odd_names;
use crate::script::Script;

/// All cases of this file.
pub fn cases(s: &mut Script) {
    find_coordinator(s);
    offset_commit(s);
    offset_fetch(s);
    offset_delete(s);
    describe_groups(s);
    list_groups(s);
    delete_groups(s);
}

fn find_coordinator(s: &mut Script) {
    s.section("FindCoordinator");
    let ask = |kind: i32, key: &str| obj! { key: key, key_type: kind, coordinator_keys: list![key] };
    s.all("group", |_| ask(0, "found"));
    s.all("empty-group", |_| ask(0, ""));
    for (word, kind) in [("transaction", 1), ("three", 3), ("negative", -1), ("most", 127)] {
        s.from(1, word, |_| ask(kind, "found"));
    }
    s.from(4, "none", |_| obj! { coordinator_keys: list![] });
    s.from(4, "some", |_| obj! { coordinator_keys: list!["b", "a", "b", ""] });
    for (word, name) in odd_names() {
        s.all(&format!("name-{word}"), |_| ask(0, &name));
    }
}

/// Steps that a section about groups needs: the coordinator, and a topic.
fn prepare(s: &mut Script, name: &str) {
    s.and(
        "FindCoordinator",
        "coordinator",
        obj! { coordinator_keys: list![name] },
    );
    s.and("CreateTopics", "topic", create(list![topic(name, 3, 1)]));
}

/// A commit without a member to a partition of a topic, by name up to v9 and by id from v10 on.
fn commit(group: &str, topic: &str, partition: i32, offset: i64, metadata: Value) -> Value {
    let partition =
        obj! { partition_index: partition, committed_offset: offset, committed_metadata: metadata };
    let topic = obj! { name: topic, topic_id: format!("${{id:{topic}}}"), partitions: list![partition] };
    obj! { group_id: group, topics: list![topic] }
}

fn offset_commit(s: &mut Script) {
    s.section("OffsetCommit");
    prepare(s, "commits");
    let group = |v: i16| format!("committers-{v}");
    s.all("first", |v| commit(&group(v), "commits", 0, 10, "a".into()));
    s.all("null-metadata", |v| {
        commit(&group(v), "commits", 1, 11, Value::Null)
    });
    s.all("largest-metadata", |v| {
        commit(&group(v), "commits", 1, 11, "m".repeat(4_096).into())
    });
    s.all("too-large-metadata", |v| {
        commit(&group(v), "commits", 1, 11, "m".repeat(4_097).into())
    });
    s.all("unknown-partition", |v| {
        commit(&group(v), "commits", 3, 1, "".into())
    });
    s.all("negative-partition", |v| {
        commit(&group(v), "commits", -1, 1, "".into())
    });
    for offset in [i64::MIN, -2, -1, i64::MAX] {
        s.all(&format!("offset-{offset}"), |v| {
            commit(&group(v), "commits", 2, offset, "".into())
        });
    }
    let many = |count: usize| {
        let metadata = "m".repeat(4_096);
        let partition =
            || obj! { partition_index: 0, committed_offset: 5, committed_metadata: metadata.clone() };
        let partitions: Vec<Value> = (0..count).map(|_| partition()).collect();
        let topic = obj! { name: "commits", topic_id: "${id:commits}", partitions: partitions };
        obj! { group_id: "too-much", topics: list![topic] }
    };
    s.last("much", many(200));
    s.last("too-much", many(300));
    s.all("empty-group", |_| commit("", "commits", 0, 1, "".into()));
    s.all("no-topics", |v| obj! { group_id: group(v), topics: list![] });
    let by_member = |v: i16, generation: i32, member: &str| {
        let mut ask = commit(&group(v), "commits", 0, 12, "".into());
        ask.set("generation_id_or_member_epoch", generation);
        ask.set("member_id", member);
        ask
    };
    s.all("unknown-member", |v| by_member(v, 1, "nobody"));
    s.all("generation-without-member", |v| by_member(v, 1, ""));
    s.all("member-without-generation", |v| by_member(v, -1, "nobody"));
    s.all("new-group-with-generation", |v| {
        let mut ask = commit(&format!("nobody-{v}"), "commits", 0, 12, "".into());
        ask.set("generation_id_or_member_epoch", 3);
        ask
    });
    s.from(7, "unknown-instance", |v| {
        let mut ask = by_member(v, 1, "nobody");
        ask.set("group_instance_id", "me");
        ask
    });
    let by_topic = |v: i16, name: &str, id: Value| {
        let partition = obj! { partition_index: 0, committed_offset: 5, committed_metadata: "" };
        let topic = obj! { name: name, topic_id: id, partitions: list![partition] };
        obj! { group_id: group(v), topics: list![topic] }
    };
    s.all("unknown-topic", |v| by_topic(v, "commits-not", [7; 16].into()));
    s.all("no-topic", |v| by_topic(v, "", [0; 16].into()));
    s.all("no-partitions", |v| {
        let topic = obj! { name: "commits", topic_id: "${id:commits}", partitions: list![] };
        obj! { group_id: group(v), topics: list![topic] }
    });
    s.all("no-partitions-beside-some", |v| {
        let partition = obj! { partition_index: 0, committed_offset: 5, committed_metadata: "" };
        let of = |name: &str, id: Value, partitions: Value| obj! { name: name, topic_id: id, partitions: partitions };
        let known = || "${id:commits}".into();
        let topics = list![
            of("commits-not", [7; 16].into(), list![]),
            of("commits", known(), list![partition]),
            of("commits-nor", [8; 16].into(), list![])
        ];
        obj! { group_id: group(v), topics: topics }
    });
    s.all("unknown-no-partitions", |v| {
        let topic = obj! { name: "commits-not", topic_id: [7; 16], partitions: list![] };
        obj! { group_id: group(v), topics: list![topic] }
    });
}

fn offset_fetch(s: &mut Script) {
    s.section("OffsetFetch");
    prepare(s, "fetched");
    s.ask(
        "OffsetCommit",
        9,
        "two",
        commit("fetchers", "fetched", 2, 22, "two".into()),
    );
    s.ask(
        "OffsetCommit",
        9,
        "zero",
        commit("fetchers", "fetched", 0, 20, Value::Null),
    );
    let ask = |v: i16, group: &str, topics: Value| {
        if v < 8 {
            obj! { group_id: group, topics: topics }
        } else {
            obj! { groups: list![obj! { group_id: group, topics: topics }] }
        }
    };
    let of = |v: i16, name: &str, partitions: Value| {
        let id: Value = format!("${{id:{name}}}").into();
        let mut topic = obj! { name: name, partition_indexes: partitions };
        if v >= 10 {
            topic.set("topic_id", if name == "fetched" { id } else { [6; 16].into() });
        } else if v >= 8 {
            topic.set("topic_id", [0; 16]);
        }
        topic
    };
    s.all("both", |v| {
        ask(v, "fetchers", list![of(v, "fetched", list![2, 0])])
    });
    s.all("absent", |v| {
        ask(v, "fetchers", list![of(v, "fetched", list![1, 7, -1])])
    });
    s.all("twice", |v| {
        ask(v, "fetchers", list![of(v, "fetched", list![0, 0])])
    });
    s.all("unknown-topic", |v| {
        ask(v, "fetchers", list![of(v, "fetched-not", list![0])])
    });
    s.all("unknown-group", |v| {
        ask(v, "fetchers-not", list![of(v, "fetched", list![0])])
    });
    s.all("empty-group", |v| ask(v, "", list![of(v, "fetched", list![0])]));
    s.all("no-topics", |v| ask(v, "fetchers", list![]));
    s.all("no-partitions", |v| {
        ask(v, "fetchers", list![of(v, "fetched", list![])])
    });
    s.from(2, "all", |v| ask(v, "fetchers", Value::Null));
    s.from(2, "all-of-unknown", |v| ask(v, "fetchers-not", Value::Null));
    s.from(7, "stable", |v| {
        let mut ask = ask(v, "fetchers", Value::Null);
        ask.set("require_stable", true);
        ask
    });
    s.from(8, "two-groups", |v| {
        let group = |name: &str, topics: Value| obj! { group_id: name, topics: topics };
        obj! { groups: list![group("fetchers-not", Value::Null), group("fetchers", list![of(v, "fetched", list![2])])] }
    });
    s.from(8, "no-groups", |_| obj! { groups: list![] });
    s.from(9, "as-member", |_| {
        obj! { groups: list![obj! { group_id: "fetchers", member_id: "nobody", member_epoch: 1, topics: Value::Null }] }
    });
}

fn offset_delete(s: &mut Script) {
    s.section("OffsetDelete");
    prepare(s, "undone");
    for partition in 0..3 {
        let body = commit("undoers", "undone", partition, 5, "".into());
        s.ask("OffsetCommit", 9, &format!("commit-{partition}"), body);
    }
    let ask = |group: &str, topic: &str, partitions: &[i32]| {
        let partitions = partitions
            .iter()
            .map(|p| obj! { partition_index: *p })
            .collect::<Vec<_>>();
        obj! { group_id: group, topics: list![obj! { name: topic, partitions: partitions }] }
    };
    s.last("one", ask("undoers", "undone", &[1]));
    s.last("again", ask("undoers", "undone", &[1]));
    s.last("unknown-partition", ask("undoers", "undone", &[0, 9, -1]));
    s.last("unknown-topic", ask("undoers", "undone-not", &[0]));
    s.last("unknown-group", ask("undoers-not", "undone", &[0]));
    s.last("empty-group", ask("", "undone", &[0]));
    s.last("no-partitions", ask("undoers", "undone", &[]));
    s.last("unknown-no-partitions", ask("undoers", "undone-not", &[]));
    s.last("no-topics", obj! { group_id: "undoers", topics: list![] });
    s.last("twice", ask("undoers", "undone", &[2, 2]));
    for (word, name) in odd_names() {
        s.last(&format!("name-{word}"), ask("undoers", &name, &[0]));
    }
}

fn describe_groups(s: &mut Script) {
    s.section("DescribeGroups");
    prepare(s, "told");
    s.ask(
        "OffsetCommit",
        9,
        "empty-group",
        commit("tellers", "told", 0, 1, "".into()),
    );
    let ask = |groups: Value| obj! { groups: groups };
    s.all("empty", |_| ask(list!["tellers"]));
    s.all("unknown", |_| ask(list!["tellers-not"]));
    s.all("mixed", |_| ask(list!["tellers-not", "tellers", "", "tellers"]));
    s.all("none", |_| ask(list![]));
    s.from(
        3,
        "operations",
        |_| obj! { groups: list!["tellers", "tellers-not"], include_authorized_operations: true },
    );
    s.section("ConsumerGroupDescribe");
    let ask = |groups: Value| obj! { group_ids: groups };
    s.ask(
        "OffsetCommit",
        9,
        "empty-group",
        commit("newer-tellers", "told", 0, 1, "".into()),
    );
    s.all("empty", |_| ask(list!["newer-tellers"]));
    s.all("unknown", |_| ask(list!["newer-tellers-not"]));
    s.all("mixed", |_| {
        ask(list!["newer-tellers-not", "newer-tellers", "", "newer-tellers"])
    });
    s.all("none", |_| ask(list![]));
    s.all(
        "operations",
        |_| obj! { group_ids: list!["newer-tellers"], include_authorized_operations: true },
    );
}

fn list_groups(s: &mut Script) {
    s.section("ListGroups");
    prepare(s, "counted");
    s.ask(
        "OffsetCommit",
        9,
        "empty-group",
        commit("counters", "counted", 0, 1, "".into()),
    );
    s.all("all", |_| obj! {});
    for (word, states) in [
        ("empty", list!["Empty"]),
        ("lower", list!["empty"]),
        ("stable", list!["Stable"]),
        ("unknown", list!["Odd"]),
        ("two", list!["Dead", "Empty"]),
        ("no-word", list![""]),
    ] {
        s.from(
            4,
            &format!("state-{word}"),
            |_| obj! { states_filter: states.clone() },
        );
    }
    for (word, types) in [
        ("classic", list!["classic"]),
        ("consumer", list!["consumer"]),
        ("upper", list!["CLASSIC"]),
        ("unknown", list!["odd"]),
        ("two", list!["classic", "consumer"]),
        ("no-word", list![""]),
    ] {
        s.from(
            5,
            &format!("type-{word}"),
            |_| obj! { types_filter: types.clone() },
        );
    }
}

fn delete_groups(s: &mut Script) {
    s.section("DeleteGroups");
    prepare(s, "left");
    for v in 0..3 {
        let body = commit(&format!("leavers-{v}"), "left", 0, 1, "".into());
        s.ask("OffsetCommit", 9, &format!("commit-{v}"), body);
    }
    let ask = |groups: Value| obj! { groups_names: groups };
    s.all("one", |v| ask(list![format!("leavers-{v}")]));
    s.all("again", |v| ask(list![format!("leavers-{v}")]));
    s.all("mixed", |_| ask(list!["leavers-not", "", "leavers-neither"]));
    s.all("twice", |_| ask(list!["leavers-not", "leavers-not"]));
    s.all("none", |_| ask(list![]));
}
