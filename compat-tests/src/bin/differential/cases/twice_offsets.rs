//! As in [`super::twice`], of committed offsets and transactions.

use compat_tests::wire::{Value, range};
use compat_tests::{list, obj};

use super::twice::{entries, id_of, named, prepare, ways};
use crate::script::Script;

/// All cases of this file.
pub fn cases(s: &mut Script) {
    commit_offsets(s);
    fetch_and_delete_offsets(s);
    in_transactions(s);
    markers(s);
}

/// A partition of a commit.
fn commit(index: i32, offset: i64) -> Value {
    obj! { partition_index: index, committed_offset: offset, committed_metadata: "" }
}

/// A topic of a commit.
fn commits(name: &str, parts: Value) -> Value {
    let mut topic = named("name", name);
    topic.set("partitions", parts);
    topic
}

/// Asks for all offsets of a group.
fn committed(s: &mut Script, name: &str, group: String) {
    let group = obj! { group_id: group, topics: Value::Null };
    s.and("OffsetFetch", name, obj! { groups: list![group] });
}

fn coordinator(s: &mut Script, kind: i32, key: &str) {
    let ask = obj! { key_type: kind, coordinator_keys: list![key] };
    s.and("FindCoordinator", key, ask);
}

fn commit_offsets(s: &mut Script) {
    prepare(s, "OffsetCommit", &["kept-twice", "kept-beside"]);
    coordinator(s, 0, "keepers");
    let ask = |v: i16, topics: Value| obj! { group_id: format!("keepers-{v}"), topics: topics };
    for (word, topic, between) in ways("kept-twice") {
        let parts = || [commit(0, 1), commit(1, 2), commit(1, 3), commit(2, 4)];
        s.all(word, |v| ask(v, entries(commits, &topic, &between, parts())));
    }
    s.all("two-known", |v| {
        let parts = [commit(0, 1), commit(9, 2), commit(9, 3), commit(2, 5)];
        ask(v, entries(commits, "kept-twice", "kept-beside", parts))
    });
    s.all("twice", |v| {
        ask(
            v,
            list![commits(
                "kept-beside",
                list![commit(0, 8), commit(0, 7), commit(7, 0), commit(7, 1)]
            )],
        )
    });
    s.all("two-entries-unknown-member", |v| {
        let mut ask = ask(
            v,
            entries(
                commits,
                "kept-twice",
                "kept-not",
                [commit(0, 1), commit(1, 2), commit(1, 3), commit(9, 4)],
            ),
        );
        ask.set("member_id", "nobody");
        ask.set("generation_id_or_member_epoch", 1);
        ask
    });
    for v in range("OffsetCommit").iter() {
        committed(s, &format!("committed-{v}"), format!("keepers-{v}"));
    }
}

fn fetch_and_delete_offsets(s: &mut Script) {
    prepare(s, "OffsetFetch", &["read-twice"]);
    coordinator(s, 0, "readers");
    let all = || list![commit(0, 1), commit(1, 2), commit(2, 3)];
    let body = |group: &str, topic: &str| obj! { group_id: group, topics: list![commits(topic, all())] };
    s.ask("OffsetCommit", 9, "read-twice", body("readers", "read-twice"));
    for (word, topic, between) in ways("read-twice") {
        s.all(word, |v| {
            let of = |name: &str, parts: Value| {
                let mut topic = obj! { name: name, partition_indexes: parts };
                if v >= 8 {
                    topic.set("topic_id", if v >= 10 { id_of(name) } else { [0; 16].into() });
                }
                topic
            };
            let topics = entries(of, &topic, &between, [2, 1, 1, 0].map(Value::from));
            match v < 8 {
                true => obj! { group_id: "readers", topics: topics },
                false => obj! { groups: list![obj! { group_id: "readers", topics: topics }] },
            }
        });
    }
    prepare(s, "OffsetDelete", &["undone-twice"]);
    coordinator(s, 0, "undoers-twice");
    s.ask(
        "OffsetCommit",
        9,
        "undone-twice",
        body("undoers-twice", "undone-twice"),
    );
    let of = |name: &str, parts: Value| obj! { name: name, partitions: parts };
    s.last(
        "unknown-group-and-topic",
        obj! { group_id: "nobodies", topics: list![of("undone-not", list![]), of("undone-twice", list![])] },
    );
    for (word, topic, between) in ways("undone-twice") {
        let parts = [0, 1, 1, 2].map(|index| obj! { partition_index: index });
        let topics = entries(of, &topic, &between, parts);
        s.last(word, obj! { group_id: "undoers-twice", topics: topics });
    }
    committed(s, "left", "undoers-twice".to_owned());
}

fn in_transactions(s: &mut Script) {
    let init = |s: &mut Script, word: &str, api: &str| {
        coordinator(s, 1, word);
        for v in range(api).iter() {
            let id = format!("{word}-{v}");
            let body = obj! { transactional_id: id.as_str(), transaction_timeout_ms: 60_000 };
            s.ask("InitProducerId", 4, &id, body).keep("producer_id", &id);
        }
    };
    let of = |name: &str, parts: Value| obj! { name: name, partitions: parts };
    let api = "AddPartitionsToTxn";
    prepare(s, api, &["added-twice"]);
    init(s, "twice-adder", api);
    for verify in [false, true] {
        for (word, topic, between) in ways("added-twice") {
            let word = if verify {
                format!("verify-{word}")
            } else {
                word.to_owned()
            };
            let ask = |v: i16| {
                let id = format!("twice-adder-{v}");
                let producer: Value = format!("${{{id}}}").into();
                let topics = entries(of, &topic, &between, [0, 1, 1, 2].map(Value::from));
                match v {
                    0..=3 => obj! {
                        v3_and_below_transactional_id: id, v3_and_below_producer_id: producer,
                        v3_and_below_producer_epoch: 0, v3_and_below_topics: topics,
                    },
                    _ => obj! { transactions: list![obj! {
                        transactional_id: id, producer_id: producer, producer_epoch: 0, verify_only: verify,
                        topics: topics,
                    }] },
                }
            };
            s.from(if verify { 4 } else { 0 }, &word, ask);
        }
    }
    let api = "TxnOffsetCommit";
    prepare(s, api, &["txn-kept-twice"]);
    coordinator(s, 0, "txn-keepers");
    init(s, "txn-keeper", api);
    for (word, topic, between) in ways("txn-kept-twice") {
        s.all(word, |v| {
            let parts = [commit(0, 1), commit(1, 2), commit(1, 3), commit(2, 4)];
            obj! {
                transactional_id: format!("txn-keeper-{v}"), group_id: "txn-keepers",
                producer_id: format!("${{txn-keeper-{v}}}"), producer_epoch: 0,
                topics: entries(of, &topic, &between, parts),
            }
        });
    }
}

fn markers(s: &mut Script) {
    prepare(s, "WriteTxnMarkers", &["marked-twice"]);
    // Only of what is not there: for a partition that comes twice Kafka waits for ever.
    let of = |name: &str, parts: Value| obj! { name: name, partition_indexes: parts };
    s.all("two-unknown-entries", |_| {
        let parts = [0, 1, 1, 2].map(Value::from);
        let marker = obj! {
            producer_id: 616_161, producer_epoch: 0, transaction_result: true, coordinator_epoch: 0,
            topics: entries(of, "marked-twice-not", "marked-twice", parts),
        };
        obj! { markers: list![marker] }
    });
}
