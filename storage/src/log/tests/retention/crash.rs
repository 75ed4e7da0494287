//! Full disks, names, and deaths on the way.

use super::world::*;
use crate::fs::{FileSystem, SimFs};
use crate::log::tests::support::*;
use crate::{Log, LogOptions, OpenHint};

#[test]
fn on_a_full_disk_all_but_the_active_segment_goes() {
    let fs = SimFs::new(1);
    let mut log = disk(&fs);
    segments(&mut log, 3);
    fs.set_space_left(Some(0));
    assert_eq!(bases(&retain(&mut log, by_time(10), 6, 1_000)), [0, 2]);
    fs.set_space_left(None);
    assert_eq!(bases(&retain(&mut log, by_time(10), 6, 1_000)), [4]);
}

#[test]
fn files_keep_their_names_until_the_start_is_durable() {
    let fs = SimFs::new(1);
    let mut log = disk(&fs);
    segments(&mut log, 3);
    let held = log.view().read(0, 1, ALL, true).unwrap();
    let logs = |suffix: &str| {
        let listed = fs.list(std::path::Path::new("/data/events-0")).unwrap();
        listed.iter().filter(|e| e.name.ends_with(suffix)).count()
    };
    let (_, retired) = log.retain(&by_time(50), 6, 300).unwrap();
    assert_eq!((logs(".log"), logs(".log.deleted")), (3, 0));
    let doomed = retired.rename().unwrap();
    assert_eq!((logs(".log"), logs(".log.deleted")), (1, 2));
    doomed.remove().unwrap();
    assert_eq!(logs(".deleted"), 0);
    assert_eq!(held.chunks[0].to_bytes().unwrap().len(), held.bytes);
}

/// Appends, retains as the broker does (start durable, rename, remove), and dies at every step of it.
#[test]
fn a_crash_at_every_step_keeps_the_start_and_what_is_above_it() {
    let run = |fs: &SimFs, log: &mut Log| -> (i64, i64) {
        let (mut checkpoint, mut promised) = (0, 0);
        log.set_options(LogOptions {
            segment_bytes: 400,
            ..small()
        });
        for i in 1..=4 {
            let _ = log.append(&batch(i * 100, 2, b't', 120), 0, i * 100);
        }
        let dirty = log.dirty();
        if dirty.files.iter().all(|file| file.sync_data().is_ok()) {
            log.synced(&dirty);
            promised = log.recovery_point();
        }
        for now_ms in [160, 360, 1_000] {
            let Ok((retained, retired)) = log.retain(&by_time(50), promised, now_ms) else {
                continue;
            };
            let path = std::path::Path::new("/data/start");
            if fs
                .write_atomic(path, &retained.log_start_offset.to_be_bytes())
                .is_err()
            {
                continue;
            }
            checkpoint = retained.log_start_offset;
            let _ = retired.rename().map(crate::Doomed::remove);
        }
        (checkpoint, promised)
    };
    let healthy = SimFs::new(5);
    run(&healthy, &mut disk(&healthy));
    for step in 0..healthy.steps() {
        for power in [false, true] {
            let fs = SimFs::new(step);
            let mut log = disk(&fs);
            fs.die_after(step);
            let (checkpoint, promised) = run(&fs, &mut log);
            let after = if power { fs.power_loss() } else { fs.killed() };
            let stored = after.read(std::path::Path::new("/data/start")).ok();
            let stored = stored.map_or(0, |b| i64::from_be_bytes(b.try_into().unwrap()));
            assert!(stored >= checkpoint);
            let hint = OpenHint {
                recovery_point: promised,
                log_start_offset: stored,
                ..OpenHint::default()
            };
            let (log, _) = open(&after, hint).unwrap_or_else(|e| panic!("step {step} {power}: {e}"));
            let (start, end) = (log.log_start_offset(), log.log_end_offset());
            assert!(
                start >= checkpoint && end >= promised,
                "step {step}: {start}..{end}"
            );
            let offsets: Vec<i64> = read_all(&log.view(), start).iter().map(|b| b.0).collect();
            assert_eq!(
                offsets,
                (start..end).step_by(2).collect::<Vec<_>>(),
                "step {step}"
            );
        }
    }
}
