//! AddPartitionsToTxn (key 24): partitions become part of a transaction.
//!
//! v2 PRODUCER_FENCED. Up to v3 one transaction, from clients; since v4 several, from brokers, which may also ask
//! whether partitions are in a transaction (KIP-890). A partition that does not exist keeps all of its transaction's
//! others from being added.

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol_shim::messages::add_partitions_to_txn_request::{
    AddPartitionsToTxnTopic, AddPartitionsToTxnTransaction,
};
use protocol_shim::messages::add_partitions_to_txn_response::{
    AddPartitionsToTxnPartitionResult, AddPartitionsToTxnResult, AddPartitionsToTxnTopicResult,
};
use protocol_shim::messages::{AddPartitionsToTxnRequest, AddPartitionsToTxnResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::by_topic::{ByTopic, last_counts};
use crate::context::{Call, Context};
use crate::error_map;
use crate::transactions::{ProducerIdAndEpoch, TopicPartition, TxnVersion};

/// First version that knows PRODUCER_FENCED.
const FENCED_SINCE: i16 = 2;
/// First version with several transactions.
const BATCHED: i16 = 4;

/// What is to be added, each partition once.
type Wanted = ByTopic<Arc<str>, ()>;

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
    let entries = transaction.topics.iter();
    let wanted: Wanted = last_counts(entries.map(|topic| {
        let partitions = topic.partitions.iter();
        ((**topic.name).into(), partitions.map(|index| (*index, ())))
    }));
    let known = |topic: &str, index: i32| image.topic(topic).is_some_and(|t| t.partition(index).is_some());
    let mut all = wanted.iter();
    if !all.all(|(topic, indexes)| indexes.keys().all(|index| known(topic, *index))) {
        return rows(wanted, |topic, index| match known(topic, index) {
            true => ErrorCode::OperationNotAttempted,
            false => ErrorCode::UnknownTopicOrPartition,
        });
    }
    let producer = ProducerIdAndEpoch {
        id: transaction.producer_id.0,
        epoch: transaction.producer_epoch,
    };
    let refused = |error| error_map::transaction_for(error, call.version, FENCED_SINCE);
    let partitions = wanted.iter().flat_map(|(topic, indexes)| {
        let named = |index: &i32| TopicPartition {
            topic: Arc::clone(topic),
            partition: *index,
        };
        indexes.keys().map(named).collect::<Vec<_>>()
    });
    if transaction.verify_only {
        let partitions: Vec<_> = partitions.collect();
        let verified =
            ctx.transactions
                .verify_partitions(&transaction.transactional_id, producer, &partitions);
        return match verified {
            Err(error) => rows(wanted, |_, _| refused(error)),
            Ok(outcomes) => {
                // An outcome for each partition, in the order of the rows.
                let mut outcomes = outcomes.into_iter();
                let mut next = || outcomes.next().and_then(Result::err);
                rows(wanted, |_, _| next().map_or(ErrorCode::None, refused))
            }
        };
    }
    let version = match call.version < BATCHED {
        true => TxnVersion::V0,
        false => TxnVersion::V2,
    };
    let partitions: BTreeSet<_> = partitions.collect();
    let added =
        ctx.transactions
            .add_partitions(&transaction.transactional_id, producer, &partitions, version);
    let code = added.await.err().map_or(ErrorCode::None, refused);
    each(&transaction.topics, code)
}

/// A row for every entry of the request, as Kafka answers what is the same for all.
fn each(topics: &[AddPartitionsToTxnTopic], code: ErrorCode) -> Vec<AddPartitionsToTxnTopicResult> {
    let row = |index: &i32| {
        AddPartitionsToTxnPartitionResult::default()
            .with_partition_index(*index)
            .with_partition_error_code(code.code())
    };
    let topic = |topic: &AddPartitionsToTxnTopic| {
        AddPartitionsToTxnTopicResult::default()
            .with_name(topic.name.clone())
            .with_results_by_partition(topic.partitions.iter().map(row).collect())
    };
    topics.iter().map(topic).collect()
}

/// A row for every partition, each once.
fn rows(wanted: Wanted, mut code: impl FnMut(&str, i32) -> ErrorCode) -> Vec<AddPartitionsToTxnTopicResult> {
    let topics = wanted.into_iter().map(|(name, indexes)| {
        let rows = indexes.into_keys().map(|index| {
            AddPartitionsToTxnPartitionResult::default()
                .with_partition_index(index)
                .with_partition_error_code(code(&name, index).code())
        });
        let rows = rows.collect();
        AddPartitionsToTxnTopicResult::default()
            .with_name(StrBytes::from_string(name.to_string()).into())
            .with_results_by_partition(rows)
    });
    topics.collect()
}
