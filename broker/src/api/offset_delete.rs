//! OffsetDelete (key 47): deletes committed offsets of topics that the group does not consume.

use indexmap::IndexMap;
use protocol_shim::ErrorCode;
use protocol_shim::messages::offset_delete_response::{
    OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};
use protocol_shim::messages::{OffsetDeleteRequest, OffsetDeleteResponse};

use crate::by_topic::joined;
use crate::context::{Call, Context};
use crate::error_map;

/// Answers an OffsetDelete request; topics and partitions that are not there are refused one by one. As in Kafka, a
/// known topic without partitions is left out.
pub async fn handle(ctx: &Context, _call: &Call, request: OffsetDeleteRequest) -> OffsetDeleteResponse {
    let image = ctx.topics.image();
    let mut refused: IndexMap<_, Vec<_>> = IndexMap::new();
    let mut asked: Vec<(String, Vec<i32>)> = Vec::new();
    let mut names = Vec::new();
    for topic in request.topics {
        let known = image.topic(&topic.name);
        let exists = |index: &i32| known.is_some_and(|topic| topic.partition(*index).is_some());
        let indexes = topic.partitions.iter().map(|p| p.partition_index);
        let (there, missing): (Vec<i32>, Vec<i32>) = indexes.partition(exists);
        if known.is_none() || !missing.is_empty() {
            let unknown = ErrorCode::UnknownTopicOrPartition.code();
            let rows = missing.into_iter().map(|index| row(index, unknown));
            refused.entry(topic.name.clone()).or_default().extend(rows);
        }
        if !there.is_empty() {
            asked.push((topic.name.to_string(), there));
            names.push(topic.name);
        }
    }
    let outcome = match ctx.groups.delete_offsets(&request.group_id, &asked).await {
        Err(error) => return OffsetDeleteResponse::default().with_error_code(error_map::group(error).code()),
        Ok(outcome) => outcome,
    };
    let decided = names.into_iter().zip(outcome).map(|(name, results)| {
        let rows = results
            .into_iter()
            .map(|(index, result)| row(index, error_map::group_result(&result)));
        (name, rows.collect())
    });
    let topics = joined(refused, decided.collect())
        .into_iter()
        .map(|(name, rows)| {
            OffsetDeleteResponseTopic::default()
                .with_name(name)
                .with_partitions(rows)
        });
    OffsetDeleteResponse::default().with_topics(topics.collect())
}

fn row(index: i32, code: i16) -> OffsetDeleteResponsePartition {
    OffsetDeleteResponsePartition::default()
        .with_partition_index(index)
        .with_error_code(code)
}
