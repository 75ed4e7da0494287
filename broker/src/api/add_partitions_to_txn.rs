//! AddPartitionsToTxn (key 24): partitions become part of a transaction.
//!
//! v2 PRODUCER_FENCED. Up to v3 one transaction, from clients; since v4 several, from brokers, which may also ask
//! whether partitions are in a transaction (KIP-890). A partition that does not exist keeps all of its transaction's
//! others from being added.

use std::collections::BTreeSet;

use protocol_shim::ErrorCode;
use protocol_shim::messages::add_partitions_to_txn_request::{
    AddPartitionsToTxnTopic, AddPartitionsToTxnTransaction,
};
use protocol_shim::messages::add_partitions_to_txn_response::{
    AddPartitionsToTxnPartitionResult, AddPartitionsToTxnResult, AddPartitionsToTxnTopicResult,
};
use protocol_shim::messages::{AddPartitionsToTxnRequest, AddPartitionsToTxnResponse};

use crate::context::{Call, Context};
use crate::error_map;
use crate::transactions::{ProducerIdAndEpoch, TopicPartition, TxnVersion};

/// First version that knows PRODUCER_FENCED.
const FENCED_SINCE: i16 = 2;
/// First version with several transactions.
const BATCHED: i16 = 4;

/// Answers an AddPartitionsToTxn request.
pub async fn handle(
    ctx: &Context,
    call: &Call,
    request: AddPartitionsToTxnRequest,
) -> AddPartitionsToTxnResponse {
    if call.version < BATCHED {
        let transaction = AddPartitionsToTxnTransaction::default()
            .with_transactional_id(request.v3_and_below_transactional_id)
            .with_producer_id(request.v3_and_below_producer_id)
            .with_producer_epoch(request.v3_and_below_producer_epoch)
            .with_topics(request.v3_and_below_topics);
        let rows = one(ctx, call, &transaction).await;
        return AddPartitionsToTxnResponse::default().with_results_by_topic_v3_and_below(rows);
    }
    let mut results = Vec::with_capacity(request.transactions.len());
    for transaction in request.transactions {
        let rows = one(ctx, call, &transaction).await;
        results.push(
            AddPartitionsToTxnResult::default()
                .with_transactional_id(transaction.transactional_id)
                .with_topic_results(rows),
        );
    }
    AddPartitionsToTxnResponse::default().with_results_by_transaction(results)
}

/// The rows of one transaction.
async fn one(
    ctx: &Context,
    call: &Call,
    transaction: &AddPartitionsToTxnTransaction,
) -> Vec<AddPartitionsToTxnTopicResult> {
    let image = ctx.topics.image();
    let exists = |partition: &TopicPartition| {
        let topic = image.topic(&partition.topic);
        topic.is_some_and(|topic| topic.partition(partition.partition).is_some())
    };
    let wanted = partitions(&transaction.topics);
    if !wanted.iter().all(exists) {
        return rows(&transaction.topics, |partition| match exists(partition) {
            true => ErrorCode::OperationNotAttempted,
            false => ErrorCode::UnknownTopicOrPartition,
        });
    }
    let producer = ProducerIdAndEpoch {
        id: transaction.producer_id.0,
        epoch: transaction.producer_epoch,
    };
    let refused = |error| error_map::transaction_for(error, call.version, FENCED_SINCE);
    if transaction.verify_only {
        let wanted: Vec<_> = wanted.into_iter().collect();
        let verified = ctx
            .transactions
            .verify_partitions(&transaction.transactional_id, producer, &wanted);
        return match verified {
            Err(error) => rows(&transaction.topics, |_| refused(error)),
            Ok(outcomes) => rows(&transaction.topics, |partition| {
                let at = wanted.binary_search(partition).ok();
                match at.and_then(|at| outcomes.get(at)) {
                    Some(Err(error)) => refused(*error),
                    _ => ErrorCode::None,
                }
            }),
        };
    }
    let version = match call.version < BATCHED {
        true => TxnVersion::V0,
        false => TxnVersion::V2,
    };
    let added = ctx
        .transactions
        .add_partitions(&transaction.transactional_id, producer, &wanted, version);
    let code = added.await.err().map_or(ErrorCode::None, refused);
    rows(&transaction.topics, |_| code)
}

fn partitions(topics: &[AddPartitionsToTxnTopic]) -> BTreeSet<TopicPartition> {
    let of_topic = |topic: &AddPartitionsToTxnTopic| {
        let name: std::sync::Arc<str> = (**topic.name).into();
        let partition = move |partition: &i32| TopicPartition {
            topic: name.clone(),
            partition: *partition,
        };
        topic.partitions.iter().map(partition).collect::<Vec<_>>()
    };
    topics.iter().flat_map(of_topic).collect()
}

/// A row for every partition of the request, in its order.
fn rows(
    topics: &[AddPartitionsToTxnTopic],
    code: impl Fn(&TopicPartition) -> ErrorCode,
) -> Vec<AddPartitionsToTxnTopicResult> {
    let topic_row = |topic: &AddPartitionsToTxnTopic| {
        let row = |index: &i32| {
            let partition = TopicPartition {
                topic: (**topic.name).into(),
                partition: *index,
            };
            AddPartitionsToTxnPartitionResult::default()
                .with_partition_index(*index)
                .with_partition_error_code(code(&partition).code())
        };
        AddPartitionsToTxnTopicResult::default()
            .with_name(topic.name.clone())
            .with_results_by_partition(topic.partitions.iter().map(row).collect())
    };
    topics.iter().map(topic_row).collect()
}
