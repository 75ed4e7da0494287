use compat_tests::batch::Batch;
use compat_tests::errors::*;
use compat_tests::ops::{broker_and_topic, init_producer_id, produce};
use compat_tests::transactions::Producer;
use compat_tests::wire::{Client, Value};
use compat_tests::{list, obj, unique};

fn describe(client: &mut Client, topic: &str, partition: i32) -> Value {
    let request = obj! { topics: list![obj! { name: topic, partition_indexes: list![partition] }] };
    client.call("DescribeProducers", 0, request)["topics"][0]["partitions"][0].clone()
}

#[test]
fn producers_are_shown_with_their_open_transactions() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let (plain, epoch) = init_producer_id(&mut client);
    produce(
        &mut client,
        &topic,
        0,
        &Batch::of(&["a", "b"]).by(plain, epoch, 0),
    );
    let mut producer = Producer::init(&mut client, &unique("x"));
    producer.write(&mut client, &topic, 0, &["c", "d", "e"]);

    let answer = describe(&mut client, &topic, 0);
    assert_eq!(answer["error_code"], NONE);
    let idempotent = answer["active_producers"].find("producer_id", plain);
    assert_eq!(idempotent["last_sequence"], 1);
    assert_eq!(idempotent["current_txn_start_offset"], -1);
    let open = answer["active_producers"].find("producer_id", producer.producer_id);
    assert_eq!(open["producer_epoch"], i32::from(producer.epoch));
    assert_eq!(open["last_sequence"], 2);
    assert_eq!(open["current_txn_start_offset"], 2);
    assert_eq!(open["coordinator_epoch"], -1, "no marker was written yet");
    assert!(open["last_timestamp"].int() > 0);

    assert_eq!(producer.end(&mut client, 3, true), NONE);
    let answer = describe(&mut client, &topic, 0);
    let ended = answer["active_producers"].find("producer_id", producer.producer_id);
    assert_eq!(ended["current_txn_start_offset"], -1);
    assert!(ended["coordinator_epoch"].int() >= 0);
}

#[test]
fn unknown_partitions_are_named() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    assert_eq!(
        describe(&mut client, &topic, 3)["error_code"],
        UNKNOWN_TOPIC_OR_PARTITION
    );
    assert_eq!(
        describe(&mut client, &unique("none"), 0)["error_code"],
        UNKNOWN_TOPIC_OR_PARTITION
    );
}

#[test]
fn the_reason_is_kafkas() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let mut told = |topic: &str, partition: i32| {
        let row = describe(&mut client, topic, partition);
        let text = &row["error_message"];
        let text = (!text.is_null()).then(|| text.str().to_owned());
        (row["error_code"].int() as i16, text)
    };
    assert_eq!(told(&topic, 3), (UNKNOWN_TOPIC_OR_PARTITION, None));
    let text = Some("This server does not host this topic-partition.".to_owned());
    assert_eq!(told(&unique("none"), 0), (UNKNOWN_TOPIC_OR_PARTITION, text));
    let text = Some("Topic name is invalid: the empty string is not allowed".to_owned());
    assert_eq!(told("", 0), (INVALID_TOPIC_EXCEPTION, text));
}
