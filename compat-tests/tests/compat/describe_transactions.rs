use compat_tests::errors::*;
use compat_tests::ops::broker_and_topic;
use compat_tests::transactions::Producer;
use compat_tests::wire::{Client, Value};
use compat_tests::{list, obj, unique};

fn describe(client: &mut Client, id: &str) -> Value {
    let answer = client.call("DescribeTransactions", 0, obj! { transactional_ids: list![id] });
    answer["transaction_states"][0].clone()
}

#[test]
fn a_transaction_is_shown_in_every_state() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    let mut producer = Producer::init_with_timeout(&mut client, &unique("x"), 45_000);
    let empty = describe(&mut client, &producer.id);
    assert_eq!(empty["error_code"], NONE);
    assert_eq!(empty["transaction_state"], "Empty");
    assert_eq!(empty["transaction_timeout_ms"], 45_000);
    assert_eq!(empty["transaction_start_time_ms"], -1);
    assert_eq!(empty["producer_id"], producer.producer_id);
    assert_eq!(empty["producer_epoch"], producer.epoch);

    producer.write(&mut client, &topic, 1, &["v"]);
    let ongoing = describe(&mut client, &producer.id);
    assert_eq!(ongoing["transaction_state"], "Ongoing");
    assert!(ongoing["transaction_start_time_ms"].int() > 0);
    assert_eq!(
        ongoing["topics"],
        list![obj! { topic: &topic, partitions: list![1] }]
    );

    assert_eq!(producer.end(&mut client, 3, true), NONE);
    compat_tests::eventually("the end of the transaction", || {
        let ended = describe(&mut client, &producer.id);
        ended["transaction_state"] == "CompleteCommit" && ended["topics"].list().is_empty()
    });
}

#[test]
fn unknown_ids_are_named() {
    let (_broker, mut client, _topic) = broker_and_topic(1);
    Producer::init(&mut client, &unique("x")); // the coordinator is there
    let id = unique("nobody");
    let answer = describe(&mut client, &id);
    assert_eq!(answer["error_code"], TRANSACTIONAL_ID_NOT_FOUND);
    assert_eq!(answer["transactional_id"], id.as_str());
    assert_eq!(describe(&mut client, "")["error_code"], INVALID_REQUEST);
}
