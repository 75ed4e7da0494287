//! What a crash leaves: torn tails, zeros, unfinished work.

use super::world::*;
use crate::OpenHint;
use crate::fs::{FileSystem, OpenMode, SimFs};
use crate::log::tests::support::*;

#[test]
fn a_crash_at_every_step_loses_nothing_acknowledged() {
    let run = |fs: &SimFs| {
        let mut acknowledged = Vec::new();
        let mut log = disk(fs);
        for i in 0..30 {
            let batch = batch(i, 2, b'c', 200);
            if let Ok(appended) = log.append(&batch, 0, 0) {
                acknowledged.push(stored(&batch, &appended, 0));
            }
            if i == 20 {
                let _ = log
                    .trim(11)
                    .and_then(|(_, retired)| retired.rename())
                    .map(crate::Doomed::remove);
            }
        }
        let _ = log.close();
        acknowledged
    };
    let healthy = SimFs::new(5);
    run(&healthy);
    for step in 0..healthy.steps() {
        let fs = SimFs::new(step);
        drop(folder(&fs));
        fs.die_after(step);
        let acknowledged = run(&fs);
        let (log, _) = recover(&fs.killed()).unwrap();
        let found = read_all(&log.view(), log.log_start_offset());
        let from = acknowledged
            .iter()
            .position(|(base, _)| *base >= log.log_start_offset());
        let expected = &acknowledged[from.unwrap_or(acknowledged.len())..];
        assert!(
            found.len() <= expected.len() + 1 && found.starts_with(expected),
            "step {step}"
        );
    }
}

#[test]
fn a_torn_tail_is_cut_at_the_last_whole_batch() {
    for cut in [1, 30, 61, 62, 150] {
        let fs = SimFs::new(1);
        let end = filled(&fs);
        let last = *bases(&fs).last().unwrap();
        let file = fs.open(&path(&log_name(last)), OpenMode::Write).unwrap();
        let len = file.len().unwrap();
        file.set_len(len - cut).unwrap();
        let (mut log, report) = recover(&fs).unwrap();
        assert!(report.cut_bytes > 0 && report.cut_reason.is_some());
        assert_eq!(log.log_end_offset(), end - 2);
        // The producer's state went back with its batch.
        let appended = append(&mut log, &idempotent(4, 0, 78, 2));
        assert!(!appended.duplicate && appended.base_offset == end - 2);
    }
}

#[test]
fn zeros_behind_the_end_are_cut() {
    let fs = SimFs::new(1);
    let end = filled(&fs);
    let last = *bases(&fs).last().unwrap();
    let file = fs.open(&path(&log_name(last)), OpenMode::Write).unwrap();
    file.set_len(file.len().unwrap() + 3000).unwrap();
    for hint in [
        clean(),
        OpenHint {
            recovery_point: end,
            ..OpenHint::default()
        },
    ] {
        let (log, _) = open(&fs, hint).unwrap();
        assert_eq!(log.log_end_offset(), end);
    }
}
