//! Batches that lie, and bombs.

use std::io::Write;

use compat_tests::batch::{Batch, CODECS, Codec, Record, put_record, put_varint};
use compat_tests::errors::{
    CORRUPT_MESSAGE, INVALID_RECORD, NONE, UNKNOWN_SERVER_ERROR, UNSUPPORTED_COMPRESSION_TYPE,
};
use compat_tests::ops::{LATEST, broker_and_topic, list_offset, new_topic_with, produce, try_produce};
use compat_tests::server::{Broker, Options};

/// The broker must refuse the batch with one of the codes, append nothing and take the next.
#[track_caller]
fn refused(batch: &Batch, codes: &[i16]) {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let answer = try_produce(&mut client, &topic, 0, batch.bytes());
    assert!(codes.contains(&(answer["error_code"].int() as i16)), "{answer:?}");
    assert_eq!(
        list_offset(&mut client, &topic, 0, LATEST),
        0,
        "nothing was appended"
    );
    produce(&mut client, &topic, 0, &Batch::of(&["sound"]));
}

/// A one-record batch with this payload under this codec.
fn with_payload(codec: Codec, records: i32, payload: Vec<u8>) -> Batch {
    let mut batch = Batch::new(Codec::None, &[Record::of("x")]);
    batch.attributes = codec as i16;
    batch.record_count = records;
    batch.last_offset_delta = records - 1;
    batch.payload = payload;
    batch
}

/// What Kafka calls bytes that cannot be unpacked differs by codec; Ottla says corrupt or invalid.
const UNREADABLE: [i16; 3] = [CORRUPT_MESSAGE, INVALID_RECORD, UNKNOWN_SERVER_ERROR];

#[test]
fn compressed_garbage_is_refused() {
    for codec in CODECS.into_iter().filter(|c| *c != Codec::None) {
        refused(&with_payload(codec, 1, vec![0x5a; 100]), &UNREADABLE);
        let sound = Batch::new(codec, &[Record::of("x".repeat(500))]);
        let cut = sound.payload[..sound.payload.len() / 2].to_vec();
        refused(
            &Batch {
                payload: cut,
                ..sound
            },
            &UNREADABLE,
        );
        refused(&with_payload(codec, 1, vec![]), &UNREADABLE);
    }
}

#[test]
fn unknown_codecs_are_refused() {
    for codec in 5..8 {
        let codes = [&UNREADABLE[..], &[UNSUPPORTED_COMPRESSION_TYPE]].concat();
        refused(
            &Batch {
                attributes: codec,
                ..Batch::of(&["x"])
            },
            &codes,
        );
    }
}

#[test]
fn wrong_counts_inside_compression_are_refused() {
    for codec in CODECS {
        let sound = Batch::new(codec, &[Record::of("a"), Record::of("b")]);
        refused(
            &Batch {
                record_count: 3,
                last_offset_delta: 2,
                ..sound.clone()
            },
            &UNREADABLE,
        );
        refused(
            &Batch {
                record_count: 1,
                last_offset_delta: 0,
                ..sound
            },
            &UNREADABLE,
        );
    }
}

#[test]
fn overlapping_offsets_are_refused() {
    // Kafka takes an uncompressed batch like this as it is, and mends a compressed one.
    if Options::new().start().is_none() {
        return;
    }
    for codec in CODECS {
        let sound = Batch::new(codec, &[Record::of("a"), Record::of("b")]);
        let mut payload = Vec::new();
        for _ in 0..2 {
            put_record(
                &mut payload,
                0,
                sound.base_timestamp,
                &Record::of("a").at(sound.base_timestamp),
            );
        }
        refused(
            &Batch {
                payload: codec.pack(&payload),
                ..sound
            },
            &UNREADABLE,
        );
    }
}

#[test]
fn lengths_that_leave_the_record_are_refused() {
    let record = |body: &[u8]| {
        let mut payload = Vec::new();
        put_varint(&mut payload, body.len() as i64);
        payload.extend(body);
        payload
    };
    // attributes, timestamp delta, offset delta, then a key that is longer than all that is left, and so on
    for body in [
        &[0, 0, 0, 0x7e][..],
        &[0, 0, 0, 1, 0x7e],
        &[0, 0, 0, 1, 1, 0x7e],
        &[0, 0, 0, 1, 1, 1],
        &[],
    ] {
        refused(&with_payload(Codec::None, 1, record(body)), &UNREADABLE);
    }
    let mut endless = Vec::new();
    put_varint(&mut endless, i64::from(i32::MAX));
    endless.extend([0; 20]);
    refused(&with_payload(Codec::None, 1, endless), &UNREADABLE);
    refused(&with_payload(Codec::None, 1, vec![0xff; 20]), &UNREADABLE);
}

/// One record whose value is `size` zeros, packed while it is made.
fn bomb(codec: Codec, size: usize) -> Vec<u8> {
    let mut head = vec![0, 0, 0, 1];
    put_varint(&mut head, size as i64);
    let mut start = Vec::new();
    put_varint(&mut start, (head.len() + size + 1) as i64);
    start.extend(head);
    let zeros = vec![0; 1 << 16];
    let fill = |out: &mut dyn Write| {
        out.write_all(&start).unwrap();
        for _ in 0..size >> 16 {
            out.write_all(&zeros).unwrap();
        }
        out.write_all(&[0]).unwrap();
    };
    match codec {
        Codec::Gzip => {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            fill(&mut gzip);
            gzip.finish().unwrap()
        }
        Codec::Zstd => {
            let mut zstd = zstd::Encoder::new(Vec::new(), 1).unwrap();
            fill(&mut zstd);
            zstd.finish().unwrap()
        }
        _ => {
            let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
            fill(&mut lz4);
            lz4.finish().unwrap()
        }
    }
}

#[test]
fn bombs_are_walked_in_bounded_memory() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    let topic = new_topic_with(&mut client, 1, &[("max.message.bytes", "10000000")]);
    produce(
        &mut client,
        &topic,
        0,
        &Batch::new(Codec::Zstd, &[Record::of("warm")]),
    );
    let before = broker.resident_bytes();
    for (codec, megabytes) in [(Codec::Gzip, 64), (Codec::Zstd, 512), (Codec::Lz4, 256)] {
        let batch = with_payload(codec, 1, bomb(codec, megabytes << 20));
        let answer = try_produce(&mut client, &topic, 0, batch.bytes());
        // The record is sound, however large: taking it and refusing it are both right, swallowing it is not.
        assert!(
            [NONE, INVALID_RECORD, 10].contains(&(answer["error_code"].int() as i16)),
            "{answer:?}"
        );
        let grown = broker.resident_bytes().saturating_sub(before);
        assert!(grown < 48 << 20, "{codec:?}: {grown} bytes more");
    }
    produce(&mut client, &topic, 0, &Batch::of(&["sound"]));
}

#[test]
fn a_count_of_two_billion_records_is_refused_at_once() {
    let broker = Broker::start();
    let mut client = broker.client();
    let topic = new_topic_with(&mut client, 1, &[]);
    for codec in CODECS {
        let batch = with_payload(codec, i32::MAX, codec.pack(&[0; 1000]));
        let answer = try_produce(&mut client, &topic, 0, batch.bytes());
        assert_ne!(answer["error_code"], NONE, "{codec:?}");
    }
    produce(&mut client, &topic, 0, &Batch::of(&["sound"]));
}
