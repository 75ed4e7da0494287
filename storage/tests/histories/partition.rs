//! One partition as a broker keeps it: its log, what was retired from it, its model.

use std::sync::Arc;

use storage::log::Retention;
use storage::{
    BatchBuilder, CheckedBatch, CheckpointEntry, Compaction, CompactionError, CompactionLimits,
    CompactionPlan, CompactionSettings, DataFolder, DirtyFiles, Doomed, Log, LogError, LogOptions, OpenHint,
    RecoveryReport, Retired,
};
use uuid::Uuid;

use crate::batches::{self, Batch, Producer};
use crate::model::Model;
use crate::rng::Rng;
use crate::trace;
use crate::world::{Policy, open_log};

pub struct Partition {
    dir: String,
    options: LogOptions,
    log: Option<Log>,
    retired: Retired,
    doomed: Doomed,
    producers: Vec<Producer>,
    pub model: Model,
    /// A roll may have failed for want of room, with a time entry more than need be.
    pub met_full_disk: bool,
    coordinator_epoch: i32,
    /// `cleanup.policy` has `compact`.
    compacted: bool,
    cleaned_to: Option<i64>,
    /// What a slow disk is syncing.
    syncing: Option<DirtyFiles>,
}

impl Partition {
    pub fn new(number: u64, options: LogOptions, compacted: bool) -> Partition {
        Partition {
            dir: format!("topic-{number}"),
            options,
            log: None,
            retired: Retired::default(),
            doomed: Doomed::default(),
            producers: Producer::all(),
            model: Model::default(),
            met_full_disk: false,
            coordinator_epoch: 0,
            compacted,
            cleaned_to: None,
            syncing: None,
        }
    }

    pub fn dir(&self) -> &str {
        &self.dir
    }

    /// Appends one batch of some kind. Answers whether it was appended.
    pub fn append(&mut self, rng: &mut Rng, folder: &Arc<DataFolder>, epoch: i32, now_ms: i64) -> bool {
        if self.log.is_none() {
            match open_log(folder, &self.dir, &self.options, now_ms) {
                Ok((log, _)) => self.log = Some(log),
                Err(_) => return false,
            }
        }
        let who = rng.below(8) as usize;
        let batch = match self.producers.get_mut(who) {
            None => batches::records(rng, BatchBuilder::new(now_ms), now_ms),
            Some(producer) if producer.open && rng.one_in(3) => {
                self.coordinator_epoch += 1;
                batches::marker(producer, now_ms, rng.one_in(2), self.coordinator_epoch)
            }
            Some(producer) => {
                if !producer.open && rng.one_in(20) {
                    producer.epoch += 1;
                    producer.next_sequence = 0;
                }
                let mut builder =
                    BatchBuilder::new(now_ms).producer(producer.id, producer.epoch, producer.next_sequence);
                if producer.transactional {
                    builder = builder.transactional();
                }
                batches::records(rng, builder, now_ms)
            }
        };
        self.append_batch(&batch, who, epoch, now_ms)
    }

    fn append_batch(&mut self, batch: &CheckedBatch, who: usize, epoch: i32, now_ms: i64) -> bool {
        let Some(log) = &mut self.log else { return false };
        let stored = Batch::stored(batch, self.model.end, epoch);
        match log.append(batch, epoch, now_ms) {
            Ok(appended) => {
                assert!(!appended.duplicate);
                assert_eq!(appended.base_offset, self.model.end);
                self.model.appended(stored);
                if let Some(producer) = self.producers.get_mut(who) {
                    if batch.header().is_control() {
                        producer.open = false;
                    } else {
                        producer.open = producer.transactional;
                        producer.next_sequence += batch.header().record_count;
                        producer.last = Some((batch.clone(), appended));
                    }
                }
                true
            }
            Err(error) => {
                let is_io = matches!(
                    error,
                    storage::AppendError::Io(_) | storage::AppendError::Offline(_)
                );
                assert!(is_io, "a batch that follows is refused: {error}");
                self.model.attempt = Some(stored);
                assert_eq!(
                    log.log_end_offset(),
                    self.model.end,
                    "a failed append moves nothing"
                );
                false
            }
        }
    }

    /// A producer that did not hear the answer sends its last batch again.
    pub fn append_again(&mut self) {
        let Some(log) = &mut self.log else { return };
        for producer in &self.producers {
            let Some((batch, first)) = &producer.last else {
                continue;
            };
            if batch.header().producer_epoch != producer.epoch {
                continue;
            }
            match log.append(batch, 0, 0) {
                Ok(again) => {
                    assert!(again.duplicate, "producer {}", producer.id);
                    assert_eq!(again.base_offset, first.base_offset);
                }
                Err(error) => assert!(matches!(error, storage::AppendError::Offline(_)), "{error}"),
            }
        }
    }

    pub fn sync(&mut self, folder: &DataFolder) {
        let dirty = self.log.as_ref().map(Log::dirty);
        self.sync_files(dirty, folder);
    }

    pub fn sync_closed(&mut self, folder: &DataFolder) {
        let dirty = self.log.as_ref().map(Log::dirty_closed);
        self.sync_files(dirty, folder);
    }

    /// Begins a sync that ends some steps later.
    pub fn begin_sync(&mut self) {
        self.syncing = self.log.as_ref().map(Log::dirty);
    }

    pub fn end_sync(&mut self, folder: &DataFolder) {
        let dirty = self.syncing.take();
        self.sync_files(dirty, folder);
    }

    fn sync_files(&mut self, dirty: Option<DirtyFiles>, folder: &DataFolder) {
        let (Some(log), Some(dirty)) = (&mut self.log, dirty) else {
            return;
        };
        if folder.offline_reason().is_some() {
            return;
        }
        match dirty.files.iter().try_for_each(|file| file.sync_data()) {
            Ok(()) => {
                log.synced(&dirty);
                self.model.durable = self.model.durable.max(dirty.end_offset);
            }
            // Never tried again.
            Err(error) => folder.mark_offline(&error.to_string()),
        }
    }

    fn high_watermark(&self, policy: Policy) -> i64 {
        match policy {
            Policy::Os => self.model.end,
            Policy::Fsync => self.model.durable.max(self.model.start),
        }
    }

    pub fn roll(&mut self, now_ms: i64) {
        if let Some(log) = &mut self.log {
            let _ = log.roll_now(now_ms);
        }
    }

    /// DeleteRecords.
    pub fn trim(&mut self, rng: &mut Rng, policy: Policy) {
        let high_watermark = self.high_watermark(policy);
        let Some(log) = &mut self.log else { return };
        let offset = rng.between(self.model.start, high_watermark);
        if let Ok((start, retired)) = log.trim(offset) {
            assert_eq!(start, offset);
            self.retired.merge(retired);
        }
        self.model.start = log.log_start_offset();
        assert!(self.model.start <= offset);
    }

    pub fn retain(&mut self, rng: &mut Rng, policy: Policy, now_ms: i64) {
        let high_watermark = self.high_watermark(policy);
        let Some(log) = &mut self.log else { return };
        let retention = Retention {
            retention_ms: rng.pick(&[-1, 300, 4000]),
            retention_bytes: rng.pick(&[-1, 0, 8000, 20_000]),
        };
        let before = log.log_start_offset();
        if let Ok((_, retired)) = log.retain(&retention, high_watermark, now_ms) {
            self.retired.merge(retired);
        }
        self.model.start = log.log_start_offset();
        assert!(self.model.start >= before && self.model.start <= high_watermark.max(before));
    }

    /// One pass of compaction as the broker makes it. `false` if it failed: nobody goes on with the log then.
    pub fn compact(
        &mut self,
        rng: &mut Rng,
        folder: &DataFolder,
        limits: &CompactionLimits,
        now_ms: i64,
    ) -> bool {
        let Some(log) = self.log.as_ref().filter(|_| folder.offline_reason().is_none()) else {
            return true;
        };
        let settings = CompactionSettings {
            map_bytes_max: rng.pick(&[400, 1 << 20]),
            load_factor: 0.9,
            buffer_bytes: 4096,
            hash_key: (1, 2),
            delete_retention_ms: rng.pick(&[0, 2000]),
            now_ms,
        };
        let Ok(cleanable) = log.view().cleanable(self.cleaned_to, limits, now_ms) else {
            return true;
        };
        let Some(plan) = log.plan_compaction(&cleanable) else {
            return true;
        };
        let bound = cleanable.first_uncleanable_offset;
        self.model.begin_compaction(bound);
        trace!("   compacting {}..{bound}", cleanable.first_dirty_offset);
        match self.compact_planned(rng, plan, &settings) {
            Ok(end_offset) => self.cleaned_to = Some(end_offset),
            Err(CompactionError::Outdated | CompactionError::MapTooSmall { .. }) => {}
            Err(error) => {
                trace!("   {error}");
                return false;
            }
        }
        if let Some(log) = &self.log {
            self.model.adopt(log);
        }
        true
    }

    /// What bounds a pass that begins now; `None` if this log is not to be compacted. All that it goes by must be synced
    /// and checkpointed before the pass.
    pub fn compaction_limits(&self, rng: &mut Rng, policy: Policy) -> Option<CompactionLimits> {
        let log = self.log.as_ref().filter(|_| self.compacted)?;
        let unstable = log.first_unstable_offset().unwrap_or(i64::MAX);
        Some(CompactionLimits {
            last_stable_offset: self.high_watermark(policy).min(unstable),
            min_lag_ms: rng.pick(&[0, 0, 1000]),
            max_lag_ms: i64::MAX,
        })
    }

    fn compact_planned(
        &mut self,
        rng: &mut Rng,
        plan: CompactionPlan,
        settings: &CompactionSettings,
    ) -> Result<i64, CompactionError> {
        let mut compaction = Compaction::start(plan, settings, &mut |_| true)?;
        while let Some(segment) = compaction.next_segment(&mut |_| true)? {
            if rng.one_in(10) {
                self.trim(rng, Policy::Fsync);
            }
            let Some(log) = &mut self.log else { break };
            let (pending, doomed) = log.replace_segments(segment)?;
            self.doomed.merge(doomed);
            pending.sync_names().map_err(io)?;
            if rng.one_in(10) {
                self.trim(rng, Policy::Fsync);
            }
            let Some(log) = &mut self.log else { break };
            log.finish_swap(&pending)?;
            pending.sync_names().map_err(io)?;
        }
        Ok(compaction.end_offset())
    }

    pub fn configure(&mut self, options: LogOptions) {
        if let Some(log) = &mut self.log {
            log.set_options(options.clone());
        }
        self.options = options;
    }

    pub fn checkpoint(&self, policy: Policy, closed: bool) -> Option<CheckpointEntry> {
        let log = self.log.as_ref()?;
        Some(CheckpointEntry {
            dir_name: self.dir.clone(),
            recovery_point: match closed {
                true => log.log_end_offset(),
                false => log.recovery_point(),
            },
            log_start_offset: log.log_start_offset(),
            high_watermark: self.high_watermark(policy),
        })
    }

    /// The checkpoint with the log start was written: what lies below may go.
    pub fn starts_are_durable(&mut self) {
        if self.log.is_some() {
            self.model.persisted_start = self.model.start;
            if let Ok(doomed) = std::mem::take(&mut self.retired).rename() {
                self.doomed.merge(doomed);
            }
        }
    }

    pub fn remove_doomed(&mut self) {
        let _ = std::mem::take(&mut self.doomed).remove();
    }

    pub fn close(&mut self) -> bool {
        self.log.as_mut().is_none_or(|log| log.close().is_ok())
    }

    /// The folder was marked clean: everything is durable.
    pub fn note_clean(&mut self) {
        self.model.durable = self.model.end;
        self.model.attempt = None;
        if self.log.is_some() {
            self.model.persisted_start = self.model.start;
        }
    }

    /// The process is gone.
    pub fn forget(&mut self) {
        self.log = None;
        self.syncing = None;
        self.retired = Retired::default();
        self.doomed = Doomed::default();
    }

    pub fn reopen(
        &mut self,
        folder: &Arc<DataFolder>,
        rng: &mut Rng,
        power_lost: bool,
        now_ms: i64,
    ) -> Result<RecoveryReport, LogError> {
        let (log, report) = open_log(folder, &self.dir, &self.options, now_ms)?;
        trace!("   {}: {:?} {report:?}", self.dir, folder.open_hint(&self.dir));
        self.log = Some(log);
        if folder.was_clean_shutdown() {
            self.settle(power_lost, rng);
        }
        Ok(report)
    }

    /// The log is open for good: what it has is what there is.
    pub fn settle(&mut self, power_lost: bool, rng: &mut Rng) {
        let Some(log) = &self.log else { return };
        // The cleaner's checkpoint may be old or lost.
        self.cleaned_to = self.cleaned_to.filter(|_| rng.one_in(2));
        self.model.after_crash(log, power_lost);
        for producer in &mut self.producers {
            let state = log
                .producer_states()
                .find(|state| state.producer_id == producer.id);
            producer.resume(state);
        }
    }

    pub fn check(&self, rng: &mut Rng) {
        if let Some(log) = &self.log {
            self.model.check(log, rng);
        }
    }

    /// Whether all that the log was told is still in it.
    pub fn tells_all(&self) -> bool {
        self.model.start == 0 && !self.compacted
    }

    /// Reads the whole log and writes its indexes, knowing nothing.
    pub fn rebuild(&self, folder: &Arc<DataFolder>, now_ms: i64) {
        let hint = OpenHint {
            log_start_offset: self.model.start,
            ..OpenHint::default()
        };
        let opened = Log::open(
            folder,
            &self.dir,
            Uuid::from_u128(77),
            self.options.clone(),
            hint,
            now_ms,
        );
        let (mut log, _) = opened.expect("a whole log opens");
        log.close().expect("a healthy log closes");
    }
}

fn io(source: std::io::Error) -> CompactionError {
    CompactionError::Log(LogError::Io {
        path: "names".into(),
        source,
    })
}
