//! Transactions on one partition: who may write in one, and how one ends (KIP-98, KIP-890).

use std::collections::HashMap;
use std::sync::Arc;

use storage::{
    AbortedTxn, AppendError, Appended, BatchBuilder, BatchHeader, CheckedBatch, ProducerState, end_txn_marker,
};

use super::handle::LoneWriter;
use super::writer::Slot;
use super::{Partition, PartitionError, Ticket};

/// Verifications of one partition that wait for their batch, at most; with one more all are forgotten, and their
/// batches are sent again.
const VERIFICATIONS_MAX: usize = 65_536;

/// A batch that begins a transaction was announced, and its coordinator is being asked (Kafka's
/// `VerificationGuard`). It is void once a marker of the same producer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verification {
    producer_id: i64,
    number: u64,
}

/// What a partition knows of transactions that have not begun yet; behind the writer's lock.
#[derive(Debug, Default)]
pub(super) struct Verifications {
    waiting: HashMap<i64, Announced>,
    counter: u64,
}

#[derive(Debug)]
struct Announced {
    number: u64,
    epoch: i16,
    /// A batch with a larger first sequence number has lost one before it.
    lowest_sequence: i32,
}

impl Verifications {
    fn announce(&mut self, producer_id: i64, epoch: i16, base_sequence: i32) -> Verification {
        if self.waiting.len() >= VERIFICATIONS_MAX {
            self.waiting.clear();
        }
        self.counter += 1;
        let number = self.counter;
        let announced = self.waiting.entry(producer_id).or_insert(Announced {
            number,
            epoch,
            lowest_sequence: base_sequence,
        });
        if announced.epoch == epoch {
            announced.lowest_sequence = announced.lowest_sequence.min(base_sequence);
        } else if announced.epoch < epoch {
            announced.epoch = epoch;
            announced.lowest_sequence = base_sequence;
        }
        Verification {
            producer_id,
            number: announced.number,
        }
    }

    /// Whether a batch that begins a transaction may do so.
    fn check(&self, header: &BatchHeader, verification: Option<Verification>) -> Result<(), AppendError> {
        let announced = self.waiting.get(&header.producer_id);
        let valid = announced.is_some_and(|a| verification.is_some_and(|v| v.number == a.number));
        if !valid {
            return Err(AppendError::InvalidTxnState {
                producer_id: header.producer_id,
            });
        }
        match announced {
            Some(a) if header.base_sequence > a.lowest_sequence => Err(AppendError::OutOfOrderSequence {
                producer_id: header.producer_id,
                sequence: header.base_sequence,
                last_sequence: -1,
            }),
            _ => Ok(()),
        }
    }

    fn forget(&mut self, producer_id: i64) {
        self.waiting.remove(&producer_id);
    }
}

/// The end of a transaction on a partition.
#[derive(Clone, Copy, Debug)]
pub struct EndMarker {
    /// Whose transaction.
    pub producer_id: i64,
    /// Epoch that the producer has from now on.
    pub epoch: i16,
    /// Committed, or aborted.
    pub commit: bool,
    /// Leader epoch of the coordinator's partition.
    pub coordinator_epoch: i32,
    /// The epoch rises with every end of a transaction (`transaction.version` 2).
    pub raised: bool,
}

impl Partition {
    /// Announces a batch of a transaction. `None` when the transaction is open here already; else its coordinator is to
    /// be asked, and the batch appended with what this returns.
    ///
    /// # Errors
    /// When the log cannot be opened.
    pub fn announce(
        self: &Arc<Self>,
        producer_id: i64,
        epoch: i16,
        base_sequence: i32,
    ) -> Result<Option<Verification>, PartitionError> {
        let mut writer = self.settled_writer()?;
        let open = match &writer.slot {
            Slot::Open(log) => is_open(log.producer(producer_id), epoch),
            _ => false,
        };
        Ok((!open).then(|| writer.verifications.announce(producer_id, epoch, base_sequence)))
    }

    /// Appends a batch of a transaction: one that is open here, or that `verification` was given for.
    ///
    /// # Errors
    /// As [`Partition::append`]; [`AppendError::InvalidTxnState`] when the transaction was ended meanwhile.
    pub fn append_in_transaction(
        self: &Arc<Self>,
        batch: &CheckedBatch,
        verification: Option<Verification>,
        now_ms: i64,
    ) -> Result<(Appended, Ticket), PartitionError> {
        {
            let mut writer = self.settled_writer()?;
            let known = match &writer.slot {
                Slot::Open(log) => log.producer(batch.header().producer_id),
                _ => None,
            };
            // A batch that was written before is answered as before, also when its transaction is over.
            let open = is_open(known, batch.header().producer_epoch);
            let repeated = known.is_some_and(|state| state.holds(batch.header()));
            if !open && !repeated {
                writer.verifications.check(batch.header(), verification)?;
                writer.verifications.forget(batch.header().producer_id);
            }
        }
        self.append(batch, now_ms)
    }

    /// Ends a transaction. Never waits for the disk.
    ///
    /// # Errors
    /// [`AppendError::InvalidProducerEpoch`], [`AppendError::TransactionCoordinatorFenced`], or when the log cannot be
    /// written.
    pub fn append_marker(
        self: &Arc<Self>,
        marker: EndMarker,
        now_ms: i64,
    ) -> Result<(Appended, Ticket), PartitionError> {
        {
            let mut writer = self.settled_writer()?;
            if let Slot::Open(log) = &writer.slot {
                log.check_marker(
                    marker.producer_id,
                    marker.epoch,
                    marker.coordinator_epoch,
                    marker.raised,
                )?;
            }
            writer.verifications.forget(marker.producer_id);
        }
        let (key, value) = end_txn_marker(marker.commit, marker.coordinator_epoch);
        let mut builder = BatchBuilder::new(now_ms)
            .producer(marker.producer_id, marker.epoch, -1)
            .control()
            .transactional();
        builder.push(now_ms, Some(&key), Some(&value), &[]);
        self.append_with(&builder.build(), now_ms, LoneWriter::Queues)
    }

    /// Aborted transactions with batches in what [`Partition::read`] gave: `bytes` from `offset` on, below `upper`.
    ///
    /// # Errors
    /// What the log says.
    pub fn aborted_in(
        self: &Arc<Self>,
        offset: i64,
        bytes: usize,
        upper: i64,
    ) -> Result<Vec<AbortedTxn>, PartitionError> {
        self.settle()?;
        let aborted = match self.view.load().as_ref() {
            Some(view) => view.aborted_in(offset, bytes, upper)?,
            None => Vec::new(),
        };
        #[cfg(test)]
        let aborted = self.store.spoil_aborted(aborted);
        Ok(aborted)
    }

    /// What is known of the producers that wrote here.
    ///
    /// # Errors
    /// When the log cannot be opened.
    pub fn producers(self: &Arc<Self>) -> Result<Vec<ProducerState>, PartitionError> {
        let writer = self.settled_writer()?;
        Ok(match &writer.slot {
            Slot::Open(log) => log.producer_states().cloned().collect(),
            _ => Vec::new(),
        })
    }
}

/// Whether a batch belongs to a transaction that is open here. One with a newer epoch begins another.
fn is_open(state: Option<&ProducerState>, epoch: i16) -> bool {
    state.is_some_and(|state| state.current_txn_first_offset.is_some() && state.epoch == epoch)
}
