//! Where the partitions of one broker keep their logs, and what they share: folders, flush policy,
//! flushers, and the list of open logs that a checkpoint or a clean stop walks.

use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, Weak};

use storage::{
    DataFolder, Doomed, FolderError, Log, LogError, LogOptions, MemoryBudget, OpenHint, Peeked, Retention,
};
use uuid::Uuid;

use super::folders::is_assigned;
use super::space::DiskFloor;
use super::{
    Cleanings, Flusher, Flushes, Folder, Folders, Location, Moves, Partition, PartitionError, PartitionId,
    Removals, lock,
};
use crate::config::Flush;
use crate::env::Env;

/// Where logs live.
#[derive(Debug)]
pub enum Place {
    /// In data folders.
    Disk(Folders),
    /// In memory, as far as the budget goes.
    Memory(Arc<MemoryBudget>),
}

impl Place {
    /// In one data folder, which holds the metadata too.
    pub fn one_folder(folder: Arc<DataFolder>) -> Place {
        Place::Disk(Folders::new(vec![Folder::open(Arc::clone(&folder))], folder))
    }
}

/// Shared by all partitions of a broker.
#[derive(Debug)]
pub struct PartitionStore {
    env: Env,
    place: Place,
    /// Directories found at the start; a partition not among them has no log until its first append.
    pub(super) found: Mutex<HashMap<String, Location>>,
    opened: Mutex<Vec<Weak<Partition>>>,
    /// Every partition there is, for passes over all of them.
    known: Mutex<Vec<Weak<Partition>>>,
    /// One for each data folder under `fsync`; empty otherwise.
    flushers: Vec<Flusher>,
    pub(super) removals: Removals,
    /// Held while memory is made free.
    pub(super) making_room: Mutex<()>,
    pub(super) moves: Moves,
    pub(super) cleanings: Cleanings,
    pub(super) flushes: Flushes,
    pub(super) disk_floor: DiskFloor,
    /// Threads per data folder that open and close logs.
    pub(super) recovery_threads: AtomicUsize,
    /// Held while logs are opened together.
    pub(super) opening: Mutex<()>,
    /// For each data folder a hash of what its checkpoint files say, once they were written.
    pub(super) checkpoints_written: Mutex<HashMap<usize, u64>>,
    #[cfg(test)]
    pub(super) spoilt: super::by_hand::Spoilt,
}

impl PartitionStore {
    /// A store over `place`. Starts a flusher thread for each folder when writes count as done only once synced
    /// ([`Flush::Fsync`]) to a disk.
    ///
    /// # Errors
    /// When a folder cannot be listed or a thread cannot be started.
    pub fn open(env: Env, place: Place, flush: Flush) -> anyhow::Result<Arc<PartitionStore>> {
        PartitionStore::open_with(env, place, flush, Flusher::start)
    }

    pub(super) fn open_with(
        env: Env,
        place: Place,
        flush: Flush,
        flusher: fn() -> std::io::Result<Flusher>,
    ) -> anyhow::Result<Arc<PartitionStore>> {
        let (found, flushers) = match &place {
            Place::Disk(folders) => {
                let threads = if flush == Flush::Fsync {
                    folders.list().len()
                } else {
                    0
                };
                let flushers = (0..threads).map(|_| flusher());
                (find_dirs(folders)?, flushers.collect::<Result<_, _>>()?)
            }
            Place::Memory(_) => (HashMap::new(), Vec::new()),
        };
        let cleanings = match &place {
            Place::Disk(folders) => Cleanings::read(folders.list()),
            Place::Memory(_) => Cleanings::default(),
        };
        Ok(Arc::new(PartitionStore {
            env,
            place,
            found: Mutex::new(found),
            opened: Mutex::new(Vec::new()),
            known: Mutex::new(Vec::new()),
            flushers,
            removals: Removals::default(),
            making_room: Mutex::new(()),
            moves: Moves::default(),
            cleanings,
            flushes: Flushes::default(),
            disk_floor: DiskFloor::default(),
            recovery_threads: AtomicUsize::new(1),
            opening: Mutex::new(()),
            checkpoints_written: Mutex::default(),
            #[cfg(test)]
            spoilt: Default::default(),
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

    /// The data folders; `None` in memory.
    pub fn folders(&self) -> Option<&Folders> {
        match &self.place {
            Place::Disk(folders) => Some(folders),
            Place::Memory(_) => None,
        }
    }

    /// Whether a data folder was not marked clean when the broker stopped.
    pub fn unclean_start(&self) -> bool {
        let folders = self.folders().map(Folders::list).unwrap_or_default();
        let mut opened = folders.iter().filter_map(Folder::data);
        opened.any(|folder| !folder.was_clean_shutdown())
    }

    /// Partition directories of one folder that were there at the start and have not been opened since, in order.
    pub fn unopened_dirs(&self, folder: usize) -> Vec<String> {
        let found = lock(&self.found);
        let here = found.iter().filter(|(_, at)| at.is_in(folder));
        let mut names: Vec<String> = here.map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        names
    }

    /// Looks for partition directories again, after some got another name; before any partition is opened.
    ///
    /// # Errors
    /// When a folder cannot be listed.
    pub fn find_again(&self) -> Result<(), FolderError> {
        if let Some(folders) = self.folders() {
            *lock(&self.found) = find_dirs(folders)?;
        }
        Ok(())
    }

    /// Where a partition's log is or will be: the folder that has its directory, else the one that the metadata name.
    pub(super) fn locate(&self, id: &PartitionId, directory: Uuid) -> Location {
        let Some(folders) = self.folders() else {
            return Location::folder(0);
        };
        let found = lock(&self.found);
        if !found.is_empty()
            && let Some(location) = found.get(&id.dir_name())
        {
            return *location;
        }
        match folders.by_id(directory) {
            Some(index) => Location::folder(index),
            None if is_assigned(directory) => Location::MISSING,
            None => {
                let online = folders.list().iter().position(|folder| folder.online().is_some());
                Location::folder(online.unwrap_or_default())
            }
        }
    }

    #[cfg(test)]
    pub(super) fn flushers(&self) -> &[Flusher] {
        &self.flushers
    }

    pub(super) fn flusher(&self, location: Location) -> Option<&Flusher> {
        self.flushers.get(location.index()?)
    }

    /// The folder of a partition, if there is one.
    pub(super) fn folder(&self, location: Location) -> Option<&Folder> {
        self.folders()?.get(location.index()?)
    }

    /// After a failed sync nothing more is appended to the folder: the kernel may have dropped pages.
    pub(super) fn mark_offline(&self, location: Location, error: &std::io::Error) {
        if let Some(folder) = self.folder(location).and_then(Folder::data) {
            folder.mark_offline(&format!("a sync failed: {error}"));
        }
    }

    /// The folder of a partition while it can be used.
    fn usable(&self, location: Location, id: &PartitionId) -> Result<&Arc<DataFolder>, PartitionError> {
        let folder = self.folder(location).and_then(Folder::online);
        folder.ok_or_else(|| PartitionError::Offline(self.why_offline(location, id)))
    }

    /// Why a partition at this place cannot be used.
    pub(super) fn why_offline(&self, location: Location, id: &PartitionId) -> String {
        let dir = id.dir_name();
        if let Some(folder) = self.folder(location) {
            let path = folder.path().display();
            return format!(
                "data folder {path}: {}",
                folder.offline_reason().unwrap_or("in use")
            );
        }
        let paths: Vec<String> = (self.folders().map(Folders::list).unwrap_or_default().iter())
            .filter(|folder| matches!(folder.data(), Some(data) if data.fs().exists(&data.path().join(&dir)).unwrap_or(false)))
            .map(|folder| folder.path().join(&dir).display().to_string())
            .collect();
        match location {
            Location::TWICE => format!(
                "its directory is in more than one data folder: {}; move the ones that are not wanted away and start again",
                paths.join(", ")
            ),
            _ => "its data folder failed at the start or is not among log.dirs any more; bring the folder back and start \
                  again, or delete the topic"
                .to_owned(),
        }
    }

    /// Whether every append waits for a sync.
    pub(super) fn syncs_appends(&self) -> bool {
        !self.flushers.is_empty()
    }

    /// Opens the log if its directory was there at the start.
    pub(super) fn open_existing(
        &self,
        id: &PartitionId,
        location: Location,
        options: LogOptions,
    ) -> Result<Option<Log>, PartitionError> {
        if self.folders().is_none() {
            return Ok(None);
        }
        let folder = self.usable(location, id)?;
        let dir = id.dir_name();
        if !lock(&self.found).contains_key(&dir) {
            return Ok(None);
        }
        let hint = self.hint(folder, &dir);
        let (log, report) = Log::open(folder, &dir, id.topic_id, options, hint, self.env.now_ms())
            .inspect_err(|error| note_failure(folder, error))?;
        if report.cut_bytes > 0 || report.cut_reason.is_some() {
            tracing::warn!(partition = %dir, cut_bytes = report.cut_bytes, reason = report.cut_reason.as_deref().unwrap_or(""),
                log_end_offset = log.log_end_offset(), "cut a torn tail");
        }
        lock(&self.found).remove(&dir);
        Ok(Some(log))
    }

    /// What the checkpoints say of a log. A crash right behind a move leaves it to the folder it came from.
    fn hint(&self, folder: &DataFolder, dir: &str) -> OpenHint {
        let mut hint = folder.open_hint(dir);
        let all = self.folders().map(Folders::list).unwrap_or_default();
        for other in all.iter().filter_map(Folder::data) {
            let other = other.open_hint(dir);
            hint.log_start_offset = hint.log_start_offset.max(other.log_start_offset);
            hint.compacted_to = hint.compacted_to.max(other.compacted_to);
        }
        hint
    }

    /// Makes a new log.
    pub(super) fn create(
        &self,
        id: &PartitionId,
        location: Location,
        options: LogOptions,
    ) -> Result<Log, PartitionError> {
        match &self.place {
            Place::Disk(_) => {
                let folder = self.usable(location, id)?;
                Ok(Log::create(folder, &id.dir_name(), id.topic_id, options)
                    .inspect_err(|error| note_failure(folder, error))?)
            }
            Place::Memory(budget) => Ok(Log::in_memory(Arc::clone(budget), options)),
        }
    }

    /// Remembers a partition whose log is open.
    pub(super) fn register(&self, partition: &Arc<Partition>) {
        remember(&self.opened, partition);
    }

    /// Remembers a partition.
    pub(super) fn know(&self, partition: &Arc<Partition>) {
        remember(&self.known, partition);
    }

    /// Every partition there is, opened or not.
    pub(super) fn all_partitions(&self) -> Vec<Arc<Partition>> {
        lock(&self.known).iter().filter_map(Weak::upgrade).collect()
    }

    /// The folder of a log that was there at the start and that nobody has opened yet.
    pub(super) fn unopened_folder(&self, location: Location, dir_name: &str) -> Option<&Arc<DataFolder>> {
        let folder = self.folder(location).and_then(Folder::online)?;
        lock(&self.found).contains_key(dir_name).then_some(folder)
    }

    /// When retention should open a log that was there at the start and that nobody has opened yet
    /// ([`Peeked::retention_due_ms`]).
    pub(super) fn peek_retention(
        &self,
        id: &PartitionId,
        location: Location,
        retention: &Retention,
    ) -> Result<i64, LogError> {
        let dir = id.dir_name();
        match self.unopened_folder(location, &dir) {
            Some(folder) => Peeked::look(folder, &dir)?.retention_due_ms(retention),
            None => Ok(i64::MAX),
        }
    }

    pub(super) fn open_partitions(&self) -> Vec<Arc<Partition>> {
        lock(&self.opened).iter().filter_map(Weak::upgrade).collect()
    }

    /// Renames the directory of a partition that is not open, if it was there at the start.
    pub(super) fn doom_unopened(&self, id: &PartitionId, location: Location) -> Result<Doomed, LogError> {
        let mut doomed = Doomed::default();
        let folders = self.folders().map(Folders::list).unwrap_or_default();
        for (index, folder) in folders.iter().enumerate() {
            if (location.is_in(index) || location == Location::TWICE)
                && let Some(folder) = folder.online()
            {
                doomed.merge(Doomed::partition_dir(folder, &id.dir_name(), id.topic_id)?);
            }
        }
        lock(&self.found).remove(&id.dir_name());
        Ok(doomed)
    }

    /// Removes files once `delay_ms` (`file.delete.delay.ms`) have passed.
    pub(super) fn remove_later(&self, doomed: Doomed, delay_ms: i64) {
        let due_ms = self.env.clock.monotonic_ms().saturating_add(delay_ms.max(0));
        self.removals.push(doomed, due_ms);
    }

    /// Answers everybody who waits for partitions of a failed folder; answers how many partitions were in use there.
    pub fn give_up(&self, folder: usize) -> usize {
        let partitions = self.open_partitions();
        let here = partitions.iter().filter(|p| p.location().is_in(folder));
        here.inspect(|partition| partition.give_up()).count()
    }
}

/// Partition directories of all folders that can be listed, by name.
fn find_dirs(folders: &Folders) -> Result<HashMap<String, Location>, FolderError> {
    let mut found = HashMap::new();
    for (index, folder) in folders.list().iter().enumerate() {
        let Some(data) = folder.online() else { continue };
        for name in data.partition_dirs()? {
            found
                .entry(name)
                .and_modify(|at| *at = Location::TWICE)
                .or_insert(Location::folder(index));
        }
    }
    Ok(found)
}

/// Adds to a list whose length is bounded by twice the number of partitions that live.
fn remember(list: &Mutex<Vec<Weak<Partition>>>, partition: &Arc<Partition>) {
    let mut list = lock(list);
    if list.len() == list.capacity() {
        list.retain(|p| p.strong_count() > 0);
    }
    list.push(Arc::downgrade(partition));
}

/// A log that cannot be read because its disk failed takes the folder out of use.
fn note_failure(folder: &DataFolder, error: &LogError) {
    if let LogError::Io { source, .. } = error {
        folder.note_failure(source);
    }
}
