use compat_tests::errors::*;
use compat_tests::groups::await_coordinator;
use compat_tests::ops::broker_and_topic;
use compat_tests::transactions::{Producer, settled};
use compat_tests::wire::{Value, versions};
use compat_tests::{obj, unique};

fn request(producer: &Producer, group: &str) -> Value {
    obj! {
        transactional_id: &producer.id, producer_id: producer.producer_id, producer_epoch: producer.epoch,
        group_id: group,
    }
}

#[test]
fn every_version_adds_the_groups_partition() {
    let (_broker, mut client, _topic) = broker_and_topic(1);
    let group = unique("g");
    await_coordinator(&mut client, &group);
    for version in versions("AddOffsetsToTxn") {
        let mut producer = Producer::init(&mut client, &unique("x"));
        let answer = settled(
            &mut client,
            "AddOffsetsToTxn",
            version,
            &request(&producer, &group),
        );
        assert_eq!(answer["error_code"], NONE, "v{version}");
        let described = client.call(
            "DescribeTransactions",
            0,
            obj! { transactional_ids: compat_tests::list![&producer.id] },
        );
        let topics = &described["transaction_states"][0]["topics"];
        assert_eq!(topics[0]["topic"], "__consumer_offsets", "v{version}");
        assert_eq!(producer.end(&mut client, 3, true), NONE, "v{version}");
    }
}

#[test]
fn strangers_and_zombies_are_refused() {
    let (_broker, mut client, _topic) = broker_and_topic(1);
    let (id, group) = (unique("x"), unique("g"));
    await_coordinator(&mut client, &group);
    let zombie = Producer::init(&mut client, &id);
    let mut stranger = Producer::init(&mut client, &id);
    let code = |client: &mut _, version, producer: &Producer| {
        settled(client, "AddOffsetsToTxn", version, &request(producer, &group))["error_code"].int() as i16
    };
    assert_eq!(code(&mut client, 4, &zombie), PRODUCER_FENCED);
    assert_eq!(code(&mut client, 1, &zombie), INVALID_PRODUCER_EPOCH);
    stranger.producer_id += 1000;
    assert_eq!(code(&mut client, 4, &stranger), INVALID_PRODUCER_ID_MAPPING);
}
