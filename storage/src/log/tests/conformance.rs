//! One suite for both stores: what a log does must not depend on where its bytes are.

use super::support::*;
use crate::fs::SimFs;
use crate::{AppendError, BatchHeader, Log, LogOptions, ReadError};

fn on_both(test: impl Fn(Log)) {
    test(memory());
    test(disk(&SimFs::new(3)));
}

#[test]
fn offsets_are_gapless_and_bytes_come_back() {
    on_both(|mut log| {
        let mut expected = Vec::new();
        for i in 0..100usize {
            let batch = batch(
                1000 + i as i64,
                1 + i % 4,
                b'a' + (i % 26) as u8,
                5 + (i * 13) % 200,
            );
            let appended = append(&mut log, &batch);
            expected.push(stored(&batch, &appended, 0));
        }
        assert!(log.view().0.segments.load().len() > 5);
        assert_eq!(read_all(&log.view(), 0), expected);
        let end = log.log_end_offset();
        for offset in 0..end {
            let first = &read_all(&log.view(), offset)[0];
            let last = BatchHeader::read(&first.1).unwrap().last_offset();
            assert!(first.0 <= offset && offset <= last, "offset {offset}");
        }
        assert!(read_all(&log.view(), end).is_empty());
        for outside in [-1, end + 1] {
            let error = log.view().read(outside, 1, ALL, true).unwrap_err();
            assert!(matches!(error, ReadError::OffsetOutOfRange { .. }));
        }
    });
}

#[test]
fn reads_stay_below_the_bound_and_the_budget() {
    on_both(|mut log| {
        for i in 0..60 {
            append(&mut log, &batch(i, 2, b'x', 60));
        }
        let size = batch(0, 2, b'x', 60).size_in_bytes();
        let view = log.view();
        for upper in 0..120 {
            let result = view.read(0, 1 << 20, upper, true).unwrap();
            assert_eq!(result.bytes, (upper as usize / 2) * size, "upper bound {upper}");
        }
        assert_eq!(view.read(5, size - 1, ALL, false).unwrap().bytes, 0);
        assert_eq!(view.read(5, 1, ALL, true).unwrap().bytes, size);
        assert_eq!(view.read(5, 0, ALL, true).unwrap().bytes, size);
        assert_eq!(view.read(5, 0, ALL, false).unwrap().bytes, 0);
        assert_eq!(view.read(5, size + 10, ALL, false).unwrap().bytes, size + 10);
        assert_eq!(view.read(5, 40 * size, ALL, false).unwrap().bytes, 40 * size);
        assert_eq!(view.read(50, 100, 40, true).unwrap().bytes, 0);
    });
}

#[test]
fn duplicates_answer_their_offsets_and_are_not_written() {
    on_both(|mut log| {
        for i in 0..4 {
            append(&mut log, &idempotent(1, 0, i * 3, 3));
        }
        let again = append(&mut log, &idempotent(1, 0, 6, 3));
        assert!(again.duplicate);
        assert_eq!(
            (again.base_offset, again.last_offset, again.log_append_time),
            (6, 8, 9)
        );
        assert_eq!(log.log_end_offset(), 12);
        let gap = log.append(&idempotent(1, 0, 13, 1), 0, 0);
        assert!(matches!(gap, Err(AppendError::OutOfOrderSequence { .. })));
        append(&mut log, &idempotent(1, 1, 0, 1));
        let old = log.append(&idempotent(1, 0, 12, 1), 0, 0);
        assert!(matches!(old, Err(AppendError::InvalidProducerEpoch { .. })));
        assert_eq!(log.producer_states().len(), 1);
        log.expire_producers(1 << 40, 1);
        assert_eq!(log.producer_states().len(), 0);
    });
}

#[test]
fn epochs_are_noted_at_their_first_append() {
    on_both(|mut log| {
        for epoch in [0, 0, 2, 2, 5] {
            log.append(&batch(1, 2, b'e', 9), epoch, 0).unwrap();
        }
        assert_eq!(log.end_offset_for_epoch(0), Some((0, 4)));
        assert_eq!(log.end_offset_for_epoch(1), Some((0, 4)));
        assert_eq!(log.end_offset_for_epoch(2), Some((2, 8)));
        assert_eq!(log.end_offset_for_epoch(5), Some((5, 10)));
        assert_eq!(log.end_offset_for_epoch(6), None);
        trim(&mut log, 5);
        assert_eq!(log.end_offset_for_epoch(0), Some((0, 5)));
        let header = BatchHeader::read(&read_all(&log.view(), 9)[0].1).unwrap();
        assert_eq!(header.partition_leader_epoch, 5);
    });
}

#[test]
fn segments_roll_by_size_and_by_time() {
    on_both(|mut log| {
        log.set_options(LogOptions {
            segment_bytes: 500,
            segment_ms: 1000,
            ..small()
        });
        assert!(!append(&mut log, &batch(10_000, 1, b'r', 300)).rolled);
        assert!(append(&mut log, &batch(10_000, 1, b'r', 300)).rolled);
        assert!(!append(&mut log, &batch(11_000, 1, b'r', 1)).rolled);
        assert!(append(&mut log, &batch(11_001, 1, b'r', 1)).rolled);
        let large = log.append(&batch(0, 1, b'r', 600), 0, 0);
        assert!(matches!(large, Err(AppendError::BatchTooLargeForSegment { .. })));
        assert_eq!(log.log_end_offset(), 4);
    });
}

#[test]
fn a_full_index_rolls() {
    on_both(|mut log| {
        let options = LogOptions {
            segment_index_bytes: 36,
            index_interval_bytes: 0,
            ..LogOptions::default()
        };
        log.set_options(options);
        let rolled: Vec<bool> = (0..9)
            .map(|i| append(&mut log, &batch(i, 1, b'f', 1)).rolled)
            .collect();
        // Three time entries fit, one of which is kept for closing; the first batch has none.
        assert_eq!(
            rolled,
            [false, false, false, true, false, false, true, false, false]
        );
    });
}

#[test]
fn timestamps_are_found_to_the_record() {
    on_both(|mut log| {
        let times = [10, 50, 20, 90, 90, 30, 120, 5];
        for (i, time) in times.iter().cycle().take(80).enumerate() {
            append(&mut log, &batch(time + (i as i64 / 8) * 100, 3, b't', 30));
        }
        let view = log.view();
        let all: Vec<(i64, i64)> = (0..80 * 3)
            .map(|offset| {
                (
                    offset,
                    times[(offset as usize / 3) % 8] + (offset / 24) * 100 + offset % 3,
                )
            })
            .collect();
        for wanted in 0..1200 {
            let first = all.iter().find(|(_, t)| *t >= wanted).copied();
            let found = view.offset_for_timestamp(wanted, ALL).unwrap();
            assert_eq!(
                found.map(|f| (f.offset, f.timestamp)),
                first,
                "timestamp {wanted}"
            );
        }
        assert_eq!(view.offset_for_timestamp(900, 10).unwrap(), None);
        let max = view.max_timestamp(ALL).unwrap().unwrap();
        assert_eq!((max.timestamp, max.leader_epoch), (1022, 0));
        assert_eq!(
            Some(max.offset),
            all.iter().find(|(_, t)| *t == 1022).map(|(o, _)| *o)
        );
        trim(&mut log, 100);
        assert_eq!(
            log.view().offset_for_timestamp(0, ALL).unwrap().unwrap().offset,
            100
        );
    });
}

#[test]
fn trim_moves_the_start_and_drops_whole_segments() {
    on_both(|mut log| {
        for i in 0..60 {
            append(&mut log, &batch(i, 2, b'x', 60));
        }
        let before = log.size_in_bytes();
        let old_view = log.view();
        assert_eq!(trim(&mut log, 51), 51);
        assert_eq!(trim(&mut log, 7), 51);
        assert!(log.trim(121).is_err());
        assert!(log.size_in_bytes() < before);
        assert!(matches!(
            old_view.read(50, 1, ALL, true),
            Err(ReadError::OffsetOutOfRange { .. })
        ));
        assert_eq!(read_all(&log.view(), 51)[0].0, 50);
        assert_eq!(trim(&mut log, 120), 120);
        assert_eq!((log.log_start_offset(), log.log_end_offset()), (120, 120));
        append(&mut log, &batch(0, 1, b'y', 1));
        assert_eq!(read_all(&log.view(), 120).len(), 1);
    });
}
