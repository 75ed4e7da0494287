//! After the decision: markers into every partition, then the end of it in the log.

use super::handle::Transactions;
use super::peer::{Marker, MarkerError};
use super::state::{TopicPartition, Transaction, TxnState};

/// Gives the claim on a transaction's markers back, even when the request that held it is cancelled.
struct Claim<'a> {
    transactions: &'a Transactions,
    id: &'a str,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        // Should the shard be unreadable, it is read again, without claims.
        let _ = self.transactions.decide(self.id, |shard, now_ms, _| {
            shard.release_markers(self.id, now_ms);
        });
    }
}

impl Transactions {
    /// Writes the markers of a decided transaction and completes it. What cannot be written now is tried again by
    /// the timer task; the decision stands in any case.
    pub(super) async fn finish(&self, id: &str) {
        let Ok((Some(decided), mut ticket)) = self.decide(id, |shard, _, _| shard.claim_markers(id)) else {
            return;
        };
        let claim = Claim {
            transactions: self,
            id,
        };
        // A marker must never be there without its decision. Somebody else may have decided and not waited yet.
        let mut barrier = self.0.parts.log.barrier(self.shard_of(id));
        let durable = ticket.done().await.is_ok() && self.settled(id, &mut barrier).await.is_ok();
        if durable && self.markers_written(id, &decided).await {
            let completed = self.decide(id, |shard, now_ms, changes| shard.complete(id, now_ms, changes));
            // That it is complete need not be durable: after a crash the markers are written once more.
            if let Err(error) = completed {
                tracing::warn!(transactional_id = id, %error, "the end of a transaction is logged later");
            }
        }
        drop(claim);
    }

    /// Writes a marker that somebody else decided: another coordinator, or an administrator.
    pub async fn write_marker(
        &self,
        marker: Marker,
        partitions: &[TopicPartition],
    ) -> Vec<Result<(), MarkerError>> {
        self.0.parts.peer.write_marker(marker, partitions).await
    }

    async fn markers_written(&self, id: &str, decided: &Transaction) -> bool {
        let marker = Marker {
            producer: decided.producer(),
            commit: decided.state == TxnState::PrepareCommit,
            coordinator_epoch: self.0.parts.log.epoch(self.shard_of(id)),
            version: decided.client_version,
        };
        let partitions: Vec<_> = decided.partitions.iter().cloned().collect();
        let outcomes = match partitions.is_empty() {
            true => Vec::new(),
            false => self.0.parts.peer.write_marker(marker, &partitions).await,
        };
        // A partition that is gone, or has moved on, needs no marker any more.
        let missing = outcomes
            .iter()
            .filter(|o| o.is_err_and(MarkerError::is_retriable))
            .count();
        if missing > 0 {
            tracing::warn!(
                transactional_id = id,
                missing,
                "some markers of a transaction are written later"
            );
        }
        missing == 0
    }
}
