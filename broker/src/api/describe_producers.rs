//! DescribeProducers (key 61): what partitions know of the producers that wrote to them.

use protocol_shim::messages::describe_producers_response::{PartitionResponse, ProducerState, TopicResponse};
use protocol_shim::messages::{DescribeProducersRequest, DescribeProducersResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};
use crate::error_map;
use crate::topics::{MetadataImage, why_invalid};

/// Answers a DescribeProducers request.
pub async fn handle(
    ctx: &Context,
    _call: &Call,
    request: DescribeProducersRequest,
) -> DescribeProducersResponse {
    let image = ctx.topics.image();
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partition_indexes.iter();
        let partitions = partitions
            .map(|index| describe(&image, &topic.name, *index))
            .collect();
        TopicResponse::default()
            .with_name(topic.name)
            .with_partitions(partitions)
    });
    DescribeProducersResponse::default().with_topics(topics.collect())
}

fn describe(image: &MetadataImage, topic: &str, index: i32) -> PartitionResponse {
    let row = PartitionResponse::default().with_partition_index(index);
    let refused = |code: ErrorCode, text: String| {
        row.clone()
            .with_error_code(code.code())
            .with_error_message(Some(StrBytes::from_string(text)))
    };
    if let Some(why) = why_invalid(topic) {
        return refused(ErrorCode::InvalidTopicException, why);
    }
    let Some(topic) = image.topic(topic) else {
        let unknown = ErrorCode::UnknownTopicOrPartition;
        return refused(unknown, unknown.message().to_owned());
    };
    let partition = topic.partition(index);
    let producers = match partition.map(|partition| partition.producers()) {
        Some(Ok(producers)) => producers,
        Some(Err(error)) => {
            return refused(error_map::partition(&error), error.to_string());
        }
        None => return row.with_error_code(ErrorCode::UnknownTopicOrPartition.code()),
    };
    let states = producers.iter().map(|state| {
        ProducerState::default()
            .with_producer_id(state.producer_id.into())
            .with_producer_epoch(i32::from(state.epoch))
            .with_last_sequence(state.last_sequence())
            .with_last_timestamp(state.last_timestamp)
            .with_coordinator_epoch(state.coordinator_epoch)
            .with_current_txn_start_offset(state.current_txn_first_offset.unwrap_or(-1))
    });
    row.with_active_producers(states.collect())
}
