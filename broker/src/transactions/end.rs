//! The end of a transaction: the decision, fencing, and what stands once all markers are written.

use super::error::TxnError;
use super::state::{NO_EPOCH, NO_PRODUCER_ID, ProducerIdAndEpoch, Transaction, TxnState, TxnVersion};

/// What a producer wants.
#[derive(Clone, Copy, Debug)]
pub struct EndRequest {
    /// Who asks.
    pub producer: ProducerIdAndEpoch,
    /// Commit, or abort.
    pub commit: bool,
    /// What the client can do.
    pub client_version: TxnVersion,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndStep {
    /// Ask again with a fresh producer id.
    NeedsProducerId,
    /// It was done before; this is the producer for the next transaction.
    Done(ProducerIdAndEpoch),
    /// The decision to log.
    Prepare(Transaction),
}

/// Decides EndTxn (`TransactionCoordinator#endTransaction`, and `endTransactionWithTV1` for older clients).
///
/// # Errors
/// What the producer has to hear; nothing changes then.
pub fn end(
    current: Option<&Transaction>,
    request: EndRequest,
    fresh: Option<i64>,
    now_ms: i64,
) -> Result<EndStep, TxnError> {
    let current = current.ok_or(TxnError::InvalidProducerIdMapping)?;
    if request.client_version.bumps_epoch() {
        end_bumping(current, request, fresh, now_ms)
    } else {
        end_plain(current, request, now_ms)
    }
}

fn end_plain(current: &Transaction, request: EndRequest, now_ms: i64) -> Result<EndStep, TxnError> {
    if current.producer_id != request.producer.id {
        return Err(TxnError::InvalidProducerIdMapping);
    }
    if current.epoch != request.producer.epoch {
        return Err(TxnError::ProducerFenced);
    }
    match (current.state, request.commit) {
        (TxnState::Ongoing, commit) => Ok(EndStep::Prepare(Transaction {
            // Kafka writes 0 here, whatever the version that added the partitions.
            client_version: TxnVersion::V0,
            ..current.next(prepared(commit), now_ms)
        })),
        (TxnState::CompleteCommit, true) | (TxnState::CompleteAbort, false) => {
            Ok(EndStep::Done(current.producer()))
        }
        (TxnState::PrepareCommit, true) | (TxnState::PrepareAbort, false) => {
            Err(TxnError::ConcurrentTransactions)
        }
        _ => Err(TxnError::InvalidTxnState),
    }
}

/// With every end the epoch rises (KIP-890), so the epoch tells a repetition from the next transaction's end.
fn end_bumping(
    current: &Transaction,
    request: EndRequest,
    fresh: Option<i64>,
    now_ms: i64,
) -> Result<EndStep, TxnError> {
    let producer = request.producer;
    let after_overflow = current.previous_producer_id == producer.id
        && producer.epoch == i16::MAX - 1
        && current.epoch == 0
        && current.producer_id != producer.id;
    let after_bump = producer.epoch.checked_add(1) == Some(current.epoch);
    let after_the_last = after_bump && current.epoch == i16::MAX;
    let repeated = after_overflow || after_bump;
    if current.producer_id != producer.id && !after_overflow {
        return Err(TxnError::InvalidProducerIdMapping);
    }
    let same = producer.epoch == current.epoch;
    let expected = match current.state {
        TxnState::PrepareCommit | TxnState::PrepareAbort => after_bump,
        TxnState::CompleteCommit | TxnState::CompleteAbort => repeated || same,
        _ => same,
    };
    if !expected {
        return Err(TxnError::ProducerFenced);
    }
    let decide = |commit, begun| {
        let decided = prepare(current, commit, begun, request.client_version, fresh, now_ms);
        decided.map_or(EndStep::NeedsProducerId, EndStep::Prepare)
    };
    match (current.state, request.commit, repeated) {
        (TxnState::Ongoing, commit, _) => Ok(decide(commit, true)),
        // Fencing by older rules takes the last epoch, which nobody may have. Kafka answers with it all the same, can
        // not fence the producer by the next time-out then, and fails to commit. Another producer id follows, as it does
        // where fencing raises epochs by newer rules.
        (TxnState::CompleteAbort, false, true) if after_the_last => Ok(decide(false, false)),
        (TxnState::CompleteCommit, true, true) if after_the_last => Err(TxnError::ProducerFenced),
        (TxnState::CompleteCommit, true, true) | (TxnState::CompleteAbort, false, true) => {
            Ok(EndStep::Done(current.producer()))
        }
        (TxnState::PrepareCommit, true, _) | (TxnState::PrepareAbort, false, _) => {
            Err(TxnError::ConcurrentTransactions)
        }
        // An abort of nothing: the producer wants its epoch raised, to be sure that what it sent before is void.
        (TxnState::Empty, false, _) | (TxnState::CompleteCommit | TxnState::CompleteAbort, false, false) => {
            Ok(decide(false, false))
        }
        _ => Err(TxnError::InvalidTxnState),
    }
}

/// The decision with a raised epoch (`prepareAbortOrCommit`); `None` when that needs a fresh producer id.
fn prepare(
    current: &Transaction,
    commit: bool,
    begun: bool,
    client_version: TxnVersion,
    fresh: Option<i64>,
    now_ms: i64,
) -> Option<Transaction> {
    let next_producer_id = match current.is_epoch_exhausted() {
        true => fresh?,
        false => NO_PRODUCER_ID,
    };
    Some(Transaction {
        next_producer_id,
        epoch: current.epoch.saturating_add(1),
        last_epoch: current.epoch,
        start_ms: if begun { current.start_ms } else { now_ms },
        client_version,
        ..current.next(prepared(commit), now_ms)
    })
}

/// The abort of an open transaction whose producer is fenced: by a newer one, or because its time is up.
/// `version` is the cluster's. `None` when a fresh producer id is needed.
pub fn fence(
    current: &Transaction,
    fresh: Option<i64>,
    version: TxnVersion,
    now_ms: i64,
) -> Option<Transaction> {
    if version.bumps_epoch() {
        return prepare(current, false, true, version, fresh, now_ms);
    }
    Some(Transaction {
        epoch: current.epoch.saturating_add(1),
        last_epoch: NO_EPOCH,
        client_version: TxnVersion::V0,
        ..current.next(TxnState::PrepareAbort, now_ms)
    })
}

/// What stands once all markers are written (`prepareComplete`).
pub fn complete(decided: &Transaction, now_ms: i64) -> Transaction {
    let state = match decided.state {
        TxnState::PrepareCommit => TxnState::CompleteCommit,
        _ => TxnState::CompleteAbort,
    };
    let mut next = Transaction {
        next_producer_id: NO_PRODUCER_ID,
        partitions: Default::default(),
        ..decided.next(state, now_ms)
    };
    if decided.client_version.bumps_epoch() && decided.next_producer_id != NO_PRODUCER_ID {
        // The client sees the last epoch followed by epoch 0 of the next id.
        next.producer_id = decided.next_producer_id;
        next.epoch = 0;
    }
    next
}

fn prepared(commit: bool) -> TxnState {
    match commit {
        true => TxnState::PrepareCommit,
        false => TxnState::PrepareAbort,
    }
}
