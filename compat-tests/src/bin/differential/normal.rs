//! What two sound brokers may answer differently, and nothing else.

use compat_tests::wire::Value;

/// Arrays whose order Kafka leaves to its hash tables: API, path of the array, field that orders it. Of several fields
/// for one array the last orders it, and those before it what is the same there.
const UNORDERED: &[(&str, &str, &str)] = &[
    ("AddPartitionsToTxn", "results_by_topic_v3_and_below", "name"),
    (
        "AddPartitionsToTxn",
        "results_by_transaction.topic_results",
        "name",
    ),
    ("AlterClientQuotas", "entries.entity", "entity_type"),
    ("AlterClientQuotas", "entries", "entity"),
    ("AlterReplicaLogDirs", "results", "topic_name"),
    ("AlterReplicaLogDirs", "results.partitions", "partition_index"),
    ("ApiVersions", "supported_features", "name"),
    ("ApiVersions", "finalized_features", "name"),
    ("ConsumerGroupDescribe", "groups", "group_id"),
    ("CreatePartitions", "results", "name"),
    ("DeleteGroups", "results", "group_id"),
    ("DeleteRecords", "topics", "name"),
    ("DeleteRecords", "topics.partitions", "partition_index"),
    ("DeleteTopics", "responses", "topic_id"),
    ("DeleteTopics", "responses", "error_code"),
    ("DeleteTopics", "responses", "name"),
    ("DescribeClientQuotas", "entries.entity", "entity_type"),
    ("DescribeClientQuotas", "entries", "entity"),
    ("DescribeConfigs", "results.configs", "name"),
    ("DescribeLogDirs", "results.topics.partitions", "partition_index"),
    ("DescribeGroups", "groups", "group_id"),
    ("ListConfigResources", "config_resources", "resource_name"),
    ("ListGroups", "groups", "group_id"),
    ("ListTransactions", "transaction_states", "transactional_id"),
    ("ListOffsets", "topics", "name"),
    ("ListOffsets", "topics.partitions", "partition_index"),
    ("Metadata", "topics", "name"),
    ("OffsetDelete", "topics.partitions", "partition_index"),
    ("OffsetFetch", "groups.topics.partitions", "partition_index"),
    ("Produce", "responses", "name"),
    ("Produce", "responses", "topic_id"),
    ("Produce", "responses.partition_responses", "index"),
    ("WriteTxnMarkers", "markers.topics.partitions", "partition_index"),
];

/// Fields that tell of the moment or of the machine: API, path.
const MOVING: &[(&str, &str)] = &[
    // Bytes of the disk that the folder is on.
    ("DescribeLogDirs", "results.total_bytes"),
    ("DescribeLogDirs", "results.usable_bytes"),
    // The log of the cluster's metadata moves by itself in Kafka.
    ("DescribeQuorum", "topics.partitions.high_watermark"),
    (
        "DescribeQuorum",
        "topics.partitions.current_voters.log_end_offset",
    ),
    (
        "DescribeQuorum",
        "topics.partitions.current_voters.last_fetch_timestamp",
    ),
    (
        "DescribeQuorum",
        "topics.partitions.current_voters.last_caught_up_timestamp",
    ),
    ("DescribeQuorum", "topics.partitions.leader_epoch"),
    // A number by chance.
    ("Fetch", "session_id"),
    // Counts the same log.
    ("ApiVersions", "finalized_features_epoch"),
    // The clock.
    (
        "DescribeTransactions",
        "transaction_states.transaction_start_time_ms",
    ),
];

/// The answer with its unordered arrays in order.
pub fn ordered(api: &str, mut answer: Value) -> Value {
    for (_, path, key) in UNORDERED.iter().filter(|(of, _, _)| *of == api) {
        at_path(&mut answer, path, &mut |value| {
            if let Value::Array(items) = value {
                items.sort_by_key(|item| format!("{:?}", item.get(key)));
            }
        });
    }
    answer
}

/// The answer without what moves; what is negative or zero there stays, for it has a meaning.
pub fn still(api: &str, mut answer: Value) -> Value {
    for (_, path) in MOVING.iter().filter(|(of, _)| *of == api) {
        at_path(&mut answer, path, &mut |value| match value {
            Value::Int(n) if *n > 0 => *value = "moves".into(),
            Value::Str(_) => *value = "moves".into(),
            _ => {}
        });
    }
    answer
}

/// Changes the values at a path; arrays on the way are walked through.
fn at_path(value: &mut Value, path: &str, change: &mut impl FnMut(&mut Value)) {
    if path.is_empty() {
        return change(value);
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| at_path(item, path, change)),
        Value::Struct(fields) => {
            let (first, rest) = path.split_once('.').unwrap_or((path, ""));
            for (_, field) in fields.iter_mut().filter(|(name, _)| name == first) {
                at_path(field, rest, change);
            }
        }
        _ => {}
    }
}
