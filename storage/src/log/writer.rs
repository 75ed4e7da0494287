//! The one writer of a partition.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::ArcSwap;
use uuid::Uuid;

use super::epochs::Epochs;
use super::producers::Producers;
use super::recover::{Opened, open_partition};
use super::segment::{PartitionDir, Segment};
use super::view::Shared;
use super::{AppendError, LogError, LogOptions, LogView, MemoryBudget, ProducerState, RecoveryReport};
use crate::folder::{DataFolder, OpenHint};

/// The log of one partition: assigns offsets, keeps producers, epochs and indexes.
///
/// Invariants: one `Log` per partition, and `&mut` to append; offsets are gapless at append; bytes
/// below the log end never change; a log that was never appended to does not exist on disk.
#[derive(Debug)]
pub struct Log {
    pub(super) options: LogOptions,
    pub(super) shared: Arc<Shared>,
    pub(super) store: Store,
    pub(super) producers: Producers,
    /// Everything below is on the disk.
    pub(super) recovery_point: i64,
    /// When the active segment was made, for segments without timestamps.
    pub(super) active_since_ms: i64,
    /// When the log was opened.
    pub(super) opened_ms: i64,
}

/// Where the segments of a log live.
#[derive(Debug)]
pub(super) enum Store {
    Disk(DiskStore),
    Memory(Arc<MemoryBudget>),
}

/// Changes of names or small files that are not synced yet: the log end offsets at the first and the
/// last of them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unsynced(Option<(i64, i64)>);

impl Unsynced {
    /// One that happened before everything.
    pub fn unknown() -> Unsynced {
        Unsynced(Some((i64::MIN, i64::MIN)))
    }

    pub fn note(&mut self, log_end: i64) {
        self.0 = Some((self.0.map_or(log_end, |(first, _)| first), log_end));
    }

    /// Whether batches below `end_offset` depend on one of them.
    pub fn is_due(self, end_offset: i64) -> bool {
        self.0.is_some_and(|(first, _)| first < end_offset)
    }

    /// All that batches below `end_offset` depend on were synced.
    pub fn synced(&mut self, end_offset: i64) {
        self.0 = self
            .0
            .filter(|(_, last)| *last >= end_offset)
            .map(|(f, last)| (f.max(end_offset), last));
    }
}

#[derive(Debug)]
pub(super) struct DiskStore {
    pub dir: Arc<PartitionDir>,
    pub topic_id: Uuid,
    /// The directory and its small files are there.
    pub exists: bool,
    /// Offset at which names were last added to the directory, until they are synced.
    pub names_since: Unsynced,
    /// Offset at which the directory itself was made, until that is synced.
    pub dir_since: Unsynced,
    /// Offset at which the epoch file was last written, until it is synced.
    pub epochs_since: Unsynced,
    /// Offset of the newest producer snapshot.
    pub snapshot: Option<i64>,
    /// Closing has something to write.
    pub touched: bool,
    /// Segments out of the log and not synced. A crash brings them back while their log start is not on the
    /// disk, and what is durable behind them must still follow them then. At most those since the last sync.
    pub leaving: Vec<Arc<Segment>>,
    /// Base of a segment that could not be made. Its file goes before anything is written: behind batches of the segment
    /// before, it would contradict them.
    pub unborn: Option<i64>,
    /// Segments that left while compaction gave their files the names: the next ones that leave take them along.
    pub trimmed_in_swap: Vec<i64>,
}

impl Log {
    /// A new log. Its directory appears at the first append.
    ///
    /// # Errors
    /// When a directory of that name exists already and belongs to another topic, or cannot be read.
    pub fn create(
        folder: &Arc<DataFolder>,
        dir_name: &str,
        topic_id: Uuid,
        options: LogOptions,
    ) -> Result<Log, LogError> {
        let hint = OpenHint {
            clean: false,
            ..OpenHint::default()
        };
        Ok(Log::open(folder, dir_name, topic_id, options, hint, 0)?.0)
    }

    /// Opens a log, recovering it unless the hint says that the shutdown was clean. A missing
    /// directory is an empty log.
    ///
    /// # Errors
    /// [`LogError::Damaged`] when bytes that were durable are wrong; nothing is changed then.
    pub fn open(
        folder: &Arc<DataFolder>,
        dir_name: &str,
        topic_id: Uuid,
        options: LogOptions,
        start: OpenHint,
        now_ms: i64,
    ) -> Result<(Log, RecoveryReport), LogError> {
        let path = folder.path().join(dir_name);
        let dir = Arc::new(PartitionDir {
            folder: Arc::clone(folder),
            path,
        });
        let opened = open_partition(&dir, topic_id, &options, start, now_ms)?;
        // After a crash nobody knows which names were synced.
        let unsure = if opened.exists && !start.clean {
            Unsynced::unknown()
        } else {
            Unsynced::default()
        };
        let store = DiskStore {
            dir,
            topic_id,
            exists: opened.exists,
            names_since: unsure,
            dir_since: unsure,
            epochs_since: if opened.epochs.latest().is_some() {
                unsure
            } else {
                Unsynced::default()
            },
            snapshot: opened.snapshot,
            touched: opened.touched,
            leaving: Vec::new(),
            trimmed_in_swap: Vec::new(),
            unborn: None,
        };
        let report = opened.report.clone();
        Ok((Log::assemble(options, Store::Disk(store), opened, now_ms), report))
    }

    /// An empty log that lives in memory.
    pub fn in_memory(budget: Arc<MemoryBudget>, options: LogOptions) -> Log {
        Log::assemble(options, Store::Memory(budget), Opened::default(), 0)
    }

    fn assemble(options: LogOptions, store: Store, opened: Opened, now_ms: i64) -> Log {
        let shared = Shared {
            segments: ArcSwap::from_pointee(opened.segments),
            epochs: ArcSwap::from_pointee(opened.epochs),
            log_start: AtomicI64::new(opened.log_start),
            log_end: AtomicI64::new(opened.log_end),
        };
        Log {
            options,
            shared: Arc::new(shared),
            store,
            producers: opened.producers.all_visible(),
            recovery_point: opened.recovery_point,
            active_since_ms: now_ms,
            opened_ms: now_ms,
        }
    }

    /// Changes the settings; they hold from the next append on.
    pub fn set_options(&mut self, options: LogOptions) {
        self.options = options;
    }

    /// The settings in force.
    pub fn options(&self) -> &LogOptions {
        &self.options
    }

    /// A reader.
    pub fn view(&self) -> LogView {
        LogView(Arc::clone(&self.shared))
    }

    /// First offset that may be read.
    pub fn log_start_offset(&self) -> i64 {
        self.shared.log_start.load(Ordering::Relaxed)
    }

    /// Offset of the next append.
    pub fn log_end_offset(&self) -> i64 {
        self.shared.log_end.load(Ordering::Relaxed)
    }

    /// Everything below is on the disk; in memory always the log end.
    pub fn recovery_point(&self) -> i64 {
        match self.store {
            Store::Disk(_) => self.recovery_point,
            Store::Memory(_) => self.log_end_offset(),
        }
    }

    /// Bytes of all log files.
    pub fn size_in_bytes(&self) -> u64 {
        self.view().size_in_bytes()
    }

    /// The largest epoch not above `epoch` and where it ended (KIP-320); `None` for an epoch newer
    /// than any.
    pub fn end_offset_for_epoch(&self, epoch: i32) -> Option<(i32, i64)> {
        self.view().end_offset_for_epoch(epoch)
    }

    /// What is known of producers, by producer id.
    pub fn producer_states(&self) -> impl ExactSizeIterator<Item = &ProducerState> {
        self.producers.iter()
    }

    /// The producer of the oldest open transaction.
    pub fn oldest_open_transaction(&self) -> Option<&ProducerState> {
        self.producers.oldest_open()
    }

    /// Forgets producers that were silent for `expiration_ms`.
    pub fn expire_producers(&mut self, now_ms: i64, expiration_ms: i64) {
        self.producers.expire(now_ms, expiration_ms);
    }

    /// First offset of the oldest open transaction.
    pub fn first_unstable_offset(&self) -> Option<i64> {
        self.producers.first_unstable_offset()
    }

    /// Since when the oldest record of the active segment has been in the log, as far as is known: its time, or when
    /// the segment was made if that is later (records may be dated back). `None` without records.
    pub fn active_oldest_ms(&self) -> Option<i64> {
        let active = self.active().filter(|active| active.len() > 0)?;
        let first = active.first_timestamp().ok().filter(|first| *first > 0);
        let made_here = self.active_since_ms != self.opened_ms;
        match first {
            Some(first) if made_here => Some(first.max(self.active_since_ms)),
            Some(first) => Some(first),
            None => Some(self.active_since_ms),
        }
    }

    /// First offset of the oldest transaction that is open or whose marker is not below `high_watermark`: what is
    /// visible is stable up to there. `None` when all of it is.
    pub fn unstable_from(&mut self, high_watermark: i64) -> Option<i64> {
        self.producers.unstable_from(high_watermark)
    }

    /// What is known of a producer.
    pub fn producer(&self, producer_id: i64) -> Option<&ProducerState> {
        self.producers.get(producer_id)
    }

    /// Whether the marker of a transaction may be appended; `raised` when the epoch rises with every end.
    ///
    /// # Errors
    /// [`AppendError::InvalidProducerEpoch`], [`AppendError::TransactionCoordinatorFenced`].
    pub fn check_marker(
        &self,
        producer_id: i64,
        epoch: i16,
        coordinator_epoch: i32,
        raised: bool,
    ) -> Result<(), AppendError> {
        self.producers
            .check_marker(producer_id, epoch, coordinator_epoch, raised)
    }

    pub(super) fn active(&self) -> Option<Arc<Segment>> {
        self.shared.segments.load().last().cloned()
    }

    pub(super) fn epochs(&self) -> Arc<Epochs> {
        self.shared.epochs.load_full()
    }
}
