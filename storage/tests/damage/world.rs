//! A folder with partitions of every kind, stopped cleanly or killed, and what is true of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use storage::{
    AbortedTxn, Appended, BatchBuilder, CheckedBatch, CheckpointEntry, CompactionLimits, CompactionSettings,
    DataFolder, FileSystem, FolderError, FolderIds, Log, LogOptions, LogView, SimFs,
};
use uuid::Uuid;

use crate::batches::{Batch, Producer, marker, records, split};
use crate::rng::Rng;

pub const ROOT: &str = "/data";
pub const TOPIC: Uuid = Uuid::from_u128(77);
pub const NOW_MS: i64 = 1_700_000_100_000;
/// Plain, trimmed, compacted.
pub const DIRS: [&str; 3] = ["plain-0", "trimmed-0", "compacted-0"];

/// What is true of a partition when it stops.
pub struct Truth {
    /// Those below the log start as well, as far as their segments are there.
    pub batches: Vec<Batch>,
    pub start: i64,
    pub end: i64,
    /// Everything below was synced, and a checkpoint says so.
    pub durable: i64,
    pub unstable: Option<i64>,
    pub aborted: Vec<AbortedTxn>,
    /// The last batch of each producer: sent again, it is a duplicate.
    pub last_sent: Vec<(CheckedBatch, Appended)>,
}

pub struct World {
    pub fs: SimFs,
    pub clean: bool,
    pub truths: BTreeMap<&'static str, Truth>,
}

pub fn options() -> LogOptions {
    LogOptions {
        segment_bytes: 4000,
        index_interval_bytes: 200,
        ..LogOptions::default()
    }
}

pub fn open_folder(fs: &SimFs) -> Result<Arc<DataFolder>, FolderError> {
    let ids = FolderIds {
        cluster_id: None,
        node_id: 1,
        fresh_cluster_id: Uuid::from_u128(5),
        fresh_directory_id: Uuid::from_u128(6),
    };
    DataFolder::open(Arc::new(fs.clone()), Path::new(ROOT), &ids, 8)
}

/// Whole batches from `offset` on.
pub fn read_all(view: &LogView, offset: i64) -> Vec<Batch> {
    let mut found: Vec<Batch> = Vec::new();
    let mut next = offset;
    loop {
        let result = view.read(next, 900, i64::MAX, true).unwrap();
        let bytes: Vec<u8> = result.chunks.iter().flat_map(|c| c.to_bytes().unwrap()).collect();
        if bytes.is_empty() {
            return found;
        }
        found.extend(split(&bytes).into_iter().map(Batch::read));
        next = found.last().unwrap().next();
    }
}

impl World {
    pub fn new(seed: u64) -> World {
        let mut rng = Rng(seed);
        let fs = SimFs::new(seed);
        let folder = open_folder(&fs).unwrap();
        let clean = seed.is_multiple_of(2);
        let mut logs: Vec<Filled> = DIRS.map(|dir| Filled::new(&folder, dir)).into();
        for log in &mut logs {
            log.fill(&mut rng);
            log.change();
        }
        folder.write_checkpoints(&entries(&logs)).unwrap();
        for log in &mut logs {
            // Unsynced, and in several segments.
            log.append_some(&mut rng, 12);
        }
        if clean {
            logs.iter_mut().for_each(|log| log.log.close().unwrap());
            let mut entries = entries(&logs);
            entries
                .iter_mut()
                .for_each(|entry| entry.recovery_point = entry.high_watermark);
            folder.finish_clean(&entries).unwrap();
            logs.iter_mut()
                .for_each(|log| log.durable = log.log.log_end_offset());
        }
        if !clean {
            leave_over(&fs);
        }
        let truths = logs.iter().map(|log| (log.dir, log.truth())).collect();
        let fs = fs.killed();
        World { fs, clean, truths }
    }
}

/// What a kill in the middle of retention and compaction leaves: the last step of each was to come.
fn leave_over(fs: &SimFs) {
    let copy = |dir: &str, first: bool, added: &str| {
        let dir = Path::new(ROOT).join(dir);
        let mut names: Vec<String> = fs.list(&dir).unwrap().into_iter().map(|e| e.name).collect();
        names.sort();
        let bases = || names.iter().filter_map(|name| name.strip_suffix(".log"));
        let base = if first { bases().next() } else { bases().nth(1) }.unwrap();
        for suffix in [".index", ".timeindex", ".txnindex", ".log"] {
            if let Ok(bytes) = fs.read(&dir.join(format!("{base}{suffix}"))) {
                let path = dir.join(format!("{base}{suffix}{added}"));
                fs.write_unsynced(&path, &bytes).unwrap();
            }
        }
    };
    copy("plain-0", false, ".cleaned");
    copy("trimmed-0", true, ".deleted");
    copy("compacted-0", true, ".swap");
}

fn entries(logs: &[Filled]) -> Vec<CheckpointEntry> {
    let entry = |log: &Filled| CheckpointEntry {
        dir_name: log.dir.to_owned(),
        recovery_point: log.log.recovery_point(),
        log_start_offset: log.log.log_start_offset(),
        high_watermark: log.log.log_end_offset(),
    };
    logs.iter().map(entry).collect()
}

struct Filled {
    dir: &'static str,
    log: Log,
    producers: Vec<Producer>,
    now_ms: i64,
    epoch: i32,
    durable: i64,
    /// Below the log start.
    trimmed: (Vec<Batch>, Vec<AbortedTxn>),
}

impl Filled {
    fn new(folder: &Arc<DataFolder>, dir: &'static str) -> Filled {
        Filled {
            dir,
            log: Log::create(folder, dir, TOPIC, options()).unwrap(),
            producers: Producer::all(),
            now_ms: 1_700_000_000_000,
            epoch: 0,
            durable: 0,
            trimmed: (Vec::new(), Vec::new()),
        }
    }

    fn fill(&mut self, rng: &mut Rng) {
        for epoch in 0..3 {
            self.epoch = epoch;
            self.append_some(rng, 25);
        }
        let dirty = self.log.dirty();
        dirty.files.iter().for_each(|file| file.sync_data().unwrap());
        self.log.synced(&dirty);
        self.durable = self.log.recovery_point();
    }

    fn append_some(&mut self, rng: &mut Rng, count: u32) {
        for _ in 0..count {
            self.now_ms += rng.between(0, 100);
            let who = rng.below(6) as usize;
            let batch = match self.producers.get(who) {
                None => records(rng, BatchBuilder::new(self.now_ms), self.now_ms),
                Some(producer) if producer.open && rng.one_in(2) => {
                    marker(producer, self.now_ms, rng.one_in(2), self.epoch)
                }
                Some(producer) => {
                    let mut builder =
                        BatchBuilder::new(self.now_ms).producer(producer.id, 0, producer.next_sequence);
                    if producer.transactional {
                        builder = builder.transactional();
                    }
                    records(rng, builder, self.now_ms)
                }
            };
            let appended = self.log.append(&batch, self.epoch, self.now_ms).unwrap();
            if let Some(producer) = self.producers.get_mut(who) {
                if batch.header().is_control() {
                    producer.open = false;
                } else {
                    producer.open = producer.transactional;
                    producer.next_sequence += batch.header().record_count;
                    producer.last = Some((batch, appended));
                }
            }
        }
    }

    fn change(&mut self) {
        if self.dir == "trimmed-0" {
            let view = self.log.view();
            self.trimmed = (
                read_all(&view, 0),
                view.aborted_transactions(0, i64::MAX).unwrap(),
            );
            let (_, retired) = self.log.trim(self.log.log_end_offset() / 3).unwrap();
            retired.rename().unwrap().remove().unwrap();
        }
        if self.dir == "compacted-0" {
            let limits = CompactionLimits {
                last_stable_offset: self.log.first_unstable_offset().unwrap_or(i64::MAX),
                min_lag_ms: 0,
                max_lag_ms: i64::MAX,
            };
            let settings = CompactionSettings {
                map_bytes_max: 1 << 20,
                load_factor: 0.9,
                buffer_bytes: 0,
                hash_key: (1, 2),
                delete_retention_ms: 100,
                now_ms: self.now_ms,
            };
            self.log.compact(None, &limits, &settings).unwrap();
        }
    }

    fn truth(&self) -> Truth {
        let log = &self.log;
        let view = log.view();
        let start = log.log_start_offset();
        let mut batches: Vec<Batch> = self
            .trimmed
            .0
            .iter()
            .filter(|b| b.base() < start)
            .cloned()
            .collect();
        batches.extend(read_all(&view, start).into_iter().filter(|b| b.base() >= start));
        let mut aborted = view.aborted_transactions(start, log.log_end_offset()).unwrap();
        let known = |t: &&AbortedTxn| aborted.iter().all(|a| a.last_offset != t.last_offset);
        let older: Vec<AbortedTxn> = self.trimmed.1.iter().filter(known).copied().collect();
        aborted.extend(older);
        let sent = self.producers.iter().filter_map(|producer| producer.last.clone());
        Truth {
            batches,
            start,
            end: log.log_end_offset(),
            durable: self.durable,
            unstable: log.first_unstable_offset(),
            aborted,
            last_sent: sent.collect(),
        }
    }
}
