//! Batches written by Kafka's own classes: `java_batches.txt` holds a name and the bytes in hex, one batch a line.
//!
//! Made with kafka-clients 4.3.1: for each codec at its default level, `MemoryRecords.withIdempotentRecords`
//! (base offset 0, producer 9000, epoch 3, sequence 17) of 12 `SimpleRecord`s as `expected` makes them; for
//! "commit" and "abort", `MemoryRecords.withEndTransactionMarker` of the same producer, coordinator epoch 5.

use super::*;
use crate::batch::{end_txn_marker, for_each_record};

fn java(name: &str) -> Vec<u8> {
    let lines = include_str!("java_batches.txt").lines();
    let hex = lines
        .filter_map(|line| line.split_once(' '))
        .find(|line| line.0 == name)
        .unwrap()
        .1;
    (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
        .collect()
}

/// The records that Java was told to write.
fn expected() -> BatchBuilder {
    let mut builder = BatchBuilder::new(0).producer(9000, 3, 17);
    for i in 0..12u8 {
        let key = (i % 4 != 1).then(|| format!("key-{i}"));
        let value = (i % 5 != 2).then(|| format!("value-{}", "x".repeat(i.into())));
        let second = [0xff, i];
        let headers: &[(&[u8], Option<&[u8]>)] = &[(b"h", None), (b"h", Some(&second))];
        let headers = if i % 3 == 0 { headers } else { &[] };
        let (key, value) = (
            key.as_deref().map(str::as_bytes),
            value.as_deref().map(str::as_bytes),
        );
        builder.push(NOW + i64::from(i) * 7, key, value, headers);
    }
    builder
}

#[test]
fn the_builder_writes_what_java_writes() {
    assert_eq!(bytes_of(&expected().build()), java("none"));
    for (name, commit) in [("commit", true), ("abort", false)] {
        let (key, value) = end_txn_marker(commit, 5);
        let mut marker = BatchBuilder::new(NOW)
            .producer(9000, 3, -1)
            .transactional()
            .control();
        marker.push(NOW, Some(&key), Some(&value), &[]);
        assert_eq!(bytes_of(&marker.build()), java(name), "{name}");
    }
}

#[test]
fn javas_batches_pass_unchanged_and_read_the_same_in_every_codec() {
    let read = |batch: &[u8]| {
        let mut out = Vec::new();
        for_each_record::<()>(batch, &mut Scratch::default(), |record| {
            let headers: Vec<_> = record.headers.collect();
            out.push(format!(
                "{} {} {:?} {:?} {headers:?}",
                record.offset, record.timestamp, record.key, record.value
            ));
            Ok(())
        })
        .unwrap();
        out
    };
    let plain = bytes_of(&expected().build());
    for codec in CODECS {
        let batch = java(&codec.to_string());
        assert_eq!(
            bytes_of(&parse(batch.clone(), &rules()).unwrap()),
            batch,
            "{codec}"
        );
        assert_eq!(read(&batch), read(&plain), "{codec}");
    }
}
