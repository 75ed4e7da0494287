use compat_tests::errors::*;
use compat_tests::ops::broker_and_topic;
use compat_tests::transactions::{Producer, committed_values};
use compat_tests::wire::Value;
use compat_tests::{list, obj, unique};

fn marker(producer: &Producer, commit: bool, topic: &str, coordinator_epoch: i32) -> Value {
    obj! { markers: list![obj! {
        producer_id: producer.producer_id, producer_epoch: producer.epoch, transaction_result: commit,
        topics: list![obj! { name: topic, partition_indexes: list![0] }], coordinator_epoch: coordinator_epoch,
    }] }
}

fn code(answer: &Value) -> i16 {
    answer["markers"][0]["topics"][0]["partitions"][0]["error_code"].int() as i16
}

/// What an operator does to a hanging transaction: the marker goes to the partition, past the coordinator.
#[test]
fn every_version_ends_a_hanging_transaction() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    for version in 1..=2 {
        let mut hanging = Producer::init(&mut client, &unique("x"));
        hanging.write(&mut client, &topic, 0, &["hanging"]);
        let answer = client.call("WriteTxnMarkers", version, marker(&hanging, false, &topic, 0));
        assert_eq!(code(&answer), NONE, "v{version}: {answer:?}");
        assert_eq!(answer["markers"][0]["producer_id"], hanging.producer_id);
    }
    let mut writer = Producer::init(&mut client, &unique("x"));
    writer.write(&mut client, &topic, 0, &["after"]);
    assert_eq!(writer.end(&mut client, 3, true), NONE);
    assert_eq!(committed_values(&mut client, &topic, 0), ["after"]);
}

#[test]
fn old_coordinators_old_epochs_and_unknown_partitions_are_refused() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let mut producer = Producer::init(&mut client, &unique("x"));
    producer.write(&mut client, &topic, 0, &["v"]);
    let answer = client.call("WriteTxnMarkers", 1, marker(&producer, false, &unique("none"), 0));
    assert_eq!(code(&answer), UNKNOWN_TOPIC_OR_PARTITION);
    let newer = client.call("WriteTxnMarkers", 1, marker(&producer, false, &topic, 9));
    assert_eq!(code(&newer), NONE);
    let older = client.call("WriteTxnMarkers", 1, marker(&producer, false, &topic, 8));
    assert_eq!(code(&older), TRANSACTION_COORDINATOR_FENCED);
    let mut zombie = producer.clone();
    zombie.epoch -= 1;
    let fenced = client.call("WriteTxnMarkers", 1, marker(&zombie, false, &topic, 9));
    assert_eq!(code(&fenced), INVALID_PRODUCER_EPOCH);
}
