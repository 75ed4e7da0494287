//! Producer state: what idempotent producers appended last, for dedupe (KIP-98).
//!
//! A pure core: no files, no clock. Rules as in Kafka's `ProducerAppendInfo` and `ProducerStateManager`.

use std::collections::{BTreeMap, BTreeSet};

use super::{AbortedTxn, AppendError};
use crate::batch::BatchHeader;

/// Batches remembered per producer: as many as a client may have in flight.
pub const DEDUPE_WINDOW_BATCHES: usize = 5;

const NO_SEQUENCE: i32 = -1;

/// One remembered batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchMeta {
    /// Sequence number of its last record.
    pub last_sequence: i32,
    /// Offset of its last record.
    pub last_offset: i64,
    /// Last offset minus first offset.
    pub offset_delta: i32,
    /// Its largest timestamp.
    pub timestamp: i64,
}

impl BatchMeta {
    /// Offset of its first record.
    pub fn first_offset(&self) -> i64 {
        self.last_offset - i64::from(self.offset_delta)
    }

    fn first_sequence(&self) -> i32 {
        let first = i64::from(self.last_sequence) - i64::from(self.offset_delta);
        // Sequence numbers go from i32::MAX to 0.
        (if first < 0 { first + (1 << 31) } else { first }) as i32
    }
}

/// What is known of one producer on this partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerState {
    /// The producer.
    pub producer_id: i64,
    /// Newest epoch seen.
    pub epoch: i16,
    /// Epoch of the coordinator that wrote the last transaction marker; -1 before any.
    pub coordinator_epoch: i32,
    /// Timestamp of the last batch or marker.
    pub last_timestamp: i64,
    /// First offset of the open transaction.
    pub current_txn_first_offset: Option<i64>,
    batches: [BatchMeta; DEDUPE_WINDOW_BATCHES],
    batch_count: u8,
}

impl ProducerState {
    pub(super) fn new(producer_id: i64, epoch: i16) -> ProducerState {
        ProducerState {
            producer_id,
            epoch,
            coordinator_epoch: -1,
            last_timestamp: -1,
            current_txn_first_offset: None,
            batches: Default::default(),
            batch_count: 0,
        }
    }

    /// The remembered batches, oldest first.
    pub fn batches(&self) -> &[BatchMeta] {
        self.batches
            .get(..usize::from(self.batch_count))
            .unwrap_or_default()
    }

    /// The last batch.
    pub fn last_batch(&self) -> Option<&BatchMeta> {
        self.batches().last()
    }

    /// Sequence number of the last record; -1 if none under this epoch.
    pub fn last_sequence(&self) -> i32 {
        self.last_batch().map_or(NO_SEQUENCE, |b| b.last_sequence)
    }

    /// Whether a batch is one of the remembered ones.
    pub fn holds(&self, header: &BatchHeader) -> bool {
        self.duplicate_of(header).is_some()
    }

    fn duplicate_of(&self, header: &BatchHeader) -> Option<BatchMeta> {
        let last_sequence = header.last_sequence();
        let same =
            |b: &&BatchMeta| b.last_sequence == last_sequence && b.first_sequence() == header.base_sequence;
        let numbered = header.base_sequence >= 0 && self.epoch == header.producer_epoch;
        self.batches().iter().find(same).filter(|_| numbered).copied()
    }

    pub(super) fn push(&mut self, batch: BatchMeta) {
        if usize::from(self.batch_count) == DEDUPE_WINDOW_BATCHES {
            self.batches.rotate_left(1);
        } else {
            self.batch_count += 1;
        }
        if let Some(last) = self.batches.get_mut(usize::from(self.batch_count) - 1) {
            *last = batch;
        }
    }

    fn enter_epoch(&mut self, epoch: i16) {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.batch_count = 0;
        }
    }
}

/// End of a transaction, as its control record says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TxnMarker {
    pub coordinator_epoch: i32,
    pub aborts: bool,
}

impl TxnMarker {
    /// Reads the control record of a marker; `None` for other control records.
    pub fn read(key: Option<&[u8]>, value: Option<&[u8]>) -> Option<TxnMarker> {
        // Key: version i16, type i16 (0 abort, 1 commit). Value: version i16, coordinator epoch i32.
        let kind = key?.get(2..4)?;
        if kind != [0, 0] && kind != [0, 1] {
            return None;
        }
        let (epoch, _) = value?.get(2..)?.split_first_chunk::<4>()?;
        Some(TxnMarker {
            coordinator_epoch: i32::from_be_bytes(*epoch),
            aborts: kind == [0, 0],
        })
    }
}

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
    /// marker that is no newer than the open transaction belongs to an older one (KIP-1228).
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
        let late = raised && epoch == state.epoch && state.current_txn_first_offset.is_some();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn header(epoch: i16, base_sequence: i32, count: i32) -> BatchHeader {
        BatchHeader {
            base_offset: 0,
            batch_length: 100,
            partition_leader_epoch: 0,
            magic: 2,
            crc: 0,
            attributes: 0,
            last_offset_delta: count - 1,
            base_timestamp: 1,
            max_timestamp: 1,
            producer_id: 9,
            producer_epoch: epoch,
            base_sequence,
            record_count: count,
        }
    }

    fn append(producers: &mut Producers, mut header: BatchHeader, at: i64) -> Result<Verdict, AppendError> {
        let verdict = producers.check(&header)?;
        if verdict == Verdict::New {
            header.base_offset = at;
            producers.note(&header, None);
        }
        Ok(verdict)
    }

    #[test]
    fn duplicates_within_the_window_answer_their_offsets() {
        let mut producers = Producers::default();
        for i in 0..7 {
            assert_eq!(
                append(&mut producers, header(0, i * 2, 2), i64::from(i) * 2).unwrap(),
                Verdict::New
            );
        }
        for i in 2..7 {
            match producers.check(&header(0, i * 2, 2)).unwrap() {
                Verdict::Duplicate(batch) => assert_eq!(batch.first_offset(), i64::from(i) * 2),
                Verdict::New => panic!("not seen as duplicate"),
            }
        }
        // Out of the window, and a different cut of known records: neither is a duplicate.
        for (sequence, count) in [(2, 2), (4, 1), (5, 2)] {
            let error = producers.check(&header(0, sequence, count)).unwrap_err();
            assert!(matches!(error, AppendError::OutOfOrderSequence { .. }));
        }
    }

    #[test]
    fn epochs_fence_and_start_at_zero() {
        let mut producers = Producers::default();
        // Unknown producers may start anywhere.
        append(&mut producers, header(3, 17, 1), 0).unwrap();
        assert!(matches!(
            producers.check(&header(2, 18, 1)),
            Err(AppendError::InvalidProducerEpoch { current: 3, .. })
        ));
        assert!(matches!(
            producers.check(&header(4, 18, 1)),
            Err(AppendError::OutOfOrderSequence { .. })
        ));
        assert_eq!(append(&mut producers, header(4, 0, 1), 1).unwrap(), Verdict::New);
        assert_eq!(append(&mut producers, header(4, 1, 1), 2).unwrap(), Verdict::New);
    }

    #[test]
    fn sequences_wrap() {
        let mut producers = Producers::default();
        append(&mut producers, header(0, i32::MAX - 1, 3), 0).unwrap();
        assert_eq!(producers.iter().next().unwrap().last_sequence(), 0);
        assert!(matches!(
            producers.check(&header(0, i32::MAX - 1, 3)),
            Ok(Verdict::Duplicate(_))
        ));
        assert_eq!(append(&mut producers, header(0, 1, 1), 3).unwrap(), Verdict::New);
        let mut producers = Producers::default();
        append(&mut producers, header(0, i32::MAX, 1), 0).unwrap();
        assert_eq!(append(&mut producers, header(0, 0, 1), 1).unwrap(), Verdict::New);
    }

    #[test]
    fn expiry_spares_open_transactions() {
        let mut producers = Producers::default();
        append(&mut producers, header(0, 0, 1), 0).unwrap();
        let mut txn = header(0, 0, 1);
        txn.producer_id = 10;
        txn.attributes = 1 << 4;
        append(&mut producers, txn, 1).unwrap();
        producers.expire(1_000, 500);
        let left: Vec<_> = producers.iter().map(|s| s.producer_id).collect();
        assert_eq!(left, [10]);
        assert_eq!(producers.first_unstable_offset(), Some(1));
        let mut end = txn;
        end.attributes = 0b11_0000;
        end.base_offset = 2;
        producers.note(
            &end,
            TxnMarker::read(Some(&[0, 0, 0, 1]), Some(&[0, 0, 0, 0, 0, 7])),
        );
        assert_eq!(producers.first_unstable_offset(), None);
        assert_eq!(
            producers.unstable_from(2),
            Some(1),
            "its marker is not visible yet"
        );
        assert_eq!(producers.unstable_from(3), None);
        assert_eq!(producers.iter().next().unwrap().coordinator_epoch, 7);
    }

    /// A transactional batch of producer 9.
    fn in_transaction(epoch: i16, base_sequence: i32) -> BatchHeader {
        BatchHeader {
            attributes: 1 << 4,
            ..header(epoch, base_sequence, 1)
        }
    }

    #[test]
    fn markers_of_older_transactions_and_coordinators_are_refused() {
        let mut producers = Producers::default();
        assert!(
            producers.check_marker(9, 0, 0, true).is_ok(),
            "nothing is known of it"
        );
        append(&mut producers, in_transaction(3, 0), 0).unwrap();
        let refused = |epoch, raised| {
            matches!(
                producers.check_marker(9, epoch, 5, raised),
                Err(AppendError::InvalidProducerEpoch { current: 3, .. })
            )
        };
        assert!(refused(2, false) && refused(2, true));
        assert!(
            refused(3, true),
            "the marker of a transaction carries a newer epoch"
        );
        assert!(!refused(3, false) && !refused(4, true));
        let mut end = in_transaction(4, -1);
        end.attributes = 0b11_0000;
        end.base_offset = 1;
        producers.note(
            &end,
            TxnMarker::read(Some(&[0, 0, 0, 1]), Some(&[0, 0, 0, 0, 0, 7])),
        );
        assert!(producers.check_marker(9, 4, 7, true).is_ok(), "a repetition");
        assert!(matches!(
            producers.check_marker(9, 4, 6, true),
            Err(AppendError::TransactionCoordinatorFenced { current: 7, .. })
        ));
        assert!(matches!(
            producers.check(&in_transaction(3, 1)),
            Err(AppendError::InvalidProducerEpoch { current: 4, .. })
        ));
        append(&mut producers, in_transaction(4, 0), 2).unwrap();
    }

    #[test]
    fn a_producer_in_a_transaction_writes_nothing_else() {
        let mut producers = Producers::default();
        append(&mut producers, in_transaction(0, 0), 0).unwrap();
        assert!(matches!(
            producers.check(&header(0, 1, 1)),
            Err(AppendError::InvalidTxnState { producer_id: 9 })
        ));
        let mut of_coordinator = in_transaction(0, -1);
        assert_eq!(producers.check(&of_coordinator).unwrap(), Verdict::New);
        of_coordinator.producer_epoch = -1;
        assert!(producers.check(&of_coordinator).is_err(), "fenced");
    }
}
