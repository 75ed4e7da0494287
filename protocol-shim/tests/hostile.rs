//! Bytes that no client sends: cut, changed, with absurd lengths. No panic, and no allocation beyond a small multiple
//! of the frame.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by them

mod common;
#[path = "common/targets.rs"]
mod targets;

use allocation_counter::measure;
use bytes::Bytes;
use common::{Vector, vectors};
use proptest::prelude::*;
use protocol_shim::{API_TABLE, ApiKey, DecodeError, decode_request};
use targets::{TARGETS, Target};

/// What a mutation puts over the bytes at some place: lengths of two billion and others that are wrong, in each encoding.
const LENGTHS: [&[u8]; 8] = [
    &[0x7f, 0xff, 0xff, 0xff],
    &[0xff, 0xff, 0xff, 0xff],
    &[0x80, 0, 0, 0],
    &[0x7f, 0xff],
    &[0xff, 0xfe],
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    &[0xff, 0xff, 0x03],
];

/// Most memory that decoding may hold per byte of the frame. The crate's structures have some 130 bytes, and it makes
/// room for as many as there are bytes left.
const BYTES_PER_FRAME_BYTE: u64 = 256;
/// What is allowed besides, for the texts of errors.
const BYTES_FIXED: u64 = 4096;

/// Input of the target for this vector: the frame itself, or behind the two bytes that choose the API.
fn seed(vector: &Vector) -> (Target, Vec<u8>) {
    if vector.is_request {
        return (targets::request, vector.frame().to_vec());
    }
    let row = API_TABLE.iter().position(|row| row.key == vector.key).unwrap();
    let version = vector.version - vector.key.row().min;
    let mut data = vec![u8::try_from(row).unwrap(), u8::try_from(version).unwrap()];
    data.extend_from_slice(&vector.frame());
    (targets::response, data)
}

fn bounded(name: &str, target: Target, data: &[u8]) {
    let used = measure(|| target(data)).bytes_max;
    let allowed = BYTES_FIXED + BYTES_PER_FRAME_BYTE * data.len() as u64;
    assert!(
        used <= allowed,
        "{name}: {used} bytes for a frame of {}: {data:02x?}",
        data.len()
    );
}

#[test]
fn mutations_of_the_corpus_neither_panic_nor_allocate_much() {
    for vector in vectors() {
        let (target, data) = seed(&vector);
        let name = format!("{} v{}", vector.key, vector.version);
        bounded(&name, target, &data);
        for at in 0..data.len() {
            bounded(&name, target, &data[..at]);
            let mut changed = data.clone();
            for byte in [0, 1, 0x7f, 0x80, 0xff] {
                changed[at] = byte;
                bounded(&name, target, &changed);
            }
            for length in LENGTHS {
                let mut changed = data.clone();
                let end = data.len().min(at + length.len());
                changed[at..end].copy_from_slice(&length[..end - at]);
                bounded(&name, target, &changed);
            }
        }
    }
}

#[test]
fn a_cut_frame_is_malformed_wherever_it_is_cut() {
    for vector in vectors().into_iter().filter(|vector| vector.is_request) {
        let frame = vector.frame();
        for at in 0..frame.len() {
            let error = decode_request(frame.slice(..at)).unwrap_err();
            assert!(
                matches!(error, DecodeError::Malformed { .. }),
                "{} v{}",
                vector.key,
                vector.version
            );
            assert!(error.to_string().starts_with("malformed"), "{error}");
        }
    }
}

/// A frame of an API with a body of zeros that begins with an array (or the like) of as many elements.
fn frame(key: ApiKey, version: i16, body: &[u8], zeros: usize) -> Bytes {
    let mut frame = Vec::with_capacity(zeros + 64);
    frame.extend(key.code().to_be_bytes());
    frame.extend(version.to_be_bytes());
    frame.extend([0, 0, 0, 1, 0xff, 0xff]);
    if key.row().request_header_version(version) == 2 {
        frame.push(0);
    }
    frame.extend(body);
    frame.resize(frame.len() + zeros, 0);
    frame.into()
}

#[test]
fn a_large_frame_cannot_ask_for_a_hundred_times_as_much() {
    const LEN: usize = 16 << 20;
    let count = (LEN as i32).to_be_bytes();
    let created = frame(ApiKey::CreateTopics, 2, &count, LEN);
    let topics = frame(ApiKey::Metadata, 0, &count, LEN);
    let mut fetch_body = vec![0; 17];
    fetch_body.extend(count);
    let fetch = frame(ApiKey::Fetch, 4, &fetch_body, LEN);
    for frame in [created, topics, fetch] {
        let mut result = None;
        let used = measure(|| result = Some(decode_request(frame))).bytes_max;
        assert!(matches!(result, Some(Err(DecodeError::Malformed { .. }))));
        assert!(used < LEN as u64, "{used} bytes");
    }
}

#[test]
fn large_byte_fields_pass() {
    let metadata = vec![7u8; 3 << 20];
    let mut body = Vec::new();
    body.extend(b"\0\x01g\0\0\x27\x10\0\0\0\x08consumer\0\0\0\x01\0\x05range");
    body.splice(7..9, *b"\0\0");
    body.extend((metadata.len() as i32).to_be_bytes());
    body.extend(&metadata);
    let (_, request) = decode_request(frame(ApiKey::JoinGroup, 0, &body, 0)).unwrap();
    let protocol_shim::Request::JoinGroup(request) = request else {
        panic!("{request:?}")
    };
    assert_eq!(request.protocols[0].metadata, metadata);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn random_bytes_do_not_panic(data in proptest::collection::vec(any::<u8>(), 0..512)) {
        for (name, target) in TARGETS {
            bounded(name, target, &data);
        }
        for row in API_TABLE {
            for version in [row.min, row.first_flexible.unwrap_or(row.max), row.max] {
                let frame = frame(row.key, version, &data, 0);
                bounded(row.name, targets::request, &frame);
            }
        }
    }
}
