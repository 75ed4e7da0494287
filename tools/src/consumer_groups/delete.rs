//! `--delete` and `--delete-offsets`.

use protocol_shim::messages::offset_delete_request::{
    OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use protocol_shim::messages::{DeleteGroupsRequest, GroupId, OffsetDeleteRequest, TopicName};
use protocol_shim::{ErrorCode, StrBytes};

use super::plan::topic_partitions;
use super::run;
use crate::Io;
use crate::ask::Coordinator;
use crate::client::{Client, ClientError, To};
use crate::group_admin::{Partition, Thrown};
use crate::java::{HASH_ROOM, hash_order, string_hash};
use crate::options::Parsed;

pub(super) fn groups(client: &mut Client, given: &Parsed, io: &mut Io<'_>) -> Result<(), Thrown> {
    let mut names = run::groups(client, given)?;
    hash_order(&mut names, HASH_ROOM, |name| string_hash(name));
    names.dedup();
    let (mut deleted, mut failed) = (Vec::new(), Vec::new());
    for name in names {
        match delete(client, &name) {
            Ok(()) => deleted.push(format!("'{name}'")),
            Err(error) => failed.push((name, error)),
        }
    }
    let deleted = deleted.join(", ");
    if failed.is_empty() {
        io.say(format!(
            "Deletion of requested consumer groups ({deleted}) was successful."
        ));
        return Ok(());
    }
    io.say("\nError: Deletion of some consumer groups failed:");
    for (name, error) in failed {
        io.say(format!("* Group '{name}' could not be deleted due to: {error}"));
    }
    if !deleted.is_empty() {
        io.say(format!(
            "\nThese consumer groups were deleted successfully: {deleted}"
        ));
    }
    Ok(())
}

fn delete(client: &mut Client, group: &str) -> Result<(), ClientError> {
    let coordinator = client.coordinator(Coordinator::Group, group)?;
    let id = GroupId(StrBytes::from_string(group.to_owned()));
    let answer = client.call("deleteConsumerGroups", To::Node(coordinator.id), |_| {
        DeleteGroupsRequest::default().with_groups_names(vec![id.clone()])
    })?;
    ClientError::check(answer.results.first().map_or(0, |row| row.error_code), None)
}

pub(super) fn offsets(client: &mut Client, given: &Parsed, io: &mut Io<'_>) -> Result<(), Thrown> {
    let group = given.value("group").unwrap_or_default().to_owned();
    let mut rows: Vec<(Partition, Option<ClientError>)> = Vec::new();
    let mut partitions: Vec<Partition> = Vec::new();
    for topic in given.all("topic") {
        if topic.contains(':') {
            partitions.extend(topic_partitions(topic)?);
            continue;
        }
        match client.topics_named(&[topic.to_owned()]) {
            Err(error) => rows.push(((topic.to_owned(), -1), Some(error))),
            Ok(found) => {
                let all = found.iter().flat_map(|topic| &topic.partitions);
                partitions.extend(all.map(|row| (topic.to_owned(), row.partition_index)));
            }
        }
    }
    let codes = delete_offsets(client, &group, &partitions);
    let errors: Vec<Option<ClientError>> = match &codes {
        Ok(codes) => codes.iter().map(|code| ClientError::of(*code, None)).collect(),
        Err(error) => vec![Some(error.clone()); partitions.len()],
    };
    let first = codes.err().or_else(|| errors.iter().flatten().next().cloned());
    tell(&group, first, io);
    rows.extend(partitions.into_iter().zip(errors));
    rows.sort_by_key(|((topic, partition), _)| format!("{topic}{partition}"));
    let widest = rows
        .iter()
        .map(|((topic, _), _)| topic.len())
        .max()
        .unwrap_or(0)
        .max(15);
    io.print(format!(
        "\n{:<widest$} {:<10} {:<15}",
        "TOPIC", "PARTITION", "STATUS"
    ));
    for ((topic, partition), error) in rows {
        let partition = if partition < 0 {
            "-".to_owned()
        } else {
            partition.to_string()
        };
        let status = error.map_or("Successful".to_owned(), |error| format!("Error: {error}"));
        io.print(format!("\n{topic:<widest$} {partition:<10} {status:<15}"));
    }
    io.say("");
    Ok(())
}

fn tell(group: &str, first: Option<ClientError>, io: &mut Io<'_>) {
    let Some(error) = first else {
        io.say(format!(
            "Request succeeded for deleting offsets from group {group}."
        ));
        return;
    };
    let text = match error.code {
        Some(
            ErrorCode::InvalidGroupId
            | ErrorCode::GroupIdNotFound
            | ErrorCode::GroupAuthorizationFailed
            | ErrorCode::NonEmptyGroup,
        ) => error.message,
        Some(
            ErrorCode::GroupSubscribedToTopic
            | ErrorCode::TopicAuthorizationFailed
            | ErrorCode::UnknownTopicOrPartition,
        ) => "Encountered some partition-level error, see the follow-up details.".to_owned(),
        code => format!(
            "Encountered some unknown error: {}",
            code.unwrap_or(ErrorCode::UnknownServerError).name()
        ),
    };
    io.say(format!("\nError: {text}"));
}

/// The error code of each partition, in their order.
fn delete_offsets(
    client: &mut Client,
    group: &str,
    partitions: &[Partition],
) -> Result<Vec<i16>, ClientError> {
    let coordinator = client.coordinator(Coordinator::Group, group)?;
    let mut topics: Vec<OffsetDeleteRequestTopic> = Vec::new();
    for (topic, partition) in partitions {
        let row = OffsetDeleteRequestPartition::default().with_partition_index(*partition);
        match topics.iter_mut().find(|known| **known.name == **topic) {
            Some(known) => known.partitions.push(row),
            None => topics.push(
                OffsetDeleteRequestTopic::default()
                    .with_name(TopicName(StrBytes::from_string(topic.clone())))
                    .with_partitions(vec![row]),
            ),
        }
    }
    let id = GroupId(StrBytes::from_string(group.to_owned()));
    let answer = client.call("deleteConsumerGroupOffsets", To::Node(coordinator.id), |_| {
        OffsetDeleteRequest::default()
            .with_group_id(id.clone())
            .with_topics(topics.clone())
    })?;
    ClientError::check(answer.error_code, None)?;
    let code = |(topic, partition): &Partition| {
        let topic = answer.topics.iter().find(|row| **row.name == **topic);
        let row = topic.and_then(|topic| {
            topic
                .partitions
                .iter()
                .find(|row| row.partition_index == *partition)
        });
        row.map_or(0, |row| row.error_code)
    };
    Ok(partitions.iter().map(code).collect())
}
