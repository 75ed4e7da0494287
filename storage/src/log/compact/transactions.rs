//! Which transactions were decided how, while compaction walks over their batches (Kafka's
//! `CleanedTransactionMetadata`).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use crate::batch::{BatchHeader, ControlType, Scratch, for_each_record};
use crate::log::AbortedTxn;

/// Transactions that the walk is within.
///
/// Nothing undecided is ever walked over (compaction ends below the first unstable offset), so a transaction that
/// is not known as aborted was committed.
#[derive(Debug, Default)]
pub(super) struct Transactions {
    /// Aborted ones that lie ahead, by first offset.
    ahead: BinaryHeap<Reverse<(i64, i64, AbortedKey)>>,
    aborted: BTreeMap<i64, Aborted>,
    committed: BTreeSet<i64>,
}

/// Last offset and last stable offset of an aborted transaction.
type AbortedKey = (i64, i64);

#[derive(Debug)]
struct Aborted {
    transaction: AbortedTxn,
    has_batches: bool,
}

/// What becomes of a control batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// Nothing of its transaction is left: it may go once its delete horizon has passed.
    Discardable,
    /// It stays.
    Kept,
    /// It stays, and its transaction belongs in the transaction index.
    KeptAborted(AbortedTxn),
}

impl Transactions {
    /// Adds aborted transactions of the range that is walked next; known ones do no harm.
    pub fn add_aborted(&mut self, transactions: &[AbortedTxn]) {
        let key = |t: &AbortedTxn| {
            let key = (t.last_offset, t.last_stable_offset);
            Reverse((t.first_offset, t.producer_id, key))
        };
        self.ahead.extend(transactions.iter().map(key));
    }

    /// Notes a data batch. True: its transaction was aborted, its records go.
    pub fn on_batch(&mut self, header: &BatchHeader) -> bool {
        self.enter_up_to(header.last_offset());
        if !header.is_transactional() {
            return false;
        }
        match self.aborted.get_mut(&header.producer_id) {
            Some(aborted) => {
                aborted.has_batches = true;
                true
            }
            None => {
                self.committed.insert(header.producer_id);
                false
            }
        }
    }

    /// Notes a control batch.
    pub fn on_control_batch(&mut self, header: &BatchHeader, bytes: &[u8]) -> Marker {
        self.enter_up_to(header.last_offset());
        if header.record_count == 0 {
            // It was compacted before.
            return Marker::Discardable;
        }
        match control_type(bytes) {
            Some(ControlType::Abort) => match self.aborted.remove(&header.producer_id) {
                Some(aborted) if aborted.has_batches => Marker::KeptAborted(aborted.transaction),
                _ => Marker::Discardable,
            },
            Some(ControlType::Commit) if !self.committed.remove(&header.producer_id) => Marker::Discardable,
            _ => Marker::Kept,
        }
    }

    fn enter_up_to(&mut self, offset: i64) {
        while let Some(Reverse((first_offset, producer_id, (last_offset, last_stable_offset)))) = self
            .ahead
            .peek()
            .copied()
            .filter(|Reverse((first, ..))| *first <= offset)
        {
            self.ahead.pop();
            let transaction = AbortedTxn {
                producer_id,
                first_offset,
                last_offset,
                last_stable_offset,
            };
            self.aborted.entry(producer_id).or_insert(Aborted {
                transaction,
                has_batches: false,
            });
        }
    }
}

/// Type of the first record of a control batch.
fn control_type(batch: &[u8]) -> Option<ControlType> {
    let mut kind = None;
    let _ = for_each_record(batch, &mut Scratch::default(), |record| {
        kind = kind.or(record.key.and_then(ControlType::from_key));
        Ok::<(), std::convert::Infallible>(())
    });
    kind
}
