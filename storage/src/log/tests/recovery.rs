//! Recovery: crashes at every write, damage to every kind of file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::support::*;
use crate::fs::{FileSystem, OpenMode, SimFs};
use crate::{AppendError, BatchBuilder, LogError, OpenHint};

fn path(name: &str) -> PathBuf {
    Path::new("/data").join(DIR).join(name)
}

fn log_name(base: i64) -> String {
    format!("{base:020}.log")
}

/// All files of the partition.
fn contents(fs: &SimFs) -> BTreeMap<String, Vec<u8>> {
    let entries = fs.list(&path("")).unwrap();
    entries
        .into_iter()
        .map(|e| (e.name.clone(), fs.read(&path(&e.name)).unwrap()))
        .collect()
}

fn bases(fs: &SimFs) -> Vec<i64> {
    contents(fs)
        .keys()
        .filter_map(|n| n.strip_suffix(".log")?.parse().ok())
        .collect()
}

/// A closed log of several segments with a producer and two epochs.
fn filled(fs: &SimFs) -> i64 {
    let mut log = disk(fs);
    for i in 0..40 {
        log.append(&batch(i * 10, 2, b'a', 100), i32::from(i > 20), 0)
            .unwrap();
        append(&mut log, &idempotent(4, 0, i as i32 * 2, 2));
    }
    log.close().unwrap();
    log.log_end_offset()
}

fn flip(fs: &SimFs, name: &str, position: u64) {
    let file = fs.open(&path(name), OpenMode::Write).unwrap();
    let mut byte = [0];
    file.read_at(&mut byte, position).unwrap();
    byte[0] ^= 0x40;
    crate::fs::write_all_at(&*file, &byte, &[], position).unwrap();
}

fn clean() -> OpenHint {
    OpenHint {
        clean: true,
        ..OpenHint::default()
    }
}

#[test]
fn everything_deletable_is_rebuilt_to_the_same_bytes() {
    let fs = SimFs::new(1);
    filled(&fs);
    let before = contents(&fs);
    assert!(bases(&fs).len() > 4);
    assert!(before.keys().filter(|n| n.ends_with(".snapshot")).count() > 4);
    for name in before.keys().filter(|n| !n.ends_with(".log")) {
        fs.remove_file(&path(name)).unwrap();
    }
    let (mut log, report) = recover(&fs).unwrap();
    assert_eq!(report.cut_bytes, 0);
    log.close().unwrap();
    drop(log);
    assert_eq!(contents(&fs), before);
    // And with nothing but the indexes missing after a clean shutdown.
    for name in before.keys().filter(|n| n.ends_with("index")) {
        fs.remove_file(&path(name)).unwrap();
    }
    let (mut log, _) = open(&fs, clean()).unwrap();
    // These come back when they are needed.
    assert_eq!(log.view().aborted_transactions(0, ALL).unwrap(), []);
    log.close().unwrap();
    drop(log);
    assert_eq!(contents(&fs), before);
}

#[test]
fn a_clean_start_reads_little_and_continues() {
    let fs = SimFs::new(1);
    let end = filled(&fs);
    let before = contents(&fs);
    let (mut log, report) = open(&fs, clean()).unwrap();
    assert_eq!(report, crate::RecoveryReport::default());
    assert_eq!((log.log_end_offset(), log.recovery_point()), (end, end));
    assert!(append(&mut log, &idempotent(4, 0, 78, 2)).duplicate);
    log.close().unwrap();
    assert_eq!(contents(&fs), before, "an unchanged log is not written again");
    for i in 0..30 {
        append(&mut log, &batch(i, 2, b'b', 100));
    }
    log.close().unwrap();
    let after = contents(&fs);
    drop(log);
    for name in after.keys().filter(|n| n.ends_with("index")) {
        fs.remove_file(&path(name)).unwrap();
    }
    let (mut log, _) = recover(&fs).unwrap();
    log.close().unwrap();
    assert_eq!(
        contents(&fs),
        after,
        "stopping and starting leaves no trace in the indexes"
    );
}

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

#[test]
fn damage_to_what_was_durable_refuses_the_partition() {
    let fs = SimFs::new(1);
    let end = filled(&fs);
    let bases = bases(&fs);
    // A flipped bit with whole batches behind it: nobody cuts that.
    flip(&fs, &log_name(bases[1]), 100);
    let error = recover(&fs).unwrap_err();
    assert!(matches!(&error, LogError::Damaged { .. }), "{error}");
    assert!(
        error.to_string().contains(&log_name(bases[1])) && error.to_string().contains("Restore"),
        "{error}"
    );
    flip(&fs, &log_name(bases[1]), 100);
    // The last batch, once it was durable.
    let last = *bases.last().unwrap();
    let len = fs
        .open(&path(&log_name(last)), OpenMode::Read)
        .unwrap()
        .len()
        .unwrap();
    flip(&fs, &log_name(last), len - 1);
    let durable = OpenHint {
        recovery_point: end,
        ..OpenHint::default()
    };
    assert!(matches!(open(&fs, durable), Err(LogError::Damaged { .. })));
    // And when it was not.
    assert_eq!(recover(&fs).unwrap().0.log_end_offset(), end - 2);
    // Now the log ends before what was durable.
    assert!(matches!(open(&fs, durable), Err(LogError::Damaged { .. })));
}

#[test]
fn old_formats_are_refused_by_name() {
    let fs = SimFs::new(1);
    filled(&fs);
    // A v1 message: offset, size, CRC-32, magic, attributes, timestamp, null key, empty value.
    let covered = [
        &[1u8, 0][..],
        &7i64.to_be_bytes(),
        &(-1i32).to_be_bytes(),
        &0i32.to_be_bytes(),
    ]
    .concat();
    let mut crc = flate2::Crc::new();
    crc.update(&covered);
    let size = covered.len() as i32 + 4;
    let message = [
        &[0; 8][..],
        &size.to_be_bytes(),
        &crc.sum().to_be_bytes(),
        &covered,
    ]
    .concat();
    let file = fs.open(&path(&log_name(0)), OpenMode::Write).unwrap();
    crate::fs::write_all_at(&*file, &message, &[], 0).unwrap();
    let error = recover(&fs).unwrap_err().to_string();
    assert!(error.contains("old format"), "{error}");
}

#[test]
fn damaged_indexes_never_give_wrong_data() {
    for suffix in ["index", "timeindex"] {
        let fs = SimFs::new(1);
        let end = filled(&fs);
        let expected = read_all(&recover(&fs).unwrap().0.view(), 0);
        for name in contents(&fs)
            .keys()
            .filter(|n| n.ends_with(&format!(".{suffix}")))
        {
            let file = fs.open(&path(name), OpenMode::Write).unwrap();
            for position in (0..file.len().unwrap()).step_by(3) {
                flip(&fs, name, position);
                let (log, _) = open(&fs, clean()).unwrap();
                assert_eq!(log.log_end_offset(), end);
                for offset in (0..end).step_by(7) {
                    let found = &read_all(&log.view(), offset)[0];
                    assert_eq!(Some(found), expected.iter().rfind(|(base, _)| *base <= offset));
                }
                flip(&fs, name, position);
            }
        }
    }
}

#[test]
fn damaged_small_files() {
    let fs = SimFs::new(1);
    let end = filled(&fs);
    for name in contents(&fs).keys().filter(|n| n.ends_with(".snapshot")) {
        flip(&fs, name, 7);
    }
    flip(&fs, "leader-epoch-checkpoint", 0);
    let (mut log, _) = open(&fs, clean()).unwrap();
    assert!(append(&mut log, &idempotent(4, 0, 78, 2)).duplicate);
    assert_eq!(log.end_offset_for_epoch(0).map(|(e, _)| e), Some(0));
    assert_eq!(log.end_offset_for_epoch(1), Some((1, end)));
    drop(log);
    fs.write_atomic(&path("partition.metadata"), b"nonsense").unwrap();
    assert!(matches!(open(&fs, clean()), Err(LogError::Damaged { .. })));
    // What a power loss leaves of a file that was not synced: the beginning, and zeros where the rest was.
    let mut torn = b"version: 0\ntopic_id: AAAA".to_vec();
    torn.extend([0; 9]);
    fs.write_atomic(&path("partition.metadata"), &torn).unwrap();
    open(&fs, clean()).unwrap();
    fs.remove_file(&path("partition.metadata")).unwrap();
    open(&fs, clean()).unwrap();
    let other = uuid::Uuid::from_u128(99);
    let error = crate::Log::open(&folder(&fs), DIR, other, small(), clean(), 0).unwrap_err();
    assert!(matches!(error, LogError::TopicIdMismatch { .. }));
}

#[test]
fn leftovers_go_and_swaps_are_completed() {
    let fs = SimFs::new(1);
    let end = filled(&fs);
    let bases = bases(&fs);
    for name in [
        "00000000000000000000.log.deleted",
        "00000000000000000077.index",
        "x.tmp",
    ] {
        fs.write_atomic(&path(name), b"left").unwrap();
    }
    // A compaction of the first two segments that had got as far as its swap.
    let mut merged = fs.read(&path(&log_name(bases[0]))).unwrap();
    merged.extend(fs.read(&path(&log_name(bases[1]))).unwrap());
    fs.write_atomic(&path(&(log_name(bases[0]) + ".swap")), &merged)
        .unwrap();
    // And one that had not.
    let unfinished = log_name(bases[3]) + ".cleaned";
    fs.write_atomic(&path(&unfinished), b"left").unwrap();
    let (log, report) = recover(&fs).unwrap();
    assert_eq!(report.removed_files, 4);
    assert_eq!(log.log_end_offset(), end);
    assert_eq!(log.view().0.segments.load().len(), bases.len() - 1);
    assert_eq!(read_all(&log.view(), 0).len(), 80);
    let names = contents(&fs);
    assert!(
        names
            .keys()
            .all(|n| !n.ends_with(".swap") && !n.ends_with(".deleted") && !n.ends_with(".tmp"))
    );
}

#[test]
fn a_full_disk_is_an_error_that_passes() {
    let fs = SimFs::new(1);
    let mut log = disk(&fs);
    append(&mut log, &batch(0, 1, b'a', 100));
    fs.set_space_left(Some(120));
    let before = contents(&fs);
    for _ in 0..3 {
        let error = log.append(&batch(0, 1, b'b', 300), 0, 0).unwrap_err();
        assert!(matches!(error, AppendError::Io(_)));
        assert_eq!(contents(&fs), before, "the part that was written is cut off");
        assert_eq!(read_all(&log.view(), 0).len(), 1);
    }
    fs.set_space_left(None);
    assert_eq!(append(&mut log, &batch(0, 1, b'b', 300)).base_offset, 1);
    assert_eq!(read_all(&log.view(), 0).len(), 2);
    fs.fail_writes(1);
    assert!(log.append(&batch(0, 1, b'c', 10), 0, 0).is_err());
    assert_eq!(append(&mut log, &batch(0, 1, b'c', 10)).base_offset, 2);
    assert_eq!(read_all(&recover(&fs.killed()).unwrap().0.view(), 0).len(), 3);
}

#[test]
fn read_errors_are_errors() {
    let fs = SimFs::new(1);
    filled(&fs);
    let (log, _) = recover(&fs).unwrap();
    fs.fail_reads(1000);
    assert!(matches!(
        log.view().read(0, 100, ALL, true),
        Err(crate::ReadError::Io { .. })
    ));
    fs.fail_reads(0);
    assert!(log.view().read(0, 100, ALL, true).is_ok());
}

#[test]
fn an_untouched_log_is_not_on_disk_and_deletion_leaves_nothing() {
    let fs = SimFs::new(1);
    let mut log = disk(&fs);
    log.close().unwrap();
    assert!(!fs.exists(&path("")).unwrap());
    assert!(log.dirty().files.is_empty());
    append(&mut log, &batch(0, 1, b'a', 1));
    let view = log.view();
    let held = view.read(0, 1, ALL, true).unwrap();
    let doomed = log.delete().unwrap();
    assert!(
        !fs.exists(&path("")).unwrap(),
        "a topic of the same name may be made"
    );
    assert!(
        fs.list(Path::new("/data"))
            .unwrap()
            .iter()
            .any(|e| e.name.ends_with("-delete"))
    );
    doomed.remove().unwrap();
    let names: Vec<_> = fs
        .list(Path::new("/data"))
        .unwrap()
        .into_iter()
        .map(|e| e.name)
        .collect();
    assert!(names.iter().all(|n| !n.contains("events")), "{names:?}");
    assert_eq!(held.chunks[0].to_bytes().unwrap().len(), held.bytes);
}

#[test]
fn an_offline_folder_refuses_appends() {
    let fs = SimFs::new(1);
    let folder = folder(&fs);
    let mut log = crate::Log::create(&folder, DIR, TOPIC, small()).unwrap();
    append(&mut log, &batch(0, 1, b'a', 1));
    folder.mark_offline("fdatasync failed");
    let error = log.append(&batch(0, 1, b'a', 1), 0, 0).unwrap_err();
    assert!(matches!(error, AppendError::Offline(_)));
    assert!(log.view().read(0, 100, ALL, true).is_ok());
    assert!(folder.write_clean_marker().is_err());
}

#[test]
fn markers_end_transactions_also_after_recovery() {
    let fs = SimFs::new(1);
    let mut log = disk(&fs);
    let mut builder = BatchBuilder::new(5).producer(9, 0, 0).transactional();
    builder.push(5, None, Some(b"x"), &[]);
    append(&mut log, &builder.build());
    assert_eq!(log.first_unstable_offset(), Some(0));
    assert_eq!(recover(&fs.killed()).unwrap().0.first_unstable_offset(), Some(0));
    let mut builder = BatchBuilder::new(6).producer(9, 0, -1).transactional().control();
    builder.push(6, Some(&[0, 0, 0, 1]), Some(&[0, 0, 0, 0, 0, 3]), &[]);
    append(&mut log, &builder.build());
    assert_eq!(log.first_unstable_offset(), None);
    let (log, _) = recover(&fs.killed()).unwrap();
    assert_eq!(log.first_unstable_offset(), None);
    assert_eq!(log.producer_states().next().unwrap().coordinator_epoch, 3);
}

#[test]
fn a_directory_that_vanished_with_durable_data_is_refused() {
    let fs = SimFs::new(1);
    let hint = |recovery_point, log_start_offset| OpenHint {
        recovery_point,
        log_start_offset,
        ..OpenHint::default()
    };
    let refused = open(&fs, hint(40, 7)).unwrap_err();
    assert!(
        matches!(refused, LogError::Missing { end_offset: 40, .. }),
        "{refused}"
    );
    // Below the log start nothing is missed; the log goes on there.
    let (log, _) = open(&fs, hint(40, 40)).unwrap();
    assert_eq!((log.log_start_offset(), log.log_end_offset()), (40, 40));
}
