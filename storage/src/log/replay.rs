//! State that is read from the batches themselves.

use super::AbortedTxn;
use super::append::marker_in;
use super::epochs::Epochs;
use super::producers::Producers;
use crate::batch::BatchHeader;

/// State that is read from the batches themselves.
#[derive(Debug, Default)]
pub(super) struct Replay {
    pub producers: Producers,
    /// Batches below are in `producers` already.
    pub producers_to: i64,
    pub epochs: Epochs,
}

impl Replay {
    /// Takes note of a batch; answers the transaction that it aborts.
    pub fn note(&mut self, header: &BatchHeader, control_batch: &[u8]) -> Option<AbortedTxn> {
        self.epochs
            .assign(header.partition_leader_epoch, header.base_offset);
        if header.base_offset < self.producers_to {
            return None;
        }
        let marker = if header.is_control() {
            marker_in(control_batch)
        } else {
            None
        };
        self.producers.note(header, marker)
    }
}
