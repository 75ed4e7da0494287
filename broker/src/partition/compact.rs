//! Compaction of one partition: when to look, what to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

use storage::{
    Cleanable, Compaction, CompactionError, CompactionLimits, CompactionPlan, CompactionSettings,
    CompactionStats, LogError, LogView,
};

use super::writer::Slot;
use super::{Partition, PartitionError, lock};
use crate::config::TopicConfig;

/// What the cleaner knows of a partition; a look that has nothing new to see costs some comparisons.
#[derive(Debug)]
pub(super) struct CompactionState {
    /// Everything below is compacted; negative: nothing is known.
    cleaned_to: AtomicI64,
    /// It failed in a way that trying again will not mend.
    uncleanable: AtomicBool,
    /// What the last look saw: a mark of the log's segments, the configuration (its address).
    seen: AtomicI64,
    seen_config: AtomicUsize,
    /// Before this moment (wall clock) what was seen needs no compaction.
    quiet_until_ms: AtomicI64,
}

/// A partition that needs compaction.
#[derive(Clone, Debug)]
pub(super) struct Dirty {
    pub(super) partition: Arc<Partition>,
    pub(super) ratio: f64,
}

impl CompactionState {
    pub(super) fn new(cleaned_to: Option<i64>) -> CompactionState {
        CompactionState {
            cleaned_to: AtomicI64::new(cleaned_to.unwrap_or(-1)),
            uncleanable: AtomicBool::new(false),
            seen: AtomicI64::new(i64::MIN),
            seen_config: AtomicUsize::new(0),
            quiet_until_ms: AtomicI64::new(i64::MIN),
        }
    }

    /// Where compaction came, if it ever did.
    pub(super) fn cleaned_to(&self) -> Option<i64> {
        Some(self.cleaned_to.load(Ordering::Acquire)).filter(|offset| *offset >= 0)
    }

    fn set_cleaned_to(&self, offset: i64) {
        self.cleaned_to.store(offset, Ordering::Release);
    }

    /// The next look looks closely.
    pub(super) fn forget(&self) {
        self.quiet_until_ms.store(i64::MIN, Ordering::Release);
    }

    /// Tries again what failed, because the cleaner's configuration has changed.
    pub(super) fn retry(&self) {
        self.uncleanable.store(false, Ordering::Release);
        self.forget();
    }
}

impl Partition {
    /// Looks whether the log needs compaction, rolling its active segment if `max.compaction.lag.ms` asks for it.
    /// Opens a log that was there at the start only if there may be something to do.
    pub(super) fn look_for_dirt(self: &Arc<Self>, now_ms: i64) -> Result<Option<Dirty>, PartitionError> {
        let config = self.config();
        let state = &self.compaction;
        if !config.compact || state.uncleanable.load(Ordering::Acquire) || self.is_offline() {
            return Ok(None);
        }
        let mark = self.mark_of_segments();
        let address = Arc::as_ptr(&config) as usize;
        if state.seen.load(Ordering::Acquire) == mark
            && state.seen_config.load(Ordering::Acquire) == address
            && now_ms < state.quiet_until_ms.load(Ordering::Acquire)
        {
            return Ok(None);
        }
        state.seen_config.store(address, Ordering::Release);
        state.seen.store(mark, Ordering::Release);
        if !self.settled.load(Ordering::Acquire) {
            if !self.store.may_be_dirty(self, &config)? {
                state.quiet_until_ms.store(i64::MAX, Ordering::Release);
                return Ok(None);
            }
            self.settle()?;
        }
        let active_due_ms = self.roll_overdue(&config, now_ms)?;
        let (Some(view), Some(limits)) = (self.view.load_full(), self.compaction_limits(&config)) else {
            state.quiet_until_ms.store(i64::MAX, Ordering::Release);
            return Ok(None);
        };
        let cleanable = self.cleanable(&view, &limits, now_ms)?;
        let ratio = cleanable.dirty_ratio();
        if cleanable.is_due(config.min_cleanable_dirty_ratio) {
            state.forget();
            let partition = Arc::clone(self);
            return Ok(Some(Dirty { partition, ratio }));
        }
        // What an open transaction or the minimal lag holds back may be let go by the next look.
        let held_back = view.active_base_offset() != Some(cleanable.first_uncleanable_offset);
        let due_ms = cleanable.due_ms.unwrap_or(i64::MAX).min(active_due_ms);
        let quiet_until_ms = if held_back { i64::MIN } else { due_ms };
        state.seen.store(self.mark_of_segments(), Ordering::Release);
        state.quiet_until_ms.store(quiet_until_ms, Ordering::Release);
        Ok(None)
    }

    /// Changes when the closed segments do, and when the active one gets its first record.
    fn mark_of_segments(&self) -> i64 {
        let view = self.view.load();
        let Some(view) = view.as_ref() else { return -1 };
        let base = view.active_base_offset().unwrap_or(-1);
        base.saturating_mul(2) + i64::from(view.log_end_offset() > base)
    }

    /// Closes the active segment if its records have waited for `max.compaction.lag.ms`. Answers when they will have.
    fn roll_overdue(self: &Arc<Self>, config: &TopicConfig, now_ms: i64) -> Result<i64, PartitionError> {
        if !config.has_compaction_deadline() {
            return Ok(i64::MAX);
        }
        let mut writer = self.settled_writer()?;
        let Slot::Open(log) = &mut writer.slot else {
            return Ok(i64::MAX);
        };
        let Some(oldest_ms) = log.active_oldest_ms() else {
            return Ok(i64::MAX);
        };
        let due_ms = oldest_ms.saturating_add(config.max_compaction_lag_ms);
        if due_ms >= now_ms {
            return Ok(due_ms);
        }
        log.roll_now(now_ms)?;
        Ok(i64::MAX)
    }

    fn compaction_limits(&self, config: &TopicConfig) -> Option<CompactionLimits> {
        let unstable = match &lock(&self.writer).slot {
            Slot::Open(log) => log.first_unstable_offset(),
            _ => return None,
        };
        let limits = CompactionLimits {
            last_stable_offset: self.tail.high_watermark().min(unstable.unwrap_or(i64::MAX)),
            min_lag_ms: config.min_compaction_lag_ms,
            max_lag_ms: config.max_compaction_lag_ms,
        };
        #[cfg(test)]
        let limits = self.spoil_limits(limits);
        Some(limits)
    }

    fn cleanable(
        &self,
        view: &LogView,
        limits: &CompactionLimits,
        now_ms: i64,
    ) -> Result<Cleanable, PartitionError> {
        let checkpoint = self.compaction.cleaned_to();
        let cleanable = view.cleanable(checkpoint, limits, now_ms)?;
        if cleanable.checkpoint_is_void {
            // With retention by time or size this is how it goes.
            if !self.config().delete {
                tracing::warn!(partition = %self.id().dir_name(), ?checkpoint, start = cleanable.first_dirty_offset,
                    "what was compacted is not in the log any more; starting from its beginning");
            }
            self.compaction.set_cleaned_to(cleanable.first_dirty_offset);
        }
        Ok(cleanable)
    }

    /// Compacts what can be compacted. `Ok(false)`: there was nothing, or somebody else works on the closed segments.
    pub(super) fn compact(
        self: &Arc<Self>,
        settings: &CompactionSettings,
        go_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<bool, CompactFailure> {
        let Some(_token) = self.try_maintain() else {
            return Ok(false);
        };
        let Some(plan) = self.plan(settings.now_ms)? else {
            return Ok(false);
        };
        let settings = CompactionSettings {
            delete_retention_ms: self.config().delete_retention_ms,
            ..*settings
        };
        let started_ms = self.store.env().clock.monotonic_ms();
        let mut compaction = Compaction::start(plan, &settings, go_on)?;
        while let Some(segment) = compaction.next_segment(go_on)? {
            let (pending, doomed) = match &mut lock(&self.writer).slot {
                Slot::Open(log) => log.replace_segments(segment)?,
                _ => {
                    segment.discard();
                    return Ok(false);
                }
            };
            let sync = || pending.sync_names().map_err(|e| self.sync_error(e));
            sync()?;
            match &mut lock(&self.writer).slot {
                Slot::Open(log) => log.finish_swap(&pending).map_err(CompactionError::Log)?,
                _ => return Ok(false),
            }
            sync()?;
            let delay_ms = self.config().file_delete_delay_ms;
            self.store.remove_later(doomed, delay_ms);
        }
        let before = self.compaction.cleaned_to();
        self.compaction.set_cleaned_to(compaction.end_offset());
        // The newest record of the oldest segment may be an older one now.
        self.retention_due.forget();
        let took_ms = self.store.env().clock.monotonic_ms() - started_ms;
        self.tell_compacted(before, compaction.end_offset(), took_ms, &compaction.stats());
        Ok(true)
    }

    /// Syncs and checkpoints the log: recovery must not take the gaps that compaction makes for lost batches, and what
    /// decides transactions below the limits, taken before, must not be lost either. Then takes down what there is to do.
    fn plan(self: &Arc<Self>, now_ms: i64) -> Result<Option<CompactionPlan>, CompactFailure> {
        self.settle()?;
        let config = self.config();
        let (Some(view), Some(limits)) = (self.view.load_full(), self.compaction_limits(&config)) else {
            return Ok(None);
        };
        self.sync();
        if self.is_offline() {
            return Err(CompactFailure::Partition(self.offline()));
        }
        self.store
            .write_checkpoints()
            .map_err(|e| CompactFailure::Partition(PartitionError::Offline(e.to_string())))?;
        let cleanable = self.cleanable(&view, &limits, now_ms)?;
        match &lock(&self.writer).slot {
            Slot::Open(log) => Ok(log.plan_compaction(&cleanable)),
            _ => Ok(None),
        }
    }

    fn sync_error(&self, source: std::io::Error) -> CompactionError {
        let path = self.id().dir_name().into();
        CompactionError::Log(LogError::Io { path, source })
    }

    /// Notes that compaction failed. Answers whether the log is given up.
    pub(super) fn compaction_failed(&self, failure: &CompactFailure) {
        let partition = self.id().dir_name();
        let CompactFailure::Compaction(error) = failure else {
            tracing::warn!(%partition, error = %failure, "compaction failed; trying again later");
            return;
        };
        match error {
            CompactionError::Stopped | CompactionError::Outdated => {}
            CompactionError::MemoryFull { .. } => {
                tracing::warn!(%partition, %error, "compaction failed; trying again later");
            }
            CompactionError::Log(LogError::Io { source, .. })
                if self
                    .folder()
                    .and_then(super::Folder::data)
                    .is_some_and(|f| f.note_failure(source)) => {}
            CompactionError::Log(LogError::Io { source, .. })
                if source.kind() == std::io::ErrorKind::StorageFull =>
            {
                tracing::warn!(%partition, %error, "compaction failed; trying again later");
            }
            CompactionError::MapTooSmall { .. } | CompactionError::Log(_) => {
                self.compaction.uncleanable.store(true, Ordering::Release);
                tracing::error!(%partition, %error,
                    "the partition cannot be compacted and is left as it is until a restart or a change of log.cleaner.* configs");
            }
        }
    }

    fn tell_compacted(&self, from: Option<i64>, to: i64, took_ms: i64, stats: &CompactionStats) {
        tracing::info!(partition = %self.id().dir_name(), from = from.unwrap_or_default(), to, took_ms,
            keys = stats.keys, key_bytes = stats.map_bytes, bytes_read = stats.bytes_read,
            bytes_left = stats.bytes_written, "compacted");
        if stats.keyless_records > 0 {
            tracing::warn!(partition = %self.id().dir_name(), records = stats.keyless_records,
                "records without a key were removed: a compacted topic cannot keep them");
        }
    }
}

/// Why a partition was not compacted.
#[derive(Debug, thiserror::Error)]
pub(super) enum CompactFailure {
    /// The partition cannot be used.
    #[error(transparent)]
    Partition(#[from] PartitionError),
    /// The log could not be compacted.
    #[error(transparent)]
    Compaction(#[from] CompactionError),
}
