//! Retention of one partition: when to look, what to tell the people.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use storage::{Retention, RetentionReport, RetiredBecause};

use super::writer::Slot;
use super::{Partition, PartitionError, lock};
use crate::config::TopicConfig;

/// Nobody has looked yet, or what was seen does not hold any more.
const UNKNOWN: i64 = i64::MIN;

/// Wall time before which retention by time has nothing to do, so that idle partitions cost a comparison.
#[derive(Debug)]
pub(super) struct RetentionDue(AtomicI64);

impl Default for RetentionDue {
    fn default() -> Self {
        RetentionDue(AtomicI64::new(UNKNOWN))
    }
}

impl RetentionDue {
    /// The next pass looks.
    pub(super) fn forget(&self) {
        self.0.store(UNKNOWN, Ordering::Release);
    }

    fn get(&self) -> i64 {
        self.0.load(Ordering::Acquire)
    }

    /// Notes what a look found, unless something changed since it began.
    fn set(&self, seen: i64, due_ms: i64) {
        let _ = self
            .0
            .compare_exchange(seen, due_ms, Ordering::AcqRel, Ordering::Relaxed);
    }
}

/// What a pass over one partition came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pass {
    /// Segments were taken out: the log start has moved and must be made durable.
    pub(super) retired: bool,
    /// A directory was looked into.
    pub(super) looked: bool,
}

/// What a topic's configuration keeps. Without `delete` in `cleanup.policy` everything.
pub(super) fn retention_of(config: &TopicConfig) -> Retention {
    match config.delete {
        true => Retention {
            retention_ms: config.retention_ms,
            retention_bytes: config.retention_bytes,
        },
        false => Retention::FOREVER,
    }
}

impl Partition {
    /// Takes out what retention does not keep, if it can be due. Opens the log only then.
    pub(super) fn retention_pass(self: &Arc<Self>, now_ms: i64) -> Result<Pass, PartitionError> {
        let mut pass = Pass::default();
        let retention = retention_of(&self.config());
        let mut due_ms = self.retention_due.get();
        if !self.settled.load(Ordering::Acquire) {
            if due_ms == UNKNOWN {
                pass.looked = true;
                let found = self
                    .store
                    .peek_retention(self.id(), self.location(), &retention)?;
                self.retention_due.set(due_ms, found);
                due_ms = found;
            }
            if now_ms < due_ms {
                return Ok(pass);
            }
            self.settle()?;
        } else if !self.may_be_due(&retention, now_ms) {
            return Ok(pass);
        }
        pass.retired = self.retain(&retention, now_ms)?;
        Ok(pass)
    }

    /// Whether a look at an open log may find something: by size at any time, by time only when it is due.
    pub(super) fn may_be_due(&self, retention: &Retention, now_ms: i64) -> bool {
        retention.retention_bytes >= 0 || now_ms >= self.retention_due.get()
    }

    /// Age of the oldest segment of an open log; `i64::MAX` without one.
    pub(super) fn oldest_ms(&self) -> i64 {
        let view = self.view.load();
        let oldest = view.as_ref().and_then(|view| view.oldest_segment_ms());
        oldest.unwrap_or(i64::MAX)
    }

    /// Takes out what `retention` does not keep, and answers whether that was anything. Somebody else at work
    /// on the closed segments means: nothing, the next pass comes back.
    pub(super) fn retain(
        self: &Arc<Self>,
        retention: &Retention,
        now_ms: i64,
    ) -> Result<bool, PartitionError> {
        let Some(_token) = self.try_maintain() else {
            return Ok(false);
        };
        let seen = self.retention_due.get();
        let mut writer = self.settled_writer()?;
        let Slot::Open(log) = &mut writer.slot else {
            return Ok(false);
        };
        let (report, retired) = log.retain(retention, self.tail.high_watermark(), now_ms)?;
        self.retention_due.set(seen, report.next_due_ms);
        if report.segments.is_empty() {
            self.warn_of_future(&report);
            return Ok(false);
        }
        self.tail.set_ends(report.log_start_offset, log.log_end_offset());
        let size = log.size_in_bytes();
        writer.retired.merge(retired);
        drop(writer);
        self.waiters.wake();
        self.tell(&report, retention, size);
        Ok(true)
    }

    /// Forgets producers that were silent for `producer.id.expiration.ms`.
    pub(super) fn expire_producers(&self, now_ms: i64) {
        let expiration_ms = self.config().producer_id_expiration_ms;
        if let Slot::Open(log) = &mut lock(&self.writer).slot {
            log.expire_producers(now_ms, expiration_ms);
        }
    }

    /// Kafka's log lines (what, why, how much), one for each reason.
    fn tell(&self, report: &RetentionReport, retention: &Retention, size: u64) {
        for because in [
            RetiredBecause::LogStart,
            RetiredBecause::Size,
            RetiredBecause::Time,
            RetiredBecause::LastModified,
            RetiredBecause::Emptied,
        ] {
            let gone: Vec<_> = report.segments.iter().filter(|s| s.because == because).collect();
            let Some(first) = gone.first() else { continue };
            let reason = match because {
                RetiredBecause::LogStart => "log start offset breach".to_owned(),
                RetiredBecause::Size => {
                    format!("log retention size {} breach", retention.retention_bytes)
                }
                RetiredBecause::Time => format!(
                    "log retention time {}ms breach based on the largest record timestamp in the segment",
                    retention.retention_ms
                ),
                RetiredBecause::LastModified => format!(
                    "log retention time {}ms breach based on the last modified time of the segment",
                    retention.retention_ms
                ),
                RetiredBecause::Emptied => "compaction, which emptied them".to_owned(),
            };
            tracing::info!(
                partition = %self.id().dir_name(),
                segments = gone.len(),
                first_offset = first.base_offset,
                bytes = gone.iter().map(|s| u64::from(s.bytes)).sum::<u64>(),
                log_start_offset = report.log_start_offset,
                bytes_left = size,
                "deleting segments due to {reason}"
            );
        }
    }

    fn warn_of_future(&self, report: &RetentionReport) {
        if let Some(timestamp) = report.future_timestamp {
            tracing::warn!(partition = %self.id().dir_name(), timestamp,
                "the oldest segment contains future timestamps, which keep it from being deleted");
        }
    }
}
