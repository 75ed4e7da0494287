//! The handle that everybody above holds.

use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use arc_swap::{ArcSwap, ArcSwapOption};
use storage::{AppendError, Appended, BatchBuilder, CheckedBatch, Compression, LogView};
use uuid::Uuid;

use super::flush::FlushState;
use super::open::log_options;
use super::retention::RetentionDue;
use super::tail::TailCell;
use super::waiter::WaiterList;
use super::writer::{Slot, Writer};
use super::{
    CompactionState, Folder, KeyValue, Location, PartitionError, PartitionStore, Tail, Ticket, Waiter, lock,
};
use crate::config::TopicConfig;

/// Which partition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionId {
    /// Topic name.
    pub topic: Arc<str>,
    /// Topic id: the identity; a topic made anew under an old name has another.
    pub topic_id: Uuid,
    /// Partition number, from 0.
    pub index: i32,
}

impl PartitionId {
    /// Name of the partition's directory, as in Kafka: `<topic>-<index>`.
    pub fn dir_name(&self) -> String {
        format!("{}-{}", self.topic, self.index)
    }
}

/// Who syncs under `fsync` when nobody else writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LoneWriter {
    /// The caller's thread: quickest for a client that writes one record at a time.
    SyncsItself,
    /// The flusher.
    Queues,
}

/// One partition: its log behind one short lock, its published tail, its waiters.
///
/// Invariants: one writer per log (the lock's holder); the tail moves only after the flush policy is
/// met; readers take no lock that a writer holds while it writes. The log is opened at first use: a
/// partition that nobody touched costs no file handle.
#[derive(Debug)]
pub struct Partition {
    id: PartitionId,
    pub(super) store: Arc<PartitionStore>,
    /// A [`Location`]; changes only under the writer's lock.
    pub(super) location: AtomicU16,
    pub(super) writer: Mutex<Writer>,
    /// Set once the log was opened, found absent, or failed to open.
    pub(super) settled: AtomicBool,
    pub(super) view: ArcSwapOption<LogView>,
    pub(super) tail: TailCell,
    pub(super) waiters: WaiterList,
    config: ArcSwap<TopicConfig>,
    /// Held by whoever changes closed segments: retention, compaction, a move to another folder. Taken with
    /// `try_lock`: who finds it taken comes back at its next pass.
    maintenance: Mutex<()>,
    pub(super) retention_due: RetentionDue,
    pub(super) compaction: CompactionState,
}

impl Partition {
    /// A handle; touches no file. `directory` is the data folder that the metadata name, nil for any.
    pub fn new(
        id: PartitionId,
        directory: Uuid,
        leader_epoch: i32,
        store: &Arc<PartitionStore>,
        config: Arc<TopicConfig>,
    ) -> Arc<Partition> {
        let tail = TailCell::default();
        tail.set_leader_epoch(leader_epoch);
        let cleaned_to = store.cleanings.take(&id.dir_name());
        let partition = Arc::new(Partition {
            location: AtomicU16::new(store.locate(&id, directory).to_bits()),
            id,
            store: Arc::clone(store),
            writer: Mutex::new(Writer::new(FlushState::of(&config))),
            settled: AtomicBool::new(false),
            view: ArcSwapOption::empty(),
            tail,
            waiters: WaiterList::default(),
            config: ArcSwap::new(config),
            maintenance: Mutex::new(()),
            retention_due: RetentionDue::default(),
            compaction: CompactionState::new(cleaned_to),
        });
        store.know(&partition);
        if partition.config().has_compaction_deadline() {
            store.cleanings.wake();
        }
        partition
    }

    /// Which partition this is.
    pub fn id(&self) -> &PartitionId {
        &self.id
    }

    /// In which data folder the log is.
    pub(super) fn location(&self) -> Location {
        Location::from_bits(self.location.load(Ordering::Relaxed))
    }

    /// Path of the data folder that holds or will hold the log; `None` in memory, or when no folder of this broker does.
    pub fn folder(&self) -> Option<&Folder> {
        self.store.folder(self.location())
    }

    /// Whether the partition's data folder failed or is missing: nothing can be read or written until a restart.
    pub fn is_offline(&self) -> bool {
        match self.folder() {
            Some(folder) => folder.offline_reason().is_some(),
            None => self.store.folders().is_some(),
        }
    }

    /// The topic's effective configuration.
    pub fn config(&self) -> Arc<TopicConfig> {
        self.config.load_full()
    }

    /// Takes a changed configuration into use at once.
    pub fn set_config(self: &Arc<Self>, config: Arc<TopicConfig>) {
        let options = log_options(&config);
        self.config.store(Arc::clone(&config));
        let mut writer = lock(&self.writer);
        if let Slot::Open(log) = &mut writer.slot {
            log.set_options(options);
        }
        self.set_flush(&mut writer, &config);
        drop(writer);
        self.retention_due.forget();
        self.compaction.forget();
        if config.compact {
            self.store.cleanings.wake();
        }
    }

    /// The right to change closed segments; `None` when somebody else has it.
    pub fn try_maintain(&self) -> Option<MutexGuard<'_, ()>> {
        match self.maintenance.try_lock() {
            Ok(token) => Some(token),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Appends one checked batch of a producer under the short lock.
    ///
    /// # Errors
    /// When the disk is nearly full, the log refuses the batch or cannot be written: nothing was appended then.
    pub fn append(
        self: &Arc<Self>,
        batch: &CheckedBatch,
        now_ms: i64,
    ) -> Result<(Appended, Ticket), PartitionError> {
        if let Some(folder) = self.folder() {
            self.store.admit(folder)?;
        }
        self.append_with(batch, now_ms, LoneWriter::SyncsItself)
    }

    pub(super) fn append_with(
        self: &Arc<Self>,
        batch: &CheckedBatch,
        now_ms: i64,
        lone_writer: LoneWriter,
    ) -> Result<(Appended, Ticket), PartitionError> {
        match self.try_append(batch, now_ms, lone_writer) {
            Err(PartitionError::MemoryFull { .. }) if self.store.make_room() => {
                self.try_append(batch, now_ms, lone_writer)
            }
            done => done,
        }
    }

    fn try_append(
        self: &Arc<Self>,
        batch: &CheckedBatch,
        now_ms: i64,
        lone_writer: LoneWriter,
    ) -> Result<(Appended, Ticket), PartitionError> {
        let mut writer = self.settled_writer()?;
        if let Slot::Absent = writer.slot {
            let options = log_options(&self.config.load());
            let log = self.store.create(&self.id, self.location(), options)?;
            self.view.store(Some(Arc::new(log.view())));
            writer.slot = Slot::Open(Box::new(log));
            self.store.register(self);
            self.retention_due.forget();
        }
        let epoch = self.tail.leader_epoch();
        let log = writer.open_log()?;
        let appended = log.append(batch, epoch, now_ms);
        let appended = match appended {
            Err(AppendError::MemoryFull { limit_bytes }) => Err(PartitionError::MemoryFull { limit_bytes }),
            appended => Ok(appended.inspect_err(|error| self.note_failure(error))?),
        }?;
        let (start, end) = (log.log_start_offset(), log.log_end_offset());
        self.tail.set_ends(start, end);
        let ticket = self.promise(writer, &appended, end, lone_writer);
        Ok((appended, ticket))
    }

    /// Appends records that the broker writes itself, as one batch. Never waits for the disk: the caller
    /// holds a lock of its own.
    ///
    /// # Errors
    /// As [`Partition::append`].
    pub fn append_records(
        self: &Arc<Self>,
        records: &[KeyValue],
        now_ms: i64,
    ) -> Result<(Appended, Ticket), PartitionError> {
        self.append_packed(records, Compression::NONE, now_ms)
    }

    /// The same, packed as the topic says or else as the writer wants it.
    ///
    /// # Errors
    /// As [`Partition::append`].
    pub fn append_packed(
        self: &Arc<Self>,
        records: &[KeyValue],
        compression: Compression,
        now_ms: i64,
    ) -> Result<(Appended, Ticket), PartitionError> {
        let compression = self.config.load().compression.unwrap_or(compression);
        let mut builder = BatchBuilder::new(now_ms).compression(compression);
        for record in records {
            builder.push(now_ms, record.key.as_deref(), record.value.as_deref(), &[]);
        }
        self.append_with(&builder.build(), now_ms, LoneWriter::Queues)
    }

    /// The published ends; opens the log if it was there at the start.
    ///
    /// # Errors
    /// When the log cannot be opened.
    pub fn tail(self: &Arc<Self>) -> Result<Tail, PartitionError> {
        self.settle()?;
        Ok(self.tail.load())
    }

    /// The epoch that the next batch is stamped with.
    pub fn leader_epoch(&self) -> i32 {
        self.tail.leader_epoch()
    }

    /// Raises the leader epoch, before the partition is used.
    pub fn raise_leader_epoch(&self, epoch: i32) {
        self.tail.set_leader_epoch(self.tail.leader_epoch().max(epoch));
    }

    /// Asks to be woken at the next move of the tail.
    pub fn subscribe(&self, waiter: &Arc<Waiter>) {
        self.waiters.subscribe(waiter);
    }
}
