//! What Produce takes, refuses and puts right in a batch.

use compat_tests::batch::{Batch, CODECS, Codec, Record, now_ms, read_batches};
use compat_tests::errors::{
    CORRUPT_MESSAGE, INVALID_RECORD, INVALID_TIMESTAMP, MESSAGE_TOO_LARGE, NONE, UNSUPPORTED_COMPRESSION_TYPE,
};
use compat_tests::ops::{
    LATEST, broker_and_topic, list_offset, new_topic, new_topic_with, produce, produce_request, try_fetch,
    try_produce,
};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::Value;

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
    for codec in CODECS {
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
