//! OffsetForLeaderEpoch (key 23): where an epoch ended, so that clients notice truncation (KIP-320).

use std::sync::Arc;

use protocol_shim::ErrorCode;
use protocol_shim::messages::offset_for_leader_epoch_request::OffsetForLeaderPartition;
use protocol_shim::messages::offset_for_leader_epoch_response::{EpochEndOffset, OffsetForLeaderTopicResult};
use protocol_shim::messages::{OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};

use crate::context::{Call, Context};
use crate::error_map;
use crate::fetch::check_epoch;
use crate::partition::Partition;

/// Answers every partition on its own; epoch and offset are -1 when the epoch is unknown.
pub async fn handle(
    context: &Context,
    _call: &Call,
    request: OffsetForLeaderEpochRequest,
) -> OffsetForLeaderEpochResponse {
    let image = context.topics.image();
    let topics = request.topics.into_iter().map(|topic| {
        let known = image.topic(&topic.topic);
        let partitions = topic.partitions.iter().map(|wanted| {
            let answer = EpochEndOffset::default()
                .with_partition(wanted.partition)
                .with_leader_epoch(-1)
                .with_end_offset(-1);
            let Some(partition) = known.and_then(|topic| topic.partition(wanted.partition)) else {
                return answer.with_error_code(ErrorCode::UnknownTopicOrPartition.code());
            };
            match end_of(partition, wanted) {
                Ok(Some((epoch, end_offset))) => answer.with_leader_epoch(epoch).with_end_offset(end_offset),
                Ok(None) => answer,
                Err(code) => answer.with_error_code(code.code()),
            }
        });
        let partitions = partitions.collect();
        OffsetForLeaderTopicResult::default()
            .with_topic(topic.topic.clone())
            .with_partitions(partitions)
    });
    OffsetForLeaderEpochResponse::default().with_topics(topics.collect())
}

fn end_of(
    partition: &Arc<Partition>,
    wanted: &OffsetForLeaderPartition,
) -> Result<Option<(i32, i64)>, ErrorCode> {
    let tail = partition.tail().map_err(|error| error_map::partition(&error))?;
    check_epoch(wanted.current_leader_epoch, &tail).map_err(|error| error_map::fetch(&error))?;
    partition
        .end_offset_for_epoch(wanted.leader_epoch)
        .map_err(|error| error_map::partition(&error))
}
