//! TxnOffsetCommit (key 28): positions of a group that count once a transaction is committed.
//!
//! v2 leader epoch, v3 member, instance and generation (KIP-447), v4 TRANSACTION_ABORTABLE, v5 makes the offsets part of
//! the transaction by itself. Topics and partitions that are not there are refused one by one.

use std::collections::BTreeSet;

use protocol_shim::ErrorCode;
use protocol_shim::messages::txn_offset_commit_request::TxnOffsetCommitRequestTopic;
use protocol_shim::messages::txn_offset_commit_response::{
    TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use protocol_shim::messages::{TxnOffsetCommitRequest, TxnOffsetCommitResponse};

use crate::context::{Call, Context};
use crate::error_map;
use crate::groups::{CommitOutcome, CommitPartition, CommitRequest, CommitTopic, InTransaction};
use crate::topics::{CONSUMER_OFFSETS, MetadataImage};
use crate::transactions::{ProducerIdAndEpoch, TopicPartition};

/// First version that knows TRANSACTION_ABORTABLE.
const ABORTABLE_SINCE: i16 = 4;
/// First version that makes the offsets part of the transaction.
const ADDS_SINCE: i16 = 5;

/// Answers a TxnOffsetCommit request.
pub async fn handle(ctx: &Context, call: &Call, request: TxnOffsetCommitRequest) -> TxnOffsetCommitResponse {
    let image = ctx.topics.image();
    let topics: Vec<CommitTopic> = request
        .topics
        .iter()
        .filter_map(|topic| known(&image, topic))
        .collect();
    let outcome = match topics.is_empty() {
        true => Ok(CommitOutcome::default()),
        false => commit(ctx, call, &request, topics).await,
    };
    // The outcome lists, in order, exactly the partitions that exist.
    let mut results = match &outcome {
        Ok(outcome) => outcome.iter().flatten(),
        Err(_) => [].iter().flatten(),
    };
    let rows = request.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            let index = partition.partition_index;
            let code = match (exists(&image, &topic.name, index), &outcome) {
                (false, _) => ErrorCode::UnknownTopicOrPartition.code(),
                (true, Err(code)) => code.code(),
                (true, Ok(_)) => results
                    .next()
                    .map_or(0, |(_, result)| error_map::group_result(result)),
            };
            TxnOffsetCommitResponsePartition::default()
                .with_partition_index(index)
                .with_error_code(code)
        });
        TxnOffsetCommitResponseTopic::default()
            .with_name(topic.name.clone())
            .with_partitions(partitions.collect())
    });
    TxnOffsetCommitResponse::default().with_topics(rows.collect())
}

fn exists(image: &MetadataImage, topic: &str, index: i32) -> bool {
    image
        .topic(topic)
        .is_some_and(|topic| topic.partition(index).is_some())
}

/// What of a topic can be committed.
fn known(image: &MetadataImage, topic: &TxnOffsetCommitRequestTopic) -> Option<CommitTopic> {
    let known = image.topic(&topic.name)?;
    let partitions = topic
        .partitions
        .iter()
        .filter(|p| known.partition(p.partition_index).is_some())
        .map(|p| CommitPartition {
            index: p.partition_index,
            offset: p.committed_offset,
            leader_epoch: p.committed_leader_epoch,
            metadata: p.committed_metadata.as_ref().map(|m| m.to_string()),
        });
    let partitions: Vec<_> = partitions.collect();
    (!partitions.is_empty()).then(|| CommitTopic {
        name: known.name.to_string(),
        id: known.id,
        partitions,
    })
}

async fn commit(
    ctx: &Context,
    call: &Call,
    request: &TxnOffsetCommitRequest,
    topics: Vec<CommitTopic>,
) -> Result<CommitOutcome, ErrorCode> {
    let (group, producer_id, epoch) = (
        request.group_id.to_string(),
        request.producer_id.0,
        request.producer_epoch,
    );
    let announced = ctx.groups.announce(&group, producer_id, epoch).await;
    let verification = announced.map_err(|error| error_map::offsets_in_transaction(&error))?;
    if verification.is_some() {
        let offsets = TopicPartition {
            topic: CONSUMER_OFFSETS.into(),
            partition: ctx.groups.shard_of(&group),
        };
        let producer = ProducerIdAndEpoch {
            id: producer_id,
            epoch,
        };
        let adds = call.version >= ADDS_SINCE;
        let admitted = ctx
            .transactions
            .admit(
                &request.transactional_id,
                producer,
                &BTreeSet::from([offsets]),
                ctx.admittance(adds),
            )
            .await
            .and_then(|outcomes| outcomes.into_iter().collect::<Result<(), _>>());
        let known = error_map::Knows {
            abortable: call.version >= ABORTABLE_SINCE,
            adds,
        };
        admitted.map_err(|error| match error_map::admission(error, known) {
            ErrorCode::NotEnoughReplicas => ErrorCode::CoordinatorNotAvailable,
            code => code,
        })?;
    }
    let commit = CommitRequest {
        group,
        member_id: request.member_id.to_string(),
        instance_id: request.group_instance_id.as_ref().map(|id| id.to_string()),
        generation: request.generation_id,
        knows_group_id_not_found: false,
        retention_ms: None,
        topics,
    };
    let transaction = InTransaction {
        producer_id,
        epoch,
        verification,
    };
    ctx.groups
        .commit_in_transaction(commit, transaction)
        .await
        .map_err(|error| error_map::offsets_in_transaction(&error))
}
