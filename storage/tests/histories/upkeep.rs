//! What a broker does to a partition besides appending: syncs, rolls, DeleteRecords, retention.

use storage::log::Retention;
use storage::{DataFolder, DirtyFiles, Log};

use crate::partition::Partition;
use crate::rng::Rng;
use crate::world::Policy;

impl Partition {
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

    pub(super) fn high_watermark(&self, policy: Policy) -> i64 {
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
}
