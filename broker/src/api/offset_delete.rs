//! OffsetDelete (key 47): deletes committed offsets of topics that the group does not consume.

use protocol_shim::messages::offset_delete_response::{
    OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};
use protocol_shim::messages::{OffsetDeleteRequest, OffsetDeleteResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};
use crate::error_map;

/// Answers an OffsetDelete request; topics and partitions that are not there are refused one by one.
pub async fn handle(ctx: &Context, _call: &Call, request: OffsetDeleteRequest) -> OffsetDeleteResponse {
    let image = ctx.topics.image();
    let exists = |topic: &str, partition: i32| {
        image
            .topic(topic)
            .is_some_and(|known| known.partition(partition).is_some())
    };
    let asked: Vec<(String, Vec<i32>)> = request
        .topics
        .iter()
        .map(|topic| {
            let partitions = topic.partitions.iter().map(|p| p.partition_index);
            (
                topic.name.to_string(),
                partitions.filter(|p| exists(&topic.name, *p)).collect(),
            )
        })
        .collect();
    match ctx.groups.delete_offsets(&request.group_id, &asked).await {
        Err(error) => OffsetDeleteResponse::default().with_error_code(error_map::group(error).code()),
        Ok(outcome) => {
            let codes = asked.iter().zip(&outcome).flat_map(|((topic, _), partitions)| {
                let coded = partitions.iter();
                coded.map(move |(p, result)| (topic.clone(), *p, error_map::group_result(result)))
            });
            answer(&request, &codes.collect::<Vec<_>>())
        }
    }
}

fn answer(request: &OffsetDeleteRequest, codes: &[(String, i32, i16)]) -> OffsetDeleteResponse {
    let topics = request.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|p| {
            let index = p.partition_index;
            let found = codes
                .iter()
                .find(|(t, i, _)| t.as_str() == topic.name.as_str() && *i == index);
            let code = found.map_or(ErrorCode::UnknownTopicOrPartition.code(), |(.., code)| *code);
            OffsetDeleteResponsePartition::default()
                .with_partition_index(index)
                .with_error_code(code)
        });
        OffsetDeleteResponseTopic::default()
            .with_name(StrBytes::from_string(topic.name.to_string()).into())
            .with_partitions(partitions.collect())
    });
    OffsetDeleteResponse::default().with_topics(topics.collect())
}
