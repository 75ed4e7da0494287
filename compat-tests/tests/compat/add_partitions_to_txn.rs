use compat_tests::errors::*;
use compat_tests::ops::broker_and_topic;
use compat_tests::transactions::Producer;
use compat_tests::wire::Value;
use compat_tests::{list, obj, unique};

/// The request of version 4 and above, in which one broker asks for many producers.
fn batched(producer: &Producer, verify_only: bool, topic: &str, partition: i32) -> Value {
    obj! { transactions: list![obj! {
        transactional_id: &producer.id, producer_id: producer.producer_id, producer_epoch: producer.epoch,
        verify_only: verify_only, topics: list![obj! { name: topic, partitions: list![partition] }],
    }] }
}

fn batched_code(answer: &Value) -> i16 {
    assert_eq!(answer["error_code"], NONE, "{answer:?}");
    let topic = &answer["results_by_transaction"][0]["topic_results"][0];
    topic["results_by_partition"][0]["partition_error_code"].int() as i16
}

#[test]
fn every_version_adds_partitions() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    for version in 0..=3 {
        let mut producer = Producer::init(&mut client, &unique("x"));
        let answer = client.call(
            "AddPartitionsToTxn",
            version,
            producer.add_request(&topic, &[0, 1]),
        );
        let results = &answer["results_by_topic_v3_and_below"][0]["results_by_partition"];
        for partition in 0..2 {
            let result = results.find("partition_index", partition);
            assert_eq!(result["partition_error_code"], NONE, "v{version}");
        }
        assert_eq!(
            producer.send(&mut client, 11, &topic, 1, &["v"])["error_code"],
            NONE
        );
        assert_eq!(producer.end(&mut client, 3, true), NONE);
    }
    for version in 4..=5 {
        let mut producer = Producer::init(&mut client, &unique("x"));
        let answer = client.call(
            "AddPartitionsToTxn",
            version,
            batched(&producer, false, &topic, 0),
        );
        assert_eq!(batched_code(&answer), NONE, "v{version}");
        assert_eq!(producer.end(&mut client, 3, false), NONE);
    }
}

#[test]
fn verification_adds_nothing() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    let mut producer = Producer::init(&mut client, &unique("x"));
    assert_eq!(producer.add(&mut client, &topic, 0), NONE);
    for version in 4..=5 {
        let added = client.call("AddPartitionsToTxn", version, batched(&producer, true, &topic, 0));
        assert_eq!(batched_code(&added), NONE, "v{version}");
        let other = client.call("AddPartitionsToTxn", version, batched(&producer, true, &topic, 1));
        assert_eq!(batched_code(&other), TRANSACTION_ABORTABLE, "v{version}");
    }
    assert_eq!(producer.end(&mut client, 3, true), NONE);
}

#[test]
fn one_unknown_partition_keeps_the_others_out() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let producer = Producer::init(&mut client, &unique("x"));
    let answer = client.call("AddPartitionsToTxn", 3, producer.add_request(&topic, &[0, 7]));
    let results = &answer["results_by_topic_v3_and_below"][0]["results_by_partition"];
    let code =
        |partition: i32| results.find("partition_index", partition)["partition_error_code"].int() as i16;
    assert_eq!(code(7), UNKNOWN_TOPIC_OR_PARTITION);
    assert_eq!(code(0), OPERATION_NOT_ATTEMPTED);
}

#[test]
fn strangers_and_zombies_are_refused() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let id = unique("x");
    let zombie = Producer::init(&mut client, &id);
    let alive = Producer::init(&mut client, &id);
    assert_eq!(alive.epoch, zombie.epoch + 1);
    assert_eq!(zombie.add(&mut client, &topic, 0), PRODUCER_FENCED);
    let old = client.call("AddPartitionsToTxn", 1, zombie.add_request(&topic, &[0]));
    let result = &old["results_by_topic_v3_and_below"][0]["results_by_partition"][0];
    assert_eq!(
        result["partition_error_code"], INVALID_PRODUCER_EPOCH,
        "a client of version 1 knows no PRODUCER_FENCED"
    );
    let mut other = alive.clone();
    other.producer_id += 1000;
    assert_eq!(other.add(&mut client, &topic, 0), INVALID_PRODUCER_ID_MAPPING);
    other.id = unique("nobody");
    assert_eq!(other.add(&mut client, &topic, 0), INVALID_PRODUCER_ID_MAPPING);
    other.id = String::new();
    assert_eq!(other.add(&mut client, &topic, 0), INVALID_REQUEST);
}
