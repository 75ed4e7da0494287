//! InitProducerId with a transactional id: a new producer takes over (`prepareInitProducerIdTransit`).

use super::end;
use super::error::TxnError;
use super::state::{
    NO_EPOCH, NO_PRODUCER_ID, ProducerIdAndEpoch, Transaction, TxnState, TxnVersion, is_epoch_exhausted,
};

/// What a producer asks for.
#[derive(Clone, Copy, Debug)]
pub struct InitRequest {
    /// Longest life of its transactions in milliseconds.
    pub timeout_ms: i32,
    /// Id and epoch that it has already (KIP-360).
    pub expected: Option<ProducerIdAndEpoch>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InitStep {
    /// Ask again with a fresh producer id.
    NeedsProducerId,
    /// The producer gets id and epoch of this.
    Ready(Transaction),
    /// An open transaction of the older producer is aborted first; the producer is to ask again.
    AbortFirst(Transaction),
}

/// Decides. `fresh` is a producer id that nobody has, once [`InitStep::NeedsProducerId`] asked for it.
///
/// # Errors
/// [`TxnError::ProducerFenced`], [`TxnError::ConcurrentTransactions`].
pub fn init(
    current: Option<&Transaction>,
    request: InitRequest,
    fresh: Option<i64>,
    version: TxnVersion,
    now_ms: i64,
) -> Result<InitStep, TxnError> {
    let Some(current) = current else {
        let Some(id) = fresh else {
            return Ok(InitStep::NeedsProducerId);
        };
        let created = Transaction::new(id, request.timeout_ms, now_ms);
        return bump(&created, request, now_ms).map(InitStep::Ready);
    };
    if request
        .expected
        .is_some_and(|expected| !is_valid(current, expected))
    {
        return Err(TxnError::ProducerFenced);
    }
    match current.state {
        TxnState::PrepareCommit | TxnState::PrepareAbort => Err(TxnError::ConcurrentTransactions),
        TxnState::Ongoing => Ok(match end::fence(current, fresh, version, now_ms) {
            Some(aborting) => InitStep::AbortFirst(aborting),
            None => InitStep::NeedsProducerId,
        }),
        _ => {
            let is_current = |expected: ProducerIdAndEpoch| expected.epoch == current.epoch;
            if !current.is_epoch_exhausted() || !request.expected.is_none_or(is_current) {
                return bump(current, request, now_ms).map(InitStep::Ready);
            }
            Ok(match fresh {
                Some(id) => InitStep::Ready(rotate(current, id, request, now_ms)),
                None => InitStep::NeedsProducerId,
            })
        }
    }
}

/// A producer that says who it is must be the current one, or one that missed the answer to a change of its
/// producer id.
fn is_valid(current: &Transaction, expected: ProducerIdAndEpoch) -> bool {
    current.epoch == NO_EPOCH
        || expected.id == current.producer_id
        || (expected.id == current.previous_producer_id && is_epoch_exhausted(expected.epoch))
}

/// `prepareIncrementProducerEpoch`.
fn bump(current: &Transaction, request: InitRequest, now_ms: i64) -> Result<Transaction, TxnError> {
    let bumped = current.epoch.saturating_add(1);
    let (epoch, last_epoch) = match request.expected {
        None => (bumped, NO_EPOCH),
        Some(expected) if current.epoch == NO_EPOCH || expected.epoch == current.epoch => {
            (bumped, current.epoch)
        }
        // The answer to an earlier try was lost.
        Some(expected) if expected.epoch == current.last_epoch => (current.epoch, current.last_epoch),
        Some(_) => return Err(TxnError::ProducerFenced),
    };
    Ok(Transaction {
        epoch,
        last_epoch,
        ..emptied(current, request, now_ms)
    })
}

/// `prepareProducerIdRotation`: the epochs of the producer id are used up.
fn rotate(current: &Transaction, id: i64, request: InitRequest, now_ms: i64) -> Transaction {
    Transaction {
        producer_id: id,
        epoch: 0,
        last_epoch: match request.expected {
            Some(_) => current.epoch,
            None => NO_EPOCH,
        },
        ..emptied(current, request, now_ms)
    }
}

fn emptied(current: &Transaction, request: InitRequest, now_ms: i64) -> Transaction {
    Transaction {
        timeout_ms: request.timeout_ms,
        next_producer_id: NO_PRODUCER_ID,
        partitions: Default::default(),
        start_ms: -1,
        ..current.next(TxnState::Empty, now_ms)
    }
}
