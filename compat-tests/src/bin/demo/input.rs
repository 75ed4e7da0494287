//! The real records: flights (an array of flat JSON objects) or Debian's package history (lines of dpkg.log).

use std::collections::HashSet;
use std::fs;

use anyhow::{Context, Result, ensure};

/// One record as it is sent and read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub key: Vec<u8>,
    pub value: Vec<u8>,
}

/// Reads a `.json` file of flights, keyed by the airport of departure, or else a log of lines, keyed by their fourth word
/// (the package).
pub fn read(path: &str) -> Result<Vec<Record>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    let records: Vec<Record> = if path.ends_with(".json") {
        flights(&text)
    } else {
        lines(&text)
    };
    ensure!(!records.is_empty(), "no record in {path}");
    Ok(records)
}

fn flights(text: &str) -> Vec<Record> {
    // The objects are flat and their strings hold no braces, so this needs no parser.
    text.split_inclusive('}')
        .filter_map(|part| part.find('{').and_then(|at| part.get(at..)))
        .filter_map(|object| {
            let (_, behind) = object.split_once("\"origin\":\"")?;
            let (origin, _) = behind.split_once('"')?;
            Some(Record {
                key: origin.into(),
                value: object.into(),
            })
        })
        .collect()
}

fn lines(text: &str) -> Vec<Record> {
    text.lines()
        .filter_map(|line| {
            let package = line.split_whitespace().nth(3)?;
            Some(Record {
                key: package.into(),
                value: line.into(),
            })
        })
        .collect()
}

/// How many keys there are.
pub fn keys(records: &[Record]) -> usize {
    records
        .iter()
        .map(|record| &record.key)
        .collect::<HashSet<_>>()
        .len()
}

/// The partition that Kafka's Java clients (and librdkafka's `murmur2`) choose for a key.
pub fn partition(key: &[u8], partitions: i32) -> i32 {
    (murmur2(key) & 0x7fff_ffff) as i32 % partitions
}

fn murmur2(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let mut hash = 0x9747_b28c ^ data.len() as u32;
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        let word = word
            .iter()
            .rev()
            .fold(0, |so_far, byte| so_far << 8 | u32::from(*byte))
            .wrapping_mul(M);
        hash = hash.wrapping_mul(M) ^ (word ^ word >> 24).wrapping_mul(M);
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        hash ^= rest
            .iter()
            .rev()
            .fold(0, |so_far, byte| so_far << 8 | u32::from(*byte));
        hash = hash.wrapping_mul(M);
    }
    hash = (hash ^ hash >> 13).wrapping_mul(M);
    hash ^ hash >> 15
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn murmur2_is_that_of_the_java_client() {
        // From Apache Kafka's UtilsTest.
        assert_eq!(murmur2(b"21") as i32, -973_932_308);
        assert_eq!(murmur2(b"foobar") as i32, -790_332_482);
        assert_eq!(murmur2(b"a-little-bit-long-string") as i32, -985_981_536);
        assert_eq!(murmur2(b"abc") as i32, 479_470_107);
    }

    #[test]
    fn flights_are_cut_out_of_their_array() {
        let text = r#"[{"delay":1,"origin":"DTW","destination":"LAS"},{"delay":2,"origin":"HNL","destination":"SFO"}]"#;
        let read = flights(text);
        assert_eq!(read.len(), 2);
        assert_eq!(read[1].key, b"HNL");
        assert_eq!(
            read[1].value,
            br#"{"delay":2,"origin":"HNL","destination":"SFO"}"#
        );
    }
}
