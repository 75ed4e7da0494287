//! What is remembered of one producer: its epoch, its last batches, its open transaction (KIP-98).

use crate::batch::BatchHeader;

/// Batches remembered per producer: as many as a client may have in flight.
pub const DEDUPE_WINDOW_BATCHES: usize = 5;

pub(super) const NO_SEQUENCE: i32 = -1;

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

    pub(super) fn duplicate_of(&self, header: &BatchHeader) -> Option<BatchMeta> {
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

    pub(super) fn enter_epoch(&mut self, epoch: i16) {
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
