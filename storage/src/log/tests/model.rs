//! The log against a plain list of batches, on a disk that fails and crashes.

use proptest::prelude::*;

use super::support::*;
use crate::fs::SimFs;
use crate::{AppendError, CheckedBatch, Log, OpenHint};

#[derive(Clone, Debug)]
enum Step {
    Append {
        time: i64,
        count: usize,
        len: usize,
        epoch: i32,
    },
    Produce {
        producer: u8,
        count: usize,
    },
    Again {
        producer: u8,
    },
    Sync,
    SyncClosed,
    Trim {
        percent: i64,
    },
    Restart,
    Kill,
    PowerLoss,
    DieWithin {
        steps: u64,
    },
    Full {
        space: u64,
    },
    ShortWrites(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..500i64, 1..5usize, 0..600usize, 0..4i32)
            .prop_map(|(time, count, len, epoch)| Step::Append { time, count, len, epoch }),
        4 => (0..3u8, 1..4usize).prop_map(|(producer, count)| Step::Produce { producer, count }),
        1 => (0..3u8).prop_map(|producer| Step::Again { producer }),
        2 => Just(Step::Sync),
        1 => Just(Step::SyncClosed),
        1 => (0..=100i64).prop_map(|percent| Step::Trim { percent }),
        1 => Just(Step::Restart),
        1 => Just(Step::Kill),
        1 => Just(Step::PowerLoss),
        1 => (0..30u64).prop_map(|steps| Step::DieWithin { steps }),
        1 => (0..1500u64).prop_map(|space| Step::Full { space }),
        1 => any::<bool>().prop_map(Step::ShortWrites),
    ]
}

/// What must be true of the log.
#[derive(Default)]
struct Model {
    batches: Vec<(i64, Vec<u8>)>,
    end: i64,
    start: i64,
    durable: i64,
    epoch: i32,
    /// Next sequence number, last batch and its offset, by producer.
    producers: [(i32, Option<(CheckedBatch, i64)>); 3],
}

struct World {
    fs: SimFs,
    log: Option<Log>,
    model: Model,
    dying: bool,
}

impl World {
    fn new(seed: u64) -> World {
        let fs = SimFs::new(seed);
        let log = Some(disk(&fs));
        World {
            fs,
            log,
            model: Model::default(),
            dying: false,
        }
    }

    fn log(&mut self) -> &mut Log {
        self.log.as_mut().unwrap()
    }

    fn append(&mut self, batch: &CheckedBatch, epoch: i32) -> bool {
        self.model.epoch = self.model.epoch.max(epoch);
        let epoch = self.model.epoch;
        let Ok(appended) = self.log().append(batch, epoch, 0) else {
            return false;
        };
        assert!(!appended.duplicate);
        assert_eq!(appended.base_offset, self.model.end);
        self.model.batches.push(stored(batch, &appended, epoch));
        self.model.end = appended.last_offset + 1;
        true
    }

    fn run(&mut self, step: &Step) {
        match *step {
            Step::Append {
                time,
                count,
                len,
                epoch,
            } => {
                self.append(&batch(time, count, b'm', len), epoch);
            }
            Step::Produce { producer, count } => {
                let sequence = self.model.producers[usize::from(producer)].0;
                let batch = idempotent(i64::from(producer), 0, sequence, count);
                let offset = self.model.end;
                if self.append(&batch, 0) {
                    let next = sequence + count as i32;
                    self.model.producers[usize::from(producer)] = (next, Some((batch, offset)));
                }
            }
            Step::Again { producer } => self.produce_again(usize::from(producer)),
            Step::Sync => {
                let dirty = self.log().dirty();
                self.sync(dirty);
            }
            Step::SyncClosed => {
                let dirty = self.log().dirty_closed();
                self.sync(dirty);
            }
            Step::Trim { percent } => {
                let offset = self.model.end * percent / 100;
                if self
                    .log()
                    .trim(offset)
                    .is_ok_and(|(_, retired)| retired.rename().is_ok_and(|d| d.remove().is_ok()))
                    || self.log().log_start_offset() == offset
                {
                    self.model.start = self.model.start.max(offset);
                }
            }
            Step::Restart => self.restart(),
            Step::Kill => self.crash(self.fs.killed(), false),
            Step::PowerLoss => self.crash(self.fs.power_loss(), true),
            // Who is dying stays so.
            Step::DieWithin { .. } if self.dying => {}
            Step::DieWithin { steps } => {
                self.fs.die_after(steps);
                self.dying = true;
            }
            Step::Full { space } => {
                self.fs.set_space_left(Some(space));
                self.append(&batch(1, 2, b'f', 900), 0);
                self.append(&batch(1, 1, b'f', 9), 0);
                self.fs.set_space_left(None);
            }
            Step::ShortWrites(on) => self.fs.set_short_writes(on),
        }
    }

    fn sync(&mut self, dirty: crate::DirtyFiles) {
        if dirty.files.iter().all(|file| file.sync_data().is_ok()) {
            self.log().synced(&dirty);
            self.model.durable = self.model.durable.max(dirty.end_offset);
        }
    }

    fn produce_again(&mut self, producer: usize) {
        if let Some((batch, offset)) = self.model.producers[producer].1.clone() {
            let appended = match self.log().append(&batch, 0, 0) {
                // A roll's sync failed, as everything does in a process that is dying.
                Err(AppendError::Offline(_)) if self.dying => return,
                appended => appended.unwrap(),
            };
            assert!(appended.duplicate, "producer {producer}");
            assert_eq!(appended.base_offset, offset);
        }
    }

    fn restart(&mut self) {
        if self.dying {
            return self.crash(self.fs.killed(), false);
        }
        self.log().close().unwrap();
        self.log = None;
        self.fs.sync_everything();
        let hint = OpenHint {
            clean: true,
            log_start_offset: self.model.start,
            ..OpenHint::default()
        };
        let (log, report) = open(&self.fs, hint).unwrap();
        assert_eq!(
            (report.scanned_bytes, report.cut_bytes, report.rebuilt_indexes),
            (0, 0, 0)
        );
        self.model.durable = self.model.end;
        self.log = Some(log);
        self.check();
    }

    fn crash(&mut self, fs: SimFs, power: bool) {
        self.log = None;
        self.fs = fs;
        let hint = OpenHint {
            clean: false,
            recovery_point: self.model.durable,
            log_start_offset: self.model.start,
            high_watermark: 0,
            ..OpenHint::default()
        };
        let (log, _) = open(&self.fs, hint).unwrap();
        let (end, model) = (log.log_end_offset(), &mut self.model);
        assert!(end >= model.durable);
        if power {
            model.batches.retain(|(base, _)| *base < end);
        } else {
            assert!(end >= model.end, "kill lost offsets {end}..{}", model.end);
        }
        if self.dying && end > model.end {
            // The last write was complete when the process died before it could answer.
            let last = read_all(&log.view(), model.end);
            assert_eq!(last.len(), 1);
            model.batches.extend(last);
        }
        model.end = end;
        self.dying = false;
        for state in &mut model.producers {
            *state = (0, None);
        }
        for state in log.producer_states() {
            let slot = &mut model.producers[state.producer_id as usize];
            slot.0 = state.last_sequence() + 1;
        }
        self.log = Some(log);
        self.check();
    }

    /// Everything that was promised is there, and nothing else.
    fn check(&mut self) {
        let (start, end) = (self.model.start, self.model.end);
        let log = self.log();
        assert_eq!(
            (log.log_start_offset(), log.log_end_offset()),
            (start.min(end).max(start), end.max(start))
        );
        self.model.end = end.max(start);
        let found = read_all(&self.log().view(), start);
        let behind = self.model.batches.iter().position(|(base, _)| *base > start);
        let from = match self.model.batches.iter().position(|(base, _)| *base == start) {
            Some(exact) => exact,
            None => behind.unwrap_or(self.model.batches.len()).saturating_sub(1),
        };
        let expected = if start >= end {
            &[][..]
        } else {
            &self.model.batches[from..]
        };
        let sizes = |b: &[(i64, Vec<u8>)]| b.iter().map(|b| (b.0, b.1.len())).collect::<Vec<_>>();
        assert!(
            found == expected,
            "found {:?}, expected {:?}, log {start}..{end}",
            sizes(&found),
            sizes(expected)
        );
    }
}

/// 96 unless the environment asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(96)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_log_keeps_its_promises(seed in any::<u64>(), steps in prop::collection::vec(step(), 1..60)) {
        let mut world = World::new(seed);
        for step in &steps {
            world.run(step);
        }
        if !world.dying {
            world.check();
        }
        world.crash(world.fs.killed(), false);
        world.restart();
    }
}
