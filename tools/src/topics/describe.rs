//! `kafka-topics --describe`.

use protocol_shim::ErrorCode;
use protocol_shim::messages::describe_configs_response::DescribeConfigsResult;
use protocol_shim::messages::list_partition_reassignments_response::OngoingPartitionReassignment;
use protocol_shim::messages::{BrokerId, ListPartitionReassignmentsRequest};

use super::find::{expect_some, topics};
use super::options::REPORTS;
use crate::client::{Client, ClientError, Kind, PartitionInfo, To, TopicInfo};
use crate::options::Parsed;
use crate::wrong::Wrong;
use crate::{Io, java};

/// `ConfigEntry.ConfigSource.DEFAULT_CONFIG`.
const DEFAULT_CONFIG: i8 = 5;
/// Most partitions in one answer unless told.
const PARTITIONS_PER_RESPONSE: i32 = 2000;

pub(super) fn describe(client: &mut Client, parsed: &Parsed, io: &mut Io<'_>) -> Result<(), Wrong> {
    let names = wanted(client, parsed)?;
    if names.is_empty() {
        return Ok(());
    }
    let limit = parsed.number("partition-size-limit-per-response");
    let mut found = client.describe_topics(&names, limit.unwrap_or(PARTITIONS_PER_RESPONSE))?;
    // Java's client gives them back in a hash table with room for as many as were asked for.
    java::hash_order(&mut found, names.len(), |topic| java::string_hash(&topic.name));
    let configs = client.describe_configs(Kind::Topic, &names, false)?;
    let live: Vec<i32> = client
        .brokers("describeCluster")?
        .iter()
        .map(|node| node.id)
        .collect();
    let moves = reassignments(client)?;
    let is_report = REPORTS.iter().any(|report| parsed.has(report));
    for topic in &found {
        let config = configs.iter().find(|config| *config.resource_name == *topic.name);
        if !is_report {
            head(parsed, topic, config, &moves, io);
        }
        if parsed.has("topics-with-overrides") {
            continue;
        }
        let min_isr = config.and_then(min_isr).unwrap_or(1);
        for partition in &topic.partitions {
            let moving = moving(&moves, topic, partition);
            let shown = !is_report || is_reported(parsed, partition, moving, min_isr, &live);
            if shown {
                line(topic, partition, moving, io);
            }
        }
    }
    Ok(())
}

/// Names of the topics to describe.
fn wanted(client: &mut Client, parsed: &Parsed) -> Result<Vec<String>, Wrong> {
    let exclude_internal = parsed.has("exclude-internal");
    let id = parsed.value("topic-id").map(uuid).transpose()?;
    let Some(id) = id.filter(|id| !id.is_nil()) else {
        let pattern = parsed.value("topic");
        let found = topics(client, pattern, exclude_internal)?;
        expect_some(&found, pattern, !parsed.has("if-exists"))?;
        return Ok(found);
    };
    let listed = client.all_topics("listTopics")?;
    let found = listed
        .into_iter()
        .find(|topic| topic.topic_id == id && !(exclude_internal && topic.is_internal));
    match found.and_then(|topic| topic.name) {
        Some(name) => Ok(vec![name.0.to_string()]),
        None if parsed.has("if-exists") => Ok(Vec::new()),
        None => Err(Wrong::argument(format!(
            "TopicId '{}' does not exist as expected",
            storage::encode_uuid(id)
        ))),
    }
}

/// Kafka's `Uuid.fromString`.
fn uuid(text: &str) -> Result<uuid::Uuid, Wrong> {
    if text.len() > 24 {
        return Err(Wrong::argument(format!(
            "Input string with prefix `{}` is too long to be decoded as a base64 UUID",
            text.get(..24).unwrap_or_default()
        )));
    }
    storage::decode_uuid(text).ok_or_else(|| {
        Wrong::argument(format!(
            "Input string `{text}` decoded as {} bytes, which is not equal to the expected 16 bytes \
            of a base64-encoded UUID",
            text.trim_end_matches('=').len() * 6 / 8
        ))
    })
}

/// Moves under way; a cluster that cannot tell has none.
fn reassignments(client: &mut Client) -> Result<Vec<(String, OngoingPartitionReassignment)>, Wrong> {
    let asked = client.call("listPartitionReassignments", To::Controller, |_| {
        ListPartitionReassignmentsRequest::default()
            .with_topics(None)
            .with_timeout_ms(30_000)
    });
    let response = match asked {
        Err(error) if error.simple_class() == "UnsupportedVersionException" => return Ok(Vec::new()),
        other => other?,
    };
    match ClientError::of(response.error_code, response.error_message.as_deref()) {
        Some(error) if error.is(ErrorCode::ClusterAuthorizationFailed) => return Ok(Vec::new()),
        Some(error) => return Err(error.into()),
        None => {}
    }
    let topics = response.topics.into_iter();
    let named = topics.flat_map(|topic| {
        let name = topic.name.0.to_string();
        topic
            .partitions
            .into_iter()
            .map(move |partition| (name.clone(), partition))
    });
    Ok(named.collect())
}

type Moves = [(String, OngoingPartitionReassignment)];

fn moving<'a>(
    moves: &'a Moves,
    topic: &TopicInfo,
    partition: &PartitionInfo,
) -> Option<&'a OngoingPartitionReassignment> {
    let found = moves
        .iter()
        .find(|(name, moved)| *name == topic.name && moved.partition_index == partition.index);
    found.map(|(_, moved)| moved)
}

/// Replicas that a partition shall have, those not counted that a move adds.
fn replication_factor(partition: &PartitionInfo, moving: Option<&OngoingPartitionReassignment>) -> usize {
    let changes = |moved: &OngoingPartitionReassignment| {
        let mut changing = moved.adding_replicas.iter().chain(&moved.removing_replicas);
        changing.any(|id| partition.replicas.contains(&id.0))
    };
    match moving {
        Some(moved) if changes(moved) => moved.replicas.len().saturating_sub(moved.adding_replicas.len()),
        _ => partition.replicas.len(),
    }
}

fn min_isr(config: &DescribeConfigsResult) -> Option<usize> {
    let entry = config
        .configs
        .iter()
        .find(|entry| &*entry.name == "min.insync.replicas")?;
    entry.value.as_ref()?.parse().ok()
}

fn is_reported(
    parsed: &Parsed,
    partition: &PartitionInfo,
    moving: Option<&OngoingPartitionReassignment>,
    min_isr: usize,
    live: &[i32],
) -> bool {
    let in_sync = partition.isr.len();
    let has_leader = partition.leader >= 0;
    (parsed.has("under-replicated-partitions") && replication_factor(partition, moving) > in_sync)
        || (parsed.has("unavailable-partitions") && (!has_leader || !live.contains(&partition.leader)))
        || (parsed.has("under-min-isr-partitions") && (!has_leader || in_sync < min_isr))
        || (parsed.has("at-min-isr-partitions") && in_sync == min_isr)
}

fn head(
    parsed: &Parsed,
    topic: &TopicInfo,
    config: Option<&DescribeConfigsResult>,
    moves: &Moves,
    io: &mut Io<'_>,
) {
    let mut entries: Vec<(&str, &str)> = config
        .iter()
        .flat_map(|config| &config.configs)
        .filter(|entry| entry.config_source != DEFAULT_CONFIG)
        .map(|entry| (&*entry.name, entry.value.as_deref().unwrap_or("null")))
        .collect();
    let all = config.map_or(0, |config| config.configs.len());
    java::hash_order(&mut entries, all.max(java::HASH_ROOM), |entry| {
        java::string_hash(entry.0)
    });
    if parsed.has("topics-with-overrides") && entries.is_empty() {
        return;
    }
    let id = match topic.id.is_nil() {
        true => String::new(),
        false => format!("\tTopicId: {}", storage::encode_uuid(topic.id)),
    };
    let factor = topic
        .partitions
        .first()
        .map_or(0, |first| replication_factor(first, moving(moves, topic, first)));
    io.say(format!(
        "Topic: {}{id}\tPartitionCount: {}\tReplicationFactor: {factor}\tConfigs: {}",
        topic.name,
        topic.partitions.len(),
        java::joined(entries.iter().map(|(name, value)| format!("{name}={value}")), ",")
    ));
}

fn line(
    topic: &TopicInfo,
    partition: &PartitionInfo,
    moving: Option<&OngoingPartitionReassignment>,
    io: &mut Io<'_>,
) {
    let leader = match partition.leader {
        none if none < 0 => "none".to_owned(),
        id => id.to_string(),
    };
    let ids = |ids: &[BrokerId]| java::joined(ids.iter().map(|id| id.0), ",");
    let moved = moving.map(|moved| {
        format!(
            "\tAdding Replicas: {}\tRemoving Replicas: {}",
            ids(&moved.adding_replicas),
            ids(&moved.removing_replicas)
        )
    });
    let or_not = |ids: &Option<Vec<i32>>| {
        ids.as_ref()
            .map_or("N/A".to_owned(), |ids| java::joined(ids, ","))
    };
    io.say(format!(
        "\tTopic: {}\tPartition: {}\tLeader: {leader}\tReplicas: {}\tIsr: {}{}\tElr: {}\tLastKnownElr: {}",
        topic.name,
        partition.index,
        java::joined(&partition.replicas, ","),
        java::joined(&partition.isr, ","),
        moved.unwrap_or_default(),
        or_not(&partition.elr),
        or_not(&partition.last_known_elr)
    ));
}
