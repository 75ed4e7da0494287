//! OffsetFetch (key 9): committed positions of groups.
//!
//! v2 null for all topics, v7 requireStable (nothing is unstable without transactions), v8 several groups, v9
//! member id and epoch (looked at for consumer groups), v10 topic ids for names. A group or offset that is
//! not there answers -1. Offsets of an older topic of the same name are not shown.

use protocol_shim::{
    ErrorCode, OffsetFetchGroup, OffsetFetchGroupResponse, OffsetFetchPartitionResponse, OffsetFetchRequest,
    OffsetFetchResponse, OffsetFetchTopic, OffsetFetchTopicResponse, StrBytes,
};

use crate::context::{Call, Context};
use crate::error_map;
use crate::groups::{FetchRequest, FetchTopic, FetchedPartition, FetchedTopic};
use crate::topics::MetadataImage;

/// First version with topic ids.
const TOPIC_IDS: i16 = 10;

/// Answers an OffsetFetch request.
pub async fn handle(ctx: &Context, call: &Call, request: OffsetFetchRequest) -> OffsetFetchResponse {
    let image = ctx.topics.image();
    let mut groups = Vec::with_capacity(request.groups.len());
    for group in &request.groups {
        groups.push(fetch_group(ctx, call.version, &image, group, request.require_stable).await);
    }
    OffsetFetchResponse {
        throttle_time_ms: 0,
        groups,
    }
}

async fn fetch_group(
    ctx: &Context,
    version: i16,
    image: &MetadataImage,
    group: &OffsetFetchGroup,
    require_stable: bool,
) -> OffsetFetchGroupResponse {
    let mut unknown = Vec::new();
    let topics = group.topics.as_ref().map(|topics| {
        let mut wanted = Vec::with_capacity(topics.len());
        for topic in topics {
            match resolve(image, version, topic) {
                Some(topic) => wanted.push(topic),
                None => unknown.push(unknown_topic(topic)),
            }
        }
        wanted
    });
    let all = topics.is_none();
    let asks_as_member = group.member_id.is_some() || group.member_epoch >= 0;
    let member = || {
        let id = group.member_id.as_ref().map(|id| id.to_string());
        (id.unwrap_or_default(), group.member_epoch)
    };
    let fetched = ctx.groups.fetch(FetchRequest {
        group: group.group_id.to_string(),
        member: asks_as_member.then(member),
        require_stable,
        topics,
    });
    match fetched.await {
        Err(error) => group.answer_error(error_map::group(error).code(), version),
        Ok(fetched) => {
            let rows = fetched
                .into_iter()
                .filter_map(|topic| answer(image, version, all, topic));
            OffsetFetchGroupResponse {
                group_id: group.group_id.clone(),
                error_code: 0,
                topics: rows.chain(unknown).collect(),
            }
        }
    }
}

/// A topic of the request under its name, or `None` when its id is not known.
fn resolve(image: &MetadataImage, version: i16, topic: &OffsetFetchTopic) -> Option<FetchTopic> {
    let (name, id) = if version >= TOPIC_IDS {
        let known = image.topic_by_id(topic.topic_id)?;
        (known.name.to_string(), known.id)
    } else {
        (
            topic.name.to_string(),
            image.topic(&topic.name).map(|t| t.id).unwrap_or_default(),
        )
    };
    Some(FetchTopic {
        name,
        id,
        partitions: topic.partition_indexes.clone(),
    })
}

fn unknown_topic(topic: &OffsetFetchTopic) -> OffsetFetchTopicResponse {
    let row = |index: &i32| OffsetFetchPartitionResponse {
        partition_index: *index,
        error_code: ErrorCode::UnknownTopicId.code(),
        ..OffsetFetchPartitionResponse::default()
    };
    OffsetFetchTopicResponse {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        partitions: topic.partition_indexes.iter().map(row).collect(),
    }
}

/// A topic of the answer; `None` when the version needs an id and there is none.
fn answer(
    image: &MetadataImage,
    version: i16,
    all: bool,
    topic: FetchedTopic,
) -> Option<OffsetFetchTopicResponse> {
    let id = match all && topic.id.is_nil() {
        true => image.topic(&topic.name).map(|t| t.id).unwrap_or_default(),
        false => topic.id,
    };
    if version >= TOPIC_IDS && id.is_nil() {
        return None;
    }
    let row = |p: FetchedPartition| OffsetFetchPartitionResponse {
        partition_index: p.index,
        committed_offset: p.offset,
        committed_leader_epoch: p.leader_epoch,
        metadata: Some(StrBytes::from_string(p.metadata)),
        error_code: match p.unstable {
            true => ErrorCode::UnstableOffsetCommit.code(),
            false => 0,
        },
    };
    Some(OffsetFetchTopicResponse {
        name: StrBytes::from_string(topic.name),
        topic_id: id,
        partitions: topic.partitions.into_iter().map(row).collect(),
    })
}
