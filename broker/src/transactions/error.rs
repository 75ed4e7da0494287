//! Why the transaction coordinator refuses.

/// Refusals, in Kafka's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TxnError {
    /// The transaction topic cannot be made or read just now.
    #[error("the transaction coordinator is not available")]
    CoordinatorNotAvailable,
    /// The shard's log failed; it is read again.
    #[error("this is not the coordinator of the transactional id")]
    NotCoordinator,
    /// An empty transactional id, or arguments that contradict each other.
    #[error("the request is invalid")]
    InvalidRequest,
    /// The timeout is not positive or above `transaction.max.timeout.ms`.
    #[error("the transaction timeout is invalid")]
    InvalidTransactionTimeout,
    /// The transactional id is unknown or has another producer id.
    #[error("the producer id does not belong to the transactional id")]
    InvalidProducerIdMapping,
    /// A newer producer with the same transactional id took over.
    #[error("a newer producer with the same transactional id fenced this one")]
    ProducerFenced,
    /// The end of the last transaction is still being written; try again.
    #[error("the last transaction of this producer is not complete yet")]
    ConcurrentTransactions,
    /// The transaction is in a state that does not allow it.
    #[error("the transaction is in a state that does not allow this")]
    InvalidTxnState,
    /// The partition is not in the transaction: abort it.
    #[error("the partition is not part of the transaction")]
    TransactionAbortable,
    /// DescribeTransactions of an unknown id.
    #[error("the transactional id is unknown")]
    TransactionalIdNotFound,
    /// Markers of an older coordinator.
    #[error("a newer transaction coordinator fenced this one")]
    TransactionCoordinatorFenced,
}
