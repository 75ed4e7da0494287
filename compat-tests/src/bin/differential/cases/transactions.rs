//! InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn, EndTxn, DescribeTransactions, ListTransactions, DescribeProducers.

use compat_tests::wire::{Value, range};
use compat_tests::{list, obj};

use crate::script::Script;

/// All cases of this file.
pub fn cases(s: &mut Script) {
    init_producer_id(s);
    add_partitions(s);
    add_offsets(s);
    end(s);
    commit_offsets(s);
    markers(s);
    list(s);
    describe(s);
}

/// A topic and transactional ids of a section, one for each version of its API: their producers' ids are kept under
/// their names.
fn prepare(s: &mut Script, topic: &str, ids: &[String]) {
    let topics = list![obj! { name: topic, num_partitions: 3, replication_factor: 1 }];
    s.and(
        "CreateTopics",
        "topic",
        obj! { topics: topics, timeout_ms: 30_000 },
    );
    // Kafka makes the topics of its coordinators when somebody first asks for one.
    s.and(
        "FindCoordinator",
        "coordinator",
        obj! { key_type: 1, coordinator_keys: list![topic] },
    );
    for id in ids {
        s.ask("InitProducerId", 4, id, init(id.as_str().into(), 60_000))
            .keep("producer_id", id);
    }
}

fn ids_of(word: &str, api: &str) -> Vec<String> {
    range(api).iter().map(|v| format!("{word}-{v}")).collect()
}

/// The id of a producer, by the symbol that it was kept under.
fn symbol(id: &str) -> Value {
    format!("${{{id}}}").into()
}

fn add_partitions(s: &mut Script) {
    s.section("AddPartitionsToTxn");
    let api = "AddPartitionsToTxn";
    prepare(s, "added", &ids_of("adder", api));
    let of = |topic: &str, partitions: Value| obj! { name: topic, partitions: partitions };
    let ask = |v: i16, id: &str, producer: Value, epoch: i32, topics: Value| match v {
        0..=3 => obj! {
            v3_and_below_transactional_id: id, v3_and_below_producer_id: producer, v3_and_below_producer_epoch: epoch,
            v3_and_below_topics: topics,
        },
        _ => obj! { transactions: list![obj! {
            transactional_id: id, producer_id: producer, producer_epoch: epoch, verify_only: false, topics: topics,
        }] },
    };
    let own = |v: i16, topics: Value| {
        let id = format!("adder-{v}");
        ask(v, &id, symbol(&id), 0, topics)
    };
    s.all("some", |v| own(v, list![of("added", list![0, 2])]));
    s.all("again", |v| own(v, list![of("added", list![0])]));
    s.all("unknown-topic", |v| own(v, list![of("added-not", list![0])]));
    s.all("mixed", |v| {
        own(v, list![of("added", list![1, 9]), of("added-not", list![0])])
    });
    s.all("none", |v| own(v, list![]));
    s.all("no-partitions", |v| own(v, list![of("added", list![])]));
    s.all("old-epoch", |v| {
        let id = format!("adder-{v}");
        ask(v, &id, symbol(&id), -1, list![of("added", list![0])])
    });
    s.all("high-epoch", |v| {
        let id = format!("adder-{v}");
        ask(v, &id, symbol(&id), 7, list![of("added", list![0])])
    });
    s.all("other-producer", |v| {
        ask(
            v,
            &format!("adder-{v}"),
            424_242.into(),
            0,
            list![of("added", list![0])],
        )
    });
    s.all("unknown-id", |v| {
        ask(v, "adder-not", 424_242.into(), 0, list![of("added", list![0])])
    });
    s.all("empty-id", |v| {
        ask(v, "", 424_242.into(), 0, list![of("added", list![0])])
    });
    s.from(4, "verify", |v| {
        let id = format!("adder-{v}");
        obj! { transactions: list![obj! {
            transactional_id: id.clone(), producer_id: symbol(&id), producer_epoch: 0, verify_only: true,
            topics: list![of("added", list![0, 1])],
        }] }
    });
    s.last("no-transactions", obj! { transactions: list![] }).silent();
}

fn add_offsets(s: &mut Script) {
    s.section("AddOffsetsToTxn");
    prepare(s, "offset-added", &ids_of("offset-adder", "AddOffsetsToTxn"));
    let ask = |id: &str, producer: Value, epoch: i32, group: &str| {
        obj! { transactional_id: id, producer_id: producer, producer_epoch: epoch, group_id: group }
    };
    let own = |v: i16, epoch: i32, group: &str| {
        let id = format!("offset-adder-{v}");
        ask(&id, symbol(&id), epoch, group)
    };
    s.all("group", |v| own(v, 0, "offset-group"));
    s.all("again", |v| own(v, 0, "offset-group"));
    s.all("empty-group", |v| own(v, 0, ""));
    s.all("old-epoch", |v| own(v, -1, "offset-group"));
    s.all("high-epoch", |v| own(v, 3, "offset-group"));
    s.all("other-producer", |v| {
        ask(&format!("offset-adder-{v}"), 424_242.into(), 0, "offset-group")
    });
    s.all("unknown-id", |_| {
        ask("offset-adder-not", 424_242.into(), 0, "offset-group")
    });
    s.all("empty-id", |_| ask("", 424_242.into(), 0, "offset-group"));
}

fn end(s: &mut Script) {
    s.section("EndTxn");
    prepare(s, "ended", &ids_of("ender", "EndTxn"));
    let ask = |id: &str, producer: Value, epoch: i32, commit: bool| {
        obj! { transactional_id: id, producer_id: producer, producer_epoch: epoch, committed: commit }
    };
    let own = |v: i16, epoch: i32, commit: bool| {
        let id = format!("ender-{v}");
        ask(&id, symbol(&id), epoch, commit)
    };
    s.all("nothing-to-commit", |v| own(v, 0, true));
    s.all("nothing-to-abort", |v| own(v, 0, false));
    s.all("old-epoch", |v| own(v, -1, true));
    s.all("high-epoch", |v| own(v, 9, true));
    s.all("other-producer", |v| {
        ask(&format!("ender-{v}"), 424_242.into(), 0, true)
    });
    s.all("unknown-id", |_| ask("ender-not", 424_242.into(), 0, true));
    s.all("empty-id", |_| ask("", 424_242.into(), 0, false));
}

fn commit_offsets(s: &mut Script) {
    s.section("TxnOffsetCommit");
    prepare(s, "txn-committed", &ids_of("committer", "TxnOffsetCommit"));
    s.and(
        "FindCoordinator",
        "group",
        obj! { key_type: 0, coordinator_keys: list!["txn-group"] },
    );
    let part = |index: i32, metadata: Value| obj! { partition_index: index, committed_offset: 4, committed_metadata: metadata };
    let ask = |v: i16, producer: Value, epoch: i32, topic: &str, partitions: Value| {
        obj! {
            transactional_id: format!("committer-{v}"), group_id: "txn-group", producer_id: producer,
            producer_epoch: epoch, topics: list![obj! { name: topic, partitions: partitions }],
        }
    };
    let own = |v: i16, topic: &str, partitions: Value| {
        ask(v, symbol(&format!("committer-{v}")), 0, topic, partitions)
    };
    s.last("too-much", {
        let partitions: Vec<Value> = (0..300).map(|_| part(0, "m".repeat(4_096).into())).collect();
        own(5, "txn-committed", partitions.into())
    });
    s.all("unknown-topic", |v| {
        own(v, "txn-committed-not", list![part(0, "".into())])
    });
    s.all("unknown-partition", |v| {
        own(v, "txn-committed", list![part(9, "".into()), part(-1, "".into())])
    });
    s.all("no-partitions", |v| own(v, "txn-committed", list![]));
    s.all("too-large-metadata", |v| {
        own(v, "txn-committed", list![part(0, "m".repeat(4_097).into())])
    });
    s.from(3, "unknown-member", |v| {
        let mut ask = own(v, "txn-committed", list![part(0, "".into())]);
        ask.set("generation_id", 3);
        ask.set("member_id", "nobody");
        ask
    });
}

fn markers(s: &mut Script) {
    s.section("WriteTxnMarkers");
    prepare(s, "marked", &[]);
    let ask = |topic: &str, partitions: Value| {
        let topics = list![obj! { name: topic, partition_indexes: partitions }];
        obj! { markers: list![obj! {
            producer_id: 515_151, producer_epoch: 0, transaction_result: true, topics: topics, coordinator_epoch: 0,
        }] }
    };
    s.all("unknown-topic", |_| ask("marked-not", list![0]));
    s.all("unknown-partition", |_| ask("marked", list![9]));
    s.all("some", |_| ask("marked", list![0, 1]));
    s.all("again", |_| ask("marked", list![0]));
    s.all("none", |_| obj! { markers: list![] });
}

fn list(s: &mut Script) {
    s.section("ListTransactions");
    prepare(s, "listed-txn", &["lister-a".to_owned(), "lister-b".to_owned()]);
    let partitions = list![obj! { name: "listed-txn", partitions: list![0] }];
    let add = obj! {
        v3_and_below_transactional_id: "lister-a", v3_and_below_producer_id: symbol("lister-a"),
        v3_and_below_producer_epoch: 0, v3_and_below_topics: partitions,
    };
    s.ask("AddPartitionsToTxn", 3, "begin", add);
    let ask =
        |states: Value, producers: Value| obj! { state_filters: states, producer_id_filters: producers };
    let both = || list![symbol("lister-a"), symbol("lister-b")];
    s.all("by-producer", |_| ask(list![], both()));
    s.all("ongoing", |_| ask(list!["Ongoing"], both()));
    s.all("empty-state", |_| ask(list!["Empty"], both()));
    s.all("unknown-state", |_| {
        ask(list!["Nonsense", "Ongoing"], list![symbol("lister-a")])
    });
    s.all("lower-case", |_| ask(list!["ongoing"], both()));
    s.all("unknown-producer", |_| ask(list![], list![99_999_999]));
    for duration in [-1, 0, 3_600_000, i64::MAX] {
        s.from(1, &format!("duration-{duration}"), |_| {
            let mut ask = ask(list![], both());
            ask.set("duration_filter", duration);
            ask
        });
    }
    for (word, pattern) in [
        ("a", "lister-a"),
        ("any", "lister-.*"),
        ("part", "lister"),
        ("empty", ""),
        ("wrong", "lister-("),
    ] {
        s.from(2, &format!("pattern-{word}"), |_| {
            let mut ask = ask(list![], both());
            ask.set("transactional_id_pattern", pattern);
            ask
        });
    }
}

fn describe(s: &mut Script) {
    s.section("DescribeTransactions");
    prepare(
        s,
        "described-txn",
        &["described-a".to_owned(), "described-b".to_owned()],
    );
    let partitions = list![obj! { name: "described-txn", partitions: list![2] }];
    let add = obj! {
        v3_and_below_transactional_id: "described-a", v3_and_below_producer_id: symbol("described-a"),
        v3_and_below_producer_epoch: 0, v3_and_below_topics: partitions,
    };
    s.ask("AddPartitionsToTxn", 3, "begin", add);
    let ask = |ids: Value| obj! { transactional_ids: ids };
    s.last("both", ask(list!["described-a", "described-b"]));
    s.last("unknown", ask(list!["described-not"]));
    s.last("empty", ask(list![""]));
    s.last("none", ask(list![]));
    s.last("twice", ask(list!["described-b", "described-b"]));
}

fn init(id: Value, timeout_ms: i32) -> Value {
    obj! { transactional_id: id, transaction_timeout_ms: timeout_ms }
}

fn init_producer_id(s: &mut Script) {
    s.section("InitProducerId");
    // Kafka makes the topics of its coordinators when somebody first asks for one.
    s.and(
        "FindCoordinator",
        "coordinator",
        obj! { key_type: 1, coordinator_keys: list!["init-t-0"] },
    );
    let since = |v: i16, name: &str| format!("init-{name}-{v}");
    for v in range("InitProducerId").iter() {
        s.ask(
            "InitProducerId",
            v,
            "transactional",
            init(since(v, "t").into(), 10_000),
        )
        .keep("producer_id", &since(v, "t"));
        s.ask("InitProducerId", v, "again", init(since(v, "t").into(), 20_000));
        s.ask("InitProducerId", v, "idempotent", init(Value::Null, 10_000))
            .keep("producer_id", &since(v, "i"));
    }
    s.all("empty-id", |_| init("".into(), 10_000));
    for timeout in [i32::MIN, -1, 0, 900_001, i32::MAX] {
        s.all(&format!("timeout-{timeout}"), |v| {
            init(since(v, "timeout").into(), timeout)
        });
    }
    let with = |id: Value, producer: Value, epoch: i32| {
        obj! { transactional_id: id, transaction_timeout_ms: 10_000, producer_id: producer, producer_epoch: epoch }
    };
    s.from(3, "own-epoch", |v| {
        with(since(v, "t").into(), format!("${{{}}}", since(v, "t")).into(), 1)
    });
    s.from(3, "old-epoch", |v| {
        with(since(v, "t").into(), format!("${{{}}}", since(v, "t")).into(), 0)
    });
    s.from(3, "high-epoch", |v| {
        with(since(v, "t").into(), format!("${{{}}}", since(v, "t")).into(), 9)
    });
    s.from(3, "unknown-producer", |v| {
        with(since(v, "t").into(), 777_777.into(), 1)
    });
    s.from(3, "producer-without-epoch", |v| {
        with(since(v, "t").into(), 5.into(), -1)
    });
    s.from(3, "epoch-without-producer", |v| {
        with(since(v, "t").into(), (-1).into(), 5)
    });
    s.from(3, "negative-producer", |v| {
        with(since(v, "t").into(), (-2).into(), 5)
    });
    s.from(3, "new-id-with-producer", |v| {
        with(since(v, "new").into(), 5.into(), 5)
    });
    s.from(3, "idempotent-with-producer", |_| with(Value::Null, 5.into(), 5));
}
