//! A log that moves into another folder while it is appended to and trimmed.

use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

use super::support::*;
use crate::fs::{FileSystem, SimFs};
use crate::log::{future_dir_name, future_dir_of};
use crate::{Log, OpenHint};

#[test]
fn names_of_copies_are_kafkas() {
    let token = Uuid::from_u128(0xABC);
    let name = future_dir_name("events-0", token);
    assert_eq!(name, "events-0.00000000000000000000000000000abc-future");
    assert_eq!(future_dir_of(&name), Some("events-0"));
    for other in [
        "events-0",
        "events-0-future",
        "events-0.1-future",
        "events-0.00000000000000000000000000000abc-delete",
    ] {
        assert_eq!(future_dir_of(other), None);
    }
    assert_eq!(future_dir_name(&"x".repeat(300), token).len(), 255);
}

#[test]
fn a_copy_has_what_the_log_has_and_opens_without_a_scan() {
    let fs = SimFs::new(1);
    let other = folder_at(Arc::new(fs.clone()), Path::new("/other"));
    let mut log = disk(&fs);
    for i in 0..40 {
        append(&mut log, &batch(i, 3, b'a', 30));
    }
    append(&mut log, &idempotent(7, 0, 0, 2));
    let mut copy = log.relocation(&other, Uuid::from_u128(9)).unwrap().unwrap();
    let mut steps = 0;
    while copy.catch_up(500).unwrap() > 0 {
        steps += 1;
        if steps < 30 {
            append(&mut log, &batch(100 + steps, 2, b'b', 50));
        }
        if steps == 10 {
            trim(&mut log, 50);
        }
    }
    copy.sync().unwrap();
    assert_eq!(copy.end_offset(), log.log_end_offset());
    append(&mut log, &batch(300, 1, b'c', 10));
    assert!(copy.end_offset() < log.log_end_offset());
    log.complete(&mut copy).unwrap();
    assert_eq!(copy.size_in_bytes(), log.size_in_bytes());
    copy.install().unwrap();
    let hint = OpenHint {
        clean: true,
        recovery_point: log.log_end_offset(),
        log_start_offset: log.log_start_offset(),
        high_watermark: log.log_end_offset(),
        ..OpenHint::default()
    };
    let (mut moved, report) = Log::open(&other, DIR, TOPIC, small(), hint, 0).unwrap();
    assert_eq!(
        (report.scanned_bytes, report.cut_bytes, report.rebuilt_indexes),
        (0, 0, 0)
    );
    assert_eq!(moved.log_start_offset(), 50);
    assert_eq!(moved.log_end_offset(), log.log_end_offset());
    assert_eq!(read_all(&moved.view(), 50), read_all(&log.view(), 50));
    assert_eq!(moved.producer_states().count(), 1);
    assert!(append(&mut moved, &idempotent(7, 0, 0, 2)).duplicate);
    let appended = append(&mut moved, &batch(301, 1, b'd', 10));
    assert_eq!(appended.base_offset, log.log_end_offset());
    assert_eq!(moved.recovery_point(), log.log_end_offset());
}

#[test]
fn a_copy_that_is_complete_survives_power_loss_and_one_that_is_abandoned_leaves_nothing() {
    let fs = SimFs::new(2);
    let other = folder_at(Arc::new(fs.clone()), Path::new("/other"));
    let mut log = disk(&fs);
    for i in 0..60 {
        append(&mut log, &batch(i, 3, b'a', 30));
    }
    let mut copy = log.relocation(&other, Uuid::from_u128(9)).unwrap().unwrap();
    log.complete(&mut copy).unwrap();
    copy.install().unwrap();
    let expected = read_all(&log.view(), 0);
    for _ in 0..8 {
        let after = fs.power_loss();
        let folder = folder_at(Arc::new(after), Path::new("/other"));
        let (moved, _) = Log::open(&folder, DIR, TOPIC, small(), OpenHint::default(), 0).unwrap();
        assert_eq!(read_all(&moved.view(), 0), expected);
    }
    let mut copy = log.relocation(&other, Uuid::from_u128(10)).unwrap().unwrap();
    copy.catch_up(1000).unwrap();
    copy.abandon().unwrap();
    let left = fs.list(Path::new("/other")).unwrap();
    assert!(
        left.iter().all(|entry| future_dir_of(&entry.name).is_none()),
        "{left:?}"
    );
    append(&mut log, &batch(1, 1, b'z', 10));
}
