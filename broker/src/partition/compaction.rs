//! The cleaner: compacts the dirtiest logs first, in the background (Kafka's `LogCleaner`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use storage::{CompactionSettings, FolderError, Peeked};
use tokio::sync::Notify;

use super::compact::Dirty;
use super::pace::Pace;
use super::{Folder, Partition, PartitionError, PartitionStore, blocking, lock};
use crate::config::{CleanerConfig, TopicConfig};

/// How often partitions with `max.compaction.lag.ms` are looked at: compaction starts within a second of the deadline.
const DEADLINE_LOOK_MS: i64 = 500;
/// Logs that are compacted at once, whatever `log.cleaner.threads` says.
const THREADS_MAX: usize = 64;

/// Where the cleaner's configuration comes from: it may change while running.
pub type CleanerConfigSource = Box<dyn Fn() -> CleanerConfig + Send + Sync>;

/// What partitions and the cleaner share.
#[derive(Debug, Default)]
pub(super) struct Cleanings {
    /// Checkpoints read at the start, until their partitions take them.
    at_start: Mutex<HashMap<String, i64>>,
    pub(super) io: Pace,
    changed: Notify,
    /// Held while the checkpoint files are written, so that an older state never follows a newer one.
    writing: Mutex<()>,
}

impl Cleanings {
    /// Reads the checkpoints of all folders.
    pub(super) fn read<'a>(folders: impl IntoIterator<Item = &'a Folder>) -> Cleanings {
        let opened = folders.into_iter().filter_map(Folder::online);
        let mut at_start: HashMap<String, i64> = HashMap::new();
        for (dir_name, offset) in opened.flat_map(|folder| folder.read_cleaner_checkpoint()) {
            // A crash right behind a move leaves it to both folders: to compact too much does no harm.
            let known = at_start.entry(dir_name).or_insert(offset);
            *known = offset.min(*known);
        }
        Cleanings {
            at_start: Mutex::new(at_start),
            ..Cleanings::default()
        }
    }

    /// The checkpoint of a partition; asked once, for a later partition of that name is another one.
    pub(super) fn take(&self, dir_name: &str) -> Option<i64> {
        let mut at_start = lock(&self.at_start);
        if at_start.is_empty() {
            None
        } else {
            at_start.remove(dir_name)
        }
    }

    /// A configuration changed: look again soon.
    pub(super) fn wake(&self) {
        self.changed.notify_one();
    }
}

/// Stops compactions when the broker stops.
#[derive(Clone, Debug)]
pub struct CleanerStop(Arc<PartitionStore>);

impl CleanerStop {
    /// Every compaction ends soon, leaving its log as it is.
    pub fn stop(&self) {
        self.0.cleanings.io.stop();
    }
}

/// The cleaner of a broker.
pub struct Cleaner {
    store: Arc<PartitionStore>,
    source: CleanerConfigSource,
    hash_key: (u64, u64),
    config: Option<CleanerConfig>,
}

impl std::fmt::Debug for Cleaner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cleaner")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Cleaner {
    /// A cleaner of the partitions of `store`; nothing happens before [`Cleaner::run`].
    pub fn new(store: Arc<PartitionStore>, source: CleanerConfigSource) -> Cleaner {
        let chance = store.env().uuid().as_u64_pair();
        let hash_key = (
            chance.0 ^ store.env().uuid().as_u64_pair().1.rotate_left(17),
            chance.1,
        );
        Cleaner {
            store,
            source,
            hash_key,
            config: None,
        }
    }

    /// What stops it, from another task.
    pub fn stopper(&self) -> CleanerStop {
        CleanerStop(Arc::clone(&self.store))
    }

    /// Runs until it is stopped, or the task is aborted.
    pub async fn run(mut self) {
        while !self.store.cleanings.io.is_stopped() {
            let pass = blocking(|| self.pass());
            if pass.cleaned {
                // There may be more; others shall have a turn.
                tokio::task::yield_now().await;
                continue;
            }
            let backoff_ms = self.config.map_or(0, |config| config.backoff_ms).max(1);
            let wait_ms = match pass.has_deadlines {
                true => backoff_ms.min(DEADLINE_LOOK_MS),
                false => backoff_ms,
            };
            tokio::select! {
                () = self.store.env().sleep_ms(wait_ms) => {}
                () = self.store.cleanings.changed.notified() => {}
            }
        }
    }

    /// Compacts the dirtiest logs, as many at once as there are threads; each takes the next when it is done.
    pub fn pass(&mut self) -> Pass {
        let config = (self.source)();
        if self.config.replace(config).is_some_and(|before| before != config) {
            let partitions = self.store.all_partitions();
            partitions
                .iter()
                .for_each(|partition| partition.compaction.retry());
        }
        let mut pass = Pass::default();
        if config.threads == 0 {
            return pass;
        }
        let mut dirty = self.look(&mut pass);
        // The dirtiest last, to be taken first.
        dirty.sort_by(|a, b| a.ratio.total_cmp(&b.ratio));
        let settings = self.settings(&config);
        let threads = config.threads.min(THREADS_MAX).min(dirty.len());
        let queue = Mutex::new(dirty);
        let work = || {
            let mut cleaned = false;
            loop {
                let next = lock(&queue).pop();
                match next {
                    Some(dirty) if !self.store.cleanings.io.is_stopped() => {
                        cleaned |= self.clean(&dirty.partition, &settings);
                    }
                    _ => return cleaned,
                }
            }
        };
        pass.cleaned = match threads {
            0 => false,
            1 => work(),
            _ => std::thread::scope(|scope| {
                let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
                let results: Vec<bool> = workers.into_iter().map(|w| w.join().unwrap_or(false)).collect();
                results.contains(&true)
            }),
        };
        pass
    }

    fn look(&self, pass: &mut Pass) -> Vec<Dirty> {
        let now_ms = self.store.env().now_ms();
        let mut dirty = Vec::new();
        for partition in self.store.all_partitions() {
            let config = partition.config();
            pass.has_deadlines |= config.has_compaction_deadline();
            match partition.look_for_dirt(now_ms) {
                Ok(found) => dirty.extend(found),
                Err(PartitionError::Offline(_) | PartitionError::Deleted) => {}
                Err(error) => {
                    tracing::warn!(partition = %partition.id().dir_name(), %error, "could not look whether to compact");
                }
            }
        }
        dirty
    }

    fn clean(&self, partition: &Arc<Partition>, settings: &CompactionSettings) -> bool {
        let clock = Arc::clone(&self.store.env().clock);
        let io = &self.store.cleanings.io;
        let rate = || Some((self.source)().io_bytes_per_second_max);
        match partition.compact(settings, &mut |bytes| io.go_on(&*clock, bytes, &rate)) {
            Ok(cleaned) => {
                if cleaned && let Err(error) = self.store.write_cleaner_checkpoints() {
                    tracing::warn!(%error, "could not write down what was compacted; it is compacted again after a restart");
                }
                cleaned
            }
            Err(failure) => {
                partition.compaction_failed(&failure);
                false
            }
        }
    }

    fn settings(&self, config: &CleanerConfig) -> CompactionSettings {
        let threads = config.threads.max(1);
        CompactionSettings {
            map_bytes_max: config.dedupe_buffer_bytes / threads as u64,
            load_factor: config.load_factor,
            // One half to read, one to write.
            buffer_bytes: config.io_buffer_bytes / threads / 2,
            hash_key: self.hash_key,
            delete_retention_ms: 0,
            now_ms: self.store.env().now_ms(),
        }
    }
}

/// What a pass came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Something was compacted.
    pub cleaned: bool,
    /// Some topic has `max.compaction.lag.ms`.
    pub has_deadlines: bool,
}

impl PartitionStore {
    /// Writes `cleaner-offset-checkpoint` of every folder.
    pub(super) fn write_cleaner_checkpoints(&self) -> Result<(), FolderError> {
        let _writing = lock(&self.cleanings.writing);
        let partitions = self.all_partitions();
        let folders = self.folders().map(super::Folders::list).unwrap_or_default();
        for (index, folder) in folders.iter().enumerate() {
            let Some(folder) = folder.online() else { continue };
            let here = partitions.iter().filter(|p| p.location().is_in(index));
            let entries = here.filter_map(|p| Some((p.id().dir_name(), p.compaction.cleaned_to()?)));
            folder.write_cleaner_checkpoint(&entries.collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// Whether a log that nobody has opened since the start may need compaction, from names and sizes of its files.
    pub(super) fn may_be_dirty(
        &self,
        partition: &Arc<Partition>,
        config: &TopicConfig,
    ) -> Result<bool, PartitionError> {
        let dir = partition.id().dir_name();
        let Some(folder) = self.unopened_folder(partition.location(), &dir) else {
            return Ok(false);
        };
        let segments = Peeked::look(folder, &dir)?.segments;
        let cleaned_to = partition.compaction.cleaned_to().unwrap_or(0);
        if config.max_compaction_lag_ms < i64::MAX {
            let end = segments.last().filter(|last| last.bytes > 0);
            return Ok(segments.len() > 1 || end.is_some());
        }
        let Some((_, closed)) = segments.split_last() else {
            return Ok(false);
        };
        let dirty_from = closed.partition_point(|s| s.base_offset < cleaned_to);
        let bytes =
            |segments: &[storage::PeekedSegment]| segments.iter().map(|s| s.bytes).sum::<u64>() as f64;
        let dirty = bytes(closed.get(dirty_from.saturating_sub(1)..).unwrap_or_default());
        Ok(dirty > bytes(closed) * config.min_cleanable_dirty_ratio)
    }
}
