//! Compaction of a partition, as the broker makes it.

use storage::{
    Compaction, CompactionError, CompactionLimits, CompactionPlan, CompactionSettings, DataFolder, LogError,
};

use crate::partition::Partition;
use crate::rng::Rng;
use crate::trace;
use crate::world::Policy;

impl Partition {
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
}

fn io(source: std::io::Error) -> CompactionError {
    CompactionError::Log(LogError::Io {
        path: "names".into(),
        source,
    })
}
