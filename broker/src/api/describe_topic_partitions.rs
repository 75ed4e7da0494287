//! DescribeTopicPartitions (key 75): topics by name in pages, with eligible leader replicas.
//!
//! A reply holds at most `response_partition_limit` partitions (and `max.request.partition.size.limit`); where it
//! stopped is the cursor of the next request. Topics come sorted by name. All topics are asked for by none. A partition
//! without a leader is no error here, unlike in Metadata: its leader is -1.

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol_shim::messages::describe_topic_partitions_response::{
    Cursor, DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use protocol_shim::messages::{
    BrokerId, DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, TopicName,
};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};
use crate::topics::{ALL_TOPIC_OPERATIONS, MetadataImage, Topic, is_internal, why_invalid};

/// Answers a DescribeTopicPartitions request.
pub async fn handle(
    ctx: &Context,
    _call: &Call,
    request: DescribeTopicPartitionsRequest,
) -> DescribeTopicPartitionsResponse {
    let image = ctx.topics.image();
    let all = request.topics.is_empty();
    let from = request.cursor.as_ref().map_or("", |cursor| &*cursor.topic_name.0);
    let names: BTreeSet<&str> = match all {
        true => image
            .topics()
            .map(|topic| &*topic.name)
            .filter(|name| *name >= from)
            .collect(),
        false => request
            .topics
            .iter()
            .map(|topic| &*topic.name.0)
            .filter(|name| *name >= from)
            .collect(),
    };
    let start = request.cursor.as_ref().map_or(0, |cursor| cursor.partition_index);
    if start < 0 || (!all && request.cursor.is_some() && !names.contains(from)) {
        return refused(&request);
    }
    let limit = image.config.settings().int("max.request.partition.size.limit");
    let mut remaining = usize::try_from(limit.min(request.response_partition_limit).max(1)).unwrap_or(1);
    let mut response = DescribeTopicPartitionsResponse::default();
    for name in names {
        if remaining == 0 {
            response.next_cursor = Some(cursor(name, 0));
            break;
        }
        let start = if name == from {
            usize::try_from(start).unwrap_or(0)
        } else {
            0
        };
        match image.topic(name) {
            Some(topic) => {
                let end = topic.partitions.len().min(start.saturating_add(remaining));
                let described = described(&image, topic, start, end);
                remaining -= described.partitions.len().min(remaining);
                response.topics.push(described);
                if end < topic.partitions.len() {
                    response.next_cursor = Some(cursor(name, i32::try_from(end).unwrap_or(i32::MAX)));
                    break;
                }
            }
            None if all => {}
            None => response.topics.push(missing(name)),
        }
    }
    response
}

fn cursor(name: &str, partition_index: i32) -> Cursor {
    Cursor::default()
        .with_topic_name(topic_name(name))
        .with_partition_index(partition_index)
}

fn topic_name(name: &str) -> TopicName {
    StrBytes::from_string(name.to_owned()).into()
}

fn described(
    image: &MetadataImage,
    topic: &Arc<Topic>,
    start: usize,
    end: usize,
) -> DescribeTopicPartitionsResponseTopic {
    let ids = |ids: &[i32]| ids.iter().copied().map(BrokerId).collect::<Vec<_>>();
    let partitions = image.seen(topic, start..end).map(|seen| {
        DescribeTopicPartitionsResponsePartition::default()
            .with_partition_index(seen.index)
            .with_leader_id(seen.leader.unwrap_or(-1).into())
            .with_leader_epoch(seen.partition.leader_epoch())
            .with_replica_nodes(ids(&seen.placement.replicas))
            .with_isr_nodes(ids(&seen.placement.isr))
            .with_eligible_leader_replicas(Some(ids(&seen.placement.eligible)))
            .with_last_known_elr(Some(ids(&seen.placement.last_eligible)))
            .with_offline_replicas(ids(&seen.offline))
    });
    DescribeTopicPartitionsResponseTopic::default()
        .with_name(Some(topic_name(&topic.name)))
        .with_topic_id(topic.id)
        .with_is_internal(topic.internal)
        .with_partitions(partitions.collect())
        .with_topic_authorized_operations(ALL_TOPIC_OPERATIONS)
}

fn missing(name: &str) -> DescribeTopicPartitionsResponseTopic {
    let error = match why_invalid(name) {
        Some(_) => ErrorCode::InvalidTopicException,
        None => ErrorCode::UnknownTopicOrPartition,
    };
    DescribeTopicPartitionsResponseTopic::default()
        .with_error_code(error.code())
        .with_name(Some(topic_name(name)))
        .with_is_internal(is_internal(name))
        .with_topic_authorized_operations(ALL_TOPIC_OPERATIONS)
}

/// INVALID_REQUEST for every topic: the cursor names none of them, or no partition.
fn refused(request: &DescribeTopicPartitionsRequest) -> DescribeTopicPartitionsResponse {
    let topics = request.topics.iter().map(|topic| {
        DescribeTopicPartitionsResponseTopic::default()
            .with_error_code(ErrorCode::InvalidRequest.code())
            .with_name(Some(topic.name.clone()))
    });
    DescribeTopicPartitionsResponse::default().with_topics(topics.collect())
}
