use compat_tests::errors::{INVALID_REQUEST, NONE};
use compat_tests::groups::await_coordinator;
use compat_tests::ops::metadata;
use compat_tests::server::{Broker, Options};
use compat_tests::wire::{Value, versions};
use compat_tests::{list, obj, unique};

#[test]
fn every_version_names_the_only_broker() {
    let broker = Broker::start();
    let mut client = broker.client();
    let group = unique("g");
    await_coordinator(&mut client, &group);
    let node = client.call("Metadata", 12, obj! { topics: list![] })["brokers"][0]["node_id"].clone();
    for version in versions("FindCoordinator") {
        let request = obj! { key: &group, key_type: 0, coordinator_keys: list![&group, "second"] };
        let response = client.call("FindCoordinator", version, request);
        let rows = if version < 4 {
            vec![&response]
        } else {
            response["coordinators"].list().iter().collect()
        };
        assert_eq!(
            rows.len(),
            if version < 4 { 1 } else { 2 },
            "v{version}: one answer for each key"
        );
        for row in rows {
            assert_eq!(row["error_code"], NONE, "v{version}: {row:?}");
            assert_eq!(row["node_id"], node, "v{version}");
            assert_eq!(row["host"], broker.addr().ip().to_string().as_str(), "v{version}");
            assert_eq!(row["port"], i32::from(broker.addr().port()), "v{version}");
        }
        if version >= 4 {
            assert_eq!(response["coordinators"][0]["error_message"], "", "v{version}");
            assert_eq!(response["coordinators"][0]["key"], group.as_str());
        }
    }
}

#[test]
fn unknown_kinds_of_keys_are_refused() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in 1..=3 {
        let response = client.call("FindCoordinator", version, obj! { key: "x", key_type: 9 });
        assert_eq!(response["error_code"], INVALID_REQUEST, "v{version}");
    }
    for version in 4..=6 {
        let request = obj! { key_type: 9, coordinator_keys: list!["x"] };
        let response = client.call("FindCoordinator", version, request);
        assert_eq!(
            response["coordinators"][0]["error_code"], INVALID_REQUEST,
            "v{version}"
        );
        assert_eq!(response["coordinators"][0]["node_id"], -1, "v{version}");
    }
}

#[test]
fn asking_for_no_key_gets_no_answer_row() {
    let broker = Broker::start();
    let response = broker.client().call(
        "FindCoordinator",
        4,
        obj! { coordinator_keys: Value::Array(vec![]) },
    );
    assert_eq!(response["coordinators"], list![]);
}

/// Kafka, which lacks brokers then, answers COORDINATOR_NOT_AVAILABLE for ever.
#[test]
fn topics_of_coordinators_take_the_replicas_there_are() {
    let strict = Options::new()
        .memory()
        .arg("--profile")
        .arg("kafka")
        .set("offsets.topic.replication.factor", 3)
        .set("transaction.state.log.replication.factor", 3);
    let Some(broker) = strict.start() else { return };
    let mut client = broker.client();
    for (kind, topic) in [(0, "__consumer_offsets"), (1, "__transaction_state")] {
        let found = client.call("FindCoordinator", 2, obj! { key: "k", key_type: kind });
        assert_eq!(found["error_code"], NONE, "{topic}");
        let shown = metadata(&mut client, topic);
        assert_eq!(shown["partitions"][0]["replica_nodes"], list![1], "{topic}");
    }
}
