//! Errors of transactions.

use protocol_shim::ErrorCode;

use crate::groups::TxnCommitError;
use crate::transactions::{MarkerError, TxnError};

/// The transaction coordinator's refusal.
pub fn transaction(error: TxnError) -> ErrorCode {
    match error {
        TxnError::CoordinatorNotAvailable => ErrorCode::CoordinatorNotAvailable,
        TxnError::NotCoordinator => ErrorCode::NotCoordinator,
        TxnError::InvalidRequest => ErrorCode::InvalidRequest,
        TxnError::InvalidTransactionTimeout => ErrorCode::InvalidTransactionTimeout,
        TxnError::InvalidProducerIdMapping => ErrorCode::InvalidProducerIdMapping,
        TxnError::ProducerFenced => ErrorCode::ProducerFenced,
        TxnError::ConcurrentTransactions => ErrorCode::ConcurrentTransactions,
        TxnError::InvalidTxnState => ErrorCode::InvalidTxnState,
        TxnError::TransactionAbortable => ErrorCode::TransactionAbortable,
        TxnError::TransactionalIdNotFound => ErrorCode::TransactionalIdNotFound,
        TxnError::TransactionCoordinatorFenced => ErrorCode::TransactionCoordinatorFenced,
    }
}

/// As [`transaction`], for clients from before PRODUCER_FENCED: up to a version they know an invalid epoch only.
pub fn transaction_for(error: TxnError, version: i16, fenced_since: i16) -> ErrorCode {
    match transaction(error) {
        ErrorCode::ProducerFenced if version < fenced_since => ErrorCode::InvalidProducerEpoch,
        code => code,
    }
}

/// Why a marker was not written.
pub fn marker(error: MarkerError) -> ErrorCode {
    match error {
        MarkerError::UnknownPartition => ErrorCode::UnknownTopicOrPartition,
        MarkerError::InvalidProducerEpoch => ErrorCode::InvalidProducerEpoch,
        MarkerError::CoordinatorFenced => ErrorCode::TransactionCoordinatorFenced,
        MarkerError::Failed => ErrorCode::KafkaStorageError,
    }
}

/// What a client's version of a request knows.
#[derive(Clone, Copy, Debug)]
pub struct Knows {
    /// TRANSACTION_ABORTABLE.
    pub abortable: bool,
    /// That writing adds a partition to the transaction, and may have to wait for the end of the last one.
    pub adds: bool,
}

/// Why a write within a transaction was not admitted; clients know some of the coordinator's errors by other names
/// (`AddPartitionsToTxnManager`, `ReplicaManager`).
pub fn admission(error: TxnError, knows: Knows) -> ErrorCode {
    match error {
        TxnError::ProducerFenced => ErrorCode::InvalidProducerEpoch,
        TxnError::TransactionAbortable if !knows.abortable => ErrorCode::InvalidTxnState,
        // It has clients send the batch again, and nothing else.
        TxnError::NotCoordinator | TxnError::CoordinatorNotAvailable => ErrorCode::NotEnoughReplicas,
        TxnError::ConcurrentTransactions if !knows.adds => ErrorCode::NotEnoughReplicas,
        error => transaction(error),
    }
}

/// Why offsets were not committed within a transaction.
pub fn offsets_in_transaction(error: &TxnCommitError) -> ErrorCode {
    match error {
        TxnCommitError::Group(error) => super::group(*error),
        TxnCommitError::Partition(error) => match super::partition(error) {
            ErrorCode::UnknownTopicOrPartition => ErrorCode::CoordinatorNotAvailable,
            ErrorCode::KafkaStorageError => ErrorCode::NotCoordinator,
            code => code,
        },
    }
}
