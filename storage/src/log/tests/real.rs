//! The machine's own files, and what a log costs.

use std::path::Path;
use std::sync::Arc;

use super::support::*;
use crate::fs::{FileSystem, RealFs};
use crate::{CheckpointEntry, Log, OpenHint};

/// Writes a folder with several segments, producers, epochs and a clean shutdown below `path`.
fn write_folder(path: &Path) {
    let folder = folder_at(Arc::new(RealFs), path);
    let mut log = Log::create(&folder, DIR, TOPIC, small()).unwrap();
    for i in 0..60 {
        log.append(&batch(1000 + (i % 7) * 50, 3, b'k', 70), (i / 25) as i32, 0)
            .unwrap();
        append(&mut log, &idempotent(11, 0, i as i32 * 2, 2));
    }
    for file in log.dirty().files {
        file.sync_data().unwrap();
    }
    log.synced(&log.dirty());
    log.close().unwrap();
    let entry = CheckpointEntry {
        dir_name: DIR.to_owned(),
        recovery_point: log.recovery_point(),
        log_start_offset: log.log_start_offset(),
        high_watermark: log.log_end_offset(),
    };
    folder.finish_clean(&[entry]).unwrap();
}

#[test]
fn a_folder_on_real_files_survives_a_clean_restart_and_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    // For Kafka's own tools to read: `OTTLA_KEEP_FOLDER=/some/where cargo test ...`.
    let kept = std::env::var_os("OTTLA_KEEP_FOLDER");
    let path = kept.as_deref().map_or(dir.path(), Path::new);
    write_folder(path);
    for clean in [true, false] {
        let folder = folder_at(Arc::new(RealFs), path);
        let hint = OpenHint {
            clean,
            ..folder.open_hint(DIR)
        };
        let (mut log, report) = Log::open(&folder, DIR, TOPIC, small(), hint, 0).unwrap();
        assert_eq!((log.log_end_offset(), report.cut_bytes), (300, 0));
        assert_eq!(read_all(&log.view(), 0).len(), 120);
        assert!(append(&mut log, &idempotent(11, 0, 118, 2)).duplicate);
        log.close().unwrap();
    }
    let names = RealFs.list(&path.join(DIR)).unwrap();
    assert!(names.iter().all(|e| !e.name.ends_with(".tmp")), "{names:?}");
}

#[test]
fn idle_partitions_cost_no_handles() {
    let dir = tempfile::tempdir().unwrap();
    let folder = folder_at(Arc::new(RealFs), dir.path());
    let mut logs = Vec::new();
    for i in 0..50 {
        let mut log = Log::create(&folder, &format!("idle-{i}"), TOPIC, small()).unwrap();
        append(&mut log, &batch(1, 1, b'i', 10));
        logs.push(log);
        assert!(folder.files().open_files() <= 8);
    }
    for log in &mut logs {
        append(log, &batch(1, 1, b'i', 10));
        assert_eq!(read_all(&log.view(), 0).len(), 2);
        assert!(folder.files().open_files() <= 8);
    }
}

#[test]
fn an_open_log_is_small() {
    use crate::log::segment::Segment;
    use crate::log::view::Shared;
    // Three file slots of two words and two flags, the segment list, the directory's path.
    let sizes = [
        size_of::<Log>(),
        size_of::<Shared>(),
        size_of::<Segment>(),
        3 * 48,
        300,
    ];
    assert!(sizes.iter().sum::<usize>() < 2048, "{sizes:?}");
}
