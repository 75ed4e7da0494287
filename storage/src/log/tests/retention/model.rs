//! Random histories against a model of the three passes.

use proptest::prelude::*;

use super::world::*;
use crate::fs::SimFs;
use crate::log::tests::support::*;
use crate::{CheckedBatch, OpenHint, Retention};

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
