//! What can be made anew from the batches is made anew, to the same bytes.

use super::world::*;
use crate::BatchBuilder;
use crate::fs::{FileSystem, SimFs};
use crate::log::tests::support::*;

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
