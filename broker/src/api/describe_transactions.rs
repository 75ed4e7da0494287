//! DescribeTransactions (key 65): what the coordinator knows of transactional ids.

use protocol_shim::StrBytes;
use protocol_shim::messages::describe_transactions_response::{TopicData, TransactionState};
use protocol_shim::messages::{DescribeTransactionsRequest, DescribeTransactionsResponse, TransactionalId};

use crate::context::{Call, Context};
use crate::error_map;
use crate::transactions::Transaction;

/// Answers a DescribeTransactions request.
pub async fn handle(
    ctx: &Context,
    _call: &Call,
    request: DescribeTransactionsRequest,
) -> DescribeTransactionsResponse {
    let mut states = Vec::with_capacity(request.transactional_ids.len());
    for id in request.transactional_ids {
        states.push(match ctx.transactions.describe(&id).await {
            Ok(transaction) => state(id, &transaction),
            Err(error) => TransactionState::default()
                .with_transactional_id(id)
                .with_error_code(error_map::transaction(error).code()),
        });
    }
    DescribeTransactionsResponse::default().with_transaction_states(states)
}

fn state(id: TransactionalId, transaction: &Transaction) -> TransactionState {
    let mut topics: Vec<TopicData> = Vec::new();
    for partition in &transaction.partitions {
        match topics.last_mut() {
            Some(last) if **last.topic == *partition.topic => last.partitions.push(partition.partition),
            _ => topics.push(
                TopicData::default()
                    .with_topic(StrBytes::from_string(partition.topic.to_string()).into())
                    .with_partitions(vec![partition.partition]),
            ),
        }
    }
    TransactionState::default()
        .with_transactional_id(id)
        .with_transaction_state(StrBytes::from_static_str(transaction.state.name()))
        .with_transaction_timeout_ms(transaction.timeout_ms)
        .with_transaction_start_time_ms(transaction.start_ms)
        .with_producer_id(transaction.producer_id.into())
        .with_producer_epoch(transaction.epoch)
        .with_topics(topics)
}
