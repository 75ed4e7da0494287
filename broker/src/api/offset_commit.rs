//! OffsetCommit (key 8): keeps positions of a group.
//!
//! v2–4 retention time, v6 leader epoch, v7 static members, v9 GROUP_ID_NOT_FOUND, v10 topic ids for names.
//! Topics and partitions that are not there are refused one by one; the others are committed.

use indexmap::IndexMap;
use protocol_shim::{
    ErrorCode, OffsetCommitPartitionResponse, OffsetCommitRequest, OffsetCommitResponse, OffsetCommitTopic,
    OffsetCommitTopicResponse, StrBytes,
};
use uuid::Uuid;

use crate::by_topic::joined;
use crate::context::{Call, Context};
use crate::error_map;
use crate::groups::{CheckedTopic, CommitPartition, CommitRequest, CommitTopic};
use crate::topics::MetadataImage;

/// First version with topic ids.
const TOPIC_IDS: i16 = 10;
/// First version that knows GROUP_ID_NOT_FOUND.
const GROUP_ID_NOT_FOUND: i16 = 9;

/// Answers an OffsetCommit request. As in Kafka, what is refused for its topic or partition comes first, and a known
/// topic without partitions is left out.
pub async fn handle(ctx: &Context, call: &Call, request: OffsetCommitRequest) -> OffsetCommitResponse {
    let image = ctx.topics.image();
    let mut refused: IndexMap<_, Vec<_>> = IndexMap::new();
    let mut topics = Vec::new();
    let mut names = Vec::new();
    for topic in &request.topics {
        let name = (topic.name.clone(), topic.topic_id);
        let (checked, code) = check(&image, call.version, topic);
        if let Some(missing) = checked.missing {
            let rows = missing.into_iter().map(|index| row(index, code));
            refused.entry(name.clone()).or_default().extend(rows);
        }
        if let Some(known) = checked.commit {
            topics.push(known);
            names.push(name);
        }
    }
    if topics.is_empty() && !request.topics.is_empty() {
        return response(joined(refused, Vec::new()));
    }
    let asked = CommitTopic::indexes(&topics);
    let committed = ctx.groups.commit(CommitRequest {
        group: request.group_id.to_string(),
        member_id: request.member_id.to_string(),
        instance_id: request.group_instance_id.as_ref().map(|id| id.to_string()),
        generation: request.generation_id_or_member_epoch,
        knows_group_id_not_found: call.version >= GROUP_ID_NOT_FOUND,
        retention_ms: (request.retention_time_ms != -1).then_some(request.retention_time_ms),
        topics,
    });
    let committed = committed.await.map_err(error_map::group);
    let rows = error_map::committed(committed, asked)
        .into_iter()
        .map(|rows| rows.into_iter().map(|(index, code)| row(index, code)).collect());
    let decided = names.into_iter().zip(rows);
    response(joined(refused, decided.collect()))
}

/// Name and id of a topic as the request gives them, with its rows.
type Answered = ((StrBytes, Uuid), Vec<OffsetCommitPartitionResponse>);

fn response(topics: Vec<Answered>) -> OffsetCommitResponse {
    let topics = topics.into_iter();
    let topics = topics.map(|((name, topic_id), partitions)| OffsetCommitTopicResponse {
        name,
        topic_id,
        partitions,
    });
    OffsetCommitResponse {
        throttle_time_ms: 0,
        topics: topics.collect(),
    }
}

fn row(partition_index: i32, error_code: i16) -> OffsetCommitPartitionResponse {
    OffsetCommitPartitionResponse {
        partition_index,
        error_code,
    }
}

/// What of a topic can be committed, and the code for the rest.
fn check(image: &MetadataImage, version: i16, topic: &OffsetCommitTopic) -> (CheckedTopic, i16) {
    let (known, error) = match version >= TOPIC_IDS {
        true => (image.topic_by_id(topic.topic_id), ErrorCode::UnknownTopicId),
        false => (image.topic(&topic.name), ErrorCode::UnknownTopicOrPartition),
    };
    let error = known.map_or(error, |_| ErrorCode::UnknownTopicOrPartition);
    let partitions = topic.partitions.iter().map(|p| CommitPartition {
        index: p.partition_index,
        offset: p.committed_offset,
        leader_epoch: p.committed_leader_epoch,
        metadata: p.committed_metadata.as_ref().map(|m| m.to_string()),
    });
    (
        CheckedTopic::of(known.map(AsRef::as_ref), partitions),
        error.code(),
    )
}
