//! When retention is due, as a look from outside says it.

use super::world::*;
use crate::fs::SimFs;
use crate::log::tests::support::*;
use crate::{Peeked, Retention};

#[test]
fn a_look_from_outside_never_says_later_than_the_truth() {
    let fs = SimFs::new(1);
    let due = |fs: &SimFs, retention| {
        let folder = folder(&fs.killed());
        let peeked = Peeked::look(&folder, DIR).unwrap();
        peeked.retention_due_ms(&retention).unwrap()
    };
    assert_eq!(due(&fs, by_time(5)), i64::MAX, "no directory");
    let mut log = disk(&fs);
    log.append(&batch(100, 2, b't', 120), 0, 0).unwrap();
    // Not in any index yet: the first batch says it.
    assert_eq!(due(&fs, by_time(50)), 152);
    log.append(&batch(300, 2, b't', 120), 0, 0).unwrap();
    assert_eq!(due(&fs, by_time(50)), 152);
    log.close().unwrap();
    assert_eq!(due(&fs, by_time(50)), 352);
    assert_eq!(due(&fs, by_size(0)), 0);
    assert_eq!(due(&fs, by_size(1)), i64::MAX);
    assert_eq!(due(&fs, Retention::FOREVER), i64::MAX);
    assert!(log.roll_now(0).unwrap());
    segments(&mut log, 2);
    let behind = log.size_in_bytes() as i64 - 2 * (log.size_in_bytes() as i64 / 4);
    assert_eq!(due(&fs, by_size(behind)), 0);
    assert_eq!(due(&fs, by_size(behind + 1)), i64::MAX);
    assert_eq!(due(&fs, by_time(50)), 352);
    let timeless = SimFs::new(2);
    append(&mut disk(&timeless), &batch(-1, 1, b'-', 20));
    assert_eq!(due(&timeless, by_time(50)), 0, "opening it will tell");
}
