//! Opening a log at its first use, and closing it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard};

use storage::{CheckpointEntry, Log, LogOptions, Retired};

use super::writer::{Slot, Writer};
use super::{Partition, PartitionError, lock};
use crate::config::TopicConfig;

impl Partition {
    pub(super) fn close(&self) -> Result<(), storage::LogError> {
        let mut writer = lock(&self.writer);
        match &mut writer.slot {
            Slot::Open(log) => log.close(),
            _ => Ok(()),
        }
    }

    /// What the checkpoints say of an open log, and the segments that may be renamed once they say it. `closed`: all of it
    /// is synced before they say so.
    pub(super) fn checkpoint(&self, closed: bool) -> Option<(CheckpointEntry, Retired)> {
        let mut writer = lock(&self.writer);
        let retired = std::mem::take(&mut writer.retired);
        match &writer.slot {
            Slot::Open(log) => {
                let entry = CheckpointEntry {
                    dir_name: self.id().dir_name(),
                    recovery_point: match closed {
                        true => log.log_end_offset(),
                        false => log.recovery_point(),
                    },
                    log_start_offset: log.log_start_offset(),
                    high_watermark: self.tail.high_watermark(),
                };
                Some((entry, retired))
            }
            _ => None,
        }
    }

    pub(super) fn settle(self: &Arc<Self>) -> Result<(), PartitionError> {
        if self.settled.load(Ordering::Acquire) {
            return self.check_online();
        }
        self.settled_writer().map(drop)
    }

    /// The lock, with the log opened if it exists.
    pub(super) fn settled_writer(self: &Arc<Self>) -> Result<MutexGuard<'_, Writer>, PartitionError> {
        // Until the log is open somebody may be recovering it under the lock: a wait that must not hold up
        // the runtime's other tasks.
        let mut writer = match self.settled.load(Ordering::Acquire) {
            true => lock(&self.writer),
            false => super::blocking(|| lock(&self.writer)),
        };
        if let Slot::Unopened = writer.slot {
            writer.slot = super::blocking(|| self.open_slot());
        }
        writer.usable()?;
        self.settled.store(true, Ordering::Release);
        Ok(writer)
    }

    fn open_slot(self: &Arc<Self>) -> Slot {
        let opened = self
            .store
            .open_existing(self.id(), self.location(), log_options(&self.config()));
        match opened.and_then(|log| log.map(|log| self.made_sure(log)).transpose()) {
            Ok(None) => Slot::Absent,
            Ok(Some(mut log)) => {
                let end = log.log_end_offset();
                // Never below what the log has seen, wherever its folder comes from.
                self.raise_leader_epoch(log.view().latest_epoch().unwrap_or(0));
                self.tail.set_ends(log.log_start_offset(), end);
                self.publish(&mut log, end);
                self.view.store(Some(Arc::new(log.view())));
                self.store.register(self);
                Slot::Open(Box::new(log))
            }
            Err(error) => {
                let reason = match error {
                    PartitionError::Offline(reason) => reason,
                    error => error.to_string(),
                };
                tracing::error!(partition = %self.id().dir_name(), reason, "the partition cannot be opened");
                Slot::Offline(reason)
            }
        }
    }
}

impl Partition {
    /// After a crash what was found may be in the page cache only. Where appends count once they are synced, so does
    /// what was found: else the next crash could take back what consumers have seen by then.
    fn made_sure(&self, mut log: Log) -> Result<Log, PartitionError> {
        if self.store.syncs_appends() {
            let dirty = log.dirty();
            let synced = dirty.files.iter().try_for_each(|file| file.sync_data());
            synced.map_err(|error| {
                self.store.mark_offline(self.location(), &error);
                PartitionError::Offline(format!("sync failed: {error}"))
            })?;
            log.synced(&dirty);
        }
        Ok(log)
    }
}

/// What a topic's configuration means for its logs.
pub(super) fn log_options(config: &TopicConfig) -> LogOptions {
    LogOptions {
        segment_bytes: config.segment_bytes,
        segment_ms: config.segment_ms,
        segment_jitter_ms: config.segment_jitter_ms,
        index_interval_bytes: config.index_interval_bytes,
        segment_index_bytes: config.segment_index_bytes,
        preallocate: config.preallocate,
        producer_id_expiration_ms: config.producer_id_expiration_ms,
    }
}
