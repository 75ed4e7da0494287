//! Where the partitions of one broker keep their logs, and what they share: folder, flush policy,
//! flusher, and the list of open logs that a checkpoint or a clean stop walks.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, Weak};

use storage::{
    CheckpointEntry, DataFolder, Doomed, FolderError, Log, LogError, LogOptions, MemoryBudget, Retired,
};

use super::{Flusher, Partition, PartitionId, Removals, lock};
use crate::config::Flush;
use crate::env::Env;

/// Where logs live.
#[derive(Debug)]
pub enum Place {
    /// In a data folder.
    Disk(Arc<DataFolder>),
    /// In memory, as far as the budget goes.
    Memory(Arc<MemoryBudget>),
}

/// Shared by all partitions of a broker.
#[derive(Debug)]
pub struct PartitionStore {
    env: Env,
    place: Place,
    /// Directories found at the start; a partition not among them has no log until its first append.
    found: Mutex<HashSet<String>>,
    opened: Mutex<Vec<Weak<Partition>>>,
    flusher: Option<Flusher>,
    pub(super) removals: Removals,
    /// Hash of what the checkpoint files say, once they were written.
    checkpoints_written: Mutex<Option<u64>>,
}

impl PartitionStore {
    /// A store over `place`. Starts the flusher thread when writes count as done only once synced ([`Flush::Fsync`]) to a disk.
    ///
    /// # Errors
    /// When the folder cannot be listed or the thread cannot be started.
    pub fn open(env: Env, place: Place, flush: Flush) -> anyhow::Result<Arc<PartitionStore>> {
        let (found, flusher) = match &place {
            Place::Disk(folder) => {
                let found = folder.partition_dirs()?.into_iter().collect();
                (found, (flush == Flush::Fsync).then(Flusher::start).transpose()?)
            }
            Place::Memory(_) => (HashSet::new(), None),
        };
        Ok(Arc::new(PartitionStore {
            env,
            place,
            found: Mutex::new(found),
            opened: Mutex::new(Vec::new()),
            flusher,
            removals: Removals::default(),
            checkpoints_written: Mutex::new(None),
        }))
    }

    /// Clock, chance and files.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// Where logs live.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Whether the broker stopped without marking its data folder clean.
    pub fn unclean_start(&self) -> bool {
        match &self.place {
            Place::Disk(folder) => !folder.was_clean_shutdown(),
            Place::Memory(_) => false,
        }
    }

    /// Names of the partition directories that were there at the start and have not been opened since.
    pub fn unopened_dirs(&self) -> Vec<String> {
        let mut names: Vec<String> = lock(&self.found).iter().cloned().collect();
        names.sort_unstable();
        names
    }

    pub(super) fn flusher(&self) -> Option<&Flusher> {
        self.flusher.as_ref()
    }

    /// Opens the log if its directory was there at the start.
    pub(super) fn open_existing(
        &self,
        id: &PartitionId,
        options: LogOptions,
    ) -> Result<Option<Log>, LogError> {
        let Place::Disk(folder) = &self.place else {
            return Ok(None);
        };
        let dir = id.dir_name();
        if !lock(&self.found).contains(&dir) {
            return Ok(None);
        }
        let hint = folder.open_hint(&dir);
        let (log, report) = Log::open(folder, &dir, id.topic_id, options, hint, self.env.now_ms())?;
        if report.cut_bytes > 0 {
            tracing::warn!(partition = %dir, cut_bytes = report.cut_bytes, reason = report.cut_reason.as_deref().unwrap_or(""),
                log_end_offset = log.log_end_offset(), "cut a torn tail");
        }
        lock(&self.found).remove(&dir);
        Ok(Some(log))
    }

    /// Makes a new log.
    pub(super) fn create(&self, id: &PartitionId, options: LogOptions) -> Result<Log, LogError> {
        match &self.place {
            Place::Disk(folder) => Log::create(folder, &id.dir_name(), id.topic_id, options),
            Place::Memory(budget) => Ok(Log::in_memory(Arc::clone(budget), options)),
        }
    }

    /// After a failed sync nothing more is appended to the folder: the kernel may have dropped pages.
    pub(super) fn mark_offline(&self, error: &std::io::Error) {
        if let Place::Disk(folder) = &self.place {
            folder.mark_offline(&format!("a sync failed: {error}"));
        }
    }

    /// Remembers a partition whose log is open.
    pub(super) fn register(&self, partition: &Arc<Partition>) {
        let mut opened = lock(&self.opened);
        if opened.len() == opened.capacity() {
            opened.retain(|p| p.strong_count() > 0);
        }
        opened.push(Arc::downgrade(partition));
    }

    fn open_partitions(&self) -> Vec<Arc<Partition>> {
        lock(&self.opened).iter().filter_map(Weak::upgrade).collect()
    }

    /// Writes the checkpoint files: how far each log is synced, where it starts, its high watermark. Then
    /// the files of segments below those starts are renamed.
    ///
    /// # Errors
    /// When a checkpoint cannot be written.
    pub fn write_checkpoints(&self) -> Result<(), FolderError> {
        let Place::Disk(folder) = &self.place else {
            return Ok(());
        };
        // Held from the look at the logs to the end of the writing: an older state never follows a newer one.
        let mut written = lock(&self.checkpoints_written);
        let (entries, retired) = self.checkpoints(folder);
        let mut hasher = DefaultHasher::new();
        entries.hash(&mut hasher);
        // An idle broker writes nothing.
        if *written != Some(hasher.finish()) {
            if let Err(error) = folder.write_checkpoints(&entries) {
                for (partition, retired) in retired {
                    lock(&partition.writer).retired.merge(retired);
                }
                return Err(error);
            }
            *written = Some(hasher.finish());
        }
        drop(written);
        for (partition, retired) in retired {
            partition.rename_retired(retired);
        }
        Ok(())
    }

    /// Syncs closed segments, so that a recovery need not read them again, and writes the checkpoints.
    ///
    /// # Errors
    /// When a checkpoint cannot be written. A segment that cannot be synced is only logged: it is
    /// rescanned after a crash.
    pub fn checkpoint(&self) -> Result<(), FolderError> {
        for partition in self.open_partitions() {
            if let Err(error) = partition.sync_closed() {
                tracing::warn!(partition = %partition.id().dir_name(), %error, "could not sync closed segments");
            }
        }
        self.write_checkpoints()
    }

    /// What every partition has to say, those included that nobody opened since the start; and what of
    /// them may be renamed once it is written.
    fn checkpoints(&self, folder: &DataFolder) -> (Vec<CheckpointEntry>, Vec<(Arc<Partition>, Retired)>) {
        let (mut entries, mut waiting) = (Vec::new(), Vec::new());
        for partition in self.open_partitions() {
            if let Some((entry, retired)) = partition.checkpoint() {
                entries.push(entry);
                if !retired.is_empty() {
                    waiting.push((partition, retired));
                }
            }
        }
        entries.extend(self.unopened_dirs().into_iter().map(|dir_name| {
            let hint = folder.open_hint(&dir_name);
            CheckpointEntry {
                dir_name,
                recovery_point: hint.recovery_point,
                log_start_offset: hint.log_start_offset,
                high_watermark: hint.high_watermark,
            }
        }));
        (entries, waiting)
    }

    /// Renames the directory of a partition that is not open, if it was there at the start.
    pub(super) fn doom_unopened(&self, id: &PartitionId) -> Result<Doomed, LogError> {
        let Place::Disk(folder) = &self.place else {
            return Ok(Doomed::default());
        };
        let doomed = Doomed::partition_dir(folder, &id.dir_name(), id.topic_id)?;
        lock(&self.found).remove(&id.dir_name());
        Ok(doomed)
    }

    /// Removes files once `delay_ms` (`file.delete.delay.ms`) have passed.
    pub(super) fn remove_later(&self, doomed: Doomed, delay_ms: i64) {
        let due_ms = self.env.clock.monotonic_ms().saturating_add(delay_ms.max(0));
        self.removals.push(doomed, due_ms);
    }

    /// Closes every log, writes the checkpoints and the clean marker. Nothing may append afterwards.
    ///
    /// # Errors
    /// When the checkpoints or the marker cannot be written. The marker is left out when a log could
    /// not be closed, or was not opened since an unclean stop: the next start recovers then.
    pub fn close(&self) -> Result<(), FolderError> {
        let Place::Disk(folder) = &self.place else {
            return Ok(());
        };
        let mut clean = !self.unclean_start() || self.unopened_dirs().is_empty();
        for partition in self.open_partitions() {
            if let Err(error) = partition.close() {
                tracing::warn!(partition = %partition.id().dir_name(), %error, "could not close the log");
                clean = false;
            }
        }
        let (entries, retired) = self.checkpoints(folder);
        match clean {
            true => folder.finish_clean(&entries)?,
            false => folder.write_checkpoints(&entries)?,
        }
        for (partition, retired) in retired {
            partition.rename_retired(retired);
        }
        self.removals.remove_all();
        Ok(())
    }
}
