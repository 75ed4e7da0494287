use std::collections::BTreeSet;

use compat_tests::batch::Batch;
use compat_tests::errors::*;
use compat_tests::ops::{broker_and_topic, create_topic, init_producer_id, produce};
use compat_tests::server::Options;
use compat_tests::transactions::{Producer, init_request, settled};
use compat_tests::wire::{Value, versions};
use compat_tests::{obj, unique};

#[test]
fn every_version_gives_a_fresh_id() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    init_producer_id(&mut client); // the coordinator is awake
    let mut seen = BTreeSet::new();
    for version in versions("InitProducerId") {
        for _ in 0..3 {
            let request = obj! { transactional_id: Value::Null, transaction_timeout_ms: i32::MAX };
            let answer = client.call("InitProducerId", version, request);
            assert_eq!(answer["error_code"], NONE, "v{version}");
            assert_eq!(answer["producer_epoch"], 0, "v{version}");
            let id = answer["producer_id"].int();
            assert!(id >= 0 && seen.insert(id), "v{version}: {id} twice");
            produce(&mut client, &topic, 0, &Batch::of(&["x"]).by(id, 0, 0));
        }
    }
}

#[test]
fn an_id_to_resume_is_given_a_new_one_without_transactions() {
    let (_broker, mut client, _topic) = broker_and_topic(1);
    let (id, epoch) = init_producer_id(&mut client);
    for version in 3..=5 {
        let request = obj! {
            transactional_id: Value::Null, transaction_timeout_ms: 60_000, producer_id: id, producer_epoch: epoch,
        };
        let answer = client.call("InitProducerId", version, request);
        assert_eq!(
            (answer["error_code"].int(), answer["producer_epoch"].int()),
            (0, 0),
            "v{version}"
        );
        assert_ne!(answer["producer_id"], id, "v{version}");
    }
}

#[test]
fn ids_are_never_given_twice_whatever_happens() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    create_topic(&mut broker.client(), "t", 1, &[]);
    let mut seen = BTreeSet::new();
    for round in 0..6 {
        let mut client = broker.client();
        for _ in 0..5 {
            let (id, epoch) = init_producer_id(&mut client);
            assert!(seen.insert((id, epoch)), "{id} again in round {round}");
        }
        if round % 2 == 0 {
            broker.crash();
        } else {
            broker.stop();
            broker.start_again();
        }
    }
}

#[test]
fn who_was_fenced_gets_no_new_epoch() {
    let (_broker, mut client, _topic) = broker_and_topic(1);
    let id = unique("x");
    let old = Producer::init(&mut client, &id);
    Producer::init(&mut client, &id);
    let newest = Producer::init(&mut client, &id);
    let as_it_was = |producer_id: i64, epoch: i16| {
        let mut request = init_request(&id, 60_000);
        request.set("producer_id", producer_id);
        request.set("producer_epoch", epoch);
        request
    };
    for version in versions("InitProducerId").filter(|version| *version >= 3) {
        // A code of its own since version 4.
        let fenced = if version < 4 {
            INVALID_PRODUCER_EPOCH
        } else {
            PRODUCER_FENCED
        };
        for (producer_id, epoch, wanted) in [
            (old.producer_id, old.epoch, fenced),
            (newest.producer_id + 1000, newest.epoch, fenced),
            (newest.producer_id, -1, INVALID_REQUEST),
            (-1, newest.epoch, INVALID_REQUEST),
        ] {
            let request = as_it_was(producer_id, epoch);
            let answer = settled(&mut client, "InitProducerId", version, &request);
            let told = (answer["error_code"].int() as i16, answer["producer_epoch"].int());
            assert_eq!(told, (wanted, -1), "v{version}: {producer_id} {epoch}");
        }
    }
    let request = as_it_was(newest.producer_id, newest.epoch);
    let answer = settled(&mut client, "InitProducerId", 5, &request);
    assert_eq!(answer["error_code"], NONE);
    assert_eq!(answer["producer_epoch"].int(), i64::from(newest.epoch) + 1);
}
