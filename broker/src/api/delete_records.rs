//! DeleteRecords (key 21): moves the log start offset; -1 means the high watermark.

use std::cell::RefCell;
use std::sync::Arc;

use protocol_shim::ErrorCode;
use protocol_shim::messages::delete_records_response::{
    DeleteRecordsPartitionResult, DeleteRecordsTopicResult,
};
use protocol_shim::messages::{DeleteRecordsRequest, DeleteRecordsResponse};

use crate::context::{Call, Context};
use crate::error_map;
use crate::partition::{Partition, PartitionError};
use crate::topics::Topic;

/// Offset that stands for the high watermark.
const HIGH_WATERMARK: i64 = -1;

/// Answers every partition on its own, with the low watermark it has afterwards (-1 on error).
pub async fn handle(context: &Context, _call: &Call, request: DeleteRecordsRequest) -> DeleteRecordsResponse {
    let image = context.topics.image();
    let changed = RefCell::new(Vec::new());
    let topics = request.topics.into_iter().map(|topic| {
        let known = image.topic(&topic.name);
        let partitions = topic.partitions.iter().map(|wanted| {
            let answer = DeleteRecordsPartitionResult::default()
                .with_partition_index(wanted.partition_index)
                .with_low_watermark(-1);
            let found = known.and_then(|t| t.partition(wanted.partition_index).map(|p| (t, p)));
            let result = match found {
                Some((topic, partition)) => trim(topic, partition, wanted.offset),
                None => Err(ErrorCode::UnknownTopicOrPartition),
            };
            match result {
                Ok(low_watermark) => {
                    changed
                        .borrow_mut()
                        .extend(found.map(|(_, partition)| Arc::clone(partition)));
                    answer.with_low_watermark(low_watermark)
                }
                Err(code) => answer.with_error_code(code.code()),
            }
        });
        let partitions = partitions.collect();
        DeleteRecordsTopicResult::default()
            .with_name(topic.name.clone())
            .with_partitions(partitions)
    });
    let topics: Vec<DeleteRecordsTopicResult> = topics.collect();
    let response = DeleteRecordsResponse::default();
    match persisted(&changed.into_inner()) {
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
