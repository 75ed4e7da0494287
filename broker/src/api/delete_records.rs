//! DeleteRecords (key 21): moves the log start offset; -1 means the high watermark.
//!
//! As in Kafka, of a partition that comes twice the last offset counts, and a topic without partitions is left out.

use std::sync::Arc;

use protocol_shim::ErrorCode;
use protocol_shim::messages::delete_records_response::{
    DeleteRecordsPartitionResult, DeleteRecordsTopicResult,
};
use protocol_shim::messages::{DeleteRecordsRequest, DeleteRecordsResponse};

use crate::by_topic::last_counts;
use crate::context::{Call, Context};
use crate::error_map;
use crate::partition::{Partition, PartitionError};
use crate::topics::Topic;

/// Offset that stands for the high watermark.
const HIGH_WATERMARK: i64 = -1;

/// Answers every partition on its own, with the low watermark it has afterwards (-1 on error).
pub async fn handle(context: &Context, _call: &Call, request: DeleteRecordsRequest) -> DeleteRecordsResponse {
    let image = context.topics.image();
    let mut changed = Vec::new();
    let asked = last_counts(request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.into_iter();
        (topic.name, partitions.map(|p| (p.partition_index, p.offset)))
    }));
    let mut topics = Vec::with_capacity(asked.len());
    for (name, offsets) in asked {
        let known = image.topic(&name);
        let partitions = offsets.into_iter().map(|(index, offset)| {
            let answer = DeleteRecordsPartitionResult::default()
                .with_partition_index(index)
                .with_low_watermark(-1);
            let found = known.and_then(|t| t.partition(index).map(|p| (t, p)));
            let result = match found {
                Some((topic, partition)) => trim(topic, partition, offset),
                None => Err(ErrorCode::UnknownTopicOrPartition),
            };
            match result {
                Ok(low_watermark) => {
                    changed.extend(found.map(|(_, partition)| Arc::clone(partition)));
                    answer.with_low_watermark(low_watermark)
                }
                Err(code) => answer.with_error_code(code.code()),
            }
        });
        let partitions = partitions.collect();
        topics.push(
            DeleteRecordsTopicResult::default()
                .with_name(name)
                .with_partitions(partitions),
        );
    }
    let response = DeleteRecordsResponse::default();
    match persisted(&changed) {
        Err(error) => response.with_topics(refuse_all(topics, error_map::partition(&error))),
        Ok(()) => response.with_topics(topics),
    }
}

/// The starts of all partitions are written together.
fn persisted(changed: &[Arc<Partition>]) -> Result<(), PartitionError> {
    let Some((any, others)) = changed.split_first() else {
        return Ok(());
    };
    any.persist_starts()?;
    others.iter().try_for_each(|other| other.check_online())
}

/// The records are gone until a restart: nobody may rely on it.
fn refuse_all(mut topics: Vec<DeleteRecordsTopicResult>, code: ErrorCode) -> Vec<DeleteRecordsTopicResult> {
    for partition in topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
        if partition.error_code == ErrorCode::None.code() {
            partition.error_code = code.code();
            partition.low_watermark = -1;
        }
    }
    topics
}

fn trim(topic: &Topic, partition: &Arc<Partition>, offset: i64) -> Result<i64, ErrorCode> {
    if topic.internal {
        return Err(ErrorCode::InvalidTopicException);
    }
    if partition.config().compact && !partition.config().delete {
        return Err(ErrorCode::PolicyViolation);
    }
    let offset = match offset {
        HIGH_WATERMARK => {
            partition
                .tail()
                .map_err(|error| error_map::partition(&error))?
                .high_watermark
        }
        offset => offset,
    };
    partition
        .trim(offset)
        .map_err(|error| error_map::partition(&error))
}
