//! The listener of a controller: what it serves, what it says of itself, what it refuses.

use std::collections::BTreeMap;

use compat_tests::errors::{
    INVALID_REQUEST, MISMATCHED_ENDPOINT_TYPE, NONE, TOPIC_ALREADY_EXISTS, UNSUPPORTED_ENDPOINT_TYPE,
};
use compat_tests::ops::metadata;
use compat_tests::server::Broker;
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{eventually, unique};
use compat_tests::{list, obj};

/// A broker and a connection to its controller; none where the environment names no controller.
fn start() -> Option<(Broker, Client)> {
    let broker = Broker::with_controller();
    let Some(addr) = broker.controller() else {
        eprintln!("skipped: COMPAT_CONTROLLER names no controller");
        return None;
    };
    Some((broker, Client::connect(addr)))
}

fn ranges(client: &mut Client, version: i16) -> BTreeMap<i64, (i64, i64)> {
    let body = obj! { client_software_name: "compat-tests", client_software_version: "1.0" };
    let response = client.call("ApiVersions", version, body);
    assert_eq!(response["error_code"], NONE);
    let rows = response["api_keys"].list().iter();
    rows.map(|row| {
        let range = (row["min_version"].int(), row["max_version"].int());
        (row["api_key"].int(), range)
    })
    .collect()
}

#[test]
fn a_controller_tells_its_own_list_of_apis() {
    let Some((broker, mut controller)) = start() else {
        return;
    };
    for version in versions("ApiVersions") {
        let here = ranges(&mut controller, version);
        let there = ranges(&mut broker.client(), version);
        for key in [
            17, 18, 19, 20, 29, 30, 31, 32, 33, 37, 38, 39, 40, 41, 43, 44, 45, 46, 55, 57, 60, 64,
        ] {
            assert_eq!(here.get(&key), there.get(&key), "key {key} of v{version}");
        }
        // Produce, Metadata, FindCoordinator, ListConfigResources.
        for key in [0, 3, 10, 74] {
            assert!(
                there.contains_key(&key) && !here.contains_key(&key),
                "key {key} of v{version}"
            );
        }
        if broker.is_own() {
            assert!(
                here.iter().all(|(key, range)| there.get(key) == Some(range)),
                "v{version}"
            );
        }
    }
}

#[test]
fn an_api_of_brokers_costs_the_connection() {
    let Some((broker, controller)) = start() else {
        return;
    };
    drop(controller);
    let addr = broker.controller().expect("it was there");
    for (name, version, body) in [
        ("Metadata", 12, obj! {}),
        ("FindCoordinator", 1, obj! { key: "g" }),
        ("ListGroups", 4, obj! {}),
    ] {
        let mut client = Client::connect(addr);
        client.send(name, version, body);
        client.expect_closed();
    }
}

#[test]
fn each_listener_describes_its_own_kind() {
    let Some((broker, mut controller)) = start() else {
        return;
    };
    let addr = broker.controller().expect("it was there");
    let id = broker.client().call("DescribeCluster", 0, obj! {})["controller_id"].clone();
    for version in 1..=2 {
        let answer = controller.call("DescribeCluster", version, obj! { endpoint_type: 2i8 });
        assert_eq!(answer["error_code"], NONE, "v{version}");
        assert_eq!(
            (answer["endpoint_type"].int(), &answer["controller_id"]),
            (2, &id)
        );
        let [node] = answer["brokers"].list() else {
            panic!("{answer:?}")
        };
        assert_eq!(
            (&node["broker_id"], node["port"].int()),
            (&id, i64::from(addr.port()))
        );
        if broker.is_own() {
            assert_eq!(node["host"], addr.ip().to_string().as_str());
        }
        if version == 2 {
            assert_eq!(node["is_fenced"], false);
        }
    }
    let mismatch = |client: &mut Client, version: i16, body: Value, code: i16, text: &str| {
        let answer = client.call("DescribeCluster", version, body);
        assert_eq!(answer["error_code"], code, "v{version}");
        assert_eq!(answer["error_message"], text, "v{version}");
        assert!(answer["brokers"].list().is_empty());
    };
    let of = |sent: &str, wanted: &str| {
        format!(
            "The request was sent to an endpoint of type {sent}, but we wanted an endpoint of type {wanted}"
        )
    };
    let (to_controller, to_broker) = (of("CONTROLLER", "BROKER"), of("BROKER", "CONTROLLER"));
    mismatch(&mut controller, 0, obj! {}, INVALID_REQUEST, &to_controller);
    for version in 1..=2 {
        let wrong = MISMATCHED_ENDPOINT_TYPE;
        mismatch(
            &mut controller,
            version,
            obj! { endpoint_type: 1i8 },
            wrong,
            &to_controller,
        );
        mismatch(
            &mut broker.client(),
            version,
            obj! { endpoint_type: 2i8 },
            wrong,
            &to_broker,
        );
        for client in [&mut controller, &mut broker.client()] {
            let (body, text) = (obj! { endpoint_type: 9i8 }, "Unsupported endpoint type 9");
            mismatch(client, version, body, UNSUPPORTED_ENDPOINT_TYPE, text);
        }
    }
}

#[test]
fn the_quorum_is_at_the_controllers_address_whoever_is_asked() {
    let Some((broker, mut controller)) = start() else {
        return;
    };
    let addr = broker.controller().expect("it was there");
    let partition = list![obj! { partition_index: 0 }];
    let topic = obj! { topic_name: "__cluster_metadata", partitions: partition };
    for client in [&mut controller, &mut broker.client()] {
        let answer = client.call("DescribeQuorum", 2, obj! { topics: list![topic.clone()] });
        assert_eq!(answer["topics"][0]["partitions"][0]["error_code"], NONE);
        let [listener] = answer["nodes"][0]["listeners"].list() else {
            panic!("{answer:?}")
        };
        assert_eq!(listener["name"], "CONTROLLER");
        assert_eq!(listener["host"], addr.ip().to_string().as_str());
        assert_eq!(listener["port"].int(), i64::from(addr.port()));
    }
}

#[test]
fn what_a_controller_changes_the_broker_shows() {
    let Some((broker, mut controller)) = start() else {
        return;
    };
    let name = unique("by-controller");
    let new = obj! { name: &*name, num_partitions: 2, replication_factor: 1i16 };
    let create = obj! { topics: list![new], timeout_ms: 10_000 };
    let answer = controller.call("CreateTopics", 7, create.clone());
    assert_eq!(answer["topics"][0]["error_code"], NONE, "{answer:?}");
    let answer = controller.call("CreateTopics", 7, create);
    assert_eq!(answer["topics"][0]["error_code"], TOPIC_ALREADY_EXISTS);
    let mut client = broker.client();
    let partitions = |client: &mut Client| metadata(client, &name)["partitions"].list().len();
    eventually("the topic is shown", || partitions(&mut client) == 2);

    let more = obj! { name: &*name, count: 3, assignments: Value::Null };
    let answer = controller.call(
        "CreatePartitions",
        3,
        obj! { topics: list![more], timeout_ms: 10_000 },
    );
    assert_eq!(answer["results"][0]["error_code"], NONE, "{answer:?}");
    eventually("the partition is shown", || partitions(&mut client) == 3);

    let config = obj! { name: "retention.ms", config_operation: 0i8, value: "4711" };
    let resource = obj! { resource_type: 2i8, resource_name: &*name, configs: list![config] };
    let answer = controller.call("IncrementalAlterConfigs", 1, obj! { resources: list![resource] });
    assert_eq!(answer["responses"][0]["error_code"], NONE, "{answer:?}");
    let key = list!["retention.ms"];
    let resource = obj! { resource_type: 2i8, resource_name: &*name, configuration_keys: key };
    for client in [&mut controller, &mut client] {
        let ask = obj! { resources: list![resource.clone()] };
        eventually("the config is shown", || {
            let answer = client.call("DescribeConfigs", 4, ask.clone());
            answer["results"][0]["configs"][0]["value"] == "4711"
        });
    }

    let features = list![obj! { feature: "group.version", max_version_level: 1i16, upgrade_type: 1i8 }];
    let answer = controller.call(
        "UpdateFeatures",
        1,
        obj! { feature_updates: features, timeout_ms: 10_000 },
    );
    assert_eq!(answer["error_code"], NONE, "{answer:?}");
    let moves = obj! { topics: Value::Null, timeout_ms: 10_000 };
    assert_eq!(
        controller.call("ListPartitionReassignments", 0, moves)["error_code"],
        NONE
    );

    let gone = obj! { topics: list![obj! { name: &*name }], timeout_ms: 10_000 };
    let answer = controller.call("DeleteTopics", 6, gone);
    assert_eq!(answer["responses"][0]["error_code"], NONE, "{answer:?}");
    eventually("the topic is gone", || partitions(&mut client) == 0);
}
