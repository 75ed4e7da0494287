//! ListOffsets (key 2): offsets by time, and the ends of a log.
//!
//! v2 isolation level, v4 leader epochs, v7 -3 (largest timestamp, KIP-734), v8 -4 (first local
//! offset), v9 -5 (last tiered offset), v10 a timeout for remote look-ups, v11 -6 (first offset that
//! waits for upload). Nothing is tiered: -4 equals -2; -5 and -6 answer offset -1. A partition that comes twice is
//! refused, and answered once; a topic without partitions is left out.

use std::sync::Arc;

use protocol_shim::ErrorCode;
use protocol_shim::messages::list_offsets_request::ListOffsetsPartition;
use protocol_shim::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use protocol_shim::messages::{ListOffsetsRequest, ListOffsetsResponse};

use crate::by_topic::once;
use crate::context::{Call, Context};
use crate::error_map;
use crate::fetch::{Isolation, check_epoch};
use crate::partition::{Partition, PartitionError, open_together};

/// Replica id of a consumer.
const CONSUMER: i32 = -1;

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
const EARLIEST_PENDING_UPLOAD: i64 = -6;

/// What the asker may see.
#[derive(Clone, Copy)]
enum Visible {
    /// A consumer.
    To(Isolation),
    /// A replica.
    All,
}

/// An answer: offset, its timestamp and its leader epoch; -1 where there is none.
struct Found {
    offset: i64,
    timestamp: i64,
    leader_epoch: i32,
}

const NOTHING: Found = Found {
    offset: -1,
    timestamp: -1,
    leader_epoch: -1,
};

/// Answers every partition on its own.
pub async fn handle(context: &Context, call: &Call, request: ListOffsetsRequest) -> ListOffsetsResponse {
    let image = context.topics.image();
    // A replica, or a tool that says it is one, sees the whole log.
    let visible = match (request.replica_id.0, request.isolation_level) {
        (CONSUMER, 1) => Visible::To(Isolation::ReadCommitted),
        (CONSUMER, _) => Visible::To(Isolation::ReadUncommitted),
        _ => Visible::All,
    };
    let asked = once(request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.into_iter();
        (topic.name, partitions.map(|p| (p.partition_index, p)))
    }));
    let wanted = asked.iter().flat_map(|(name, partitions)| {
        let known = image.topic(name);
        let indexes = partitions.keys();
        indexes.filter_map(move |index| known?.partition(*index))
    });
    open_together(wanted);
    let topics = asked.into_iter().map(|(name, partitions)| {
        let known = image.topic(&name);
        let partitions = partitions.into_iter().map(|(index, wanted)| {
            let answer = ListOffsetsPartitionResponse::default().with_partition_index(index);
            let found = match wanted {
                None => Err(ErrorCode::InvalidRequest),
                Some(wanted) if !supported(wanted.timestamp, call.version) => {
                    Err(ErrorCode::UnsupportedVersion)
                }
                Some(wanted) => match known.and_then(|topic| topic.partition(index)) {
                    Some(partition) => find(partition, &wanted, visible),
                    None => Err(ErrorCode::UnknownTopicOrPartition),
                },
            };
            match found {
                Ok(found) => answer
                    .with_offset(found.offset)
                    .with_timestamp(found.timestamp)
                    .with_leader_epoch(if call.version < 4 { -1 } else { found.leader_epoch }),
                Err(code) => answer.with_error_code(code.code()),
            }
        });
        ListOffsetsTopicResponse::default()
            .with_partitions(partitions.collect())
            .with_name(name)
    });
    ListOffsetsResponse::default().with_topics(topics.collect())
}

fn supported(timestamp: i64, version: i16) -> bool {
    match timestamp {
        LATEST | EARLIEST | 0.. => true,
        MAX_TIMESTAMP => version >= 7,
        EARLIEST_LOCAL => version >= 8,
        LATEST_TIERED => version >= 9,
        EARLIEST_PENDING_UPLOAD => version >= 11,
        _ => false,
    }
}

fn find(
    partition: &Arc<Partition>,
    wanted: &ListOffsetsPartition,
    visible: Visible,
) -> Result<Found, ErrorCode> {
    let lookup = || -> Result<Result<Found, ErrorCode>, PartitionError> {
        let tail = partition.tail()?;
        if let Err(error) = check_epoch(wanted.current_leader_epoch, &tail) {
            return Ok(Err(error_map::fetch(&error)));
        }
        let upper_bound = match visible {
            Visible::To(Isolation::ReadUncommitted) => tail.high_watermark,
            Visible::To(Isolation::ReadCommitted) => tail.last_stable_offset,
            Visible::All => tail.log_end_offset,
        };
        let at_time = |found: Option<storage::TimestampOffset>| {
            found.map_or(NOTHING, |found| Found {
                offset: found.offset,
                timestamp: found.timestamp,
                leader_epoch: found.leader_epoch,
            })
        };
        Ok(Ok(match wanted.timestamp {
            LATEST => Found {
                offset: upper_bound,
                timestamp: -1,
                leader_epoch: tail.leader_epoch,
            },
            EARLIEST | EARLIEST_LOCAL => Found {
                offset: tail.log_start_offset,
                timestamp: -1,
                leader_epoch: partition
                    .epoch_at(tail.log_start_offset)?
                    .unwrap_or(tail.leader_epoch),
            },
            MAX_TIMESTAMP => at_time(partition.max_timestamp(upper_bound)?),
            LATEST_TIERED | EARLIEST_PENDING_UPLOAD => NOTHING,
            timestamp => at_time(partition.offset_for_timestamp(timestamp, upper_bound)?),
        }))
    };
    lookup().unwrap_or_else(|error| Err(error_map::partition(&error)))
}
