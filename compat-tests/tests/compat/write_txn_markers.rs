use compat_tests::errors::*;
use compat_tests::ops::broker_and_topic;
use compat_tests::transactions::{Producer, committed_values};
use compat_tests::wire::{Value, versions};
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
    for version in versions("WriteTxnMarkers") {
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
    let id = unique("x");
    Producer::init(&mut client, &id);
    let mut producer = Producer::init(&mut client, &id);
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

/// KIP-1228: a marker of a transaction of the newer protocol has to raise the epoch.
#[test]
fn version_2_knows_whether_the_epoch_has_to_rise() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let mut hanging = Producer::init(&mut client, &unique("x"));
    hanging.write(&mut client, &topic, 0, &["hanging"]);
    let of_version = |transaction_version: i8, epoch: i16| {
        obj! { markers: list![obj! {
            producer_id: hanging.producer_id, producer_epoch: epoch, transaction_result: false,
            topics: list![obj! { name: &topic, partition_indexes: list![0] }], coordinator_epoch: 0,
            transaction_version: transaction_version,
        }] }
    };
    let same = client.call("WriteTxnMarkers", 2, of_version(2, hanging.epoch));
    assert_eq!(code(&same), INVALID_PRODUCER_EPOCH);
    let raised = client.call("WriteTxnMarkers", 2, of_version(2, hanging.epoch + 1));
    assert_eq!(code(&raised), NONE);
}
