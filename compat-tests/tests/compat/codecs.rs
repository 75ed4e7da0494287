//! librdkafka writes and reads every codec with headers, timestamps and nulls.

use compat_tests::batch::now_ms;
use compat_tests::ops::{broker_and_topic, list_offset, try_fetch};
use compat_tests::rdkafka::{consumer, poll_until, producer, send};
use compat_tests::unique;
use rdkafka::consumer::Consumer;
use rdkafka::message::{Header, Headers, Message, OwnedHeaders, Timestamp};
use rdkafka::producer::{BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};

const CODECS: [(&str, u8); 5] = [("none", 0), ("gzip", 1), ("snappy", 2), ("lz4", 3), ("zstd", 4)];

#[test]
fn every_codec_comes_back_as_it_was_written() {
    for (codec, bits) in CODECS {
        let (broker, mut client, topic) = broker_and_topic(1);
        let settings = [("compression.type", codec), ("linger.ms", "20"), ("acks", "all")];
        let writer = producer(&broker.bootstrap(), &settings);
        let text = "words that repeat, words that repeat ".repeat(30);
        for n in 0..500 {
            let key = format!("k{n}");
            let payload = format!("{n} {text}");
            let record = BaseRecord::to(&topic)
                .partition(0)
                .key(key.as_bytes())
                .payload(payload.as_bytes());
            send(&writer, record);
        }
        writer.flush(compat_tests::DEADLINE).unwrap();
        let stored = try_fetch(&mut client, &topic, 0, 0);
        assert_eq!(
            stored["records"].bytes()[22] & 7,
            bits,
            "{codec}: stored as it came"
        );
        let reader = consumer(&broker.bootstrap(), &unique("g"), &[]);
        reader.subscribe(&[&topic]).unwrap();
        let mut next = 0;
        poll_until(&reader, |message| {
            assert_eq!(message.offset(), next, "{codec}");
            assert_eq!(message.key().unwrap(), format!("k{next}").as_bytes());
            assert!(
                message
                    .payload()
                    .unwrap()
                    .starts_with(format!("{next} ").as_bytes())
            );
            next += 1;
            next == 500
        });
    }
}

#[test]
fn headers_nulls_and_bytes_that_are_no_text() {
    for (codec, _) in CODECS {
        let (broker, _client, topic) = broker_and_topic(1);
        let writer = producer(&broker.bootstrap(), &[("compression.type", codec)]);
        let headers = OwnedHeaders::new()
            .insert(Header {
                key: "twice",
                value: Some(&b"first"[..]),
            })
            .insert(Header {
                key: "twice",
                value: Some(&b"second"[..]),
            })
            .insert(Header {
                key: "null",
                value: None::<&[u8]>,
            })
            .insert(Header {
                key: "empty",
                value: Some(&b""[..]),
            })
            .insert(Header {
                key: "bytes",
                value: Some(&[0xff, 0x00, 0xfe][..]),
            });
        let bytes = [0xc3, 0x28, 0x00, 0xff];
        let record = BaseRecord::<[u8], [u8]>::to(&topic).partition(0);
        send(
            &writer,
            record
                .key(&bytes[..])
                .payload(&bytes[..])
                .headers(headers)
                .timestamp(1_234_567_890_123),
        );
        send(
            &writer,
            BaseRecord::to(&topic).partition(0).key(&b"tombstone"[..]),
        );
        send(&writer, BaseRecord::to(&topic).partition(0).payload(&b""[..]));
        writer.flush(compat_tests::DEADLINE).unwrap();
        let reader = consumer(&broker.bootstrap(), &unique("g"), &[]);
        reader.subscribe(&[&topic]).unwrap();
        poll_until(&reader, |message| {
            match message.offset() {
                0 => {
                    assert_eq!(
                        (message.key(), message.payload()),
                        (Some(&bytes[..]), Some(&bytes[..]))
                    );
                    assert_eq!(message.timestamp(), Timestamp::CreateTime(1_234_567_890_123));
                    let headers = message.headers().unwrap();
                    let read: Vec<(&str, Option<&[u8]>)> = headers.iter().map(|h| (h.key, h.value)).collect();
                    let wanted: [(&str, Option<&[u8]>); 5] = [
                        ("twice", Some(b"first")),
                        ("twice", Some(b"second")),
                        ("null", None),
                        ("empty", Some(b"")),
                        ("bytes", Some(&[0xff, 0x00, 0xfe])),
                    ];
                    assert_eq!(read, wanted, "{codec}");
                }
                1 => assert_eq!(
                    (message.key(), message.payload()),
                    (Some(&b"tombstone"[..]), None)
                ),
                _ => assert_eq!((message.key(), message.payload()), (None, Some(&b""[..]))),
            }
            message.offset() == 2
        });
    }
}

#[test]
fn header_keys_that_are_no_text_are_kept() {
    use compat_tests::batch::{Batch, Codec, Record};
    let (_broker, mut client, topic) = broker_and_topic(1);
    let mut record = Record::of("x");
    record.headers = vec![
        (vec![0xff, 0xfe], Some(vec![1])),
        (vec![], None),
        (vec![0xff, 0xfe], None),
    ];
    compat_tests::ops::produce(
        &mut client,
        &topic,
        0,
        &Batch::new(Codec::None, &[record.clone()]),
    );
    let read = compat_tests::ops::fetch_all(&mut client, &topic, 0, 0);
    assert_eq!(read[0].headers, record.headers);
}

#[test]
fn seek_by_time_and_by_offset() {
    let (broker, mut client, topic) = broker_and_topic(1);
    let writer = producer(&broker.bootstrap(), &[]);
    let start = now_ms() - 1_000_000;
    for n in 0..100 {
        let payload = n.to_string();
        let record = BaseRecord::<[u8], [u8]>::to(&topic)
            .partition(0)
            .payload(payload.as_bytes());
        send(&writer, record.timestamp(start + n * 1000));
    }
    writer.flush(compat_tests::DEADLINE).unwrap();
    assert_eq!(list_offset(&mut client, &topic, 0, start + 41_500), 42);
    let reader = consumer(&broker.bootstrap(), &unique("g"), &[]);
    let mut wanted = TopicPartitionList::new();
    wanted
        .add_partition_offset(&topic, 0, Offset::Offset(start + 41_500))
        .unwrap();
    let found = reader.offsets_for_times(wanted, compat_tests::DEADLINE).unwrap();
    assert_eq!(found.elements()[0].offset(), Offset::Offset(42));
    reader.assign(&found).unwrap();
    poll_until(&reader, |message| {
        assert_eq!(message.payload().unwrap(), b"42");
        true
    });
    reader
        .seek(&topic, 0, Offset::Offset(7), compat_tests::DEADLINE)
        .unwrap();
    poll_until(&reader, |message| {
        message.offset() < 42 && message.payload().unwrap() == b"7"
    });
    let ends = reader
        .fetch_watermarks(&topic, 0, compat_tests::DEADLINE)
        .unwrap();
    assert_eq!(ends, (0, 100));
}
