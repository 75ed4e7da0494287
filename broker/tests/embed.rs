//! A broker inside a Rust test, as a user of the library starts it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

use std::io::{Read, Write};
use std::net::TcpStream;

use bytes::Bytes;
use ottla::Ottla;
use protocol_shim::messages::ApiVersionsRequest;
use protocol_shim::{ApiKey, Request, RequestHeader, Response, decode_response, encode_request};

/// Asks for the API versions and answers how many APIs are served.
fn served_apis(address: &str) -> usize {
    let header = RequestHeader {
        api_key: ApiKey::ApiVersions,
        api_version: 0,
        correlation_id: 7,
        client_id: None,
    };
    let request = Request::ApiVersions(ApiVersionsRequest::default());
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(&encode_request(&header, &request).unwrap())
        .unwrap();
    let mut prefix = [0; 4];
    stream.read_exact(&mut prefix).unwrap();
    let mut body = vec![0; u32::from_be_bytes(prefix) as usize];
    stream.read_exact(&mut body).unwrap();
    match decode_response(ApiKey::ApiVersions, 0, Bytes::from(body)).unwrap() {
        (7, Response::ApiVersions(response)) => response.api_keys.len(),
        other => panic!("not the answer: {other:?}"),
    }
}

#[tokio::test]
async fn it_serves_when_start_returns_and_stops_when_dropped() {
    let kafka = Ottla::builder().memory().start().await.unwrap();
    let address = kafka.address();
    assert_eq!(served_apis(&address), protocol_shim::API_TABLE.len());
    drop(kafka);
    assert!(TcpStream::connect(&address).is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_data_folder_is_closed_cleanly_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let kafka = Ottla::builder()
            .data(folder.path())
            .set("num.partitions", "3")
            .start()
            .await
            .unwrap();
        assert!(served_apis(&kafka.address()) > 0);
        kafka.stop().unwrap();
        assert!(folder.path().join(".kafka_cleanshutdown").exists());
    }
}

#[tokio::test]
async fn a_wrong_setting_is_refused_by_name() {
    let refused = Ottla::builder()
        .set("num.partitions", "many")
        .start()
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("num.partitions"), "{refused}");
}
