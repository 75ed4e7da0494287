//! One rule a test.

use std::sync::Arc;

use super::world::*;
use crate::fs::SimFs;
use crate::log::tests::support::*;
use crate::{CheckedBatch, Log, LogOptions, MemoryBudget, ReadError, Retention, RetiredBecause};

fn on_both(test: impl Fn(Log)) {
    test(memory());
    test(disk(&SimFs::new(3)));
}

#[test]
fn a_segment_goes_when_its_newest_record_is_too_old() {
    on_both(|mut log| {
        segments(&mut log, 5);
        // The newest record of a segment is one millisecond younger than its first.
        assert_eq!(bases(&retain(&mut log, by_time(50), 10, 151)), []);
        let retained = retain(&mut log, by_time(50), 10, 152);
        assert_eq!(bases(&retained), [0]);
        assert_eq!(retained.segments[0].because, RetiredBecause::Time);
        assert_eq!((log.log_start_offset(), retained.next_due_ms), (2, 252));
        assert_eq!(bases(&retain(&mut log, by_time(50), 10, 360)), [2, 4]);
        assert_eq!(read_all(&log.view(), 6).len(), 2);
        assert_eq!(
            log.view().offset_for_timestamp(0, ALL).unwrap().unwrap().offset,
            6
        );
    });
}

#[test]
fn a_breached_active_segment_rolls_and_goes() {
    on_both(|mut log| {
        segments(&mut log, 3);
        let view = log.view();
        assert_eq!(bases(&retain(&mut log, by_time(50), 6, 1_000)), [0, 2, 4]);
        assert_eq!((log.log_start_offset(), log.log_end_offset()), (6, 6));
        assert_eq!(log.size_in_bytes(), 0);
        let read = view.read(5, 1, ALL, true);
        assert!(matches!(read, Err(ReadError::OffsetOutOfRange { start: 6, .. })));
        let again = retain(&mut log, by_time(50), 6, 2_000);
        assert_eq!((bases(&again), again.next_due_ms), (vec![], 2_000));
        assert_eq!(append(&mut log, &batch(2_000, 1, b'n', 9)).base_offset, 6);
        assert_eq!(read_all(&log.view(), 6).len(), 1);
    });
}

#[test]
fn nothing_goes_at_or_above_the_high_watermark() {
    on_both(|mut log| {
        segments(&mut log, 3);
        for (high_watermark, gone) in [(0, vec![]), (1, vec![]), (3, vec![0]), (5, vec![2]), (6, vec![4])] {
            let retained = retain(&mut log, by_time(0), high_watermark, 1_000);
            assert_eq!(bases(&retained), gone, "below {high_watermark}");
        }
    });
}

#[test]
fn by_size_as_much_stays_as_was_asked_for() {
    on_both(|mut log| {
        segments(&mut log, 4);
        let whole = log.size_in_bytes() as i64;
        let one = whole / 4;
        assert_eq!(bases(&retain(&mut log, by_size(whole), 8, 0)), []);
        assert_eq!(bases(&retain(&mut log, by_size(3 * one + 1), 8, 0)), []);
        let retained = retain(&mut log, by_size(3 * one), 8, 0);
        assert_eq!(bases(&retained), [0]);
        assert_eq!(retained.segments[0].because, RetiredBecause::Size);
        assert_eq!(bases(&retain(&mut log, by_size(one - 1), 8, 0)), [2, 4]);
        assert_eq!(bases(&retain(&mut log, by_size(0), 8, 0)), [6]);
        assert_eq!((log.log_start_offset(), log.log_end_offset()), (8, 8));
    });
}

#[test]
fn a_future_timestamp_keeps_its_segment_and_all_behind() {
    on_both(|mut log| {
        segments(&mut log, 1);
        append(&mut log, &batch(900_000, 2, b'f', 120));
        segments(&mut log, 2);
        let retained = retain(&mut log, by_time(10), 8, 500_000);
        assert_eq!(bases(&retained), [0]);
        assert_eq!(retained.future_timestamp, Some(900_001));
        assert_eq!(bases(&retain(&mut log, by_time(10), 8, 900_012)), [2, 4, 6]);
    });
}

#[test]
fn for_ever_keeps_all_but_what_lies_below_the_log_start() {
    on_both(|mut log| {
        segments(&mut log, 3);
        let retained = retain(&mut log, Retention::FOREVER, 6, i64::MAX);
        assert_eq!((bases(&retained), retained.next_due_ms), (vec![], i64::MAX));
        assert_eq!(trim(&mut log, 3), 3);
        assert_eq!(bases(&retain(&mut log, Retention::FOREVER, 6, i64::MAX)), []);
        assert_eq!((log.log_start_offset(), log.log_end_offset()), (3, 6));
        assert_eq!(trim(&mut log, 6), 6);
        assert!(log.roll_now(0).unwrap());
        let retained = retain(&mut log, Retention::FOREVER, 6, 0);
        assert_eq!(bases(&retained), [4]);
        assert_eq!(retained.segments[0].because, RetiredBecause::LogStart);
    });
}

#[test]
fn without_timestamps_the_last_write_counts_also_after_a_restart() {
    let fs = SimFs::new(1);
    let timeless = batch(-1, 1, b'-', 20);
    let mut log = disk(&fs);
    fs.set_now_ms(7_000);
    log.append(&timeless, 0, 7_000).unwrap();
    assert_eq!(log.view().max_timestamp(ALL).unwrap(), None);
    let retained = retain(&mut log, by_time(1_000), 1, 8_000);
    assert_eq!((bases(&retained), retained.next_due_ms), (vec![], 8_001));
    drop(log);
    let fs = fs.killed();
    let (mut log, _) = recover(&fs).unwrap();
    assert_eq!(bases(&retain(&mut log, by_time(1_000), 1, 8_000)), []);
    let retained = retain(&mut log, by_time(1_000), 1, 8_001);
    assert_eq!(retained.segments[0].because, RetiredBecause::LastModified);
}

#[test]
fn epochs_and_producers_go_as_in_kafka() {
    on_both(|mut log| {
        segments(&mut log, 0);
        for (epoch, sequence) in [(0, 0), (1, 2), (4, 4)] {
            log.append(&idempotent(9, 0, sequence, 2), epoch, 0).unwrap();
            append(&mut log, &batch(1, 1, b'x', 250));
        }
        retain(&mut log, by_size(300), 9, 0);
        assert!(log.log_start_offset() >= 6);
        assert_eq!(
            log.end_offset_for_epoch(0).map(|(_, end)| end),
            Some(log.log_start_offset())
        );
        // The records are gone, but not what is known of their producer.
        assert!(log.append(&idempotent(9, 0, 4, 2), 4, 0).unwrap().duplicate);
    });
}

#[test]
fn rolling_on_demand_leaves_an_empty_active_segment() {
    on_both(|mut log| {
        assert!(!log.roll_now(5).unwrap());
        append(&mut log, &batch(1, 1, b'r', 9));
        assert!(log.roll_now(5).unwrap());
        assert!(!log.roll_now(5).unwrap());
        assert_eq!(append(&mut log, &batch(2, 1, b'r', 9)).base_offset, 1);
        assert_eq!(read_all(&log.view(), 0).len(), 2);
    });
}

#[test]
fn memory_is_cut_into_segments_small_enough_to_go_one_by_one() {
    let budget = Arc::new(MemoryBudget::new(4 << 20));
    let mut log = Log::in_memory(Arc::clone(&budget), LogOptions::default());
    while append_to(&mut log, &batch(1, 1, b'm', 50_000)) {}
    let full = budget.used_bytes();
    assert!(full > 3 << 20, "{full}");
    let kept = log.size_in_bytes() as i64 - 1;
    assert_eq!(retain(&mut log, by_size(kept), ALL, 0).segments.len(), 0);
    let retained = retain(&mut log, by_size(kept - (256 << 10)), ALL, 0);
    assert!((1..=2).contains(&retained.segments.len()), "{retained:?}");
    assert!(full - budget.used_bytes() < 1 << 20, "no more than needed");
    assert!(append_to(&mut log, &batch(1, 1, b'm', 50_000)));
    let start = log.log_start_offset();
    let read: Vec<i64> = read_all(&log.view(), start).iter().map(|b| b.0).collect();
    assert_eq!(read, (start..log.log_end_offset()).collect::<Vec<_>>());
    // One batch larger than that gets a segment of its own.
    retain(&mut log, by_size(0), ALL, 0);
    assert!(append_to(&mut log, &batch(1, 1, b'm', 1 << 20)));
}

fn append_to(log: &mut Log, batch: &CheckedBatch) -> bool {
    log.append(batch, 0, 0).is_ok()
}
