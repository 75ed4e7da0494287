//! What the listener of the controller answers.

use compat_tests::wire::Value;
use compat_tests::{list, obj};

use crate::script::Script;

/// All cases of this file.
pub fn cases(s: &mut Script) {
    s.section("Controller");
    s.at_controller(true);
    s.each("ApiVersions", "plain", |_| {
        obj! { client_software_name: "differential", client_software_version: "1" }
    });
    s.each("DescribeCluster", "plain", |_| obj! {});
    for endpoint in [0, 1, 2, 3] {
        s.ask(
            "DescribeCluster",
            2,
            &format!("endpoint-{endpoint}"),
            obj! { endpoint_type: endpoint },
        );
    }
    let partition = obj! { partition_index: 0 };
    let topic = obj! { topic_name: "__cluster_metadata", partitions: list![partition] };
    s.each(
        "DescribeQuorum",
        "plain",
        |_| obj! { topics: list![topic.clone()] },
    );
    // What brokers alone serve closes the connection.
    for api in [
        "Metadata",
        "Produce",
        "ListOffsets",
        "FindCoordinator",
        "ListGroups",
    ] {
        s.and(api, "not-served", obj! {});
    }
    let update = obj! { feature: "metadata.version", max_version_level: 99, upgrade_type: 1 };
    s.each(
        "UpdateFeatures",
        "too-high",
        |_| obj! { feature_updates: list![update.clone()], timeout_ms: 10_000 },
    );
    let topic = |name: &str| obj! { name: name, num_partitions: 1, replication_factor: 1 };
    s.and(
        "CreateTopics",
        "topic",
        obj! { topics: list![topic("by-controller")], timeout_ms: 10_000 },
    );
    s.and(
        "CreateTopics",
        "again",
        obj! { topics: list![topic("by-controller")], timeout_ms: 10_000 },
    );
    let more = obj! { name: "by-controller", count: 2, assignments: Value::Null };
    s.and(
        "CreatePartitions",
        "more",
        obj! { topics: list![more], timeout_ms: 10_000 },
    );
    let change = obj! { name: "retention.ms", config_operation: 0, value: "7000" };
    let resource = |kind: i32, name: &str, configs: Value| obj! { resource_type: kind, resource_name: name, configs: configs };
    s.and(
        "IncrementalAlterConfigs",
        "topic-config",
        obj! { resources: list![resource(2, "by-controller", list![change])] },
    );
    let ask = |kind: i32, name: &str| obj! { resources: list![obj! { resource_type: kind, resource_name: name, configuration_keys: list!["retention.ms"] }] };
    s.and("DescribeConfigs", "topic-config", ask(2, "by-controller"));
    s.and("DescribeConfigs", "controller-other", ask(4, "9"));
    s.and(
        "ElectLeaders",
        "all",
        obj! { election_type: 0, topic_partitions: list![obj! { topic: "by-controller", partitions: list![0] }], timeout_ms: 10_000 },
    );
    s.and(
        "ListPartitionReassignments",
        "all",
        obj! { topics: Value::Null, timeout_ms: 10_000 },
    );
    s.and("UnregisterBroker", "unknown", obj! { broker_id: 77 });
    s.and(
        "DeleteTopics",
        "topic",
        obj! { topics: list![obj! { name: "by-controller" }], timeout_ms: 10_000 },
    );
    s.and("SaslHandshake", "plain", obj! { mechanism: "PLAIN" });
    s.at_controller(false);
}
