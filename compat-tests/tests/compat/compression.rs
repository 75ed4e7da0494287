//! `compression.type`: what a topic stores, whatever its producers send.

use compat_tests::batch::{Batch, BatchInfo, CODECS, Codec, Record, now_ms, read_batches};
use compat_tests::errors::{MESSAGE_TOO_LARGE, NONE, UNSUPPORTED_COMPRESSION_TYPE};
use compat_tests::ops::{
    alter_topic, fetch_all, fetch_request, new_topic, new_topic_with, produce, produce_request, try_fetch,
    try_produce,
};
use compat_tests::rdkafka::{consumer, poll_until, producer, send};
use compat_tests::server::{Broker, Options};
use compat_tests::unique;
use compat_tests::wire::Client;
use rdkafka::consumer::Consumer;
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, Producer};

/// Names of the producer's codecs and of the topic's, in the order of their bits.
const SENT: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];
const STORED: [&str; 5] = ["uncompressed", "gzip", "snappy", "lz4", "zstd"];

fn batches(client: &mut Client, topic: &str) -> Vec<BatchInfo> {
    let fetched = try_fetch(client, topic, 0, 0);
    assert_eq!(fetched["error_code"], NONE, "{fetched:?}");
    let read = read_batches(fetched["records"].bytes()).unwrap();
    read.into_iter().map(|(info, _)| info).collect()
}

#[test]
fn every_codec_is_stored_as_every_other_and_comes_back_the_same() {
    let broker = Broker::start();
    let mut client = broker.client();
    let words = "words that repeat, words that repeat ".repeat(40);
    for (bits, stored) in STORED.iter().enumerate() {
        let topic = new_topic_with(&mut client, 1, &[("compression.type", stored)]);
        for sent in SENT {
            let writer = producer(
                &broker.bootstrap(),
                &[("compression.type", sent), ("linger.ms", "20")],
            );
            for n in 0..60 {
                let (key, payload) = (format!("{sent}-{n}"), format!("{n} {words}"));
                let record = BaseRecord::to(&topic).partition(0).key(key.as_bytes());
                send(
                    &writer,
                    record
                        .payload(payload.as_bytes())
                        .timestamp(1_600_000_000_000 + n),
                );
            }
            writer.flush(compat_tests::DEADLINE).unwrap();
        }
        for batch in batches(&mut client, &topic) {
            assert_eq!(batch.attributes, bits as i16, "{stored}");
        }
        let reader = consumer(&broker.bootstrap(), &unique("g"), &[]);
        reader.subscribe(&[&topic]).unwrap();
        let mut next = 0;
        poll_until(&reader, |message| {
            let (sent, n) = (SENT[next / 60], next % 60);
            assert_eq!(message.offset(), next as i64, "{stored}");
            assert_eq!(message.key().unwrap(), format!("{sent}-{n}").as_bytes());
            assert_eq!(message.payload().unwrap(), format!("{n} {words}").as_bytes());
            assert_eq!(
                message.timestamp().to_millis(),
                Some(1_600_000_000_000 + n as i64)
            );
            next += 1;
            next == 60 * SENT.len()
        });
    }
}

#[test]
fn the_producers_fields_survive_and_a_retry_is_known() {
    let broker = Broker::start();
    let mut client = broker.client();
    let topic = new_topic_with(&mut client, 1, &[("compression.type", "lz4")]);
    let (id, epoch) = compat_tests::ops::init_producer_id(&mut client);
    let records = [Record::keyed("a", "1").at(5000), Record::keyed("b", "2").at(4000)];
    let batch = Batch::new(Codec::Gzip, &records).by(id, epoch, 0);
    for _ in 0..2 {
        assert_eq!(produce(&mut client, &topic, 0, &batch), 0);
    }
    let stored = batches(&mut client, &topic);
    assert_eq!(stored.len(), 1);
    assert_eq!(
        (
            stored[0].producer_id,
            stored[0].producer_epoch,
            stored[0].base_sequence
        ),
        (id, epoch, 0)
    );
    assert_eq!(
        (
            stored[0].attributes,
            stored[0].record_count,
            stored[0].last_offset_delta
        ),
        (3, 2, 1)
    );
    assert_eq!((stored[0].base_timestamp, stored[0].max_timestamp), (5000, 5000));
    let read = fetch_all(&mut client, &topic, 0, 0);
    assert_eq!(read.iter().map(|r| r.timestamp).collect::<Vec<_>>(), [5000, 4000]);
}

#[test]
fn append_time_and_another_codec_go_together() {
    let broker = Broker::start();
    let mut client = broker.client();
    let configs = [
        ("compression.type", "zstd"),
        ("message.timestamp.type", "LogAppendTime"),
    ];
    let topic = new_topic_with(&mut client, 1, &configs);
    let before = now_ms();
    for codec in CODECS {
        let records = [Record::of("old").at(1000), Record::of("older").at(500)];
        let answer = try_produce(&mut client, &topic, 0, Batch::new(codec, &records).bytes());
        assert!(
            answer["log_append_time_ms"].int() >= before,
            "{codec:?}: {answer:?}"
        );
    }
    for batch in batches(&mut client, &topic) {
        assert_eq!(batch.attributes, 8 | 4);
        assert_eq!(batch.base_timestamp, 1000, "the producer's times stay below");
        assert!(batch.max_timestamp >= before);
    }
}

#[test]
fn the_type_and_its_level_change_while_in_use() {
    let broker = Broker::start();
    let mut client = broker.client();
    let topic = new_topic(&mut client, 1);
    let text: String = (0..20_000u32).map(|n| format!("{} ", n * n % 7919)).collect();
    let batch = Batch::of(&[&text]);
    produce(&mut client, &topic, 0, &batch);
    let steps: [(&str, &str, &str); 6] = [
        ("gzip", "compression.gzip.level", "1"),
        ("gzip", "compression.gzip.level", "9"),
        ("lz4", "compression.lz4.level", "1"),
        ("lz4", "compression.lz4.level", "12"),
        ("zstd", "compression.zstd.level", "-100"),
        ("zstd", "compression.zstd.level", "19"),
    ];
    for (codec, name, level) in steps {
        alter_topic(&mut client, &topic, &[("compression.type", codec), (name, level)]);
        let before = batches(&mut client, &topic).len();
        // Kafka's broker hears of a change a moment after it answered.
        compat_tests::eventually(&format!("{name}={level} acts"), || {
            produce(&mut client, &topic, 0, &batch);
            let stored = batches(&mut client, &topic);
            let new = stored.last().unwrap();
            new.attributes as usize == STORED.iter().position(|name| *name == codec).unwrap()
                && (before == 1
                    || stored[before - 1].attributes != new.attributes
                    || new.size < stored[before - 1].size)
        });
    }
    alter_topic(&mut client, &topic, &[("compression.type", "producer")]);
    compat_tests::eventually("producer acts", || {
        produce(&mut client, &topic, 0, &batch);
        batches(&mut client, &topic).last().unwrap().attributes == 0
    });
}

#[test]
fn levels_outside_their_range_are_refused() {
    use compat_tests::{list, obj};
    let broker = Broker::start();
    let mut client = broker.client();
    let topic = new_topic(&mut client, 1);
    let wrong = [
        ("compression.gzip.level", "0"),
        ("compression.gzip.level", "10"),
        ("compression.lz4.level", "0"),
        ("compression.lz4.level", "18"),
        ("compression.zstd.level", "23"),
        ("compression.zstd.level", "-131073"),
        ("compression.type", "none"),
    ];
    for (name, value) in wrong {
        let configs = list![obj! { name: name, config_operation: 0, value: value }];
        let resource = obj! { resource_type: 2, resource_name: &topic, configs: configs };
        let response = client.call("IncrementalAlterConfigs", 1, obj! { resources: list![resource] });
        assert_eq!(response["responses"][0]["error_code"], 40, "{name}={value}");
    }
}

#[test]
fn the_limit_holds_before_and_after_packing_anew() {
    let broker = Broker::start();
    let mut client = broker.client();
    let small = |kind| [("compression.type", kind), ("max.message.bytes", "2000")];
    let long = Record::keyed("k", "x".repeat(5000));
    let topic = new_topic_with(&mut client, 1, &small("gzip"));
    let answer = try_produce(
        &mut client,
        &topic,
        0,
        Batch::new(Codec::None, std::slice::from_ref(&long)).bytes(),
    );
    assert_eq!(answer["error_code"], MESSAGE_TOO_LARGE, "as it was sent");
    produce(
        &mut client,
        &topic,
        0,
        &Batch::new(Codec::Zstd, std::slice::from_ref(&long)),
    );
    let topic = new_topic_with(&mut client, 1, &small("uncompressed"));
    let answer = try_produce(&mut client, &topic, 0, Batch::new(Codec::Zstd, &[long]).bytes());
    assert_eq!(answer["error_code"], MESSAGE_TOO_LARGE, "as it would be stored");
    assert_eq!(answer["base_offset"], -1);
    produce(
        &mut client,
        &topic,
        0,
        &Batch::new(Codec::Zstd, &[Record::keyed("k", "short")]),
    );
    assert_eq!(batches(&mut client, &topic)[0].attributes, 0);
}

#[test]
fn old_requests_and_zstd() {
    let broker = Broker::start();
    let mut client = broker.client();
    let zstd = new_topic_with(&mut client, 1, &[("compression.type", "zstd")]);
    let gzip = new_topic_with(&mut client, 1, &[("compression.type", "gzip")]);
    let records = [Record::of("x")];
    for version in [3, 6, 7] {
        let mut code = |topic: &str, codec| {
            let request = produce_request(topic, 0, -1, Batch::new(codec, &records).bytes());
            let response = client.call("Produce", version, request);
            response["responses"][0]["partition_responses"][0]["error_code"].int() as i16
        };
        let refused = if version < 7 {
            UNSUPPORTED_COMPRESSION_TYPE
        } else {
            NONE
        };
        assert_eq!(
            code(&gzip, Codec::Zstd),
            refused,
            "v{version}: what is sent counts"
        );
        assert_eq!(code(&zstd, Codec::Gzip), NONE, "v{version}: not what is stored");
    }
    for version in [4, 9, 10, 12] {
        let response = client.call("Fetch", version, fetch_request(&zstd, 0, 0));
        let answer = &response["responses"][0]["partitions"][0];
        assert_eq!(
            answer["error_code"], NONE,
            "v{version}: readers get what is stored"
        );
    }
}

#[test]
fn the_brokers_default_and_the_coordinators_own_batches() {
    let options = Options::new().set("compression.type", "snappy");
    let Some(broker) = options.set("offsets.topic.compression.codec", 1).start() else {
        return;
    };
    let mut client = broker.client();
    let topic = new_topic(&mut client, 1);
    produce(&mut client, &topic, 0, &Batch::of(&["x"]));
    assert_eq!(batches(&mut client, &topic)[0].attributes, 2);
    let reader = consumer(&broker.bootstrap(), "packed", &[]);
    reader.subscribe(&[&topic]).unwrap();
    poll_until(&reader, |message| {
        reader
            .commit_message(message, rdkafka::consumer::CommitMode::Sync)
            .unwrap();
        true
    });
    let partitions = compat_tests::ops::metadata(&mut client, "__consumer_offsets")["partitions"]
        .list()
        .len();
    let kinds: Vec<i16> = (0..partitions as i32)
        .flat_map(|partition| {
            let fetched = try_fetch(&mut client, "__consumer_offsets", partition, 0);
            read_batches(fetched["records"].bytes()).unwrap()
        })
        .map(|(info, _)| info.attributes)
        .collect();
    assert!(
        !kinds.is_empty() && kinds.iter().all(|kind| *kind == 1),
        "{kinds:?}"
    );
}

/// More than the runtime handles in passing: repacked aside, in turns, and still in order.
#[test]
fn large_batches_of_many_producers_are_repacked_in_order() {
    let broker = Broker::start();
    let mut client = broker.client();
    let topic = new_topic_with(
        &mut client,
        1,
        &[("compression.type", "gzip"), ("compression.gzip.level", "9")],
    );
    let value: String = (0..60_000u32).map(|n| format!("{} ", n * n % 7919)).collect();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let mut client = broker.client();
                let (id, epoch) = compat_tests::ops::init_producer_id(&mut client);
                for sequence in 0..4 {
                    let batch = Batch::new(Codec::Lz4, &[Record::keyed("k", &value)]).by(id, epoch, sequence);
                    client.send("Produce", 12, produce_request(&topic, 0, -1, batch.bytes()));
                }
                for _ in 0..4 {
                    let (_, answer) = client.recv("Produce", 12);
                    assert_eq!(
                        answer["responses"][0]["partition_responses"][0]["error_code"],
                        NONE
                    );
                }
            });
        }
    });
    let read = fetch_all(&mut client, &topic, 0, 0);
    assert_eq!(read.len(), 24);
    assert!(
        read.iter()
            .all(|record| record.value.as_deref() == Some(value.as_bytes()))
    );
}
