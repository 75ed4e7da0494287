//! The versions that clients of every language insist on: the broker's range must reach each of them.
//! Lowering a maximum or raising a minimum past one of these breaks that client.

use compat_tests::obj;
use compat_tests::server::Broker;
use compat_tests::wire::{api, apis};

/// Client, API, lowest and highest version that it speaks.
#[rustfmt::skip]
const CLIENTS: &[(&str, &str, i16, i16)] = &[
    ("librdkafka", "Produce", 0, 10), ("librdkafka", "Fetch", 4, 16), ("librdkafka", "ListOffsets", 1, 7),
    ("librdkafka", "OffsetCommit", 2, 9), ("librdkafka", "OffsetFetch", 1, 9), ("librdkafka", "FindCoordinator", 0, 2),
    ("librdkafka", "JoinGroup", 0, 5), ("librdkafka", "SyncGroup", 0, 3), ("librdkafka", "Heartbeat", 0, 3),
    ("librdkafka", "LeaveGroup", 0, 1), ("librdkafka", "OffsetForLeaderEpoch", 2, 2),
    ("librdkafka", "DescribeConfigs", 1, 1), ("librdkafka", "InitProducerId", 0, 4),
    ("kafkajs", "Produce", 3, 7), ("kafkajs", "Fetch", 4, 11), ("kafkajs", "ListOffsets", 1, 3),
    ("kafkajs", "Metadata", 0, 6), ("kafkajs", "OffsetCommit", 2, 5), ("kafkajs", "OffsetFetch", 1, 4),
    ("kafkajs", "JoinGroup", 0, 5), ("kafkajs", "SyncGroup", 0, 3), ("kafkajs", "CreateTopics", 2, 3),
    ("kafkajs", "DeleteTopics", 1, 1), ("kafkajs", "InitProducerId", 0, 1), ("kafkajs", "DescribeConfigs", 1, 2),
    ("aiokafka", "InitProducerId", 0, 0), ("aiokafka", "Metadata", 0, 5), ("aiokafka", "OffsetFetch", 1, 3),
    ("aiokafka", "JoinGroup", 5, 5), ("aiokafka", "SyncGroup", 3, 3), ("aiokafka", "DeleteTopics", 1, 3),
    ("sarama", "Metadata", 0, 11), ("sarama", "Produce", 3, 9), ("sarama", "Fetch", 4, 12),
    ("sarama", "JoinGroup", 0, 7), ("sarama", "CreateTopics", 2, 7),
    ("kafka-go", "Produce", 3, 7), ("kafka-go", "Fetch", 5, 10), ("kafka-go", "Metadata", 1, 6),
    ("kafka-go", "CreateTopics", 2, 2), ("kafka-go", "DeleteTopics", 1, 1),
    ("platformatic", "Metadata", 9, 12), ("platformatic", "Fetch", 12, 17), ("platformatic", "JoinGroup", 6, 9),
    ("platformatic", "OffsetFetch", 8, 9), ("platformatic", "FindCoordinator", 4, 6),
    ("platformatic", "CreateTopics", 7, 7), ("platformatic", "DeleteTopics", 6, 6),
    ("java 4.x", "Produce", 3, 13), ("java 4.x", "Fetch", 4, 18), ("java 4.x", "OffsetCommit", 2, 10),
    ("java 4.x", "OffsetFetch", 1, 10), ("java 4.x", "InitProducerId", 0, 5), ("java 4.x", "ListOffsets", 1, 11),
    ("java 4.x", "IncrementalAlterConfigs", 0, 1), ("java 4.x", "DescribeTopicPartitions", 0, 0),
    ("java 4.x", "DescribeCluster", 0, 2),
];

#[test]
fn every_client_finds_the_versions_it_speaks() {
    let broker = Broker::start();
    let response = broker.client().call("ApiVersions", 0, obj! {});
    for &(client, name, lowest, highest) in CLIENTS {
        let row = response["api_keys"].find("api_key", api(name).key);
        let (min, max) = (row["min_version"].int(), row["max_version"].int());
        assert!(
            min <= lowest.into() && i64::from(highest) <= max,
            "{client}: {name} {lowest}-{highest} in {min}-{max}"
        );
    }
}

#[test]
fn nothing_is_advertised_that_is_not_answered() {
    let broker = Broker::start();
    if !broker.is_own() {
        eprintln!("skipped: Apache Kafka advertises more than these tests speak");
        return;
    }
    let response = broker.client().call("ApiVersions", 0, obj! {});
    for row in response["api_keys"].list() {
        let key = row["api_key"].int();
        assert!(
            apis().iter().any(|api| i64::from(api.key) == key),
            "key {key} has no test"
        );
    }
}
