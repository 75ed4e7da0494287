//! Fetch (key 1): records of many partitions, within byte budgets, waiting for the first ones.
//!
//! v7 incremental sessions (KIP-227), v9 leader epochs, v11 rack ids (one broker: nothing to prefer),
//! v12 flexible and diverging epochs, v13 topic ids, v15–18 fields for replicas, which are not served
//! here. Records leave as the log has them, by reference.

use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use protocol_shim::messages::FetchRequest;
use protocol_shim::{
    AbortedTransaction, EpochEndOffset, ErrorCode, FetchPartitionResponse, FetchResponse, FetchTopicResponse,
    StrBytes,
};
use storage::Chunk;
use uuid::Uuid;

use crate::context::{Call, Context};
use crate::error_map;
use crate::fetch::{self, FetchError, FetchLimits, Isolation, PartitionKey, PartitionRead, TopicRef, Want};

/// First version that names topics by id.
const TOPIC_IDS_SINCE: i16 = 13;

/// Reads, waits if there is too little, and answers what is news to the session.
pub async fn handle(context: &Context, call: &Call, request: FetchRequest) -> FetchResponse<Chunk> {
    let by_id = call.version >= TOPIC_IDS_SINCE;
    let (wants, forgotten) = wanted(&request, by_id);
    let scope = context.fetch_sessions.begin(
        request.session_id,
        request.session_epoch,
        by_id,
        wants,
        &forgotten,
        context.env.clock.monotonic_ms(),
    );
    let scope = match scope {
        Ok(scope) => scope,
        Err(error) => {
            return FetchResponse {
                error_code: error_map::session(error).code(),
                ..FetchResponse::default()
            };
        }
    };
    let quota_bytes = context.quotas.fetch_max_bytes(call.client());
    let max_bytes = to_bytes(request.max_bytes)
        .min(context.config.fetch_max_bytes)
        .min(quota_bytes);
    let limits = FetchLimits {
        max_bytes,
        min_bytes: to_bytes(request.min_bytes).min(max_bytes),
        max_wait_ms: i64::from(request.max_wait_ms),
        isolation: if request.isolation_level == 1 {
            Isolation::ReadCommitted
        } else {
            Isolation::ReadUncommitted
        },
    };
    let reads = fetch::fetch(
        &context.env,
        &context.topics,
        &context.stopping,
        &scope.wants,
        &limits,
    )
    .await;
    if context.quotas.any() && throttled(context, call, &reads) {
        return FetchResponse {
            error_code: ErrorCode::None.code(),
            session_id: context.fetch_sessions.held_back(scope),
            ..FetchResponse::default()
        };
    }
    let (session_id, reads) = scope.finish(reads);
    FetchResponse {
        error_code: ErrorCode::None.code(),
        session_id,
        topics: by_topic(reads, limits.isolation),
        ..FetchResponse::default()
    }
}

/// Notes what a fetch is to get and what it took; whether the client gets nothing and has to wait instead.
fn throttled(context: &Context, call: &Call, reads: &[PartitionRead]) -> bool {
    let bytes = reads.iter().map(|read| read.bytes).sum();
    let busy_ms = context.worked(call);
    let wait_ms = context.quotas.fetched(call.client(), bytes);
    if wait_ms == 0 && busy_ms > 0 {
        context.quotas.not_fetched(call.client(), bytes);
    }
    call.usage.throttle(wait_ms.max(busy_ms));
    wait_ms.max(busy_ms) > 0
}

fn to_bytes(wire: i32) -> usize {
    usize::try_from(wire).unwrap_or(0)
}

fn wanted(request: &FetchRequest, by_id: bool) -> (Vec<Want>, Vec<PartitionKey>) {
    let topic_ref = |name: &str, id: Uuid| {
        if by_id {
            TopicRef::Id(id)
        } else {
            TopicRef::Name(Arc::from(name))
        }
    };
    // Of a partition that comes twice the last mention counts, in the place of the first.
    let mut topics = IndexSet::new();
    let mut wants = IndexMap::new();
    for topic in &request.topics {
        let topic_ref = topic_ref(&topic.topic, topic.topic_id);
        let (number, _) = topics.insert_full(topic_ref.clone());
        wants.extend(topic.partitions.iter().map(|p| {
            let want = Want {
                key: PartitionKey {
                    topic: topic_ref.clone(),
                    index: p.partition,
                },
                fetch_offset: p.fetch_offset,
                max_bytes: to_bytes(p.partition_max_bytes),
                current_leader_epoch: p.current_leader_epoch,
                last_fetched_epoch: p.last_fetched_epoch,
            };
            ((number, p.partition), want)
        }));
    }
    let mut forgotten = Vec::new();
    for topic in &request.forgotten_topics_data {
        let topic_ref = topic_ref(&topic.topic, topic.topic_id);
        forgotten.extend(topic.partitions.iter().map(|index| PartitionKey {
            topic: topic_ref.clone(),
            index: *index,
        }));
    }
    (wants.into_values().collect(), forgotten)
}

/// Groups neighbours of the same topic; a topic may come more than once, as in Kafka, where those that are not there
/// come last.
fn by_topic(mut reads: Vec<PartitionRead>, isolation: Isolation) -> Vec<FetchTopicResponse<Chunk>> {
    reads.sort_by_key(is_unknown);
    let mut topics: Vec<(TopicRef, FetchTopicResponse<Chunk>)> = Vec::new();
    for read in reads {
        let topic = read.key.topic.clone();
        let partition = answer(read, isolation);
        match topics.last_mut() {
            Some((last, response)) if *last == topic => response.partitions.push(partition),
            _ => {
                let mut response = FetchTopicResponse::default();
                match &topic {
                    TopicRef::Name(name) => response.name = StrBytes::from_string(name.to_string()),
                    TopicRef::Id(id) => response.topic_id = *id,
                }
                response.partitions.push(partition);
                topics.push((topic, response));
            }
        }
    }
    topics.into_iter().map(|(_, response)| response).collect()
}

fn aborted((producer_id, first_offset): &(i64, i64)) -> AbortedTransaction {
    AbortedTransaction {
        producer_id: *producer_id,
        first_offset: *first_offset,
    }
}

fn is_unknown(read: &PartitionRead) -> bool {
    let error = read.error.as_ref();
    error.is_some_and(|error| {
        matches!(
            error,
            FetchError::UnknownTopicOrPartition | FetchError::UnknownTopicId
        )
    })
}

fn answer(read: PartitionRead, isolation: Isolation) -> FetchPartitionResponse<Chunk> {
    let is_unknown = is_unknown(&read);
    let error_code = read
        .error
        .as_ref()
        .map_or(ErrorCode::None, error_map::fetch)
        .code();
    FetchPartitionResponse {
        index: read.key.index,
        error_code,
        high_watermark: read.high_watermark,
        last_stable_offset: read.last_stable_offset,
        log_start_offset: read.log_start_offset,
        diverging_epoch: read
            .diverging
            .map_or(EpochEndOffset::default(), |(epoch, end_offset)| EpochEndOffset {
                epoch,
                end_offset,
            }),
        // Null when nothing can be aborted, as Kafka answers read_uncommitted; for what is not there it has an empty list.
        aborted_transactions: (is_unknown || (isolation == Isolation::ReadCommitted && error_code == 0))
            .then(|| read.aborted.iter().map(aborted).collect()),
        records: read.records,
        ..FetchPartitionResponse::default()
    }
}
