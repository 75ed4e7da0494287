//! A later start of the log (DeleteRecords), and the end of the whole log (DeleteTopics).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use storage::{Doomed, Retired};

use super::handle::Partition;
use super::store::PartitionStore;
use super::writer::Slot;
use super::{PartitionError, lock};

impl Partition {
    /// Moves the log start offset up to `offset` (DeleteRecords) and answers where it is.
    ///
    /// # Errors
    /// [`PartitionError::OffsetOutOfRange`] above the high watermark, or what the log says.
    pub fn trim(self: &Arc<Self>, offset: i64) -> Result<i64, PartitionError> {
        self.settle()?;
        let mut writer = self.settled_writer()?;
        let tail = self.tail.load();
        if offset < 0 || offset > tail.high_watermark {
            return Err(PartitionError::OffsetOutOfRange {
                offset,
                log_start_offset: tail.log_start_offset,
                high_watermark: tail.high_watermark,
            });
        }
        let Slot::Open(log) = &mut writer.slot else {
            return Ok(tail.log_start_offset);
        };
        let (start, retired) = log.trim(offset)?;
        self.tail.set_ends(start, log.log_end_offset());
        writer.retired.merge(retired);
        drop(writer);
        self.retention_due.forget();
        self.waiters.wake();
        Ok(start)
    }

    /// Makes log start offsets durable: without it a crash brings trimmed records back. Then the files of
    /// trimmed segments are renamed, and removed after `file.delete.delay.ms`.
    ///
    /// # Errors
    /// When the checkpoint cannot be written, also because the data folder has failed before.
    pub fn persist_starts(&self) -> Result<(), PartitionError> {
        #[cfg(test)]
        if self.store.forgets_starts() {
            return Ok(());
        }
        let written = super::blocking(|| self.store.write_checkpoints());
        written.map_err(|error| PartitionError::Offline(error.to_string()))?;
        // Nothing is written to a folder that has failed.
        self.check_online()
    }

    /// Ends the partition; later calls answer [`PartitionError::Deleted`]. Its directory is renamed at once
    /// and removed after `file.delete.delay.ms` (`LogManager.asyncDelete`).
    ///
    /// # Errors
    /// When the directory could not be renamed; the handle counts as deleted all the same.
    pub fn delete(self: &Arc<Self>) -> Result<(), PartitionError> {
        let mut doomed = self.end()?;
        doomed.sync()?;
        self.store
            .remove_later(doomed, self.config().file_delete_delay_ms);
        Ok(())
    }

    /// Ends many partitions as [`Partition::delete`] does one, and waits for the disk once for each folder. What cannot be
    /// renamed is logged, and left.
    pub fn delete_all<'a>(partitions: impl Iterator<Item = &'a Arc<Partition>>) {
        super::blocking(|| Partition::delete_together(partitions));
    }

    fn delete_together<'a>(partitions: impl Iterator<Item = &'a Arc<Partition>>) {
        // A folder that fails leaves the others' alone.
        let mut together: BTreeMap<(i64, Option<usize>), Ended<'a>> = BTreeMap::new();
        for partition in partitions {
            match partition.end() {
                Ok(doomed) => {
                    let delay_ms = partition.config().file_delete_delay_ms;
                    let key = (delay_ms, partition.location().index());
                    let ended = together.entry(key).or_insert_with(|| Ended::of(partition));
                    ended.doomed.merge(doomed);
                }
                Err(error) => {
                    tracing::warn!(partition = partition.id().dir_name(), %error, "data of a removed topic is left");
                }
            }
        }
        for ((delay_ms, _), mut ended) in together {
            if let Err(error) = ended.doomed.sync() {
                tracing::warn!(%error, "data of removed topics is left");
                continue;
            }
            ended.store.remove_later(ended.doomed, delay_ms);
        }
    }

    /// Ends the partition; its directory has its new name, but a power loss can take that back.
    fn end(self: &Arc<Self>) -> Result<Doomed, PartitionError> {
        let slot = {
            let mut writer = lock(&self.writer);
            // Their files go with the directory.
            writer.retired = Retired::default();
            std::mem::replace(&mut writer.slot, Slot::Deleted)
        };
        self.settled.store(false, Ordering::Release);
        self.view.store(None);
        self.waiters.wake();
        Ok(match slot {
            Slot::Open(log) => log.delete()?,
            Slot::Unopened | Slot::Offline(_) => self.store.doom_unopened(self.id(), self.location())?,
            Slot::Absent | Slot::Deleted => Doomed::default(),
        })
    }

    /// Renames files of segments that are out of the log, unless the log itself is gone meanwhile: the
    /// directory of its name may be another topic's then.
    pub(super) fn rename_retired(&self, retired: Retired) {
        let writer = lock(&self.writer);
        if retired.is_empty() || !matches!(writer.slot, Slot::Open(_)) {
            return;
        }
        match retired.rename() {
            Ok(doomed) => self
                .store
                .remove_later(doomed, self.config().file_delete_delay_ms),
            Err(error) => {
                tracing::warn!(partition = %self.id().dir_name(), %error, "files of deleted segments stay until the next start");
            }
        }
    }
}

/// Partitions that ended together, and the store that removes what is left of them.
struct Ended<'a> {
    store: &'a Arc<PartitionStore>,
    doomed: Doomed,
}

impl<'a> Ended<'a> {
    fn of(partition: &'a Arc<Partition>) -> Ended<'a> {
        Ended {
            store: &partition.store,
            doomed: Doomed::default(),
        }
    }
}
