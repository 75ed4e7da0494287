//! Partitions that a produce request writes to within a transaction: verified, or added (KIP-890).

use std::collections::BTreeSet;

use super::error::TxnError;
use super::handle::Transactions;
use super::state::{ProducerIdAndEpoch, TopicPartition, TxnVersion};

/// What a client's version of Produce promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admittance {
    /// The client has added the partitions itself (AddPartitionsToTxn).
    Verify,
    /// The same, and nobody looks whether it is true.
    Trust,
    /// Writing adds them; while the last transaction is being ended, for up to `patience_ms` again every `pause_ms`.
    Add {
        /// Milliseconds between two tries.
        pause_ms: i64,
        /// Milliseconds after which the client is told to try again itself.
        patience_ms: i64,
    },
}

impl Transactions {
    /// Makes sure that partitions are in the open transaction of a producer: one outcome each, in their order.
    ///
    /// # Errors
    /// What all of them get.
    pub async fn admit(
        &self,
        id: &str,
        producer: ProducerIdAndEpoch,
        partitions: &BTreeSet<TopicPartition>,
        admittance: Admittance,
    ) -> Result<Vec<Result<(), TxnError>>, TxnError> {
        let (pause_ms, patience_ms) = match admittance {
            Admittance::Trust => return Ok(partitions.iter().map(|_| Ok(())).collect()),
            Admittance::Verify => {
                let wanted: Vec<_> = partitions.iter().cloned().collect();
                return self.verify_partitions(id, producer, &wanted);
            }
            Admittance::Add {
                pause_ms,
                patience_ms,
            } => (pause_ms, patience_ms),
        };
        let env = &self.0.parts.env;
        let deadline_ms = env.clock.monotonic_ms().saturating_add(patience_ms);
        loop {
            match self
                .add_partitions(id, producer, partitions, TxnVersion::V2)
                .await
            {
                Ok(()) => return Ok(partitions.iter().map(|_| Ok(())).collect()),
                Err(TxnError::ConcurrentTransactions) if env.clock.monotonic_ms() < deadline_ms => {
                    env.sleep_ms(pause_ms).await;
                }
                Err(error) => return Err(error),
            }
        }
    }
}
