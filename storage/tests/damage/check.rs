//! What a start may make of a damaged folder.

use std::path::Path;

use storage::{BatchHeader, Log, LogError, ReadError, SimFs, crc_matches};

use crate::batches::{Batch, split};
use crate::harm::Harm;
use crate::outcome::Outcome;
use crate::world::{DIRS, NOW_MS, ROOT, TOPIC, Truth, World, open_folder, options};

/// Opens the folder with all its logs; answers what came of the damage, and for each log what it was opened as.
pub fn check(world: &World, fs: &SimFs, harm: &Harm) -> (Outcome, Vec<Outcome>) {
    let folder = match open_folder(fs) {
        Ok(folder) => folder,
        Err(error) => {
            assert!(harm.is("meta.properties"), "the folder is refused: {error}");
            assert!(error.to_string().contains("meta.properties"), "{error}");
            return (Outcome::Refused, DIRS.map(|_| Outcome::Refused).into());
        }
    };
    let mut each = Vec::new();
    for dir in DIRS {
        let hit = harm.path.starts_with(Path::new(ROOT).join(dir));
        let hint = folder.open_hint(dir);
        let truth = &world.truths[dir];
        let outcome = match Log::open(&folder, dir, TOPIC, options(), hint, NOW_MS) {
            Ok((mut log, report)) => {
                let told = report.cut_reason.is_some();
                let case = Case {
                    truth,
                    harm,
                    hit,
                    clean: hint.clean,
                    told,
                };
                case.checks(&mut log)
            }
            Err(error) => {
                refusal(&error, harm, dir, hit);
                Outcome::Refused
            }
        };
        each.push(outcome);
    }
    (each.iter().copied().max().unwrap(), each)
}

/// A refusal is of the partition that was hit, names a file of it, and says what to do.
fn refusal(error: &LogError, harm: &Harm, dir: &str, hit: bool) {
    let text = error.to_string();
    assert!(hit, "{dir} is refused for what another has: {text}");
    match error {
        LogError::Damaged { path, advice, .. } => {
            // What is missing is noticed in its neighbours.
            let named = *path == harm.path || text.contains(harm.file_name()) || harm.is(".log");
            assert!(named, "another file is named: {text}");
            assert!(
                advice.contains("estore") || advice.contains("emove"),
                "no advice: {text}"
            );
        }
        LogError::TopicIdMismatch { .. } => assert!(harm.is("partition.metadata")),
        other => panic!("no reason to refuse: {other}"),
    }
}

struct Case<'a> {
    truth: &'a Truth,
    harm: &'a Harm,
    hit: bool,
    clean: bool,
    told: bool,
}

impl Case<'_> {
    fn checks(&self, log: &mut Log) -> Outcome {
        let truth = self.truth;
        let mut outcome = Outcome::Whole;
        let (start, end) = (log.log_start_offset(), log.log_end_offset());
        if start != truth.start {
            let back = self.harm.is("log-start-offset-checkpoint") && start < truth.start;
            let gone = truth
                .batches
                .iter()
                .any(|b| (truth.start..start).contains(&b.base()));
            assert!(
                back || (self.in_log() && (self.told || !gone)),
                "the log starts at {start}, not {}",
                truth.start
            );
            outcome = if back { Outcome::Back } else { Outcome::Whole };
        }
        if end != truth.end {
            assert!(
                self.in_log(),
                "cut for a damage elsewhere: ends at {end}, not {}",
                truth.end
            );
            // A file without its last batches looks as if they had never come.
            let unseen = !self.clean && self.harm.loses_whole_batches();
            assert!(
                self.told || unseen,
                "cut in silence: ends at {end}, not {}",
                truth.end
            );
            outcome = outcome.max(Outcome::Believed);
            assert!(
                end >= truth.durable && end < truth.end,
                "cut at {end}, durable {}",
                truth.durable
            );
        }
        if self.told {
            assert!(self.in_log(), "told of a cut for a damage elsewhere");
            outcome = outcome.max(Outcome::Cut);
        }
        outcome = outcome.max(self.reads(log)).max(self.times(log));
        // What the bytes of a damaged log say of itself is believed where they are not checked.
        if !self.in_log() {
            self.epochs(log);
            assert_eq!(
                log.first_unstable_offset(),
                truth.unstable,
                "the last stable offset"
            );
            outcome = outcome.max(self.aborted(log));
        }
        for (batch, appended) in &truth.last_sent {
            if self.in_log() || appended.base_offset < start {
                continue;
            }
            let again = log.append(batch, 4, NOW_MS);
            let again = again.unwrap_or_else(|e| panic!("a duplicate is refused: {e}"));
            assert!(
                again.duplicate,
                "a duplicate of offset {} is accepted",
                appended.base_offset
            );
            assert_eq!(again.base_offset, appended.base_offset);
        }
        outcome
    }

    fn in_log(&self) -> bool {
        self.hit && self.harm.is(".log")
    }

    /// The batches that should be there.
    fn batches(&self, log: &Log) -> impl Iterator<Item = &Batch> {
        let (start, end) = (log.log_start_offset(), log.log_end_offset());
        let there = move |b: &&Batch| b.next() > start && b.base() < end;
        self.truth.batches.iter().filter(there)
    }

    fn reads(&self, log: &Log) -> Outcome {
        let view = log.view();
        let mut outcome = Outcome::Whole;
        for truth in self.batches(log) {
            for offset in [truth.base().max(log.log_start_offset()), truth.next() - 1] {
                for max in [1, 3000] {
                    outcome = outcome.max(match view.read(offset, max, i64::MAX, true) {
                        Ok(result) => {
                            let chunks = result.chunks.iter();
                            let bytes: Vec<u8> = chunks.flat_map(|c| c.to_bytes().unwrap()).collect();
                            assert!(!bytes.is_empty(), "nothing at {offset}");
                            self.served(truth, &bytes)
                        }
                        Err(error) => self.failed(&error),
                    });
                }
            }
        }
        outcome
    }

    fn failed(&self, error: &ReadError) -> Outcome {
        assert!(matches!(error, ReadError::Corrupt { .. }), "{error}");
        assert!(
            self.hit && error.to_string().contains(self.harm.file_name()),
            "{error}"
        );
        Outcome::AtTheReader
    }

    /// The first batch is the one that was asked for; those behind it are right, or fail the reader's own check.
    fn served(&self, truth: &Batch, bytes: &[u8]) -> Outcome {
        let batches = split(bytes);
        if batches.first().is_none_or(|first| *first != truth.bytes) {
            assert!(self.in_log(), "not the batch at {}", truth.base());
        }
        let mut next = 0;
        for batch in batches {
            let Some(header) = BatchHeader::read(batch).filter(|_| batch.len() > 60) else {
                assert!(self.in_log());
                return Outcome::AtTheReader;
            };
            let base = header.base_offset;
            let right = self
                .truth
                .batches
                .iter()
                .find(|b| b.base() == base && b.bytes == batch);
            let Some(right) = right else {
                assert!(self.in_log(), "the batch at {base} is another");
                // Nothing but the broker's own fields escapes the checksum.
                let escapes = self
                    .truth
                    .batches
                    .iter()
                    .any(|b| b.bytes.get(16..) == batch.get(16..));
                // Readers look at the version of the format before.
                let is_checked = header.magic != 2 || !crc_matches(batch);
                assert!(
                    is_checked || escapes,
                    "a wrong batch with a right checksum at {base}"
                );
                return Outcome::AtTheReader;
            };
            assert!(base >= next, "out of order at {base}");
            next = right.next();
        }
        Outcome::Whole
    }

    fn times(&self, log: &Log) -> Outcome {
        let (view, start) = (log.view(), log.log_start_offset());
        let records = self.truth.batches.iter().flat_map(|b| &b.records);
        let mut times: Vec<(i64, i64)> = records.map(|r| (r.offset, r.timestamp)).collect();
        times.retain(|(offset, _)| *offset >= start && *offset < log.log_end_offset());
        let mut outcome = Outcome::Whole;
        for (_, time) in times.iter().step_by(7) {
            let expected = times.iter().find(|(_, t)| t >= time).copied();
            match view.offset_for_timestamp(*time, i64::MAX) {
                Ok(found) => {
                    let found = found.map(|f| (f.offset, f.timestamp));
                    if found != expected {
                        assert!(self.in_log(), "{found:?}, not {expected:?}");
                        outcome = Outcome::AtTheReader;
                    }
                }
                Err(error) => outcome = self.failed(&error),
            }
        }
        outcome
    }

    /// Compaction can take the first batches of an epoch, so that nobody can tell any more where exactly it began.
    fn epochs(&self, log: &Log) {
        let batches: Vec<(i32, &Batch)> = self
            .batches(log)
            .map(|b| (b.header.partition_leader_epoch, b))
            .collect();
        for (epoch, batch) in &batches {
            let base = batch.base().max(log.log_start_offset());
            assert_eq!(log.view().epoch_at(base), Some(*epoch), "epoch at {base}");
        }
        for epoch in 0..5 {
            let first = batches
                .iter()
                .filter(|(e, _)| *e > epoch)
                .map(|(_, b)| b.base())
                .min();
            let last = batches
                .iter()
                .filter(|(e, _)| *e <= epoch)
                .map(|(_, b)| b.next())
                .max();
            let found = log.end_offset_for_epoch(epoch);
            match (first, batches.iter().any(|(e, _)| *e == epoch)) {
                (None, true) => assert_eq!(found, Some((epoch, log.log_end_offset()))),
                (None, false) => assert_eq!(found, None),
                (Some(first), _) => {
                    let end = found.map(|(_, end)| end).unwrap();
                    let first = first.max(log.log_start_offset());
                    assert!(
                        (last.unwrap_or(0)..=first).contains(&end),
                        "epoch {epoch} ends at {end}, not {last:?} to {first}"
                    );
                }
            }
        }
    }

    /// Whatever reads committed records must be told of every transaction that was aborted and has a batch there.
    fn aborted(&self, log: &Log) -> Outcome {
        let (start, end) = (log.log_start_offset(), log.log_end_offset());
        let all: Vec<&Batch> = self.batches(log).collect();
        let step = (all.len() / 6).max(1);
        let froms = all.iter().step_by(step).map(|b| b.base().max(start));
        for from in froms {
            for to in [from + 3, from + 40, end] {
                let found = match log.view().aborted_transactions(from, to) {
                    Ok(found) => found,
                    Err(error) => return self.failed(&error),
                };
                for txn in &self.truth.aborted {
                    let of_it = |b: &&&Batch| {
                        b.header.producer_id == txn.producer_id
                            && b.header.is_transactional()
                            && !b.header.is_control()
                            && (txn.first_offset..txn.last_offset).contains(&b.base())
                    };
                    let in_range = |b: &&&Batch| b.next() > from && b.base() < to;
                    let Some(first) = all.iter().find(of_it) else {
                        continue;
                    };
                    let needed = all.iter().filter(of_it).any(|b| in_range(&b));
                    let told = found
                        .iter()
                        .find(|f| f.producer_id == txn.producer_id && f.last_offset == txn.last_offset);
                    match told {
                        None if needed && self.harm.loses_whole_entries() => return Outcome::Believed,
                        None => assert!(!needed, "{txn:?} is not told of for {from} to {to}"),
                        Some(told) => assert!(
                            told.first_offset >= txn.first_offset
                                && told.first_offset <= first.base().max(txn.first_offset),
                            "{told:?}, not {txn:?}"
                        ),
                    }
                }
                let known = |f: &&storage::AbortedTxn| {
                    let same = |t: &&storage::AbortedTxn| {
                        t.producer_id == f.producer_id && t.last_offset == f.last_offset
                    };
                    self.truth.aborted.iter().any(|t| same(&t))
                };
                assert_eq!(found.iter().find(|f| !known(f)), None, "it was not aborted");
            }
        }
        Outcome::Whole
    }
}
