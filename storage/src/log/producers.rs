//! Producer state: what idempotent producers appended last, for dedupe (KIP-98).
//!
//! A pure core: no files, no clock. Rules as in Kafka's `ProducerAppendInfo` and `ProducerStateManager`.

use std::collections::{BTreeMap, BTreeSet};

use super::producer_state::{BatchMeta, NO_SEQUENCE, ProducerState, TxnMarker};
use super::{AbortedTxn, AppendError};
use crate::batch::BatchHeader;

/// Whether a batch may be appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    New,
    /// It is there already.
    Duplicate(BatchMeta),
}

/// The producers of one partition.
#[derive(Clone, Debug, Default)]
pub(super) struct Producers {
    states: BTreeMap<i64, Box<ProducerState>>,
    /// (first offset, producer id) of every open transaction: the first one bounds what is stable.
    open: BTreeSet<(i64, i64)>,
    /// First offset and offset of the marker of transactions that are over, but whose marker is not visible yet.
    ending: BTreeMap<i64, i64>,
}

/// What a snapshot holds is compared; the rest follows from it.
impl PartialEq for Producers {
    fn eq(&self, other: &Producers) -> bool {
        self.states == other.states
    }
}

impl Eq for Producers {}

impl Producers {
    /// Judges a batch that somebody wants to append; changes nothing. Markers are judged by
    /// [`Producers::check_marker`].
    ///
    /// A producer without state may start at any sequence number: its state may have expired.
    pub fn check(&self, header: &BatchHeader) -> Result<Verdict, AppendError> {
        if header.producer_id < 0 || header.is_control() {
            return Ok(Verdict::New);
        }
        let Some(state) = self.states.get(&header.producer_id) else {
            return Ok(Verdict::New);
        };
        if header.base_sequence < 0 && header.producer_epoch >= state.epoch {
            // A coordinator's own batch within a transaction: it has no sequence numbers.
            return Ok(Verdict::New);
        }
        if let Some(batch) = state.duplicate_of(header) {
            return Ok(Verdict::Duplicate(batch));
        }
        if header.producer_epoch < state.epoch {
            return Err(AppendError::InvalidProducerEpoch {
                producer_id: header.producer_id,
                epoch: header.producer_epoch,
                current: state.epoch,
            });
        }
        if state.current_txn_first_offset.is_some() && !header.is_transactional() {
            return Err(AppendError::InvalidTxnState {
                producer_id: header.producer_id,
            });
        }
        let last = if header.producer_epoch == state.epoch {
            state.last_sequence()
        } else {
            NO_SEQUENCE
        };
        let follows = i64::from(header.base_sequence) == i64::from(last) + 1
            || (header.base_sequence == 0 && last == i32::MAX);
        if follows || (state.epoch == -1) {
            return Ok(Verdict::New);
        }
        Err(AppendError::OutOfOrderSequence {
            producer_id: header.producer_id,
            sequence: header.base_sequence,
            last_sequence: last,
        })
    }

    /// Judges the marker that ends a transaction; changes nothing. Where the epoch rises with every end (`raised`), a
    /// marker that is no newer than the open transaction belongs to an older one (KIP-1228), unless no epoch is newer.
    pub fn check_marker(
        &self,
        producer_id: i64,
        epoch: i16,
        coordinator_epoch: i32,
        raised: bool,
    ) -> Result<(), AppendError> {
        let Some(state) = self.states.get(&producer_id) else {
            return Ok(());
        };
        let no_newer = epoch == state.epoch && epoch < i16::MAX;
        let late = raised && no_newer && state.current_txn_first_offset.is_some();
        if epoch < state.epoch || late {
            return Err(AppendError::InvalidProducerEpoch {
                producer_id,
                epoch,
                current: state.epoch,
            });
        }
        if coordinator_epoch < state.coordinator_epoch {
            return Err(AppendError::TransactionCoordinatorFenced {
                producer_id,
                epoch: coordinator_epoch,
                current: state.coordinator_epoch,
            });
        }
        Ok(())
    }

    /// Takes note of a batch in the log. `header` carries its final offsets; `marker` is set for the
    /// control batch that ends a transaction. Answers the transaction that it aborts.
    pub fn note(&mut self, header: &BatchHeader, marker: Option<TxnMarker>) -> Option<AbortedTxn> {
        if header.producer_id < 0 {
            return None;
        }
        if header.is_control() && marker.is_none() {
            return None;
        }
        let state = self
            .states
            .entry(header.producer_id)
            .or_insert_with(|| Box::new(ProducerState::new(header.producer_id, header.producer_epoch)));
        state.enter_epoch(header.producer_epoch);
        state.last_timestamp = header.max_timestamp;
        if let Some(marker) = marker {
            state.coordinator_epoch = marker.coordinator_epoch;
            let first_offset = state.current_txn_first_offset.take()?;
            self.open.remove(&(first_offset, header.producer_id));
            self.ending.insert(first_offset, header.last_offset());
            return marker.aborts.then(|| AbortedTxn {
                producer_id: header.producer_id,
                first_offset,
                last_offset: header.last_offset(),
                last_stable_offset: self.first_unstable_offset().unwrap_or(header.next_offset()),
            });
        }
        state.push(BatchMeta {
            last_sequence: header.last_sequence(),
            last_offset: header.last_offset(),
            offset_delta: header.last_offset_delta,
            timestamp: header.max_timestamp,
        });
        if header.is_transactional() && state.current_txn_first_offset.is_none() {
            state.current_txn_first_offset = Some(header.base_offset);
            self.open.insert((header.base_offset, header.producer_id));
        }
        None
    }

    /// Forgets producers that were silent for `expiration_ms`, unless a transaction is open.
    pub fn expire(&mut self, now_ms: i64, expiration_ms: i64) {
        self.states.retain(|_, state| {
            state.current_txn_first_offset.is_some()
                || now_ms.saturating_sub(state.last_timestamp) < expiration_ms
        });
    }

    /// First offset of the oldest open transaction.
    pub fn first_unstable_offset(&self) -> Option<i64> {
        self.open.first().map(|(offset, _)| *offset)
    }

    /// The producer of the oldest open transaction.
    pub fn oldest_open(&self) -> Option<&ProducerState> {
        let (_, producer_id) = self.open.first()?;
        self.get(*producer_id)
    }

    /// First offset of the oldest transaction that is open or whose marker is not below `high_watermark`. Forgets
    /// the others.
    pub fn unstable_from(&mut self, high_watermark: i64) -> Option<i64> {
        if !self.ending.is_empty() {
            self.ending.retain(|_, marker| *marker >= high_watermark);
        }
        let ending = self.ending.keys().next().copied();
        self.first_unstable_offset().into_iter().chain(ending).min()
    }

    /// The same with every marker visible: what was read from a log.
    pub fn all_visible(mut self) -> Producers {
        self.ending.clear();
        self
    }

    /// What is known of a producer.
    pub fn get(&self, producer_id: i64) -> Option<&ProducerState> {
        self.states.get(&producer_id).map(|s| &**s)
    }

    /// All states, by producer id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &ProducerState> {
        self.states.values().map(|s| &**s)
    }

    pub fn insert(&mut self, state: ProducerState) {
        if let Some(first) = state.current_txn_first_offset {
            self.open.insert((first, state.producer_id));
        }
        self.states.insert(state.producer_id, Box::new(state));
    }
}
