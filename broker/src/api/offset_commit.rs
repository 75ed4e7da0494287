//! OffsetCommit (key 8): keeps positions of a group.
//!
//! v2–4 retention time, v6 leader epoch, v7 static members, v9 GROUP_ID_NOT_FOUND, v10 topic ids for names.
//! Topics and partitions that are not there are refused one by one; the others are committed.

use protocol_shim::{
    ErrorCode, OffsetCommitPartition, OffsetCommitPartitionResponse, OffsetCommitRequest,
    OffsetCommitResponse, OffsetCommitTopic, OffsetCommitTopicResponse,
};

use crate::context::{Call, Context};
use crate::error_map;
use crate::groups::{CommitPartition, CommitRequest, CommitTopic};
use crate::topics::MetadataImage;

/// First version with topic ids.
const TOPIC_IDS: i16 = 10;
/// First version that knows GROUP_ID_NOT_FOUND.
const GROUP_ID_NOT_FOUND: i16 = 9;

/// Answers an OffsetCommit request.
pub async fn handle(ctx: &Context, call: &Call, request: OffsetCommitRequest) -> OffsetCommitResponse {
    let image = ctx.topics.image();
    let mut topics = Vec::new();
    // One row a topic of the request, in its order; what is committed is filled in afterwards.
    let rows = request.topics.iter().map(|topic| {
        let (row, known) = check(&image, call.version, topic);
        topics.extend(known);
        row
    });
    let mut response = OffsetCommitResponse {
        throttle_time_ms: 0,
        topics: rows.collect(),
    };
    if topics.is_empty() && !request.topics.is_empty() {
        return response;
    }
    let committed = ctx.groups.commit(CommitRequest {
        group: request.group_id.to_string(),
        member_id: request.member_id.to_string(),
        instance_id: request.group_instance_id.as_ref().map(|id| id.to_string()),
        generation: request.generation_id_or_member_epoch,
        knows_group_id_not_found: call.version >= GROUP_ID_NOT_FOUND,
        retention_ms: (request.retention_time_ms != -1).then_some(request.retention_time_ms),
        topics,
    });
    let outcome = match committed.await {
        Ok(outcome) => outcome,
        Err(error) => return request.answer_all(error_map::group(error).code()),
    };
    // The outcome lists, in order, exactly the partitions whose row has no error yet.
    let mut results = outcome.into_iter().flatten();
    let open = response
        .topics
        .iter_mut()
        .flat_map(|t| &mut t.partitions)
        .filter(|p| p.error_code == 0);
    for (row, (_, result)) in open.zip(&mut results) {
        row.error_code = error_map::group_result(&result);
    }
    response
}

/// The rows of a topic, and what of it can be committed.
fn check(
    image: &MetadataImage,
    version: i16,
    topic: &OffsetCommitTopic,
) -> (OffsetCommitTopicResponse, Option<CommitTopic>) {
    let (known, error) = match version >= TOPIC_IDS {
        true => (image.topic_by_id(topic.topic_id), ErrorCode::UnknownTopicId),
        false => (image.topic(&topic.name), ErrorCode::UnknownTopicOrPartition),
    };
    let exists = |index: i32| known.is_some_and(|t| t.partition(index).is_some());
    let row = |partition: &OffsetCommitPartition| OffsetCommitPartitionResponse {
        partition_index: partition.partition_index,
        error_code: match known {
            None => error.code(),
            Some(_) if exists(partition.partition_index) => 0,
            Some(_) => ErrorCode::UnknownTopicOrPartition.code(),
        },
    };
    let rows = OffsetCommitTopicResponse {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        partitions: topic.partitions.iter().map(row).collect(),
    };
    let partitions = topic
        .partitions
        .iter()
        .filter(|p| exists(p.partition_index))
        .map(|p| CommitPartition {
            index: p.partition_index,
            offset: p.committed_offset,
            leader_epoch: p.committed_leader_epoch,
            metadata: p.committed_metadata.as_ref().map(|m| m.to_string()),
        });
    let partitions: Vec<_> = partitions.collect();
    let commit = known.filter(|_| !partitions.is_empty()).map(|known| CommitTopic {
        name: known.name.to_string(),
        id: known.id,
        partitions,
    });
    (rows, commit)
}
