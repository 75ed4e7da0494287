//! Offsets within transactions, for handlers and for the coordinator of transactions.

use super::handle::Groups;
use super::log::InTransaction;
use super::types::{CommitOutcome, CommitRequest, GroupError};
use crate::partition::{EndMarker, KeyValue, PartitionError, Ticket, Verification};
use crate::records::groups::GroupRecord;

/// Why offsets were not committed within a transaction.
#[derive(Debug, thiserror::Error)]
pub enum TxnCommitError {
    /// The group refuses.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// The group's partition of the offsets topic refuses.
    #[error(transparent)]
    Partition(#[from] PartitionError),
}

impl Groups {
    /// Announces a transaction to the partition of a group's offsets; `None` when it is open there, else what
    /// [`Groups::commit_in_transaction`] wants once the transaction's coordinator agreed.
    ///
    /// # Errors
    /// When the partition cannot be used.
    pub async fn announce(
        &self,
        group: &str,
        producer_id: i64,
        epoch: i16,
    ) -> Result<Option<Verification>, TxnCommitError> {
        self.ensure_topic().await?;
        Ok(self.0.log.announce(self.shard_of(group), producer_id, epoch)?)
    }

    /// Commits offsets that count once the transaction is committed.
    ///
    /// # Errors
    /// The error that every partition of the request gets.
    pub async fn commit_in_transaction(
        &self,
        request: CommitRequest,
        transaction: InTransaction,
    ) -> Result<CommitOutcome, TxnCommitError> {
        let index = self.shard_of(&request.group);
        let log = &*self.0.log;
        let (done, _) = self.decide(index, None, |shard, _, now, _| {
            let mut records = Vec::new();
            let outcome = shard.commit_in_transaction(request, now, &mut records)?;
            if records.is_empty() {
                return Ok((outcome, Ticket::durable()));
            }
            let encoded: Vec<KeyValue> = records.iter().map(GroupRecord::encode).collect();
            let ticket = log.append_in_transaction(index, &encoded, transaction, now.wall_ms)?;
            for record in records {
                shard.replay_in_transaction(transaction.producer_id, record);
            }
            Ok::<_, TxnCommitError>((outcome, ticket))
        })?;
        let (outcome, mut ticket) = done?;
        self.settled(index, ticket.done().await)?;
        Ok(outcome)
    }

    /// Ends a transaction in a partition of the offsets topic: what it committed counts from now on, or never.
    ///
    /// # Errors
    /// Why the partition refuses.
    pub fn end_transaction(&self, index: i32, marker: EndMarker) -> Result<Ticket, PartitionError> {
        let log = &*self.0.log;
        let decided = self.decide(index, None, |shard, _, now, _| {
            let ticket = log.append_marker(index, marker, now.wall_ms)?;
            shard.replay_end(marker.producer_id, marker.commit);
            Ok(ticket)
        });
        match decided {
            Ok((ended, _)) => ended,
            Err(error) => Err(PartitionError::Offline(error.to_string())),
        }
    }
}
