//! Partitions become part of a transaction, or are looked up in it.

use std::collections::BTreeSet;

use super::error::TxnError;
use super::state::{ProducerIdAndEpoch, TopicPartition, Transaction, TxnState, TxnVersion};

/// Decides AddPartitionsToTxn; `None` when they are all in the transaction already.
///
/// # Errors
/// What the producer has to hear; nothing changes then.
pub fn add(
    current: Option<&Transaction>,
    producer: ProducerIdAndEpoch,
    partitions: &BTreeSet<TopicPartition>,
    client_version: TxnVersion,
    now_ms: i64,
) -> Result<Option<Transaction>, TxnError> {
    let current = owned(current, producer)?;
    if current.state == TxnState::Ongoing && partitions.is_subset(&current.partitions) {
        return Ok(None);
    }
    let start_ms = match current.state {
        TxnState::Ongoing => current.start_ms,
        _ => now_ms,
    };
    let mut next = Transaction {
        start_ms,
        client_version,
        ..current.next(TxnState::Ongoing, now_ms)
    };
    next.partitions.extend(partitions.iter().cloned());
    Ok(Some(next))
}

/// Decides whether partitions are in the open transaction (KIP-890 part 1): one outcome each.
///
/// # Errors
/// What all of them get.
pub fn verify<'a>(
    current: Option<&Transaction>,
    producer: ProducerIdAndEpoch,
    partitions: impl IntoIterator<Item = &'a TopicPartition>,
) -> Result<Vec<Result<(), TxnError>>, TxnError> {
    let current = owned(current, producer)?;
    let outcome = |partition| match current.partitions.contains(partition) {
        true => Ok(()),
        false => Err(TxnError::TransactionAbortable),
    };
    Ok(partitions.into_iter().map(outcome).collect())
}

/// The transaction, if the producer is its own and its last one is over.
fn owned(current: Option<&Transaction>, producer: ProducerIdAndEpoch) -> Result<&Transaction, TxnError> {
    let current = current.ok_or(TxnError::InvalidProducerIdMapping)?;
    if current.producer_id != producer.id {
        Err(TxnError::InvalidProducerIdMapping)
    } else if current.epoch != producer.epoch {
        Err(TxnError::ProducerFenced)
    } else if current.state.is_prepared() {
        Err(TxnError::ConcurrentTransactions)
    } else {
        Ok(current)
    }
}
