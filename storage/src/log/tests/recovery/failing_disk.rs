//! Full and failing disks, and logs that are not on the disk.

use std::path::Path;

use super::world::*;
use crate::AppendError;
use crate::fs::{FileSystem, SimFaults, SimFs, SimOp};
use crate::log::tests::support::*;

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

/// Every write and every cut fails.
const NO_WRITES: SimFaults = SimFaults {
    write_error: 1,
    no_space: 0,
    read_error: 0,
    sync_error: 0,
    name_error: 0,
    short_write: 0,
    short_read: 0,
    cold_read: 0,
};

#[test]
fn a_segment_that_could_not_be_made_is_removed_durably_or_the_folder_goes() {
    let fs = SimFs::new(1);
    let folder = folder(&fs);
    let options = crate::LogOptions {
        preallocate: true,
        ..small()
    };
    let mut log = crate::Log::create(&folder, DIR, TOPIC, options).unwrap();
    append(&mut log, &batch(0, 1, b'a', 1));
    let breaks = fs.clone();
    fs.set_hook(move |op, path| {
        if op == SimOp::Name && path.ends_with(log_name(1)) {
            breaks.set_faults(NO_WRITES);
        }
    });
    log.roll_now(0).unwrap_err();
    fs.set_hook(|_, _| ());
    fs.set_faults(SimFaults::default());
    assert!(fs.exists(&path(&log_name(1))).unwrap());
    fs.fail_syncs(1);
    let error = log.append(&batch(0, 1, b'a', 1), 0, 0).unwrap_err();
    assert!(matches!(error, AppendError::Io(_)));
    // A sync that failed is not tried again.
    let error = log.append(&batch(0, 1, b'a', 1), 0, 0).unwrap_err();
    assert!(matches!(error, AppendError::Offline(_)));
    assert!(folder.offline_reason().is_some());
}

#[test]
fn what_a_failed_write_left_is_cut_off_durably_before_a_roll() {
    let fs = SimFs::new(1);
    let folder = folder(&fs);
    let mut log = crate::Log::create(&folder, DIR, TOPIC, small()).unwrap();
    append(&mut log, &batch(0, 1, b'a', 1));
    fs.set_faults(NO_WRITES);
    log.append(&batch(0, 1, b'b', 1), 0, 0).unwrap_err();
    fs.set_faults(SimFaults::default());
    fs.fail_syncs(1);
    log.roll_now(0).unwrap_err();
    assert!(folder.offline_reason().is_some());
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
