//! Every version of every API against the bytes of Apache's own client library, decoded and encoded again.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by them

mod common;

use std::collections::BTreeSet;

use bytes::Bytes;
use common::{CORRELATION_ID, Vector, flatten, golden, vectors};
use protocol_shim::{
    API_TABLE, ApiKey, DecodeError, decode_request, decode_response, encode_request, encode_response,
};

/// Body of a frame as a client sends it: behind the header without client id tags.
fn request_again(vector: &Vector) -> Bytes {
    let (header, request) = decode_request(vector.frame()).unwrap();
    assert_eq!(header.api_key, vector.key);
    assert_eq!(header.api_version, vector.version);
    assert_eq!(header.correlation_id, CORRELATION_ID);
    assert_eq!(header.client_id.as_deref(), Some("me"));
    assert_eq!(request.api_key(), vector.key);
    let frame = encode_request(&header, &request).unwrap();
    let tags = usize::from(vector.key.row().request_header_version(vector.version) == 2);
    frame.slice(4 + 12 + tags..)
}

/// The schema lets zero pass for the kinds in an access control entry; the request classes do not, as zero stands for
/// a kind that is not known.
fn refused_by_apache(vector: &Vector) -> bool {
    let of_acls = [ApiKey::DescribeAcls, ApiKey::CreateAcls, ApiKey::DeleteAcls].contains(&vector.key);
    vector.is_request && of_acls && !vector.is_full
}

#[test]
fn requests_are_what_apache_writes() {
    for vector in vectors().into_iter().filter(|vector| vector.is_request) {
        if refused_by_apache(&vector) {
            let error = decode_request(vector.frame()).unwrap_err();
            assert!(matches!(error, DecodeError::Malformed { .. }), "{error}");
            continue;
        }
        let again = request_again(&vector);
        assert_eq!(
            again, vector.body,
            "{} v{} full={}",
            vector.key, vector.version, vector.is_full
        );
    }
}

#[test]
fn responses_are_what_apache_writes() {
    for vector in vectors().into_iter().filter(|vector| !vector.is_request) {
        let name = format!("{} v{} full={}", vector.key, vector.version, vector.is_full);
        let (correlation_id, response) = decode_response(vector.key, vector.version, vector.frame())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(correlation_id, CORRELATION_ID);
        let reply = encode_response(correlation_id, vector.version, response)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(flatten(&reply), vector.frame(), "{name}");
    }
}

#[test]
fn every_version_of_the_table_has_vectors_and_no_other() {
    let have: BTreeSet<_> = vectors()
        .iter()
        .map(|v| (v.key, v.is_request, v.version, v.is_full))
        .collect();
    let mut want = BTreeSet::new();
    for row in API_TABLE {
        for version in row.min..=row.max {
            for (is_request, is_full) in [(true, true), (true, false), (false, true), (false, false)] {
                want.insert((row.key, is_request, version, is_full));
            }
        }
    }
    assert_eq!(have, want);
}

#[test]
fn the_table_agrees_with_apache() {
    let mut rows = 0;
    for line in golden("headers").lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| fields[at].parse::<i16>().unwrap();
        let row = ApiKey::from_code(number(1)).unwrap().row();
        assert_eq!(row.name, fields[0]);
        assert!(row.serves(number(2)), "{line}");
        assert_eq!(row.request_header_version(number(2)), number(3), "{line}");
        assert_eq!(row.response_header_version(number(2)), number(4), "{line}");
        assert_eq!((row.min, row.max), (number(5), number(6)), "{line}");
        rows += 1;
    }
    let versions: i16 = API_TABLE.iter().map(|row| row.max - row.min + 1).sum();
    assert_eq!(rows, versions);
}
