//! Requests that name a topic in two entries, and a partition in both: what counts, and how often it is answered.

use compat_tests::batch::{Batch, Codec, Record};
use compat_tests::wire::{Value, range};
use compat_tests::{list, obj};

use crate::script::Script;

/// When the records of these cases were made, ms since the epoch.
const MADE_MS: i64 = 1_700_000_000_000;
/// Last version of Produce, and of Fetch, in which topics have names.
const NAMED: i16 = 12;

/// All cases of this file.
pub fn cases(s: &mut Script) {
    produce(s);
    fetch(s);
    records(s);
    producers(s);
    log_dirs(s);
    reassignments(s);
}

/// A topic of three partitions for each of these names, in a section.
pub(super) fn prepare(s: &mut Script, api: &'static str, names: &[&str]) {
    s.section(api);
    let topic = |name: &&str| obj! { name: *name, num_partitions: 3, replication_factor: 1 };
    let topics: Vec<Value> = names.iter().map(topic).collect();
    s.and(
        "CreateTopics",
        names[0],
        obj! { topics: topics, timeout_ms: 30_000 },
    );
}

/// `topic` in two entries with one of `between` between them. The second partition comes in both.
pub(super) fn entries(
    of: impl Fn(&str, Value) -> Value,
    topic: &str,
    between: &str,
    parts: [Value; 4],
) -> Value {
    let [first, both, again, last] = parts;
    list![
        of(topic, list![first, both.clone()]),
        of(between, list![both]),
        of(topic, list![again, last])
    ]
}

/// A topic that there is beside one that there is not, the other way round, and beside itself: a word for the case, the
/// topic, and what is between its entries.
pub(super) fn ways(name: &str) -> [(&'static str, String, String); 3] {
    let unknown = format!("{name}-not");
    [
        ("two-entries", name.to_owned(), unknown.clone()),
        ("two-unknown-entries", unknown, name.to_owned()),
        ("three-entries", name.to_owned(), name.to_owned()),
    ]
}

fn records_of(word: &str) -> Value {
    let record = Record::of(word).at(MADE_MS);
    Batch::new(Codec::None, &[record]).bytes().into()
}

/// A topic by its name and, where the version has them, its id.
pub(super) fn named(field: &str, name: &str) -> Value {
    let mut topic = obj! { topic_id: id_of(name) };
    topic.set(field, name);
    topic
}

pub(super) fn id_of(name: &str) -> Value {
    match name.ends_with("-not") {
        true => [9; 16].into(),
        false => format!("${{id:{name}}}").into(),
    }
}

fn produce(s: &mut Script) {
    prepare(s, "Produce", &["sent-twice", "sent-beside"]);
    let part = |index: i32, word: &str| obj! { index: index, records: records_of(word) };
    let of = |name: &str, parts: Value| {
        let mut topic = named("name", name);
        topic.set("partition_data", parts);
        topic
    };
    let parts = || [part(0, "a"), part(1, "b"), part(1, "c"), part(2, "d")];
    let ask = |topics: Value| obj! { acks: -1, timeout_ms: 10_000, topic_data: topics };
    for (word, topic, between) in ways("sent-twice") {
        s.all(word, |_| ask(entries(of, &topic, &between, parts())));
    }
    s.all("twice", |_| {
        ask(list![of("sent-beside", list![part(0, "e"), part(0, "f")])])
    });
    s.all("no-partitions", |_| {
        ask(list![of("sent-beside", list![]), of("sent-not", list![])])
    });
    for topic in ["sent-twice", "sent-beside"] {
        let part = |index: i32| obj! { partition_index: index, timestamp: -1 };
        let topics = list![obj! { name: topic, partitions: list![part(0), part(1), part(2)] }];
        s.and("ListOffsets", topic, obj! { replica_id: -1, topics: topics });
    }
}

fn fetch(s: &mut Script) {
    prepare(s, "Fetch", &["got-twice"]);
    let part = |index: i32| obj! { index: index, records: records_of("x") };
    let data = obj! { name: "got-twice", partition_data: list![part(0), part(1), part(1), part(2)] };
    for at in 0..2 {
        let body = obj! { acks: -1, timeout_ms: 10_000, topic_data: list![data.clone()] };
        s.ask("Produce", NAMED, &format!("records-{at}"), body);
    }
    let part = |index: i32, offset: i64| obj! { partition: index, fetch_offset: offset, partition_max_bytes: 1_000_000 };
    let of = |name: &str, parts: Value| {
        let mut topic = named("topic", name);
        topic.set("partitions", parts);
        topic
    };
    let parts = || [part(0, 0), part(1, 0), part(1, 1), part(2, 0)];
    let ask = |session: Value, epoch: i32, topics: Value| {
        obj! {
            replica_id: -1, max_wait_ms: 0, min_bytes: 0, max_bytes: 1_000_000, session_id: session,
            session_epoch: epoch, topics: topics,
        }
    };
    for (word, topic, between) in ways("got-twice") {
        s.all(word, |_| {
            ask(0.into(), -1, entries(of, &topic, &between, parts()))
        });
    }
    s.all("twice", |_| {
        ask(
            0.into(),
            -1,
            list![of("got-twice", list![part(0, 1), part(0, 0)])],
        )
    });
    s.all("no-partitions", |_| {
        ask(
            0.into(),
            -1,
            list![of("got-twice", list![]), of("got-not", list![])],
        )
    });
    let api = "Fetch";
    for v in range(api).iter().filter(|v| *v >= 7) {
        let session = format!("session-{v}");
        let topics = entries(of, "got-twice", "got-not", parts());
        s.ask(api, v, "session-two-entries", ask(0.into(), 0, topics))
            .keep("session_id", &session);
        let symbol: Value = format!("${{{session}}}").into();
        let topics = entries(
            of,
            "got-twice",
            "got-not",
            [part(2, 1), part(1, 0), part(1, 0), part(2, 0)],
        );
        s.ask(api, v, "session-again", ask(symbol.clone(), 1, topics));
        let mut forget = ask(symbol, 2, list![of("got-twice", list![part(0, 0)])]);
        let mut topic = named("topic", "got-twice");
        topic.set("partitions", list![1, 2, 1]);
        forget.set("forgotten_topics_data", list![topic.clone(), topic]);
        s.ask(api, v, "session-forgets-twice", forget);
    }
}

fn records(s: &mut Script) {
    let fill = |s: &mut Script, api: &'static str, topic: &'static str| {
        prepare(s, api, &[topic]);
        let records: Vec<Record> = (0..9).map(|n| Record::of(format!("{n}")).at(MADE_MS)).collect();
        let batch = Batch::new(Codec::None, &records).bytes();
        let part = |index: i32| obj! { index: index, records: batch.clone() };
        let data = obj! { name: topic, partition_data: list![part(0), part(1), part(2)] };
        let body = obj! { acks: -1, timeout_ms: 10_000, topic_data: list![data] };
        s.ask("Produce", NAMED, topic, body);
    };
    let of = |name: &str, parts: Value| obj! { name: name, partitions: parts };
    fill(s, "DeleteRecords", "cut-twice");
    let part = |index: i32, offset: i64| obj! { partition_index: index, offset: offset };
    let ask = |topics: Value| obj! { topics: topics, timeout_ms: 10_000 };
    for (word, topic, between) in ways("cut-twice") {
        s.all(word, |v| {
            let parts = [part(0, 1), part(1, 5), part(1, 1 + i64::from(v)), part(2, 1)];
            ask(entries(of, &topic, &between, parts))
        });
    }
    s.all("two-entries-refused-last", |_| {
        ask(list![
            of("cut-twice", list![part(0, 2)]),
            of("cut-twice", list![part(0, 99)])
        ])
    });
    fill(s, "ListOffsets", "told-twice");
    let part = |index: i32, timestamp: i64| obj! { partition_index: index, timestamp: timestamp };
    let ask = |topics: Value| obj! { replica_id: -1, topics: topics };
    for (word, topic, between) in ways("told-twice") {
        let parts = || [part(0, -1), part(1, -1), part(1, -2), part(2, -2)];
        s.all(word, |_| ask(entries(of, &topic, &between, parts())));
    }
    s.all("two-entries-apart", |_| {
        ask(list![
            of("told-twice", list![part(2, -1)]),
            of("told-twice", list![part(0, -2), part(1, -2)])
        ])
    });
    s.all("three-times", |_| {
        ask(list![of(
            "told-twice",
            list![part(1, -1), part(1, -2), part(0, -1), part(1, 0)]
        )])
    });
    fill(s, "OffsetForLeaderEpoch", "ended-twice");
    let part =
        |index: i32, epoch: i32| obj! { partition: index, current_leader_epoch: -1, leader_epoch: epoch };
    let of = |name: &str, parts: Value| obj! { topic: name, partitions: parts };
    for (word, topic, between) in ways("ended-twice") {
        let parts = || [part(0, 0), part(1, 0), part(1, 7), part(2, 0)];
        s.all(word, |_| obj! { topics: entries(of, &topic, &between, parts()) });
    }
    s.all(
        "twice",
        |_| obj! { topics: list![of("ended-twice", list![part(0, 7), part(0, 0)])] },
    );
}

fn producers(s: &mut Script) {
    prepare(s, "DescribeProducers", &["asked-twice"]);
    let of = |name: &str, parts: Value| obj! { name: name, partition_indexes: parts };
    for (word, topic, between) in ways("asked-twice") {
        let parts = [0, 1, 1, 2].map(Value::from);
        s.last(word, obj! { topics: entries(of, &topic, &between, parts) });
    }
}

fn log_dirs(s: &mut Script) {
    prepare(s, "DescribeLogDirs", &["lying-twice"]);
    let parts = || [2, 1, 1, 0].map(Value::from);
    let of = |name: &str, parts: Value| obj! { topic: name, partitions: parts };
    for (word, topic, between) in ways("lying-twice") {
        s.all(word, |_| obj! { topics: entries(of, &topic, &between, parts()) });
    }
    prepare(s, "AlterReplicaLogDirs", &["carried-twice"]);
    let of = |name: &str, parts: Value| obj! { name: name, partitions: parts };
    for (word, topic, between) in ways("carried-twice") {
        let to = |path: &str| obj! { path: path, topics: entries(of, &topic, &between, parts()) };
        s.all(word, |_| obj! { dirs: list![to("${folder}")] });
        s.all(&format!("{word}-in-two-folders"), |_| {
            obj! { dirs: list![to("/no/such/folder"), to("${folder}")] }
        });
        s.all(&format!("{word}-elsewhere-last"), |_| {
            obj! { dirs: list![to("${folder}"), to("/no/such/folder")] }
        });
    }
}

fn reassignments(s: &mut Script) {
    let of = |name: &str, parts: Value| obj! { name: name, partitions: parts };
    prepare(s, "AlterPartitionReassignments", &["moved-twice"]);
    let part = |index: i32, broker: i32| obj! { partition_index: index, replicas: list![broker] };
    for (word, topic, between) in ways("moved-twice") {
        let parts = || [part(0, 1), part(1, 1), part(1, 5), part(2, 1)];
        s.all(word, |_| {
            obj! { topics: entries(of, &topic, &between, parts()), timeout_ms: 10_000 }
        });
    }
    prepare(s, "ListPartitionReassignments", &["listed-moves-twice"]);
    let of = |name: &str, parts: Value| obj! { name: name, partition_indexes: parts };
    for (word, topic, between) in ways("listed-moves-twice") {
        let parts = || [0, 1, 1, 2].map(Value::from);
        s.all(word, |_| obj! { topics: entries(of, &topic, &between, parts()) });
    }
    prepare(s, "ElectLeaders", &["elected-twice"]);
    let of = |name: &str, parts: Value| obj! { topic: name, partitions: parts };
    for (word, topic, between) in ways("elected-twice") {
        let parts = || [0, 1, 1, 2].map(Value::from);
        s.all(word, |_| {
            obj! { topic_partitions: entries(of, &topic, &between, parts()), timeout_ms: 10_000 }
        });
    }
}
