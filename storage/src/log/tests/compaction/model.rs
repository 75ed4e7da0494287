//! Random histories of producers, transactions and passes: consumers see the same last values as without.

use proptest::prelude::*;

use super::world::*;
use crate::batch::Codec;
use crate::log::tests::support::{disk, memory, small};
use crate::{CompactionSettings, Log, OpenHint, SimFs};

#[derive(Clone, Debug)]
pub enum Step {
    Write { producer: u8, keys: Vec<u8>, codec: u8 },
    End { producer: u8, commit: bool },
    Compact { map_bytes: u64, later_ms: i64 },
    Trim,
    Reopen,
}

pub fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..5u8, prop::collection::vec(0..40u8, 1..12), 0..5u8)
            .prop_map(|(producer, keys, codec)| Step::Write { producer, keys, codec }),
        4 => (0..5u8, any::<bool>()).prop_map(|(producer, commit)| Step::End { producer, commit }),
        4 => (prop_oneof![Just(400u64), Just(900), Just(1 << 20)], 0..150i64)
            .prop_map(|(map_bytes, later_ms)| Step::Compact { map_bytes, later_ms }),
        1 => Just(Step::Trim),
        1 => Just(Step::Reopen),
    ]
}

/// The log, a copy that is never compacted, and the next sequence numbers. Producers 0 and 1 write transactions, 2 and
/// 3 are idempotent, 4 is neither.
pub struct World {
    pub fs: Option<SimFs>,
    pub log: Log,
    pub original: Log,
    sequences: [i32; 5],
    open: [bool; 5],
    now_ms: i64,
    pub checkpoint: Option<i64>,
    values: u32,
}

impl World {
    pub fn new(fs: Option<SimFs>) -> World {
        let log = fs.as_ref().map_or_else(memory, disk);
        World {
            fs,
            log,
            original: memory(),
            sequences: [0; 5],
            open: [false; 5],
            now_ms: 1_000_000,
            checkpoint: None,
            values: 0,
        }
    }

    pub fn run(&mut self, step: &Step) {
        match step {
            Step::Write {
                producer,
                keys,
                codec,
            } => self.write(usize::from(*producer), keys, *codec),
            Step::End { producer, commit } => {
                let p = usize::from(*producer % 2);
                let end = marker(p as i64, 0, *commit, self.now_ms);
                self.append(&end);
                self.open[p] = false;
            }
            Step::Compact { map_bytes, later_ms } => {
                self.now_ms += later_ms;
                self.compact(*map_bytes);
            }
            Step::Trim => {
                let start = (self.log.log_start_offset() + self.log.log_end_offset()) / 2;
                let stable = self.log.first_unstable_offset().unwrap_or(i64::MAX);
                if start <= stable {
                    let (_, retired) = self.log.trim(start).unwrap();
                    retired.rename().unwrap().remove().unwrap();
                    let _ = self.original.trim(start).unwrap();
                }
            }
            Step::Reopen => self.reopen(),
        }
    }

    fn append(&mut self, batch: &crate::CheckedBatch) {
        let appended = append(&mut self.log, batch);
        assert_eq!(
            append(&mut self.original, batch),
            appended_as(appended, &self.original)
        );
    }

    fn write(&mut self, producer: usize, keys: &[u8], codec: u8) {
        let names: Vec<String> = keys.iter().map(|k| format!("key-{}", k % 20)).collect();
        let values: Vec<Option<String>> = keys
            .iter()
            .map(|k| {
                self.values += 1;
                (*k < 34).then(|| format!("value-{}", self.values))
            })
            .collect();
        let records: Vec<_> = names
            .iter()
            .zip(&values)
            .map(|(k, v)| (k.as_str(), v.as_deref()))
            .collect();
        let codecs = [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd];
        let writer = Writer {
            producer: (producer < 4).then_some((producer as i64, 0, self.sequences[producer])),
            transactional: producer < 2,
            codec: codecs[usize::from(codec)],
        };
        self.now_ms += 1;
        let batch = keyed(writer, self.now_ms, &records);
        self.append(&batch);
        self.sequences[producer] += keys.len() as i32;
        self.open[producer] = producer < 2;
    }

    fn compact(&mut self, map_bytes_max: u64) {
        sync(&mut self.log);
        let limits = limits(&self.log);
        let settings = CompactionSettings {
            map_bytes_max,
            ..settings(self.now_ms)
        };
        if let Some((end, stats)) = self.log.compact(self.checkpoint, &limits, &settings).unwrap() {
            assert!(end > self.checkpoint.unwrap_or(0));
            assert!(stats.map_bytes as u64 <= map_bytes_max);
            self.checkpoint = Some(end);
            self.check_compacted(end);
            self.check();
        }
    }

    /// Of committed records below the end of a pass, one a key is left.
    fn check_compacted(&self, end: i64) {
        let mut seen = std::collections::BTreeSet::new();
        let from = self.log.log_start_offset();
        let rows = committed(&self.log.view());
        for (offset, _, key, _) in rows.iter().filter(|r| (from..end).contains(&r.0)) {
            let key = key.clone().unwrap();
            assert!(
                seen.insert(key.clone()),
                "{offset} {}",
                String::from_utf8_lossy(&key)
            );
        }
    }

    pub fn hint(&self) -> OpenHint {
        OpenHint {
            recovery_point: self.log.recovery_point(),
            log_start_offset: self.log.log_start_offset(),
            high_watermark: self.log.log_end_offset(),
            ..OpenHint::default()
        }
    }

    fn reopen(&mut self) {
        let Some(fs) = &self.fs else { return };
        sync(&mut self.log);
        let hint = self.hint();
        let before: Vec<_> = self.log.producer_states().cloned().collect();
        // Producer state must come out of the batches that are left.
        let killed = fs.killed();
        let dir = std::path::Path::new("/data/events-0");
        for entry in crate::FileSystem::list(&killed, dir).unwrap_or_default() {
            if entry.name.ends_with(".snapshot") {
                crate::FileSystem::remove_file(&killed, &dir.join(entry.name)).unwrap();
            }
        }
        let (log, report) = crate::log::tests::support::open(&killed, hint).unwrap();
        assert_eq!(report.cut_bytes, 0, "{report:?}");
        let last = |s: &crate::ProducerState| {
            let open = s.current_txn_first_offset;
            (s.producer_id, s.epoch, s.last_sequence(), open)
        };
        let from_batches: std::collections::BTreeSet<_> = log.producer_states().map(last).collect();
        for state in &before {
            // Trimming takes producers with it.
            let trimmed = state
                .last_batch()
                .is_none_or(|b| b.first_offset() < log.log_start_offset());
            assert!(
                trimmed || from_batches.contains(&last(state)),
                "{state:?} {from_batches:?}"
            );
        }
        // The checkpoint may be older than it should, or not be there.
        for recovery_point in [hint.recovery_point, hint.recovery_point / 2, 0] {
            let hint = OpenHint {
                recovery_point,
                ..hint
            };
            let (log, report) = crate::log::tests::support::open(&fs.killed(), hint).unwrap();
            assert_eq!(report.cut_bytes, 0, "{report:?}");
            assert_eq!(rows(&log.view()), rows(&self.log.view()));
            assert_eq!(committed(&log.view()), committed(&self.log.view()));
        }
    }

    pub fn check(&self) {
        check_against(&self.log, &self.original);
    }
}

/// Same ends, nothing invented, and the same last values for every consumer that starts from the beginning.
pub fn check_against(log: &Log, original: &Log) {
    assert_eq!(log.log_end_offset(), original.log_end_offset());
    assert_eq!(log.log_start_offset(), original.log_start_offset());
    let start = log.log_start_offset();
    let all: std::collections::BTreeSet<Row> = rows(&original.view()).into_iter().collect();
    for row in rows(&log.view()) {
        assert!(all.contains(&row), "{row:?} was never written");
    }
    let readable = |log: &Log| {
        let stable = original.first_unstable_offset().unwrap_or(i64::MAX);
        let rows = committed(&log.view()).into_iter();
        rows.filter(|r| r.0 < stable && r.0 >= start).collect::<Vec<_>>()
    };
    assert_eq!(latest(&readable(log)), latest(&readable(original)));
}

fn appended_as(appended: crate::Appended, original: &Log) -> crate::Appended {
    crate::Appended {
        rolled: appended.rolled,
        log_start_offset: original.log_start_offset(),
        ..appended
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn consumers_see_the_same_last_values(
        steps in prop::collection::vec(step(), 1..50),
        in_memory in any::<bool>(),
    ) {
        let mut world = World::new((!in_memory).then(|| SimFs::new(5)));
        assert_eq!(world.log.options(), &small());
        for step in &steps {
            world.run(step);
        }
        world.compact(1 << 20);
        world.check();
    }
}
