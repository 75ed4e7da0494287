//! Compacted segments whose swap a crash interrupted, whole and damaged.

use super::world::*;
use crate::fs::{FileSystem, SimFs};
use crate::log::tests::support::*;

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
