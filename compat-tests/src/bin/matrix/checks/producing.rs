//! Left behind by producers.

use std::collections::{BTreeMap, BTreeSet};

use compat_tests::batch::{BatchInfo, Codec, Record, read_batches};
use compat_tests::errors::{NONE, UNKNOWN_TOPIC_OR_PARTITION};
use compat_tests::ops::{fetch_all, metadata, try_fetch};
use compat_tests::wire::Client;

use crate::scenarios::record;

type Pair = (Option<Vec<u8>>, Option<Vec<u8>>);

fn pair(record: &Record) -> Pair {
    (record.key.clone(), record.value.clone())
}

/// Keys and values of a partition's records.
fn pairs(client: &mut Client, topic: &str, partition: i32) -> Vec<Pair> {
    fetch_all(client, topic, partition, 0).iter().map(pair).collect()
}

fn wanted(count: usize) -> Vec<Pair> {
    (0..count).map(|i| pair(&record(i))).collect()
}

/// The one record of a topic with one partition.
fn only(client: &mut Client, topic: &str) -> Record {
    let mut records = fetch_all(client, topic, 0, 0);
    assert_eq!(records.len(), 1, "one record in {topic}");
    records.remove(0)
}

fn batches(client: &mut Client, topic: &str) -> Vec<BatchInfo> {
    let (mut all, mut next) = (Vec::new(), 0);
    loop {
        let answer = try_fetch(client, topic, 0, next);
        let part = read_batches(answer["records"].bytes()).expect("sound batches");
        let Some((last, _)) = part.last() else {
            return all;
        };
        next = last.base_offset + i64::from(last.last_offset_delta) + 1;
        all.extend(part.into_iter().map(|(batch, _)| batch));
    }
}

pub fn acks(client: &mut Client, topic: &str) {
    for partition in 0..3 {
        // Nobody answers to acks=0: the last ones may still be on their way.
        compat_tests::eventually(&format!("ten records in partition {partition}"), || {
            pairs(client, topic, partition).len() >= 10
        });
        assert_eq!(
            pairs(client, topic, partition),
            wanted(10),
            "partition {partition}"
        );
    }
}

pub fn codec(client: &mut Client, topic: &str, codec: Codec) {
    let wanted: Vec<Pair> = (0..100)
        .map(|i| {
            (
                Some(format!("k{i}").into()),
                Some(format!("v{i}-{}", "x".repeat(1000)).into()),
            )
        })
        .collect();
    assert!(
        pairs(client, topic, 0) == wanted,
        "other records than the 100 that were to be written"
    );
    let batches = batches(client, topic);
    let used: BTreeSet<i16> = batches.iter().map(|batch| batch.attributes & 7).collect();
    assert_eq!(used, BTreeSet::from([codec as i16]), "codecs in the batches");
    assert!(batches.len() < 100, "a batch for each record");
}

pub fn keys(client: &mut Client, topic: &str) {
    let mut places: BTreeMap<Vec<u8>, BTreeSet<i32>> = BTreeMap::new();
    let mut count = 0;
    for partition in 0..4 {
        for (key, _) in pairs(client, topic, partition) {
            count += 1;
            places.entry(key.expect("a key")).or_default().insert(partition);
        }
    }
    assert_eq!(count, 200, "records");
    assert_eq!(places.len(), 100, "keys");
    assert!(
        places.values().all(|places| places.len() == 1),
        "a key in two partitions: {places:?}"
    );
    let used: BTreeSet<i32> = places.into_values().flatten().collect();
    assert!(used.len() > 1, "one partition is used only");
}

pub fn headers(client: &mut Client, topic: &str) {
    let header = |name: &str, value: &str| (name.into(), Some(value.into()));
    let headers = vec![header("a", "1"), header("a", "2"), header("empty", "")];
    assert_eq!(only(client, topic).headers, headers);
}

pub fn headers_null(client: &mut Client, topic: &str) {
    assert_eq!(only(client, topic).headers, vec![("n".into(), None)]);
}

pub fn nulls(client: &mut Client, topic: &str) {
    let text = |text: &str| Some(text.as_bytes().to_vec());
    let wanted = [(text("k0"), None), (None, text("v1")), (text(""), text(""))];
    assert_eq!(pairs(client, topic, 0), wanted);
}

pub fn timestamps(client: &mut Client, topic: &str) {
    assert_eq!(only(client, topic).timestamp, 1_600_000_000_123);
}

pub fn idempotence(client: &mut Client, topic: &str) {
    assert_eq!(pairs(client, topic, 0), wanted(100));
    let mut sequence = 0;
    for batch in batches(client, topic) {
        assert!(
            batch.producer_id >= 0,
            "no producer id in the batch at {}",
            batch.base_offset
        );
        assert_eq!(
            batch.base_sequence, sequence,
            "sequence of the batch at {}",
            batch.base_offset
        );
        sequence += batch.record_count;
    }
}

pub fn large(client: &mut Client, topic: &str) {
    let value = only(client, topic).value.unwrap_or_default();
    assert_eq!(value.len(), 5_000_000, "bytes in the value");
    assert!(value.iter().all(|&byte| byte == b'x'), "another value");
}

pub fn too_large(client: &mut Client, topic: &str) {
    assert_eq!(pairs(client, topic, 0), wanted(1));
}

pub fn bulk(client: &mut Client, topic: &str) {
    let (mut last, mut count) = (BTreeMap::new(), 0);
    for partition in 0..4 {
        for record in fetch_all(client, topic, partition, 0) {
            let value = String::from_utf8(record.value.unwrap_or_default()).expect("text");
            let number: i64 = value.trim_start_matches('v').parse().expect("v and a number");
            let before = last.insert(record.key.clone(), number).unwrap_or(-1);
            assert!(
                before < number,
                "{before} before {number} under the key {:?}",
                record.key
            );
            count += 1;
        }
    }
    assert_eq!((count, last.len()), (20_000, 100), "records and keys");
}

pub fn many_partitions(client: &mut Client, topic: &str) {
    for partition in 0..100 {
        let wanted = record(partition as usize);
        assert_eq!(
            pairs(client, topic, partition),
            [pair(&wanted)],
            "partition {partition}"
        );
    }
}

pub fn auto_create(client: &mut Client, topic: &str) {
    let known = metadata(client, topic);
    assert_eq!(known["error_code"], NONE, "the topic is not there");
    let partitions = known["partitions"].list().len() as i32;
    let mut found: Vec<Pair> = (0..partitions)
        .flat_map(|partition| pairs(client, topic, partition))
        .collect();
    found.sort();
    let mut wanted = wanted(10);
    wanted.sort();
    assert_eq!(found, wanted);
}

pub fn unknown_topic(client: &mut Client, topic: &str) {
    assert_eq!(metadata(client, topic)["error_code"], UNKNOWN_TOPIC_OR_PARTITION);
}
