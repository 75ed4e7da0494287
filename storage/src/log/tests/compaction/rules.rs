//! One rule a test.

use super::world::*;
use crate::batch::Codec;
use crate::log::tests::support::{disk, memory, read_all};
use crate::{CompactionError, CompactionLimits, Log, LogOptions, OpenHint, Retention, RetiredBecause, SimFs};

/// Every log closes its segment after this.
fn fill(log: &mut Log, time: i64) {
    let value = "x".repeat(1900);
    append(log, &keyed(PLAIN, time, &[("filler", Some(&value))]));
}

fn both() -> [Log; 2] {
    [disk(&SimFs::new(1)), memory()]
}

fn compact(log: &mut Log, checkpoint: Option<i64>, now_ms: i64) -> Option<i64> {
    sync(log);
    let limits = limits(log);
    let done = log.compact(checkpoint, &limits, &settings(now_ms)).unwrap();
    done.map(|(end, _)| end)
}

fn keys(log: &Log) -> Vec<(i64, String)> {
    let rows = rows(&log.view()).into_iter();
    rows.map(|(o, _, k, _)| (o, String::from_utf8(k.unwrap()).unwrap()))
        .filter(|(_, k)| k != "filler")
        .collect()
}

#[test]
fn the_last_value_of_a_key_stays_where_it_was() {
    for mut log in both() {
        let first = keyed(PLAIN, 5, &[("a", Some("1")), ("b", Some("1")), ("a", Some("2"))]);
        append(&mut log, &first);
        append(&mut log, &keyed(PLAIN, 9, &[("c", Some("1"))]));
        append(&mut log, &keyed(PLAIN, 10, &[("b", Some("2"))]));
        let before = headers(&log.view());
        fill(&mut log, 11);
        let end = log.log_end_offset();
        assert_eq!(compact(&mut log, None, 50), Some(5));
        assert_eq!(keys(&log), [(2, "a".into()), (3, "c".into()), (4, "b".into())]);
        let after = headers(&log.view());
        // The first batch lost records: offsets stay, times start at its first record.
        assert_eq!((after[0].base_offset, after[0].last_offset_delta), (0, 2));
        assert_eq!((after[0].base_timestamp, after[0].max_timestamp), (7, 7));
        assert_eq!(after[0].record_count, 1);
        // The others were copied to the byte.
        assert_eq!(after[1..3], before[1..3]);
        assert_eq!((log.log_start_offset(), log.log_end_offset()), (0, end));
        // A second pass over the same finds nothing.
        assert_eq!(compact(&mut log, Some(5), 50), None);
    }
}

#[test]
fn packed_batches_keep_their_codec() {
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let mut log = disk(&SimFs::new(1));
        let writer = Writer { codec, ..PLAIN };
        append(&mut log, &keyed(writer, 5, &[("a", Some("1")), ("b", Some("1"))]));
        append(&mut log, &keyed(writer, 6, &[("a", Some("2"))]));
        fill(&mut log, 7);
        compact(&mut log, None, 50).unwrap();
        assert_eq!(keys(&log), [(1, "b".into()), (2, "a".into())]);
        assert!(headers(&log.view())[..2].iter().all(|h| h.codec() == Some(codec)));
        assert!(
            read_all(&log.view(), 0)
                .iter()
                .all(|(_, b)| crate::crc_matches(b))
        );
    }
}

#[test]
fn tombstones_live_for_the_delete_retention_after_their_first_pass() {
    for mut log in both() {
        append(&mut log, &keyed(PLAIN, 5, &[("a", Some("1")), ("b", Some("1"))]));
        append(&mut log, &keyed(PLAIN, 6, &[("a", None)]));
        fill(&mut log, 7);
        let end = compact(&mut log, None, 1000).unwrap();
        assert_eq!(keys(&log), [(1, "b".into()), (2, "a".into())]);
        let horizon = headers(&log.view())[1];
        assert!(horizon.has_delete_horizon());
        assert_eq!((horizon.base_timestamp, horizon.max_timestamp), (1100, 6));
        assert_eq!(rows(&log.view())[1].1, 6, "the record's own time stays");
        // Something dirty, so that there is a next pass; the horizon is not moved by it.
        fill(&mut log, 1050);
        let end = compact(&mut log, Some(end), 1099).unwrap();
        assert_eq!(headers(&log.view())[1], horizon);
        fill(&mut log, 1100);
        compact(&mut log, Some(end), 1100).unwrap();
        assert_eq!(keys(&log), [(1, "b".into())]);
    }
}

#[test]
fn aborted_records_go_at_once_and_their_marker_later() {
    for mut log in both() {
        let writer = Writer {
            producer: Some((7, 0, 0)),
            transactional: true,
            codec: Codec::None,
        };
        append(&mut log, &keyed(PLAIN, 1, &[("a", Some("before"))]));
        append(&mut log, &keyed(writer, 2, &[("a", Some("aborted"))]));
        append(&mut log, &marker(7, 0, false, 3));
        let later = Writer {
            producer: Some((7, 0, 1)),
            ..writer
        };
        append(&mut log, &keyed(later, 4, &[("b", Some("committed"))]));
        append(&mut log, &marker(7, 0, true, 5));
        fill(&mut log, 6);
        assert_eq!(log.view().aborted_transactions(0, 10).unwrap().len(), 1);
        let end = compact(&mut log, None, 1000).unwrap();
        let offsets = |log: &Log| {
            headers(&log.view())
                .iter()
                .map(|h| h.base_offset)
                .collect::<Vec<_>>()
        };
        // The abort marker was seen with data, so it stays and is still in the index.
        assert_eq!(offsets(&log), [0, 2, 3, 4, 5]);
        assert_eq!(log.view().aborted_transactions(0, 10).unwrap().len(), 1);
        assert!(!headers(&log.view())[1].has_delete_horizon());
        fill(&mut log, 1001);
        let end = compact(&mut log, Some(end), 1001).unwrap();
        // Now nothing of the transaction is left: the marker gets its delete horizon.
        assert!(headers(&log.view())[1].has_delete_horizon());
        assert!(log.view().aborted_transactions(0, 10).unwrap().is_empty());
        fill(&mut log, 1200);
        compact(&mut log, Some(end), 1200).unwrap();
        // The commit marker has its data still.
        assert_eq!(offsets(&log)[..3], [0, 3, 4]);
    }
}

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
fn the_last_batch_of_a_producer_stays_without_records() {
    for mut log in both() {
        let writer = |sequence| Writer {
            producer: Some((9, 1, sequence)),
            transactional: false,
            codec: Codec::Gzip,
        };
        append(&mut log, &keyed(writer(0), 2, &[("a", Some("1"))]));
        append(
            &mut log,
            &keyed(writer(1), 3, &[("a", Some("2")), ("b", Some("1"))]),
        );
        append(&mut log, &keyed(PLAIN, 4, &[("a", Some("3")), ("b", Some("2"))]));
        fill(&mut log, 5);
        compact(&mut log, None, 100).unwrap();
        let empty = headers(&log.view())[0];
        assert_eq!(
            (empty.base_offset, empty.last_offset_delta, empty.record_count),
            (1, 1, 0)
        );
        assert_eq!(
            (empty.producer_id, empty.producer_epoch, empty.base_sequence),
            (9, 1, 1)
        );
        assert_eq!((empty.codec(), empty.max_timestamp), (Some(Codec::None), 4));
        assert_eq!(log.producer_states().next().unwrap().last_sequence(), 2);
    }
}

#[test]
fn small_segments_become_one() {
    let fs = SimFs::new(1);
    let mut log = disk(&fs);
    for i in 0..20 {
        fill(&mut log, i);
    }
    assert_eq!(log.view().0.segments.load().len(), 20);
    compact(&mut log, None, 100).unwrap();
    // Only the last closed one still holds the filler.
    assert_eq!(log.view().0.segments.load().len(), 20);
    fill(&mut log, 100);
    compact(&mut log, Some(19), 100).unwrap();
    let sizes: Vec<u32> = log.view().0.segments.load().iter().map(|s| s.len()).collect();
    // A batch without records shows where all were taken.
    assert_eq!(sizes[..2], [61, 61], "{sizes:?}");
    assert_eq!(sizes.len(), 4, "{sizes:?}");
    // Reading passes over the gap.
    assert_eq!(rows(&log.view()).len(), 2);
    assert_eq!(
        log.view().read(0, 8000, i64::MAX, true).unwrap().bytes as u32,
        sizes.iter().sum::<u32>()
    );
}

#[test]
fn segments_without_records_go_with_those_behind_them() {
    let fs = SimFs::new(1);
    let mut reopened = disk(&fs);
    emptied(&mut reopened);
    reopened.close().unwrap();
    drop(reopened);
    // The files are younger than any record now.
    let clean = OpenHint {
        clean: true,
        ..OpenHint::default()
    };
    let reopened = crate::log::tests::support::open(&fs, clean).unwrap().0;
    for mut log in both()
        .into_iter()
        .map(|mut log| {
            emptied(&mut log);
            log
        })
        .chain([reopened])
    {
        let older_than = |retention_ms| Retention {
            retention_ms,
            ..Retention::FOREVER
        };
        let (report, _) = log.retain(&older_than(200), 4, 500).unwrap();
        assert_eq!(report.segments, [], "what is behind them is too young");
        assert_eq!(log.log_start_offset(), 0);
        let (report, _) = log.retain(&older_than(199), 4, 500).unwrap();
        assert_eq!(report.segments[0].because, RetiredBecause::Emptied);
        assert_eq!(log.log_start_offset(), 3);
        assert_eq!(keys(&log), [(3, "a".to_owned())]);
    }
}

/// The last of four segments with a record each is active; compaction takes the records of the two before.
fn emptied(log: &mut Log) {
    let value = "x".repeat(1900);
    for time in [100, 200, 300, 400] {
        append(log, &keyed(PLAIN, time, &[("a", Some(&value))]));
    }
    compact(log, None, 500).unwrap();
    let sizes: Vec<u32> = log.view().0.segments.load().iter().map(|s| s.len()).collect();
    assert!([0, 61].contains(&sizes[0]), "{sizes:?}");
}

#[test]
fn a_gap_is_not_taken_for_lost_batches_without_checkpoints() {
    let fs = SimFs::new(1);
    let mut log = disk(&fs);
    append(&mut log, &keyed(PLAIN, 1, &[("once", Some("1"))]));
    append(&mut log, &keyed(PLAIN, 2, &[("b", Some("1"))]));
    fill(&mut log, 3);
    append(&mut log, &keyed(PLAIN, 4, &[("b", Some("2"))]));
    fill(&mut log, 5);
    fill(&mut log, 6);
    compact(&mut log, None, 100).unwrap();
    let left = rows(&log.view());
    assert_eq!(left.len(), 4, "{left:?}");
    let (again, report) = crate::log::tests::support::recover(&fs.killed()).unwrap();
    assert_eq!(report.cut_reason, None);
    assert_eq!(rows(&again.view()), left);
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
