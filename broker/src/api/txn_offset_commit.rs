//! TxnOffsetCommit (key 28): positions of a group that count once a transaction is committed.
//!
//! v2 leader epoch, v3 member, instance and generation (KIP-447), v4 TRANSACTION_ABORTABLE, v5 makes the offsets part of
//! the transaction by itself. Topics and partitions that are not there are refused one by one.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use protocol_shim::ErrorCode;
use protocol_shim::messages::txn_offset_commit_request::TxnOffsetCommitRequestTopic;
use protocol_shim::messages::txn_offset_commit_response::{
    TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use protocol_shim::messages::{TxnOffsetCommitRequest, TxnOffsetCommitResponse};

use crate::by_topic::joined;
use crate::context::{Call, Context};
use crate::error_map;
use crate::groups::{
    CheckedTopic, CommitOutcome, CommitPartition, CommitRequest, CommitTopic, InTransaction,
};
use crate::topics::{CONSUMER_OFFSETS, MetadataImage};
use crate::transactions::{ProducerIdAndEpoch, TopicPartition};

/// First version that knows TRANSACTION_ABORTABLE.
const ABORTABLE_SINCE: i16 = 4;
/// First version that makes the offsets part of the transaction.
const ADDS_SINCE: i16 = 5;

/// Answers a TxnOffsetCommit request. As in Kafka, what is refused for its topic or partition comes first, and a known
/// topic without partitions is left out.
pub async fn handle(ctx: &Context, call: &Call, request: TxnOffsetCommitRequest) -> TxnOffsetCommitResponse {
    let image = ctx.topics.image();
    let mut refused: IndexMap<_, Vec<_>> = IndexMap::new();
    let mut topics = Vec::new();
    for topic in &request.topics {
        let checked = check(&image, topic);
        if let Some(missing) = checked.missing {
            let unknown = ErrorCode::UnknownTopicOrPartition.code();
            let rows = missing.into_iter().map(|index| row(index, unknown));
            refused.entry(topic.name.clone()).or_default().extend(rows);
        }
        topics.extend(checked.commit.map(|known| (topic.name.clone(), known)));
    }
    let (names, topics): (Vec<_>, Vec<_>) = topics.into_iter().unzip();
    let asked = CommitTopic::indexes(&topics);
    let outcome = match topics.is_empty() {
        true => Ok(CommitOutcome::default()),
        false => commit(ctx, call, &request, topics).await,
    };
    let rows = error_map::committed(outcome, asked)
        .into_iter()
        .map(|rows| rows.into_iter().map(|(index, code)| row(index, code)).collect());
    let topics = joined(refused, names.into_iter().zip(rows).collect())
        .into_iter()
        .map(|(name, rows)| {
            TxnOffsetCommitResponseTopic::default()
                .with_name(name)
                .with_partitions(rows)
        });
    TxnOffsetCommitResponse::default().with_topics(topics.collect())
}

fn row(index: i32, code: i16) -> TxnOffsetCommitResponsePartition {
    TxnOffsetCommitResponsePartition::default()
        .with_partition_index(index)
        .with_error_code(code)
}

/// What of a topic can be committed.
fn check(image: &MetadataImage, topic: &TxnOffsetCommitRequestTopic) -> CheckedTopic {
    let partitions = topic.partitions.iter().map(|p| CommitPartition {
        index: p.partition_index,
        offset: p.committed_offset,
        leader_epoch: p.committed_leader_epoch,
        metadata: p.committed_metadata.as_ref().map(|m| m.to_string()),
    });
    CheckedTopic::of(image.topic(&topic.name).map(AsRef::as_ref), partitions)
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
