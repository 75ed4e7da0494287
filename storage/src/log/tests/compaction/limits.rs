//! What compaction leaves alone, and where it stops.

use super::world::*;
use crate::batch::Codec;
use crate::log::tests::support::disk;
use crate::{CompactionError, CompactionLimits, Log, LogOptions, SimFs};

#[test]
fn an_open_transaction_is_the_end() {
    let mut log = disk(&SimFs::new(1));
    append(&mut log, &keyed(PLAIN, 1, &[("a", Some("1"))]));
    fill(&mut log, 1);
    let writer = Writer {
        producer: Some((7, 0, 0)),
        transactional: true,
        codec: Codec::None,
    };
    append(&mut log, &keyed(writer, 2, &[("a", Some("2"))]));
    fill(&mut log, 3);
    fill(&mut log, 4);
    assert_eq!(compact(&mut log, None, 100), Some(2));
    assert_eq!(keys(&log), [(0, "a".into()), (2, "a".into())]);
}

#[test]
fn what_is_young_or_not_durable_is_left_alone() {
    let mut log = disk(&SimFs::new(1));
    for time in [100, 200, 300] {
        append(&mut log, &keyed(PLAIN, time, &[("a", Some("1"))]));
        fill(&mut log, time);
    }
    let view = log.view();
    let lag = CompactionLimits {
        min_lag_ms: 50,
        max_lag_ms: 120,
        ..limits(&log)
    };
    let cleanable = view.cleanable(None, &lag, 249).unwrap();
    assert_eq!(cleanable.first_uncleanable_offset, 2);
    assert_eq!((cleanable.overdue_ms, cleanable.due_ms), (29, Some(220)));
    assert!(cleanable.is_due(1.0));
    assert_eq!(
        view.cleanable(None, &lag, 251).unwrap().first_uncleanable_offset,
        4
    );
    let stable = CompactionLimits {
        last_stable_offset: 3,
        ..limits(&log)
    };
    assert_eq!(
        view.cleanable(None, &stable, 999)
            .unwrap()
            .first_uncleanable_offset,
        3
    );
    // Not synced yet.
    assert!(
        log.plan_compaction(&view.cleanable(None, &limits(&log), 999).unwrap())
            .is_none()
    );
    // A checkpoint outside the log counts for nothing.
    let void = view.cleanable(Some(99), &limits(&log), 999).unwrap();
    assert!(void.checkpoint_is_void && void.first_dirty_offset == 0);
    let half = view.cleanable(Some(2), &limits(&log), 999).unwrap();
    assert!(half.dirty_ratio() > 0.4 && half.dirty_ratio() < 0.6 && !half.is_due(0.6));
}

#[test]
fn records_without_timestamps_are_as_old_as_their_last_write() {
    for mut log in both() {
        let value = "x".repeat(1900);
        for now_ms in [1000, 1000, 2000] {
            log.append(&keyed(PLAIN, -1, &[("a", Some(&value))]), 0, now_ms)
                .unwrap();
        }
        let lag = CompactionLimits {
            min_lag_ms: 500,
            ..limits(&log)
        };
        let young = log.view().cleanable(None, &lag, 1499).unwrap();
        assert_eq!(young.first_uncleanable_offset, 0);
        let old = log.view().cleanable(None, &lag, 1501).unwrap();
        assert_eq!(old.first_uncleanable_offset, 2);
        // Compaction does not make them any younger.
        compact(&mut log, None, 1501).unwrap();
        let again = log.view().cleanable(None, &lag, 1501).unwrap();
        assert_eq!(again.first_uncleanable_offset, 2);
    }
}

#[test]
fn a_trimmed_log_is_not_brought_back() {
    let fs = SimFs::new(1);
    let mut log = disk(&fs);
    for i in 0..6 {
        append(&mut log, &keyed(PLAIN, i, &[("a", Some("1"))]));
        fill(&mut log, i);
    }
    sync(&mut log);
    let cleanable = log.view().cleanable(None, &limits(&log), 99).unwrap();
    let plan = log.plan_compaction(&cleanable).unwrap();
    let mut compaction = crate::Compaction::start(plan, &settings(99), &mut |_| true).unwrap();
    let compacted = compaction.next_segment(&mut |_| true).unwrap().unwrap();
    let (_, retired) = log.trim(4).unwrap();
    let result = log.replace_segments(compacted);
    assert!(matches!(result, Err(CompactionError::Outdated)), "{result:?}");
    retired.rename().unwrap().remove().unwrap();
    let names = crate::FileSystem::list(&fs, std::path::Path::new("/data/events-0")).unwrap();
    assert!(
        names
            .iter()
            .all(|e| !e.name.contains("clean") && !e.name.contains("swap")),
        "{names:?}"
    );
}

#[test]
fn a_map_that_is_too_small_is_an_error_and_a_stop_is_one_too() {
    let mut log = disk(&SimFs::new(1));
    let keys: Vec<String> = (0..100).map(|i| format!("k{i}")).collect();
    let records: Vec<_> = keys.iter().map(|k| (k.as_str(), Some("v"))).collect();
    append(&mut log, &keyed(PLAIN, 1, &records[..60]));
    fill(&mut log, 2);
    sync(&mut log);
    let tiny = crate::CompactionSettings {
        map_bytes_max: 300,
        ..settings(9)
    };
    let limits = limits(&log);
    let error = log.compact(None, &limits, &tiny).unwrap_err();
    assert!(
        error.to_string().contains("log.cleaner.dedupe.buffer.size"),
        "{error}"
    );
    assert_eq!(rows(&log.view()).len(), 61);
}

#[test]
fn a_full_memory_leaves_the_log_as_it_is() {
    let budget = std::sync::Arc::new(crate::MemoryBudget::new(6000));
    let mut log = Log::in_memory(
        std::sync::Arc::clone(&budget),
        LogOptions {
            segment_bytes: 2000,
            ..LogOptions::default()
        },
    );
    fill(&mut log, 1);
    append(&mut log, &keyed(PLAIN, 1, &[("a", Some(&"v".repeat(1800)))]));
    append(&mut log, &keyed(PLAIN, 1, &[("a", Some(&"w".repeat(1700)))]));
    let used = budget.used_bytes();
    let limits = limits(&log);
    let error = log.compact(None, &limits, &settings(9)).unwrap_err();
    assert!(matches!(error, CompactionError::MemoryFull { .. }), "{error}");
    assert_eq!(budget.used_bytes(), used);
    assert_eq!(rows(&log.view()).len(), 3);
}
