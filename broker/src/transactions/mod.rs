//! Transactions: the coordinator of producers with a transactional id.
//!
//! An id lives in the shard of its partition of `__transaction_state`. Requests are decided by pure functions of
//! (transaction, request, now); the changes are appended and replayed at once, and replies leave when they are
//! durable. A decided transaction is ended by markers in each of its partitions, which go through the [`Peer`]
//! seam. The rules are those of Kafka's `TransactionCoordinator` and `TransactionMetadata`.

mod add;
mod admit;
mod census;
mod config;
mod end;
mod error;
mod finish;
mod handle;
mod init;
mod loopback;
mod open;
mod peer;
mod shard;
mod slot;
mod state;
#[cfg(test)]
mod tests;
mod timer_task;

pub use admit::Admittance;
pub use census::TransactionsCensus;
pub use config::TransactionsConfig;
pub use end::EndRequest;
pub use error::TxnError;
pub use handle::{FreshId, Parts, ProducerIds, Transactions};
pub use init::InitRequest;
pub use peer::{Marker, MarkerError, Peer, Written};
pub use state::{ProducerIdAndEpoch, STATES, TopicPartition, Transaction, TxnState, TxnVersion};
