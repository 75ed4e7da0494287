//! One partition as a broker keeps it: its log, what was retired from it, its model.

use std::sync::Arc;

use storage::{
    CheckpointEntry, DataFolder, DirtyFiles, Doomed, Log, LogError, LogOptions, OpenHint, RecoveryReport,
    Retired,
};
use uuid::Uuid;

use crate::batches::Producer;
use crate::model::Model;
use crate::rng::Rng;
use crate::trace;
use crate::world::{Policy, open_log};

pub struct Partition {
    pub(super) dir: String,
    pub(super) options: LogOptions,
    pub(super) log: Option<Log>,
    pub(super) retired: Retired,
    pub(super) doomed: Doomed,
    pub(super) producers: Vec<Producer>,
    pub model: Model,
    /// A roll may have failed for want of room, with a time entry more than need be.
    pub met_full_disk: bool,
    pub(super) coordinator_epoch: i32,
    /// `cleanup.policy` has `compact`.
    pub(super) compacted: bool,
    pub(super) cleaned_to: Option<i64>,
    /// What a slow disk is syncing.
    pub(super) syncing: Option<DirtyFiles>,
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
