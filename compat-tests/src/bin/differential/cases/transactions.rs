//! InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn, EndTxn, DescribeTransactions, ListTransactions, DescribeProducers.

use compat_tests::wire::{Value, range};
use compat_tests::{list, obj};

use crate::script::Script;

/// All cases of this file.
pub fn cases(s: &mut Script) {
    init_producer_id(s);
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
