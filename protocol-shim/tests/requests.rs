//! Headers, versions that are not served, and requests that are wrong in one place.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by them

mod common;

use bytes::Bytes;
use common::{flatten, hex, vectors};
use protocol_shim::*;

/// A frame: key, version, correlation id 5, client id "c", then `rest`.
fn frame(key: i16, version: i16, rest: &[u8]) -> Bytes {
    let mut frame = Vec::new();
    frame.extend(key.to_be_bytes());
    frame.extend(version.to_be_bytes());
    frame.extend([0, 0, 0, 5, 0, 1, b'c']);
    frame.extend(rest);
    frame.into()
}

fn reason(frame: Bytes) -> String {
    match decode_request(frame).unwrap_err() {
        DecodeError::Malformed { reason, .. } => reason,
        error => panic!("{error:?}"),
    }
}

#[test]
fn api_versions_of_the_future_gets_an_answer_it_can_read() {
    for (version, rest) in [
        (5, &b"\0\x02a\x02b\0"[..]),
        (99, b"\0"),
        (i16::MAX, b"\0"),
        (-1, b""),
    ] {
        let error = decode_request(frame(18, version, rest)).unwrap_err();
        assert_eq!(
            error,
            DecodeError::UnsupportedApiVersions {
                correlation_id: 5,
                version
            }
        );
    }
    let answer = flatten(&unsupported_api_versions(5).unwrap());
    assert_eq!(answer[..], hex("00000005002300000001001200000004"));
}

#[test]
fn other_keys_and_versions_are_refused() {
    for version in [-1, 0, 1, 2, 14] {
        let error = decode_request(frame(0, version, b"\0")).unwrap_err();
        assert_eq!(
            error,
            DecodeError::UnsupportedVersion {
                key: ApiKey::Produce,
                version
            }
        );
        assert_eq!(
            error.to_string(),
            format!("Produce version {version} is not served")
        );
    }
    for key in [-1, 4, 7, 36, 88, 999] {
        let error = decode_request(frame(key, 0, b"")).unwrap_err();
        assert_eq!(error, DecodeError::UnknownKey { key, version: 0 });
    }
    for row in API_TABLE.iter().filter(|row| row.key != ApiKey::ApiVersions) {
        for version in [row.min - 1, row.max + 1] {
            let error = decode_request(frame(row.key.code(), version, b"\0")).unwrap_err();
            assert_eq!(
                error,
                DecodeError::UnsupportedVersion {
                    key: row.key,
                    version
                }
            );
        }
    }
}

#[test]
fn headers_with_and_without_client_id() {
    let (header, _) = decode_request(frame(18, 0, b"")).unwrap();
    assert_eq!(
        (header.correlation_id, header.client_id.as_deref()),
        (5, Some("c"))
    );
    let (header, request) =
        decode_request(Bytes::from_static(&[0, 18, 0, 0, 0, 0, 0, 9, 0xff, 0xff])).unwrap();
    assert_eq!((header.correlation_id, header.client_id), (9, None));
    assert_eq!(
        request,
        Request::ApiVersions(messages::ApiVersionsRequest::default())
    );
    assert_eq!(reason(Bytes::new()), "ends too early");
}

#[test]
fn what_is_wrong_is_said() {
    // Heartbeat v0: group, generation, member.
    assert_eq!(
        decode_request(frame(12, 0, b"\0\x01g\0\0\0\x01\0\x01m"))
            .unwrap()
            .0
            .api_version,
        0
    );
    for rest in [
        &b"\0\x01\xff\0\0\0\x01\0\x01m"[..],
        b"\xff\xff\0\0\0\x01\0\x01m",
        b"\0\x01g\0\0\0\x01\0\x02m",
        b"",
    ] {
        assert!(!reason(frame(12, 0, rest)).is_empty());
    }
    // OffsetFetch v1: group, topics.
    assert!(reason(frame(9, 1, b"\0\x01\xff\0\0\0\0")).contains("UTF-8"));
    assert!(reason(frame(9, 1, b"\xff\xff\0\0\0\0")).contains("null"));
    assert!(reason(frame(9, 1, b"\0\x01g\x7f\xff\xff\xff")).contains("2147483647 elements"));
    assert!(reason(frame(9, 1, b"\0\x01g\0\0\0\x01\0\x01t\0\0\0\x02\0\0\0\0")).contains("2 elements"));
    // OffsetFetch v6: a compact string of 32,768 bytes.
    let mut long = vec![0, 0x81, 0x80, 0x02];
    long.resize(40_000, b'x');
    assert!(reason(frame(9, 6, &long)).contains("32768 bytes"));
    assert!(reason(frame(9, 6, b"\0\xff\xff\xff\xff\xff\xff")).contains("varint"));
}

#[test]
fn bytes_behind_the_message_are_ignored_as_in_kafka() {
    for vector in vectors().into_iter().filter(|vector| vector.is_request) {
        let mut longer = vector.frame().to_vec();
        longer.extend(b"more");
        assert_eq!(decode_request(longer.into()), decode_request(vector.frame()));
    }
}

#[test]
fn mistakes_of_the_broker_are_errors() {
    let encode = |version, response: Response| encode_response(0, version, response).unwrap_err().to_string();
    assert!(encode(14, ProduceResponse::default().into()).contains("not served"));
    let groups = vec![OffsetFetchGroupResponse::default(); 2];
    let two = OffsetFetchResponse {
        throttle_time_ms: 0,
        groups,
    };
    assert!(encode(7, two.into()).contains("one group"));
    let topic = OffsetCommitTopicResponse {
        name: "x".repeat(40_000).into(),
        ..Default::default()
    };
    let long = OffsetCommitResponse {
        throttle_time_ms: 0,
        topics: vec![topic],
    };
    assert!(encode(2, long.clone().into()).contains("40000 bytes"));
    assert!(encode(9, long.into()).contains("40000 bytes"));
    let joined = messages::JoinGroupResponse::default().with_skip_assignment(true);
    assert!(encode(8, joined.into()).starts_with("cannot encode JoinGroup v8"));
}

#[test]
fn request_and_header_must_be_of_one_api() {
    let header = RequestHeader {
        api_key: ApiKey::Fetch,
        api_version: 4,
        correlation_id: 0,
        client_id: None,
    };
    let request = Request::ListGroups(messages::ListGroupsRequest::default());
    assert!(encode_request(&header, &request).is_err());
}
