//! Transactions as users see them: rdkafka's producer and consumers of both levels, time-outs, kill -9.

use compat_tests::errors::*;
use compat_tests::ops::{alter_cluster, broker_and_topic, create_topic, fetch_values, list_offset};
use compat_tests::server::Options;
use compat_tests::transactions::{Producer, committed_values, init_request, settled};
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{eventually, list, obj, unique};

fn stable_end(client: &mut Client, topic: &str) -> i64 {
    let partition = obj! { partition_index: 0, timestamp: -1i64 };
    let topics = list![obj! { name: topic, partitions: list![partition] }];
    let response = client.call(
        "ListOffsets",
        7,
        obj! { replica_id: -1, isolation_level: 1, topics: topics },
    );
    response["topics"][0]["partitions"][0]["offset"].int()
}

#[test]
fn every_version_of_init_producer_id_fences_who_was_before() {
    let (_broker, mut client, _topic) = broker_and_topic(1);
    for version in versions("InitProducerId") {
        let id = unique("x");
        let first = settled(&mut client, "InitProducerId", version, &init_request(&id, 60_000));
        let second = settled(&mut client, "InitProducerId", version, &init_request(&id, 60_000));
        assert_eq!(first["error_code"], NONE, "v{version}");
        assert_eq!(first["producer_id"], second["producer_id"], "v{version}");
        assert_eq!(
            first["producer_epoch"].int() + 1,
            second["producer_epoch"].int(),
            "v{version}"
        );
    }
}

#[test]
fn wrong_requests_of_init_producer_id_are_refused() {
    let (_broker, mut client, _topic) = broker_and_topic(1);
    let id = unique("x");
    let code = |client: &mut Client, request: &Value| {
        settled(client, "InitProducerId", 4, request)["error_code"].int()
    };
    assert_eq!(
        code(&mut client, &init_request("", 60_000)),
        i64::from(INVALID_REQUEST)
    );
    for timeout in [0, -1, 900_001] {
        let refused = code(&mut client, &init_request(&id, timeout));
        assert_eq!(refused, i64::from(INVALID_TRANSACTION_TIMEOUT), "{timeout} ms");
    }
}

#[test]
fn open_transactions_hold_the_last_stable_offset() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let mut first = Producer::init(&mut client, &unique("x"));
    let mut second = Producer::init(&mut client, &unique("y"));
    first.write(&mut client, &topic, 0, &["a"]);
    second.write(&mut client, &topic, 0, &["b"]);
    assert_eq!(second.end(&mut client, 3, true), NONE);
    assert_eq!(
        stable_end(&mut client, &topic),
        0,
        "the oldest open transaction began here"
    );
    assert_eq!(list_offset(&mut client, &topic, 0, -1), 3);
    assert_eq!(committed_values(&mut client, &topic, 0), Vec::<String>::new());
    assert_eq!(fetch_values(&mut client, &topic, 0), ["a", "b"]);
    assert_eq!(first.end(&mut client, 3, false), NONE);
    assert_eq!(stable_end(&mut client, &topic), 4);
    assert_eq!(committed_values(&mut client, &topic, 0), ["b"]);
}

#[test]
fn a_transaction_that_takes_too_long_is_aborted() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let mut producer = Producer::init_with_timeout(&mut client, &unique("x"), 50);
    // It may be aborted as soon as it has begun.
    if producer.add(&mut client, &topic, 0) == NONE {
        producer.send(&mut client, 11, &topic, 0, &["late"]);
    }
    eventually("the abort", || {
        stable_end(&mut client, &topic) == list_offset(&mut client, &topic, 0, -1)
    });
    let answer = settled(&mut client, "EndTxn", 3, &producer.end_request(true));
    assert_ne!(answer["error_code"], NONE, "too late to commit");
    assert_eq!(committed_values(&mut client, &topic, 0), Vec::<String>::new());
}

#[test]
fn records_outside_of_a_transaction_are_refused() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let mut producer = Producer::init(&mut client, &unique("x"));
    for (version, code) in [(10, INVALID_TXN_STATE), (11, TRANSACTION_ABORTABLE)] {
        let unverified = producer.send(&mut client, version, &topic, 0, &["v"]);
        assert_eq!(unverified["error_code"], code, "v{version}");
    }
    assert_eq!(fetch_values(&mut client, &topic, 0), Vec::<String>::new());
}

#[test]
fn transactions_outlive_a_kill() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[]);
    let mut committed = Producer::init(&mut client, "a");
    let mut open = Producer::init(&mut client, "b");
    let mut aborted = Producer::init(&mut client, "c");
    for (producer, value) in [
        (&mut committed, "yes"),
        (&mut open, "later"),
        (&mut aborted, "no"),
    ] {
        producer.write(&mut client, "t", 0, &[value]);
    }
    assert_eq!(committed.end(&mut client, 3, true), NONE);
    assert_eq!(aborted.end(&mut client, 3, false), NONE);
    broker.crash();
    let mut client = broker.client();
    assert_eq!(stable_end(&mut client, "t"), 1, "what was open is open");
    assert_eq!(committed_values(&mut client, "t", 0), ["yes"]);
    assert_eq!(open.end(&mut client, 3, true), NONE, "and can be committed");
    assert_eq!(committed_values(&mut client, "t", 0), ["yes", "later"]);
    let again = Producer::init(&mut client, "c");
    assert_eq!(
        (again.producer_id, again.epoch),
        (aborted.producer_id, aborted.epoch + 1)
    );
}

#[test]
fn expired_ids_are_forgotten_by_rounds() {
    let Some(broker) = Options::new()
        .set("transactional.id.expiration.ms", 20)
        .set("transaction.remove.expired.transaction.cleanup.interval.ms", 50)
        .start()
    else {
        return;
    };
    let mut client = broker.client();
    let id = unique("x");
    Producer::init(&mut client, &id);
    eventually("the id is forgotten", || {
        let listed = client.call("ListTransactions", 0, obj! {});
        listed["error_code"] == NONE && listed["transaction_states"].list().is_empty()
    });
}

#[test]
fn the_time_out_does_not_wait_for_the_clean_up_interval() {
    let Some(broker) = Options::new()
        .set(
            "transaction.abort.timed.out.transaction.cleanup.interval.ms",
            i32::MAX,
        )
        .start()
    else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[]);
    let mut producer = Producer::init_with_timeout(&mut client, "x", 100);
    producer.write(&mut client, "t", 0, &["a"]);
    eventually("the transaction is aborted", || stable_end(&mut client, "t") == 2);
}

#[test]
fn verification_can_be_switched_while_running() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[]);
    let mut producer = Producer::init(&mut client, "x");
    let mut stray =
        |client: &mut Client| producer.send(client, 11, "t", 0, &["a"])["error_code"].int() as i16;
    assert_eq!(stray(&mut client), TRANSACTION_ABORTABLE);
    alter_cluster(
        &mut client,
        &[("transaction.partition.verification.enable", "false")],
    );
    assert_eq!(stray(&mut client), NONE);
}
