//! What becomes of segments: small ones join, empty ones go, gaps are no damage.

use super::world::*;
use crate::log::tests::support::disk;
use crate::{Log, OpenHint, Retention, RetiredBecause, SimFs};

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
