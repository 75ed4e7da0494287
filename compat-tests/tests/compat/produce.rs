use compat_tests::batch::{Batch, Codec, Record, now_ms, read_batches};
use compat_tests::errors::{
    CORRUPT_MESSAGE, INVALID_RECORD, INVALID_REQUIRED_ACKS, INVALID_TIMESTAMP, MESSAGE_TOO_LARGE, NONE,
    UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION, UNSUPPORTED_COMPRESSION_TYPE,
};
use compat_tests::ops::{
    EARLIEST, LATEST, broker_and_topic, fetch_all, fetch_values, list_offset, new_topic, new_topic_with,
    produce, produce_request, topic_id, try_fetch, try_produce,
};
use compat_tests::server::{Broker, Options};
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

/// A batch with one lie, and what the broker should call it.
#[track_caller]
fn refuse(what: &str, code: i16, batch: Vec<u8>) {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let answer = try_produce(&mut client, &topic, 0, batch);
    assert_eq!(answer["error_code"], code, "{what}: {answer:?}");
    assert_eq!(answer["base_offset"], -1, "{what}");
    assert_eq!(
        list_offset(&mut client, &topic, 0, LATEST),
        0,
        "{what}: nothing was appended"
    );
    produce(&mut client, &topic, 0, &Batch::of(&["sound"]));
}

#[test]
fn a_wrong_crc_is_corrupt() {
    let mut bytes = Batch::of(&["x"]).bytes();
    bytes[17] ^= 0xff;
    refuse("CRC", CORRUPT_MESSAGE, bytes);
}

#[test]
fn old_magics_are_invalid_records() {
    for magic in [0, 1] {
        refuse(
            "magic",
            INVALID_RECORD,
            Batch {
                magic,
                ..Batch::of(&["x"])
            }
            .bytes(),
        );
    }
}

#[test]
fn unknown_magic_is_corrupt_or_invalid() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let answer = try_produce(
        &mut client,
        &topic,
        0,
        Batch {
            magic: 3,
            ..Batch::of(&["x"])
        }
        .bytes(),
    );
    assert!(
        [CORRUPT_MESSAGE, INVALID_RECORD].contains(&(answer["error_code"].int() as i16)),
        "{answer:?}"
    );
}

#[test]
fn wrong_counts_and_deltas_are_invalid_records() {
    refuse(
        "count too high",
        INVALID_RECORD,
        Batch {
            record_count: 3,
            ..Batch::of(&["x", "y"])
        }
        .bytes(),
    );
    refuse(
        "count too low",
        INVALID_RECORD,
        Batch {
            record_count: 1,
            ..Batch::of(&["x", "y"])
        }
        .bytes(),
    );
    refuse(
        "last delta",
        INVALID_RECORD,
        Batch {
            last_offset_delta: 5,
            ..Batch::of(&["x", "y"])
        }
        .bytes(),
    );
    let count = Batch {
        record_count: 3,
        last_offset_delta: 2,
        ..Batch::of(&["x", "y"])
    };
    refuse("fewer records than both say", INVALID_RECORD, count.bytes());
}

#[test]
fn no_batch_and_two_batches_are_invalid_records() {
    refuse(
        "two batches",
        INVALID_RECORD,
        [Batch::of(&["x"]).bytes(), Batch::of(&["y"]).bytes()].concat(),
    );
    refuse("no bytes", INVALID_RECORD, vec![]);
}

#[test]
fn null_records_are_invalid() {
    // Kafka 4.3 never answers this one.
    let Some(broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    let topic = new_topic(&mut client, 1);
    let response = client.call("Produce", 9, produce_request(&topic, 0, -1, Value::Null));
    assert_eq!(
        response["responses"][0]["partition_responses"][0]["error_code"],
        INVALID_RECORD
    );
}

#[test]
fn control_batches_of_clients_are_invalid_records() {
    refuse(
        "control",
        INVALID_RECORD,
        Batch {
            attributes: 0x20,
            ..Batch::of(&["x"])
        }
        .bytes(),
    );
}

#[test]
fn a_batch_cut_short_is_an_invalid_record() {
    let bytes = Batch::of(&["a batch with some length"]).bytes();
    refuse("cut", INVALID_RECORD, bytes[..bytes.len() - 5].to_vec());
}

#[test]
fn zstd_needs_version_7() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let batch = Batch::new(Codec::Zstd, &[Record::of("x")]).bytes();
    for version in 3..7 {
        let response = client.call("Produce", version, produce_request(&topic, 0, -1, batch.clone()));
        let answer = &response["responses"][0]["partition_responses"][0];
        assert_eq!(answer["error_code"], UNSUPPORTED_COMPRESSION_TYPE, "v{version}");
    }
    let response = client.call("Produce", 7, produce_request(&topic, 0, -1, batch));
    assert_eq!(
        response["responses"][0]["partition_responses"][0]["error_code"],
        NONE
    );
}

#[test]
fn a_batch_above_max_message_bytes_is_too_large() {
    let broker = Broker::start();
    let mut client = broker.client();
    let topic = new_topic_with(&mut client, 1, &[("max.message.bytes", "1000")]);
    let answer = try_produce(&mut client, &topic, 0, Batch::of(&[&"x".repeat(1000)]).bytes());
    assert_eq!(answer["error_code"], MESSAGE_TOO_LARGE);
    assert_eq!(
        produce(&mut client, &topic, 0, &Batch::of(&[&"x".repeat(900)])),
        0
    );
}

#[test]
fn a_compacted_topic_wants_keys_and_names_the_records_without() {
    let broker = Broker::start();
    let mut client = broker.client();
    let topic = new_topic_with(&mut client, 1, &[("cleanup.policy", "compact")]);
    let records = [
        Record::keyed("k", "1"),
        Record::of("2"),
        Record::keyed("k", "3"),
        Record::of("4"),
    ];
    let answer = try_produce(&mut client, &topic, 0, Batch::new(Codec::None, &records).bytes());
    assert_eq!(answer["error_code"], INVALID_RECORD);
    let named: Vec<i64> = answer["record_errors"]
        .list()
        .iter()
        .map(|e| e["batch_index"].int())
        .collect();
    assert_eq!(named, [1, 3]);
    assert!(!answer["error_message"].is_null());
    produce(
        &mut client,
        &topic,
        0,
        &Batch::new(Codec::None, &[Record::keyed("k", "1")]),
    );
}

#[test]
fn timestamps_too_far_ahead_are_invalid() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let ahead = Record::of("x").at(now_ms() + 2 * 3_600_000);
    let answer = try_produce(&mut client, &topic, 0, Batch::new(Codec::None, &[ahead]).bytes());
    assert_eq!(answer["error_code"], INVALID_TIMESTAMP);
    assert_eq!(answer["record_errors"][0]["batch_index"], 0);
}

#[test]
fn log_append_time_is_the_brokers_and_gets_a_new_crc() {
    let broker = Broker::start();
    let mut client = broker.client();
    let topic = new_topic_with(&mut client, 1, &[("message.timestamp.type", "LogAppendTime")]);
    let before = now_ms();
    for codec in [Codec::None, Codec::Gzip] {
        let records = [Record::of("old").at(1000), Record::of("older").at(500)];
        let answer = try_produce(&mut client, &topic, 0, Batch::new(codec, &records).bytes());
        let stamped = answer["log_append_time_ms"].int();
        assert!((before..=now_ms()).contains(&stamped), "{codec:?}: {stamped}");
    }
    // The reader checks each CRC.
    let fetched = try_fetch(&mut client, &topic, 0, 0);
    for (batch, records) in read_batches(fetched["records"].bytes()).unwrap() {
        assert_eq!(batch.attributes & 8, 8, "timestamp type is in the attributes");
        assert!(records.iter().all(|r| r.timestamp >= before));
    }
}

#[test]
fn a_wrong_max_timestamp_is_put_right() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let now = now_ms();
    let honest = Batch::new(
        Codec::None,
        &[Record::of("a").at(now), Record::of("b").at(now + 5)],
    );
    produce(
        &mut client,
        &topic,
        0,
        &Batch {
            max_timestamp: now + 77,
            ..honest
        },
    );
    let fetched = try_fetch(&mut client, &topic, 0, 0);
    let batches = read_batches(fetched["records"].bytes()).unwrap();
    assert_eq!(batches[0].0.max_timestamp, now + 5);
}

#[test]
fn every_codec_is_kept_as_it_came() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let text = "the same words again and again ".repeat(20);
    for codec in compat_tests::batch::CODECS {
        let records: Vec<Record> = (0..10).map(|n| Record::keyed(format!("k{n}"), &text)).collect();
        let sent = Batch::new(codec, &records);
        let base = produce(&mut client, &topic, 0, &sent);
        let fetched = try_fetch(&mut client, &topic, 0, base);
        let stored = fetched["records"].bytes();
        assert_eq!(stored[61..], sent.payload, "{codec:?}: the payload is untouched");
        let batches = read_batches(stored).unwrap();
        assert_eq!(batches[0].0.base_offset, base);
        assert_eq!(batches[0].1.len(), 10);
    }
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
