//! Creating topics, giving them more partitions, deleting them.

use protocol_shim::messages::create_partitions_request::{CreatePartitionsAssignment, CreatePartitionsTopic};
use protocol_shim::messages::create_topics_request::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig,
};
use protocol_shim::messages::delete_topics_request::DeleteTopicState;
use protocol_shim::messages::{
    BrokerId, CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest, TopicName,
};
use protocol_shim::{ErrorCode, StrBytes};

use super::find::{expect_some, topics};
use crate::client::{Client, ClientError, To};
use crate::options::Parsed;
use crate::wrong::Wrong;
use crate::{Io, java};

/// First DeleteTopics that names topics in states of their own.
const DELETE_BY_STATE: i16 = 6;

fn name(text: &str) -> TopicName {
    TopicName(StrBytes::from_string(text.to_owned()))
}

fn timeout_ms(client: &Client) -> i32 {
    i32::try_from(client.config.request_timeout.as_millis()).unwrap_or(i32::MAX)
}

pub(super) fn create(client: &mut Client, parsed: &Parsed, io: &mut Io<'_>) -> Result<(), Wrong> {
    let topic = parsed.value("topic").unwrap_or_default();
    let assignment = assignment(parsed)?;
    let configs = configs(parsed)?;
    if topic.contains(['.', '_']) {
        io.say(
            "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. \
            To avoid issues it is best to use either, but not both.",
        );
    }
    let factor: Option<i32> = parsed.number("replication-factor");
    if factor.is_some_and(|factor| !(1..=i32::from(i16::MAX)).contains(&factor)) {
        return Err(Wrong::argument(format!(
            "The replication factor must be between 1 and {} inclusive",
            i16::MAX
        )));
    }
    let partitions: Option<i32> = parsed.number("partitions");
    if partitions.is_some_and(|count| count < 1) {
        return Err(Wrong::argument("The partitions must be greater than 0"));
    }
    let assigned = |(index, brokers): (usize, &Vec<i32>)| {
        CreatableReplicaAssignment::default()
            .with_partition_index(index as i32)
            .with_broker_ids(brokers.iter().map(|id| BrokerId(*id)).collect())
    };
    let timeout_ms = timeout_ms(client);
    let response = client.call("createTopics", To::Controller, |_| {
        let wanted = CreatableTopic::default()
            .with_name(name(topic))
            .with_num_partitions(partitions.filter(|_| assignment.is_empty()).unwrap_or(-1))
            .with_replication_factor(factor.and_then(|factor| i16::try_from(factor).ok()).unwrap_or(-1))
            .with_assignments(assignment.iter().enumerate().map(assigned).collect())
            .with_configs(configs.clone());
        CreateTopicsRequest::default()
            .with_topics(vec![wanted])
            .with_timeout_ms(timeout_ms)
    })?;
    for result in &response.topics {
        match ClientError::of(result.error_code, result.error_message.as_deref()) {
            Some(error) if error.is(ErrorCode::TopicAlreadyExists) && parsed.has("if-not-exists") => {
                return Ok(());
            }
            Some(error) => return Err(error.into()),
            None => {}
        }
    }
    io.say(format!("Created topic {topic}."));
    Ok(())
}

/// `name=value` of every `--config`; the last of a name counts.
fn configs(parsed: &Parsed) -> Result<Vec<CreatableTopicConfig>, Wrong> {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for config in parsed.all("config") {
        let parts: Vec<&str> = config.split('=').map(str::trim).collect();
        let [key, value] = parts[..] else {
            return Err(Wrong::argument(
                "requirement failed: Invalid topic config: all configs to be added must be in the format \"key=val\".",
            ));
        };
        pairs.retain(|(known, _)| *known != key);
        pairs.push((key, value));
    }
    let config = |(key, value): (&str, &str)| {
        CreatableTopicConfig::default()
            .with_name(StrBytes::from_string(key.to_owned()))
            .with_value(Some(StrBytes::from_string(value.to_owned())))
    };
    Ok(pairs.into_iter().map(config).collect())
}

/// `--replica-assignment`: brokers of each partition.
fn assignment(parsed: &Parsed) -> Result<Vec<Vec<i32>>, Wrong> {
    let Some(text) = parsed.value("replica-assignment").filter(|text| !text.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut out: Vec<Vec<i32>> = Vec::new();
    for (index, partition) in text.split(',').enumerate() {
        let mut brokers = Vec::new();
        for id in partition.split(':').map(str::trim) {
            let number = || {
                let sentence = format!("For input string: \"{id}\"");
                Wrong::thrown("java.lang.NumberFormatException", sentence)
            };
            brokers.push(id.parse::<i32>().map_err(|_| number())?);
        }
        let twice: Vec<&i32> = brokers
            .iter()
            .enumerate()
            .filter(|(at, id)| brokers.iter().skip(at + 1).any(|other| other == *id))
            .map(|(_, id)| id)
            .collect();
        if !twice.is_empty() {
            return Err(Wrong::thrown(
                "org.apache.kafka.tools.AdminCommandFailedException",
                format!(
                    "Partition replica lists may not contain duplicate entries: {}",
                    java::joined(twice, ",")
                ),
            ));
        }
        if out.first().is_some_and(|first| first.len() != brokers.len()) {
            return Err(Wrong::thrown(
                "org.apache.kafka.tools.AdminOperationException",
                format!(
                    "Partition {index} has different replication factor: {}",
                    java::list(&brokers)
                ),
            ));
        }
        out.push(brokers);
    }
    Ok(out)
}

pub(super) fn alter(client: &mut Client, parsed: &Parsed) -> Result<(), Wrong> {
    let assignment = assignment(parsed)?;
    configs(parsed)?;
    let pattern = parsed.value("topic");
    let found = topics(client, pattern, parsed.has("exclude-internal"))?;
    expect_some(&found, pattern, !parsed.has("if-exists"))?;
    if found.is_empty() {
        return Ok(());
    }
    let count: i32 = parsed.number("partitions").unwrap_or_default();
    let metadata = client.metadata("describeTopics", Some(&found))?;
    let assigned = |brokers: &Vec<i32>| {
        CreatePartitionsAssignment::default()
            .with_broker_ids(brokers.iter().map(|id| BrokerId(*id)).collect())
    };
    let wanted: Vec<CreatePartitionsTopic> = metadata
        .topics
        .iter()
        .map(|topic| {
            let new = assignment
                .iter()
                .skip(topic.partitions.len())
                .map(assigned)
                .collect();
            CreatePartitionsTopic::default()
                .with_name(topic.name.clone().unwrap_or_default())
                .with_count(count)
                .with_assignments((!assignment.is_empty()).then_some(new))
        })
        .collect();
    let timeout_ms = timeout_ms(client);
    let response = client.call("createPartitions", To::Controller, |_| {
        CreatePartitionsRequest::default()
            .with_topics(wanted.clone())
            .with_timeout_ms(timeout_ms)
    })?;
    for result in &response.results {
        ClientError::check(result.error_code, result.error_message.as_deref())?;
    }
    Ok(())
}

pub(super) fn delete(client: &mut Client, parsed: &Parsed) -> Result<(), Wrong> {
    let pattern = parsed.value("topic");
    let found = topics(client, pattern, parsed.has("exclude-internal"))?;
    expect_some(&found, pattern, !parsed.has("if-exists"))?;
    if found.is_empty() {
        return Ok(());
    }
    let timeout_ms = timeout_ms(client);
    let response = client.call("deleteTopics", To::Controller, |version| {
        let request = DeleteTopicsRequest::default().with_timeout_ms(timeout_ms);
        if version < DELETE_BY_STATE {
            return request.with_topic_names(found.iter().map(|topic| name(topic)).collect());
        }
        let state = |topic: &String| DeleteTopicState::default().with_name(Some(name(topic)));
        request.with_topics(found.iter().map(state).collect())
    })?;
    for result in &response.responses {
        ClientError::check(result.error_code, result.error_message.as_deref())?;
    }
    Ok(())
}
