//! What the store writes about all its partitions: checkpoint files and the clean-shutdown marker of each folder.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use storage::{CheckpointEntry, DataFolder, FolderError, Retired};

use super::{Folder, Folders, Location, Partition, PartitionStore, lock};

/// Most threads per data folder that close logs, whatever the config says.
const CLOSERS_MAX: usize = 64;
/// Logs that are worth a thread of their own.
const LOGS_A_CLOSER: usize = 64;

impl PartitionStore {
    fn online_folders(&self) -> Vec<(usize, &DataFolder)> {
        let folders = self.folders().map(Folders::list).unwrap_or_default();
        let numbered = folders.iter().enumerate();
        numbered
            .filter_map(|(index, folder)| Some((index, &**folder.online()?)))
            .collect()
    }

    /// Writes the checkpoint files: how far each log is synced, where it starts, its high watermark.
    ///
    /// # Errors
    /// When a checkpoint cannot be written; those of the other folders are written all the same.
    pub fn write_checkpoints(&self) -> Result<(), FolderError> {
        let mut result = Ok(());
        for (index, folder) in self.online_folders() {
            if let Err(error) = self.write_checkpoints_of(index, folder) {
                if let FolderError::Io { source, .. } = &error {
                    folder.note_failure(source);
                }
                result = Err(error);
            }
        }
        result
    }

    fn write_checkpoints_of(&self, index: usize, folder: &DataFolder) -> Result<(), FolderError> {
        // Held from the look at the logs to the end of the writing: an older state never follows a newer one.
        let mut written = lock(&self.checkpoints_written);
        // Also where nothing is to be written: an idle broker hears of a folder that went away, too.
        folder.check_in_place().map_err(|source| FolderError::Io {
            path: folder.path().to_owned(),
            source,
        })?;
        let (entries, retired) = self.checkpoints(index, folder, false);
        let mut hasher = DefaultHasher::new();
        entries.hash(&mut hasher);
        // An idle broker writes nothing.
        if written.get(&index) != Some(&hasher.finish()) {
            if let Err(error) = folder.write_checkpoints(&entries) {
                drop(written);
                let full = matches!(&error, FolderError::Io { source, .. } if source.kind() == ErrorKind::StorageFull);
                for (partition, retired) in retired {
                    // What is to go must not be kept by the disk that it fills.
                    match full && retired.sync_names().is_ok() {
                        true => partition.rename_retired(retired),
                        false => lock(&partition.writer).retired.merge(retired),
                    }
                }
                return Err(error);
            }
            written.insert(index, hasher.finish());
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
            if !partition.is_offline()
                && let Err(error) = partition.sync_closed()
            {
                tracing::warn!(partition = %partition.id().dir_name(), %error, "could not sync closed segments");
            }
        }
        self.write_checkpoints()
    }

    /// What every partition of a folder has to say, those included that nobody opened since the start; and what of
    /// them may be renamed once it is written.
    fn checkpoints(
        &self,
        index: usize,
        folder: &DataFolder,
        closed: bool,
    ) -> (Vec<CheckpointEntry>, Vec<(Arc<Partition>, Retired)>) {
        let (mut entries, mut waiting) = (Vec::new(), Vec::new());
        for partition in self.open_partitions() {
            if !partition.location().is_in(index) {
                continue;
            }
            if let Some((entry, retired)) = partition.checkpoint(closed) {
                entries.push(entry);
                if !retired.is_empty() {
                    waiting.push((partition, retired));
                }
            }
        }
        entries.extend(self.unopened_dirs(index).into_iter().map(|dir_name| {
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

    /// Counts directories that are missing, though the checkpoints know them and `expected` is true of them, as found:
    /// opening them then tells that they are lost, or where their log ended. Before any partition is opened. Does
    /// nothing while a folder is out of use, for they may be there.
    pub fn expect_dirs(&self, expected: impl Fn(&str) -> bool) {
        let folders = self.folders().map(Folders::list).unwrap_or_default();
        if folders.iter().any(|folder| folder.online().is_none()) {
            return;
        }
        let mut found = lock(&self.found);
        for (index, folder) in folders.iter().filter_map(Folder::data).enumerate() {
            for dir in folder.claimed_dirs() {
                if !found.contains_key(&dir) && expected(&dir) {
                    found.insert(dir, Location::folder(index));
                }
            }
        }
    }

    /// Closes every log, writes the checkpoints and the clean markers. Nothing may append afterwards.
    ///
    /// # Errors
    /// When the checkpoints or the marker of a folder cannot be written; the other folders are closed all the same. A
    /// marker is left out when a log could not be closed, or was not opened since an unclean stop: the next start
    /// recovers then.
    pub fn close(&self) -> Result<(), FolderError> {
        let unclean = self.close_logs();
        let mut result = Ok(());
        for (index, folder) in self.online_folders() {
            let recovered = folder.was_clean_shutdown() || self.unopened_dirs(index).is_empty();
            let clean = recovered && !unclean.contains(&index);
            // The end of a log tells the next start whether the file is as it was.
            let (entries, retired) = self.checkpoints(index, folder, clean);
            let closed = match clean {
                true => folder.finish_clean(&entries),
                false => folder.write_checkpoints(&entries),
            };
            if closed.is_ok() {
                for (partition, retired) in retired {
                    partition.rename_retired(retired);
                }
            }
            result = result.and(closed);
        }
        self.removals.remove_all();
        self.close_metadata_folder(result)
    }

    /// Threads per data folder that open logs together and close them (`num.recovery.threads.per.data.dir`).
    pub fn set_recovery_threads(&self, threads: usize) {
        self.recovery_threads.store(threads, Ordering::Relaxed);
    }

    /// Closes every log; answers the folders of those that could not be closed.
    fn close_logs(&self) -> Vec<usize> {
        let mut by_folder: BTreeMap<usize, Vec<Arc<Partition>>> = BTreeMap::new();
        for partition in self.open_partitions() {
            if let (false, Some(index)) = (partition.is_offline(), partition.location().index()) {
                by_folder.entry(index).or_default().push(partition);
            }
        }
        let unclean = Mutex::default();
        let close = |part: &[Arc<Partition>]| close_each(part, &unclean);
        std::thread::scope(|scope| {
            for partitions in by_folder.values() {
                let threads = self.recovery_threads.load(Ordering::Relaxed).min(CLOSERS_MAX);
                let threads = threads.min(partitions.len() / LOGS_A_CLOSER);
                match threads {
                    0 => close(partitions),
                    threads => partitions
                        .chunks(partitions.len().div_ceil(threads))
                        .for_each(|part| {
                            scope.spawn(move || close(part));
                        }),
                }
            }
        });
        unclean.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// A folder that holds only the metadata gets its marker too.
    fn close_metadata_folder(&self, result: Result<(), FolderError>) -> Result<(), FolderError> {
        let Some(folders) = self.folders() else {
            return result;
        };
        let metadata = folders.metadata();
        let shared = folders.list().iter().filter_map(Folder::data);
        if shared.into_iter().any(|folder| folder.path() == metadata.path())
            || metadata.offline_reason().is_some()
        {
            return result;
        }
        result.and(metadata.finish_clean(&[]))
    }
}

fn close_each(partitions: &[Arc<Partition>], unclean: &Mutex<Vec<usize>>) {
    for partition in partitions {
        if let Err(error) = partition.close() {
            tracing::warn!(partition = %partition.id().dir_name(), %error, "could not close the log");
            lock(unclean).extend(partition.location().index());
        }
    }
}
