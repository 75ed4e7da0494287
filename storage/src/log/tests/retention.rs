//! Retention against Kafka's rules, by a clock that the test moves.

use std::sync::Arc;

use proptest::prelude::*;

use super::support::*;
use crate::fs::{FileSystem, SimFs};
use crate::{
    CheckedBatch, Log, LogOptions, MemoryBudget, OpenHint, Peeked, ReadError, Retention, RetentionReport,
    RetiredBecause,
};

fn on_both(test: impl Fn(Log)) {
    test(memory());
    test(disk(&SimFs::new(3)));
}

fn by_time(retention_ms: i64) -> Retention {
    Retention {
        retention_ms,
        ..Retention::FOREVER
    }
}

fn by_size(retention_bytes: i64) -> Retention {
    Retention {
        retention_bytes,
        ..Retention::FOREVER
    }
}

fn retain(log: &mut Log, retention: Retention, high_watermark: i64, now_ms: i64) -> RetentionReport {
    let (retained, retired) = log.retain(&retention, high_watermark, now_ms).unwrap();
    retired.rename().unwrap().remove().unwrap();
    assert_eq!(retained.log_start_offset, log.log_start_offset());
    retained
}

/// One batch of two records a segment, at 100, 200, 300, … milliseconds.
fn segments(log: &mut Log, count: i64) {
    log.set_options(LogOptions {
        segment_bytes: 400,
        ..small()
    });
    for i in 1..=count {
        log.append(&batch(i * 100, 2, b't', 120), 0, i * 100).unwrap();
    }
}

fn bases(retained: &RetentionReport) -> Vec<i64> {
    retained.segments.iter().map(|s| s.base_offset).collect()
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

#[derive(Clone, Debug)]
enum Step {
    Append { time: i64, len: usize },
    Retain { retention: Retention, lag: i64 },
    Trim { percent: i64 },
    Roll,
    Restart { clean: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let limit = |max: i64| prop_oneof![1 => Just(-1i64), 3 => 0..max];
    prop_oneof![
        8 => (0..1_000i64, 0..500usize).prop_map(|(time, len)| Step::Append { time, len }),
        4 => (limit(1_000), limit(6_000), 0..3i64).prop_map(|(retention_ms, retention_bytes, lag)| {
            Step::Retain { retention: Retention { retention_ms, retention_bytes }, lag }
        }),
        1 => (0..=100i64).prop_map(|percent| Step::Trim { percent }),
        1 => Just(Step::Roll),
        1 => any::<bool>().prop_map(|clean| Step::Restart { clean }),
    ]
}

/// Segments as plain numbers: first offset, bytes, newest timestamp.
#[derive(Debug, Default)]
struct Model {
    segments: Vec<(i64, i64, i64)>,
    start: i64,
    end: i64,
}

impl Model {
    fn append(&mut self, batch: &CheckedBatch, rolled: bool) {
        if rolled || self.segments.is_empty() {
            self.segments.push((self.end, 0, -1));
        }
        let last = self.segments.last_mut().unwrap();
        last.1 += batch.size_in_bytes() as i64;
        last.2 = last.2.max(batch.header().max_timestamp);
        self.end += 1;
    }

    /// The three passes of `deleteOldSegments`, one behind the other.
    fn retain(&mut self, retention: Retention, high_watermark: i64, now_ms: i64) {
        self.drop_below_start(high_watermark);
        let size: i64 = self.segments.iter().map(|s| s.1).sum();
        let mut spare = size - retention.retention_bytes;
        self.pass(high_watermark, |segment| {
            spare -= segment.1;
            retention.retention_bytes >= 0 && spare >= 0
        });
        self.pass(high_watermark, |segment| {
            retention.retention_ms >= 0 && now_ms - segment.2 > retention.retention_ms
        });
    }

    fn drop_below_start(&mut self, high_watermark: i64) {
        while self
            .segments
            .get(1)
            .is_some_and(|next| next.0 <= self.start.min(high_watermark))
        {
            self.segments.remove(0);
        }
    }

    fn pass(&mut self, high_watermark: i64, mut goes: impl FnMut(&(i64, i64, i64)) -> bool) {
        while let Some(first) = self.segments.first() {
            let next = self.segments.get(1).map(|s| s.0);
            let last_and_empty = next.is_none() && first.1 == 0;
            if high_watermark < next.unwrap_or(self.end) || last_and_empty || !goes(first) {
                return;
            }
            if next.is_none() {
                self.segments.push((self.end, 0, -1));
            }
            self.segments.remove(0);
            self.start = self.start.max(self.segments[0].0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn retention_does_what_the_model_does(steps in prop::collection::vec(step(), 1..80)) {
        let mut fs = SimFs::new(9);
        let mut log = disk(&fs);
        let mut model = Model::default();
        for (i, step) in steps.iter().enumerate() {
            match *step {
                Step::Append { time, len } => {
                    let batch = batch(time, 1, b'p', len);
                    let rolled = log.append(&batch, 0, 0).unwrap().rolled;
                    model.append(&batch, rolled);
                }
                Step::Retain { retention, lag } => {
                    let now_ms = i as i64 * 20;
                    retain(&mut log, retention, model.end - lag, now_ms);
                    model.retain(retention, model.end - lag, now_ms);
                }
                Step::Trim { percent } => {
                    let wanted = model.end * percent / 100;
                    trim(&mut log, wanted);
                    if wanted > model.start {
                        model.start = wanted;
                        model.drop_below_start(ALL);
                    }
                }
                Step::Roll => {
                    if log.roll_now(0).unwrap() {
                        model.segments.push((model.end, 0, -1));
                    }
                }
                Step::Restart { clean } => {
                    if clean {
                        log.close().unwrap();
                    }
                    drop(log);
                    fs = fs.killed();
                    let hint = OpenHint { clean, log_start_offset: model.start, ..OpenHint::default() };
                    log = open(&fs, hint).unwrap().0;
                    model.drop_below_start(ALL);
                }
            }
            prop_assert_eq!((log.log_start_offset(), log.log_end_offset()), (model.start, model.end));
            prop_assert_eq!(log.size_in_bytes() as i64, model.segments.iter().map(|s| s.1).sum::<i64>());
            let read: Vec<i64> = read_all(&log.view(), model.start).iter().map(|b| b.0).collect();
            prop_assert_eq!(read, (model.start..model.end).collect::<Vec<_>>());
        }
    }
}
