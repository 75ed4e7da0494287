use compat_tests::errors::{INVALID_REQUEST, NONE, UNSUPPORTED_VERSION};
use compat_tests::obj;
use compat_tests::server::Broker;
use compat_tests::wire::{Client, Value, apis, versions};

fn request() -> Value {
    obj! { client_software_name: "compat-tests", client_software_version: "1.0" }
}

#[test]
fn every_version_lists_every_api_with_the_range_of_kafka_4_3() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in versions("ApiVersions") {
        let response = client.call("ApiVersions", version, request());
        assert_eq!(response["error_code"], NONE, "v{version}");
        for api in apis() {
            let row = response["api_keys"].find("api_key", api.key);
            // Older librdkafka builds send uncompressed unless Produce claims to start at 0.
            let min = if api.name == "Produce" {
                0
            } else {
                api.versions.min
            };
            assert_eq!(row["min_version"], min, "{} v{version}", api.name);
            assert_eq!(row["max_version"], api.versions.max, "{} v{version}", api.name);
        }
    }
}

#[test]
fn what_needs_log_ins_or_a_receiver_of_metrics_is_not_told_of() {
    let broker = Broker::with_controller();
    if !broker.is_own() {
        return;
    }
    for addr in [broker.addr(), broker.controller().expect("a controller")] {
        let response = Client::connect(addr).call("ApiVersions", 4, request());
        let keys: Vec<i64> = response["api_keys"]
            .list()
            .iter()
            .map(|row| row["api_key"].int())
            .collect();
        // SCRAM users, and telemetry of clients (KIP-714).
        assert!(!keys.iter().any(|key| [50, 51, 71, 72].contains(key)), "{keys:?}");
    }
}

#[test]
fn an_unknown_version_is_answered_in_version_0_with_the_range_to_retry() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in [5, 77, i16::MAX] {
        // The body of a version from the future: bytes that nobody here can read.
        let mut frame = Vec::new();
        frame.extend(18i16.to_be_bytes());
        frame.extend(version.to_be_bytes());
        frame.extend(4711i32.to_be_bytes());
        frame.extend([0, 1, b'x', 0, 9, 9, 9, 9]);
        client.send_frame(&frame);
        let (correlation_id, response) = client.recv("ApiVersions", 0);
        assert_eq!(correlation_id, 4711);
        assert_eq!(response["error_code"], UNSUPPORTED_VERSION);
        let row = response["api_keys"].find("api_key", 18i16);
        assert_eq!(response["api_keys"].list().len(), 1);
        assert_eq!((row["min_version"].int(), row["max_version"].int()), (0, 4));
    }
    // The connection lives on, and the client comes back with a version that both know.
    assert_eq!(client.call("ApiVersions", 3, request())["error_code"], NONE);
}

#[test]
fn features_with_minimum_0_are_told_from_version_4_on() {
    let broker = Broker::start();
    let mut client = broker.client();
    let v3 = client.call("ApiVersions", 3, request());
    let names: Vec<&str> = v3["supported_features"]
        .list()
        .iter()
        .map(|f| f["name"].str())
        .collect();
    assert_eq!(
        names,
        ["metadata.version"],
        "v0-3 readers choke on a minimum of 0"
    );
    let v4 = client.call("ApiVersions", 4, request());
    let feature = |name: &str| {
        let row = v4["supported_features"].find("name", name);
        (row["min_version"].int(), row["max_version"].int())
    };
    assert_eq!(feature("metadata.version"), (7, 30));
    assert_eq!(feature("transaction.version"), (0, 2));
    for name in ["group.version", "kraft.version"] {
        assert_eq!(feature(name), (0, 1), "{name}");
    }
    assert_eq!(feature("eligible.leader.replicas.version"), (0, 1));
    for response in [&v3, &v4] {
        assert!(
            response["finalized_features_epoch"].int() >= 0,
            "an epoch makes the finalised features valid"
        );
        let level = response["finalized_features"].find("name", "metadata.version");
        assert_eq!(level["max_version_level"], 30);
    }
}

#[test]
fn names_of_client_software_must_be_plain() {
    let broker = Broker::start();
    let mut client = broker.client();
    for (name, software_version) in [("", "1"), ("x", ""), ("-x", "1"), ("a b", "1"), ("x", "1!")] {
        for version in [3, 4] {
            let body = obj! { client_software_name: name, client_software_version: software_version };
            let response = client.call("ApiVersions", version, body);
            assert_eq!(
                response["error_code"], INVALID_REQUEST,
                "{name:?} {software_version:?}"
            );
        }
    }
    let plain = obj! { client_software_name: "a.b-9", client_software_version: "1.0-rc.2" };
    assert_eq!(client.call("ApiVersions", 3, plain)["error_code"], NONE);
}
