use std::time::{Duration, Instant};

use compat_tests::batch::Batch;
use compat_tests::groups::{commit, committed};
use compat_tests::ops::{create_topic, fetch_values, produce_request, produce_values};
use compat_tests::server::{Options, signal};
use compat_tests::{list, obj};

#[test]
fn sigterm_answers_what_is_in_flight_and_leaves_a_clean_marker() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[]);
    let mut waiting = broker.client();
    let partition = obj! { partition: 0, fetch_offset: 0, partition_max_bytes: 1000 };
    let topics = list![obj! { topic: "t", partitions: list![partition] }];
    waiting.send(
        "Fetch",
        11,
        obj! { max_wait_ms: 24_000, min_bytes: 1, max_bytes: 1000, topics: topics },
    );
    for _ in 0..10 {
        client.send(
            "Produce",
            9,
            produce_request("t", 0, -1, Batch::of(&["x"]).bytes()),
        );
    }
    client.recv("Produce", 9);
    let start = Instant::now();
    let status = broker.stop();
    assert!(status.success(), "{status}");
    assert!(
        start.elapsed() < Duration::from_secs(15),
        "waiting fetches do not hold the stop"
    );
    for _ in 1..10 {
        let Ok(Some(frame)) = client.try_recv_frame() else {
            break;
        };
        compat_tests::wire::decode_response(compat_tests::wire::api("Produce"), 9, &frame).unwrap();
    }
    assert!(broker.data().join(".kafka_cleanshutdown").exists());
    broker.start_again();
    assert!(
        !broker.data().join(".kafka_cleanshutdown").exists(),
        "the marker counts once"
    );
    assert!(!fetch_values(&mut broker.client(), "t", 0).is_empty());
}

#[test]
fn sigint_stops_like_sigterm() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    create_topic(&mut broker.client(), "t", 1, &[]);
    signal(broker.pid(), "INT");
    compat_tests::eventually("the marker", || {
        broker.data().join(".kafka_cleanshutdown").exists()
    });
    broker.kill();
}

#[test]
fn everything_is_there_after_clean_restarts() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    create_topic(&mut broker.client(), "t", 2, &[("retention.ms", "-1")]);
    for round in 0..4 {
        let mut client = broker.client();
        produce_values(&mut client, "t", 1, &["a", "b"]);
        assert_eq!(commit(&mut client, "g", "t", 1, round), 0);
        assert!(broker.stop().success());
        broker.start_again();
        let mut client = broker.client();
        assert_eq!(fetch_values(&mut client, "t", 1).len(), (round as usize + 1) * 2);
        compat_tests::groups::await_coordinator(&mut client, "g");
        assert_eq!(committed(&mut client, "g", "t", 1), round);
    }
}

#[test]
fn cluster_and_topic_ids_stay() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[]);
    let id = compat_tests::ops::topic_id(&mut client, "t");
    let cluster = client.call("DescribeCluster", 0, obj! {})["cluster_id"].clone();
    for clean in [true, false] {
        if clean {
            broker.stop();
            broker.start_again();
        } else {
            broker.crash();
        }
        let mut client = broker.client();
        assert_eq!(client.call("DescribeCluster", 0, obj! {})["cluster_id"], cluster);
        assert_eq!(compat_tests::ops::topic_id(&mut client, "t"), id);
    }
}

#[test]
fn an_unclean_start_raises_leader_epochs_at_the_first_append() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[]);
    produce_values(&mut client, "t", 0, &["a", "b"]);
    broker.crash();
    let mut client = broker.client();
    produce_values(&mut client, "t", 0, &["c"]);
    let epoch = compat_tests::ops::metadata(&mut client, "t")["partitions"][0]["leader_epoch"].int();
    assert!(
        epoch > 0,
        "KIP-320 clients must notice that a log may have been cut"
    );
    let partition = obj! { partition: 0, current_leader_epoch: -1, leader_epoch: 0 };
    let request = obj! { replica_id: -1, topics: list![obj! { topic: "t", partitions: list![partition] }] };
    let answer = client.call("OffsetForLeaderEpoch", 4, request);
    assert_eq!(
        answer["topics"][0]["partitions"][0]["end_offset"], 2,
        "epoch 0 ended where the crash was"
    );
}
