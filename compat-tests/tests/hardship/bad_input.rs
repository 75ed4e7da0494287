//! Bytes that no honest client sends. Each costs its connection at most, never the broker.

use std::io::Write;

use compat_tests::batch::Batch;
use compat_tests::ops::{broker_and_topic, fetch_values, produce_request};
use compat_tests::server::Broker;
use compat_tests::wire::{Client, Value, apis, encode_request};
use compat_tests::{list, obj};

/// The broker still answers others.
#[track_caller]
fn alive(broker: &Broker) {
    assert_eq!(broker.client().call("ApiVersions", 0, obj! {})["error_code"], 0);
}

/// Sends bytes as they are and expects a close without an answer.
#[track_caller]
fn closed_by(broker: &Broker, bytes: &[u8]) {
    let mut client = broker.client();
    let _ = client.stream().write_all(bytes);
    client.expect_closed();
    alive(broker);
}

#[test]
fn frame_lengths_that_are_negative_or_huge_close() {
    let broker = Broker::start();
    for len in [-1, i32::MIN, i32::MAX, 104_857_601, 0x1603_0100] {
        closed_by(&broker, &i32::to_be_bytes(len));
    }
}

#[test]
fn a_frame_too_short_for_its_header_closes() {
    let broker = Broker::start();
    for len in 0..8 {
        let mut bytes = i32::to_be_bytes(len).to_vec();
        bytes.extend(vec![0; len as usize]);
        closed_by(&broker, &bytes);
    }
}

#[test]
fn a_frame_cut_short_by_the_client_is_forgotten() {
    let (broker, mut reader, topic) = broker_and_topic(1);
    let frame = produce_request(&topic, 0, -1, Batch::of(&["never whole"]).bytes());
    let frame = encode_request(compat_tests::wire::api("Produce"), 9, 1, "x", &frame);
    for cut in [1, 5, 20, frame.len() - 1] {
        let mut client = broker.client();
        client.send_bytes(&(frame.len() as i32).to_be_bytes());
        client.send_bytes(&frame[..cut]);
        drop(client);
        alive(&broker);
    }
    assert!(fetch_values(&mut reader, &topic, 0).is_empty());
}

#[test]
fn a_client_that_vanishes_before_its_answer_does_no_harm() {
    let (broker, mut reader, topic) = broker_and_topic(1);
    for _ in 0..20 {
        let mut client = broker.client();
        client.send(
            "Produce",
            9,
            produce_request(&topic, 0, -1, Batch::of(&["x"]).bytes()),
        );
        drop(client);
    }
    let mut waiting = broker.client();
    let partition = obj! { partition: 0, fetch_offset: 1000, partition_max_bytes: 1000 };
    let topics = list![obj! { topic: &topic, partitions: list![partition] }];
    waiting.send(
        "Fetch",
        11,
        obj! { max_wait_ms: 500, min_bytes: 1, max_bytes: 1000, topics: topics },
    );
    drop(waiting);
    alive(&broker);
    compat_tests::eventually("what arrived whole is written", || {
        fetch_values(&mut reader, &topic, 0).len() == 20
    });
}

#[test]
fn a_frame_that_comes_byte_by_byte_is_answered() {
    let broker = Broker::start();
    let mut client = broker.client();
    let frame = encode_request(compat_tests::wire::api("ApiVersions"), 0, 7, "slow", &obj! {});
    let mut bytes = (frame.len() as i32).to_be_bytes().to_vec();
    bytes.extend(&frame);
    bytes.extend(bytes.clone());
    for byte in &bytes {
        client.send_bytes(&[*byte]);
    }
    for _ in 0..2 {
        assert_eq!(client.recv("ApiVersions", 0).0, 7);
    }
}

#[test]
fn garbage_closes() {
    let broker = Broker::start();
    // A fixed sequence that looks like nothing: each run sees the same.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for len in [16usize, 64, 500, 5000] {
        let mut frame: Vec<u8> = Vec::new();
        for _ in 0..len {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            frame.push(state as u8);
        }
        frame[0] = 0x55; // no API has so high a key
        let mut bytes = (len as i32).to_be_bytes().to_vec();
        bytes.extend(frame);
        closed_by(&broker, &bytes);
    }
}

#[test]
fn other_protocols_are_told_apart_in_one_log_line() {
    let Some(broker) = compat_tests::server::Options::new().start() else {
        return;
    };
    let hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 0, 0, 0, 0, 0];
    closed_by(&broker, &hello);
    broker.wait_for_log("TLS");
    closed_by(&broker, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    closed_by(&broker, b"POST / HTTP/1.1\r\n\r\n");
    broker.wait_for_log("HTTP request (POST");
    let log = broker.log();
    assert_eq!(
        log.lines().filter(|line| line.contains("HTTP")).count(),
        2,
        "one line each: {log}"
    );
    assert_eq!(
        log.lines().filter(|line| line.contains("TLS")).count(),
        1,
        "{log}"
    );
}

#[test]
fn unknown_keys_and_versions_close() {
    let broker = Broker::start();
    for key in [-1i16, 4, 7, 500, i16::MAX] {
        let mut client = broker.client();
        client.send_frame(&[&key.to_be_bytes()[..], &[0, 0, 0, 0, 0, 1, 0xff, 0xff]].concat());
        client.expect_closed();
    }
    for api in apis().iter().filter(|api| api.name != "ApiVersions") {
        for version in [api.versions.min - 1, api.versions.max + 1, i16::MAX, -5] {
            if version == 6 && api.name == "InitProducerId" {
                continue; // exists, unstable
            }
            let mut client = broker.client();
            let head = [api.key.to_be_bytes(), version.to_be_bytes()].concat();
            client.send_frame(&[&head[..], &[0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0, 0]].concat());
            client.expect_closed();
        }
    }
    alive(&broker);
}

#[test]
fn repeated_correlation_ids_are_echoed_in_order() {
    let broker = Broker::start();
    let mut client = broker.client();
    for correlation_id in [5, 5, -1, i32::MIN, 5, 0] {
        client.send_as("ApiVersions", 0, correlation_id, obj! {});
        client.send_as("Metadata", 1, correlation_id, obj! { topics: list![] });
    }
    for wanted in [5, 5, -1, i32::MIN, 5, 0] {
        assert_eq!(client.recv("ApiVersions", 0).0, wanted);
        assert_eq!(client.recv("Metadata", 1).0, wanted);
    }
}

/// Sends a body under an honest header; the broker may answer or close, and lives on.
#[track_caller]
fn survives(broker: &Broker, head: &[u8], body: &[u8]) {
    let mut client = broker.client();
    client.send_frame(&[head, body].concat());
    // An answer, or a close; a client that asks for nothing (acks=0) gets neither, so close our side.
    client.stream().shutdown(std::net::Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    let _ = std::io::Read::read_to_end(client.stream(), &mut rest);
}

/// A header of the right form for a version.
fn header(api: &compat_tests::wire::Api, version: i16) -> Vec<u8> {
    let mut head = [api.key.to_be_bytes(), version.to_be_bytes()].concat();
    head.extend([0, 0, 0, 1, 0, 1, b'x']);
    if api.is_flexible(version) {
        head.push(0);
    }
    head
}

#[test]
fn arrays_of_two_billion_and_endless_strings_allocate_nothing() {
    let broker = Broker::start();
    let before = if broker.is_own() {
        broker.resident_bytes()
    } else {
        0
    };
    for api in apis() {
        for version in api.versions.iter() {
            let head = header(api, version);
            for body in [
                [0x7f, 0xff, 0xff, 0xff].repeat(8),
                [0xfe, 0xff, 0xff, 0xff, 0x07].repeat(8),
                [0x7f, 0xff].repeat(3),
                [0xff; 40].to_vec(),
                [0; 3].to_vec(),
                vec![],
            ] {
                survives(&broker, &head, &body);
            }
        }
    }
    alive(&broker);
    if broker.is_own() {
        let grown = broker.resident_bytes().saturating_sub(before);
        assert!(grown < 32 << 20, "{grown} bytes more");
    }
}

#[test]
fn requests_cut_at_every_byte_cost_only_their_connection() {
    let (broker, _client, topic) = broker_and_topic(1);
    let partition = obj! { partition: 0, fetch_offset: 0, partition_max_bytes: 1000 };
    let cases: [(&str, i16, Value); 4] = [
        ("Metadata", 12, obj! { topics: list![obj! { name: &topic }] }),
        (
            "Produce",
            9,
            produce_request(&topic, 0, 1, Batch::of(&["x"]).bytes()),
        ),
        (
            "Fetch",
            12,
            obj! { max_bytes: 1000, topics: list![obj! { topic: &topic, partitions: list![partition] }] },
        ),
        ("JoinGroup", 5, compat_tests::groups::Join::new("g").request()),
    ];
    for (name, version, body) in cases {
        let frame = encode_request(compat_tests::wire::api(name), version, 1, "x", &body);
        for cut in 0..frame.len() {
            survives(&broker, &frame[..cut], &[]);
        }
        let more = [&frame[..], &[1, 2, 3]].concat();
        survives(&broker, &more, &[]);
    }
    alive(&broker);
}

#[test]
fn a_client_that_never_reads_holds_back_only_itself() {
    let (broker, mut other, topic) = broker_and_topic(1);
    let big = "x".repeat(900_000);
    for _ in 0..8 {
        compat_tests::ops::produce_values(&mut other, &topic, 0, &[&big]);
    }
    let mut greedy: Client = broker.client();
    greedy
        .stream()
        .set_write_timeout(Some(std::time::Duration::from_millis(500)))
        .unwrap();
    let fetch = compat_tests::ops::fetch_request(&topic, 0, 0);
    let frame = encode_request(compat_tests::wire::api("Fetch"), 11, 1, "x", &fetch);
    let mut bytes = (frame.len() as i32).to_be_bytes().to_vec();
    bytes.extend(frame);
    // The answers to these requests amount to gigabytes; the broker must stop reading instead of storing them.
    let mut sent = 0;
    while sent < 200_000 && greedy.stream().write_all(&bytes).is_ok() {
        sent += 1;
    }
    assert_eq!(
        compat_tests::ops::produce_values(&mut other, &topic, 0, &["still served"]),
        8
    );
    if broker.is_own() {
        assert!(sent < 200_000, "the broker took all requests");
        let resident = broker.resident_bytes();
        assert!(resident < 128 << 20, "{resident} bytes resident");
    }
}
