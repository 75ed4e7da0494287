use compat_tests::batch::Batch;
use compat_tests::errors::{
    INVALID_REQUIRED_ACKS, INVALID_TOPIC_EXCEPTION, NONE, TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION,
};
use compat_tests::ops::{
    EARLIEST, LATEST, broker_and_topic, fetch_all, fetch_values, init_producer_id, list_offset, new_topic,
    produce_request, topic_id, try_produce,
};
use compat_tests::server::Broker;
use compat_tests::wire::{Value, versions};
use compat_tests::{eventually, list, obj, unique};

/// A request by id, as version 13 wants it.
fn by_id(id: [u8; 16], records: Vec<u8>) -> Value {
    let partition = obj! { index: 0, records: records };
    obj! {
        acks: -1, timeout_ms: 30_000, transactional_id: Value::Null,
        topic_data: list![obj! { topic_id: id, partition_data: list![partition] }],
    }
}

#[test]
fn every_version_appends_and_tells_where() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let id = topic_id(&mut client, &topic);
    let mut next = 0;
    for version in versions("Produce") {
        let batch = Batch::of(&["a", "b"]).bytes();
        let request = if version < 13 {
            produce_request(&topic, 0, -1, batch)
        } else {
            by_id(id, batch)
        };
        let response = client.call("Produce", version, request);
        let answer = &response["responses"][0]["partition_responses"][0];
        assert_eq!(answer["error_code"], NONE, "v{version}");
        assert_eq!(answer["index"], 0);
        assert_eq!(answer["base_offset"], next, "v{version}");
        assert_eq!(
            answer["log_append_time_ms"], -1,
            "v{version}: the time is the creator's"
        );
        if version >= 5 {
            assert_eq!(answer["log_start_offset"], 0, "v{version}");
        }
        if version >= 8 {
            assert_eq!(answer["record_errors"], list![], "v{version}");
            assert!(answer["error_message"].is_null(), "v{version}");
        }
        next += 2;
    }
    let offsets: Vec<i64> = fetch_all(&mut client, &topic, 0, 0)
        .iter()
        .map(|r| r.offset)
        .collect();
    assert_eq!(offsets, (0..next).collect::<Vec<_>>(), "no gap, none twice");
}

#[test]
fn versions_0_to_2_are_advertised_but_closed() {
    let (broker, mut client, topic) = broker_and_topic(1);
    for version in 0..3i16 {
        let mut old = broker.client();
        let mut frame = Vec::new();
        frame.extend(0i16.to_be_bytes());
        frame.extend(version.to_be_bytes());
        frame.extend([0, 0, 0, 7, 0, 1, b'x']);
        frame.extend([0xff, 0xff, 0, 0, 0, 100, 0, 0, 0, 0]);
        old.send_frame(&frame);
        old.expect_closed();
    }
    assert_eq!(list_offset(&mut client, &topic, 0, LATEST), 0);
}

#[test]
fn acks_0_gets_no_answer_and_keeps_order() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    for version in [3, 8, 9, 12] {
        client.send(
            "Produce",
            version,
            produce_request(&topic, 0, 0, Batch::of(&["quiet"]).bytes()),
        );
    }
    // The next answer on this connection belongs to the next request that has one.
    let answer = try_produce(&mut client, &topic, 0, Batch::of(&["loud"]).bytes());
    assert_eq!(answer["base_offset"], 4);
    assert_eq!(
        fetch_values(&mut client, &topic, 0),
        ["quiet", "quiet", "quiet", "quiet", "loud"]
    );
}

#[test]
fn an_error_under_acks_0_closes_the_connection() {
    let (broker, _client, topic) = broker_and_topic(1);
    let mut lost = broker.client();
    lost.send(
        "Produce",
        9,
        produce_request(&topic, 77, 0, Batch::of(&["x"]).bytes()),
    );
    lost.expect_closed();
    let mut broken = broker.client();
    let mut bytes = Batch::of(&["x"]).bytes();
    *bytes.last_mut().unwrap() ^= 1;
    broken.send("Produce", 9, produce_request(&topic, 0, 0, bytes));
    broken.expect_closed();
}

#[test]
fn acks_other_than_minus_1_0_and_1_are_refused() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    for acks in [-2, 2, 5] {
        let request = produce_request(&topic, 0, acks, Batch::of(&["x"]).bytes());
        let response = client.call("Produce", 9, request);
        let answer = &response["responses"][0]["partition_responses"][0];
        assert_eq!(answer["error_code"], INVALID_REQUIRED_ACKS, "acks {acks}");
        assert_eq!(answer["base_offset"], -1);
    }
    let one = client.call(
        "Produce",
        9,
        produce_request(&topic, 0, 1, Batch::of(&["x"]).bytes()),
    );
    assert_eq!(one["responses"][0]["partition_responses"][0]["error_code"], NONE);
    assert_eq!(list_offset(&mut client, &topic, 0, LATEST), 1);
}

#[test]
fn unknown_topics_partitions_and_ids_are_named() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let code =
        |response: &Value| response["responses"][0]["partition_responses"][0]["error_code"].int() as i16;
    let batch = || Batch::of(&["x"]).bytes();
    for (topic, partition) in [(unique("absent").as_str(), 0), (&topic, 1), (&topic, -1)] {
        let response = client.call("Produce", 9, produce_request(topic, partition, -1, batch()));
        assert_eq!(code(&response), UNKNOWN_TOPIC_OR_PARTITION, "{topic} {partition}");
    }
    assert_eq!(
        code(&client.call("Produce", 13, by_id([9; 16], batch()))),
        UNKNOWN_TOPIC_ID
    );
}

#[test]
fn one_request_may_succeed_and_fail_by_partition() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    let partitions = list![
        obj! { index: 0, records: Batch::of(&["a"]).bytes() },
        obj! { index: 9, records: Batch::of(&["b"]).bytes() },
        obj! { index: 1, records: Batch::of(&["c", "d"]).bytes() },
    ];
    let request = obj! {
        acks: -1, timeout_ms: 1000, transactional_id: Value::Null,
        topic_data: list![obj! { name: &topic, partition_data: partitions }],
    };
    let response = client.call("Produce", 12, request);
    let answers = &response["responses"].find("name", &topic)["partition_responses"];
    assert_eq!(answers.find("index", 0)["error_code"], NONE);
    assert_eq!(answers.find("index", 9)["error_code"], UNKNOWN_TOPIC_OR_PARTITION);
    assert_eq!(answers.find("index", 1)["error_code"], NONE);
    assert_eq!(list_offset(&mut client, &topic, 1, LATEST), 2);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    let mut sent = Vec::new();
    for n in 0..50 {
        let request = produce_request(&topic, n % 2, -1, Batch::of(&["x"]).bytes());
        sent.push(("Produce", 9, client.send("Produce", 9, request)));
        if n % 10 == 5 {
            sent.push(("ApiVersions", 0, client.send("ApiVersions", 0, obj! {})));
            sent.push((
                "Metadata",
                1,
                client.send("Metadata", 1, obj! { topics: list![] }),
            ));
        }
    }
    for (name, version, wanted) in sent {
        assert_eq!(client.recv(name, version).0, wanted, "{name}");
    }
    assert_eq!(list_offset(&mut client, &topic, 0, LATEST), 25);
}

#[test]
fn what_a_client_wrote_it_reads_at_once() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    for n in 0..20 {
        client.send(
            "Produce",
            9,
            produce_request(&topic, 0, -1, Batch::of(&["x"]).bytes()),
        );
        let fetch = compat_tests::ops::fetch_request(&topic, 0, n);
        client.send("Fetch", 11, fetch);
        client.recv("Produce", 9);
        let (_, fetched) = client.recv("Fetch", 11);
        let partition = &fetched["responses"][0]["partitions"][0];
        assert_eq!(partition["high_watermark"], n + 1);
        assert!(!partition["records"].bytes().is_empty());
    }
}

#[test]
fn writing_to_an_unknown_topic_does_not_create_it() {
    let broker = Broker::start();
    let mut client = broker.client();
    let name = unique("never");
    client.call(
        "Produce",
        9,
        produce_request(&name, 0, -1, Batch::of(&["x"]).bytes()),
    );
    let row = compat_tests::ops::metadata(&mut client, &name);
    assert_eq!(row["error_code"], UNKNOWN_TOPIC_OR_PARTITION);
}

#[test]
fn many_partitions_at_once() {
    let broker = Broker::start();
    let mut client = broker.client();
    let topic = new_topic(&mut client, 20);
    let partitions: Vec<Value> = (0..20)
        .map(|n| obj! { index: n, records: Batch::of(&["a", "b", "c"]).bytes() })
        .collect();
    let request = obj! {
        acks: -1, timeout_ms: 5000, transactional_id: Value::Null,
        topic_data: list![obj! { name: &topic, partition_data: partitions }],
    };
    let response = client.call("Produce", 11, request);
    assert_eq!(response["responses"][0]["partition_responses"].list().len(), 20);
    for partition in 0..20 {
        eventually("three records", || {
            list_offset(&mut client, &topic, partition, LATEST) == 3
        });
        assert_eq!(list_offset(&mut client, &topic, partition, EARLIEST), 0);
    }
}

#[test]
fn a_batch_of_a_transaction_needs_a_transactional_id() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let (producer_id, epoch) = init_producer_id(&mut client);
    let batch = Batch::of(&["a"]).in_transaction(producer_id, epoch, 0);
    let refused = try_produce(&mut client, &topic, 0, batch.bytes());
    assert_eq!(refused["error_code"], TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    assert_eq!(list_offset(&mut client, &topic, 0, LATEST), 0);
}

#[test]
fn internal_topics_are_not_for_clients() {
    let broker = Broker::start();
    let mut client = broker.client();
    compat_tests::groups::await_coordinator(&mut client, &unique("g"));
    let answer = try_produce(&mut client, "__consumer_offsets", 0, Batch::of(&["x"]).bytes());
    assert_eq!(answer["error_code"], INVALID_TOPIC_EXCEPTION, "{answer:?}");
}
