//! Reserved room: there while a segment grows, gone once it does not, and never taken for data.

use std::path::Path;

use super::support::*;
use crate::fs::{FileSystem, OpenMode, SimFaults, SimFs, SimOp};
use crate::{Log, LogError, LogOptions, OpenHint, RecoveryReport};

fn reserving() -> LogOptions {
    LogOptions {
        preallocate: true,
        ..small()
    }
}

fn reserving_log(fs: &SimFs) -> Log {
    Log::create(&folder(fs), DIR, TOPIC, reserving()).unwrap()
}

fn reopened(fs: &SimFs, hint: OpenHint) -> Result<(Log, RecoveryReport), LogError> {
    Log::open(&folder(fs), DIR, TOPIC, reserving(), hint, 0)
}

/// Lengths of the log files, in offset order.
fn lengths(fs: &SimFs) -> Vec<u64> {
    let entries = fs.list(&Path::new("/data").join(DIR)).unwrap();
    let logs = entries.iter().filter(|e| e.name.ends_with(".log"));
    logs.map(|e| e.len).collect()
}

fn log_file(fs: &SimFs, base: i64) -> std::sync::Arc<dyn crate::fs::File> {
    let path = Path::new("/data").join(DIR).join(format!("{base:020}.log"));
    fs.open(&path, OpenMode::Write).unwrap()
}

fn sync(log: &mut Log) {
    let dirty = log.dirty();
    dirty.files.iter().for_each(|file| file.sync_data().unwrap());
    log.synced(&dirty);
}

#[test]
fn room_is_there_while_the_segment_grows() {
    let fs = SimFs::new(1);
    let mut log = reserving_log(&fs);
    let appended = append(&mut log, &batch(5, 2, b'p', 300));
    assert_eq!(lengths(&fs), [2000]);
    assert_eq!(log.size_in_bytes(), batch(5, 2, b'p', 300).size_in_bytes() as u64);
    let kept = vec![stored(&batch(5, 2, b'p', 300), &appended, 0)];
    assert_eq!(read_all(&log.view(), 0), kept);
    while !append(&mut log, &batch(5, 2, b'p', 300)).rolled {}
    let of_batches = batch(5, 2, b'p', 300).size_in_bytes() as u64 * 2;
    assert_eq!(lengths(&fs), [of_batches, 2000]);
    log.close().unwrap();
    assert_eq!(lengths(&fs), [of_batches, of_batches / 2]);
}

#[test]
fn the_setting_counts_from_the_next_segment_on() {
    let fs = SimFs::new(1);
    let mut log = disk(&fs);
    let grow = |log: &mut Log| while !append(log, &batch(5, 2, b'p', 300)).rolled {};
    append(&mut log, &batch(5, 2, b'p', 300));
    log.set_options(reserving());
    assert!(lengths(&fs).last() < Some(&1000));
    grow(&mut log);
    assert_eq!(lengths(&fs).last(), Some(&2000));
    log.set_options(small());
    append(&mut log, &batch(5, 2, b'p', 300));
    assert_eq!(lengths(&fs).last(), Some(&2000));
    grow(&mut log);
    assert!(lengths(&fs).iter().all(|len| *len < 2000));
}

#[test]
fn a_disk_without_so_much_room_takes_the_batch_all_the_same() {
    let fs = SimFs::new(1);
    let mut log = reserving_log(&fs);
    fs.set_space_left(Some(1500));
    append(&mut log, &batch(5, 2, b'p', 300));
    assert!(lengths(&fs)[0] < 1000);
    let end = log.log_end_offset();
    drop(log);
    fs.set_space_left(None);
    assert_eq!(
        reopened(&fs.killed(), OpenHint::default())
            .unwrap()
            .0
            .log_end_offset(),
        end
    );
}

#[test]
fn what_is_left_of_it_after_a_crash_is_no_data() {
    for batches in [1, 3, 4, 7] {
        let fs = SimFs::new(1);
        let mut log = reserving_log(&fs);
        for i in 0..batches {
            append(&mut log, &batch(i * 10, 2, b'p', 300));
        }
        let all = read_all(&log.view(), 0);
        drop(log);
        let fs = fs.killed();
        let (mut log, report) = reopened(&fs, OpenHint::default()).unwrap();
        assert_eq!((report.cut_bytes, report.cut_reason), (0, None));
        assert_eq!(read_all(&log.view(), 0), all);
        assert!(lengths(&fs).iter().all(|len| *len < 2000));
        append(&mut log, &batch(99, 1, b'q', 10));
        assert_eq!(read_all(&log.view(), 0).len(), all.len() + 1);
    }
}

#[test]
fn a_torn_batch_before_reserved_room_is_cut_and_told() {
    let fs = SimFs::new(1);
    let mut log = reserving_log(&fs);
    append(&mut log, &batch(5, 2, b'p', 300));
    let position = log.size_in_bytes();
    append(&mut log, &batch(5, 2, b'p', 300));
    let end = log.size_in_bytes();
    drop(log);
    let fs = fs.killed();
    let lost = vec![0; (end - position - 100) as usize];
    crate::fs::write_all_at(&*log_file(&fs, 0), &lost, &[], position + 100).unwrap();
    let (log, report) = reopened(&fs, OpenHint::default()).unwrap();
    assert_eq!((log.log_end_offset(), report.cut_bytes), (2, 100));
    assert!(report.cut_reason.is_some());
}

#[test]
fn durable_batches_that_read_as_zeros_are_damage() {
    let fs = SimFs::new(1);
    let mut log = reserving_log(&fs);
    append(&mut log, &batch(5, 2, b'p', 300));
    let end = log.size_in_bytes();
    drop(log);
    let fs = fs.killed();
    crate::fs::write_all_at(&*log_file(&fs, 0), &vec![0; end as usize], &[], 0).unwrap();
    let durable = OpenHint {
        recovery_point: 2,
        ..OpenHint::default()
    };
    assert!(matches!(reopened(&fs, durable), Err(LogError::Damaged { .. })));
}

#[test]
fn room_that_comes_back_behind_a_closed_segment_costs_nothing() {
    let fs = SimFs::new(1);
    let mut log = reserving_log(&fs);
    for i in 0..7 {
        append(&mut log, &batch(i * 10, 2, b'p', 300));
    }
    let all = read_all(&log.view(), 0);
    let before = lengths(&fs);
    drop(log);
    let fs = fs.killed();
    // The length that the roll set never reached the disk.
    log_file(&fs, 0).set_len(2000).unwrap();
    let (log, report) = reopened(&fs, OpenHint::default()).unwrap();
    assert_eq!(report.cut_bytes, 0);
    assert_eq!(read_all(&log.view(), 0), all);
    assert_eq!(lengths(&fs)[0], before[0]);
}

#[test]
fn synced_batches_survive_any_power_failure() {
    for seed in 0..200 {
        let fs = SimFs::new(seed);
        let mut log = reserving_log(&fs);
        let mut synced = 0;
        for i in 0..(seed as i64 % 13) {
            append(&mut log, &batch(i * 10, 2, b'p', 250));
            if (seed as i64 + i) % 3 == 0 {
                sync(&mut log);
                synced = log.log_end_offset();
            }
        }
        let all = read_all(&log.view(), 0);
        drop(log);
        let hint = OpenHint {
            recovery_point: synced,
            ..OpenHint::default()
        };
        let (mut log, _) = reopened(&fs.power_loss(), hint).unwrap();
        let found = read_all(&log.view(), 0);
        assert!(log.log_end_offset() >= synced, "seed {seed}");
        assert_eq!(found, all[..found.len()], "seed {seed}");
        append(&mut log, &batch(0, 1, b'q', 10));
    }
}

#[test]
fn a_segment_that_cannot_be_made_does_not_contradict_the_one_before() {
    let fs = SimFs::new(1);
    let mut log = reserving_log(&fs);
    let large = batch(5, 2, b'p', 300);
    append(&mut log, &large);
    append(&mut log, &large);
    let (disk, next) = (fs.clone(), format!("{:020}.log", log.log_end_offset()));
    fs.set_hook(move |op, path| {
        if op == SimOp::Name && path.ends_with(&next) {
            disk.set_faults(SimFaults {
                write_error: 1,
                ..SimFaults::default()
            });
        }
    });
    assert!(log.append(&large, 0, 0).is_err());
    fs.set_hook(|_, _| {});
    fs.set_faults(SimFaults::default());
    assert_eq!(lengths(&fs).len(), 2, "its file is there");
    assert!(!append(&mut log, &batch(1, 1, b's', 10)).rolled);
    let (reopened, report) = reopened(&fs.killed(), OpenHint::default()).unwrap();
    assert_eq!(reopened.log_end_offset(), log.log_end_offset());
    assert_eq!(report.cut_bytes, 0);
}
