//! A log of one batch a segment, and what retains it.

use crate::log::tests::support::*;
use crate::{Log, LogOptions, Retention, RetentionReport};

pub fn by_time(retention_ms: i64) -> Retention {
    Retention {
        retention_ms,
        ..Retention::FOREVER
    }
}

pub fn by_size(retention_bytes: i64) -> Retention {
    Retention {
        retention_bytes,
        ..Retention::FOREVER
    }
}

pub fn retain(log: &mut Log, retention: Retention, high_watermark: i64, now_ms: i64) -> RetentionReport {
    let (retained, retired) = log.retain(&retention, high_watermark, now_ms).unwrap();
    retired.rename().unwrap().remove().unwrap();
    assert_eq!(retained.log_start_offset, log.log_start_offset());
    retained
}

/// One batch of two records a segment, at 100, 200, 300, … milliseconds.
pub fn segments(log: &mut Log, count: i64) {
    log.set_options(LogOptions {
        segment_bytes: 400,
        ..small()
    });
    for i in 1..=count {
        log.append(&batch(i * 100, 2, b't', 120), 0, i * 100).unwrap();
    }
}

pub fn bases(retained: &RetentionReport) -> Vec<i64> {
    retained.segments.iter().map(|s| s.base_offset).collect()
}
