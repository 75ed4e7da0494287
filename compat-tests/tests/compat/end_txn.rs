use compat_tests::errors::*;
use compat_tests::ops::{broker_and_topic, fetch_values};
use compat_tests::transactions::{Producer, committed_values, settled};
use compat_tests::unique;

#[test]
fn every_version_commits_and_aborts() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let mut producer = Producer::init(&mut client, &unique("x"));
    let mut wanted = Vec::new();
    for version in 0..=4 {
        for commit in [true, false] {
            let value = format!("v{version}-{commit}");
            producer.write(&mut client, &topic, 0, &[&value]);
            assert_eq!(producer.end(&mut client, version, commit), NONE, "v{version}");
            if commit {
                wanted.push(value);
            }
            assert_eq!(committed_values(&mut client, &topic, 0), wanted, "v{version}");
        }
    }
    assert_eq!(
        fetch_values(&mut client, &topic, 0).len(),
        10,
        "all of it is in the log"
    );
}

#[test]
fn version_5_gives_a_new_epoch_and_needs_no_added_partition() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    let mut producer = Producer::init(&mut client, &unique("x"));
    let mut wanted = Vec::new();
    for round in 0..4 {
        let before = producer.epoch;
        let value = format!("{round}");
        let answer = producer.send(&mut client, 12, &topic, 1, &[&value]);
        assert_eq!(answer["error_code"], NONE, "{answer:?}");
        assert_eq!(producer.end(&mut client, 5, round % 2 == 0), NONE);
        assert_eq!(producer.epoch, before + 1, "KIP-890: every end raises the epoch");
        if round % 2 == 0 {
            wanted.push(value);
        }
        assert_eq!(committed_values(&mut client, &topic, 1), wanted);
    }
}

#[test]
fn a_retried_end_gets_the_first_answer() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let mut old = Producer::init(&mut client, &unique("x"));
    old.write(&mut client, &topic, 0, &["v"]);
    let request = old.end_request(true);
    for _ in 0..2 {
        assert_eq!(settled(&mut client, "EndTxn", 4, &request)["error_code"], NONE);
    }
    let reversed = settled(&mut client, "EndTxn", 4, &old.end_request(false));
    assert_eq!(reversed["error_code"], INVALID_TXN_STATE);

    let mut new = Producer::init(&mut client, &unique("y"));
    assert_eq!(new.send(&mut client, 12, &topic, 0, &["w"])["error_code"], NONE);
    let request = new.end_request(true);
    let first = settled(&mut client, "EndTxn", 5, &request);
    let second = settled(&mut client, "EndTxn", 5, &request);
    assert_eq!(first["error_code"], NONE);
    assert_eq!(
        second, first,
        "the producer that lost the answer learns its epoch by asking again"
    );
    assert_eq!(committed_values(&mut client, &topic, 0), ["v", "w"]);
}

#[test]
fn an_end_without_a_transaction_is_refused_before_version_5() {
    let (_broker, mut client, _topic) = broker_and_topic(1);
    let mut producer = Producer::init(&mut client, &unique("x"));
    assert_eq!(producer.end(&mut client, 4, true), INVALID_TXN_STATE);
    let epoch = producer.epoch;
    assert_eq!(
        producer.end(&mut client, 5, false),
        NONE,
        "an abort of nothing is granted, KIP-890"
    );
    assert_eq!(producer.epoch, epoch + 1);
}

#[test]
fn strangers_and_zombies_are_refused() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let id = unique("x");
    let mut zombie = Producer::init(&mut client, &id);
    zombie.write(&mut client, &topic, 0, &["lost"]);
    let alive = Producer::init(&mut client, &id);
    let answer = settled(&mut client, "EndTxn", 3, &zombie.end_request(true));
    assert_eq!(answer["error_code"], PRODUCER_FENCED);
    let answer = settled(&mut client, "EndTxn", 1, &zombie.end_request(true));
    assert_eq!(answer["error_code"], INVALID_PRODUCER_EPOCH);
    assert_eq!(committed_values(&mut client, &topic, 0), Vec::<String>::new());
    let mut stranger = alive.clone();
    stranger.producer_id += 1000;
    assert_eq!(stranger.end(&mut client, 3, true), INVALID_PRODUCER_ID_MAPPING);
}
