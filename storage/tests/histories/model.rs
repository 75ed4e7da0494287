//! What must be true of one partition, whatever happens.

use std::collections::BTreeMap;

use storage::{BatchHeader, Log, ProducerState, ReadError};

use crate::batches::{Batch, split};
use crate::compacted;
use crate::rng::Rng;

/// Everything that was appended, and what of it is sure.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// In order, from the beginning of time: also what lies below the log start by now. Compacted as the log is.
    pub batches: Vec<Batch>,
    /// The same, as it was appended.
    pub history: Vec<BatchHeader>,
    /// A pass of compaction has begun that may or may not be in the log: up to where.
    pub compacting: Option<i64>,
    /// An append that failed: after a crash it may be there all the same.
    pub attempt: Option<Batch>,
    pub start: i64,
    /// The largest log start offset that a checkpoint is known to hold.
    pub persisted_start: i64,
    pub end: i64,
    /// Everything below survives a power loss.
    pub durable: i64,
}

/// What a list of batches says of a producer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Producer {
    epoch: i16,
    last: Option<(i32, i64)>,
    open_since: Option<i64>,
}

impl std::fmt::Display for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} (persisted {}) to {} (durable {})",
            self.start, self.persisted_start, self.end, self.durable
        )
    }
}

impl Model {
    pub fn appended(&mut self, batch: Batch) {
        assert_eq!(batch.base(), self.end, "offsets are gapless at append");
        self.end = batch.next();
        self.history.push(batch.header);
        self.batches.push(batch);
        self.attempt = None;
    }

    /// Takes note of where a log ends and starts after a crash, and checks that nothing sure is missing.
    pub fn after_crash(&mut self, log: &Log, power_lost: bool) {
        let (start, end) = (log.log_start_offset(), log.log_end_offset());
        let sure = if power_lost { self.durable } else { self.end };
        assert!(
            end >= sure,
            "the log ends at {end}, offsets below {sure} were sure"
        );
        let most = self.start.max(self.persisted_start);
        // Of a log of which nothing is sure the first segment can be lost, and a later one be there.
        let nothing_sure = power_lost && self.durable <= self.persisted_start;
        assert!(
            start >= self.persisted_start && (start <= most || nothing_sure),
            "the log starts at {start}, which should be {}..={most}",
            self.persisted_start
        );
        self.start = start;
        if let Some(attempt) = self
            .attempt
            .take()
            .filter(|a| end == a.next() && a.base() == self.end)
        {
            self.history.push(attempt.header);
            self.batches.push(attempt);
        }
        self.history.retain(|batch| batch.next_offset() <= end);
        self.batches.retain(|batch| batch.next() <= end);
        let last = self.history.last().map_or(0, BatchHeader::next_offset);
        assert!(
            last == end || start == end,
            "the log ends at {end} within a batch, behind {last}"
        );
        self.end = end;
        self.durable = self.durable.min(end);
        self.adopt(log);
    }

    /// Checks what compaction did, if any was at work, and takes it for what the log has from now on.
    pub fn adopt(&mut self, log: &Log) {
        let Some(bound) = self.compacting.take() else {
            return;
        };
        let mut found = Vec::new();
        let mut next = self.start;
        loop {
            let bytes = read(log, next, 3000, self.end);
            found.extend(split(&bytes).into_iter().map(Batch::read));
            match found.last().map(Batch::next) {
                Some(behind) if behind > next => next = behind,
                _ => break,
            }
        }
        compacted::check(&self.batches, &found, self.start, bound);
        if self.start > self.persisted_start {
            // A crash may bring back what lies below, compacted or not.
            self.compacting = Some(bound);
            return;
        }
        self.batches.retain(|batch| batch.next() <= self.start);
        self.batches.extend(found);
    }

    /// A pass of compaction begins, which goes below `bound` at most.
    pub fn begin_compaction(&mut self, bound: i64) {
        self.compacting = self.compacting.max(Some(bound));
    }

    /// Batches that a reader from `offset` on must get.
    fn from(&self, offset: i64) -> &[Batch] {
        let first = self.batches.partition_point(|batch| batch.next() <= offset);
        &self.batches[first..]
    }

    /// Compares all that can be asked of the log.
    pub fn check(&self, log: &Log, rng: &mut Rng) {
        assert_eq!(
            (log.log_start_offset(), log.log_end_offset()),
            (self.start, self.end)
        );
        self.check_producers(log);
        match self.compacting {
            Some(_) => self.clone().adopt(log),
            None => self.check_content(log, rng),
        }
        let view = log.view();
        for bad in [self.start - 1, self.end + 1] {
            let read = view.read(bad, 1, i64::MAX, true);
            assert!(
                matches!(read, Err(ReadError::OffsetOutOfRange { .. })),
                "{bad}: {read:?}"
            );
        }
    }

    fn check_content(&self, log: &Log, rng: &mut Rng) {
        self.check_all_bytes(log);
        for _ in 0..4 {
            self.check_read(log, rng);
            self.check_time(log, rng);
            self.check_aborted(log, rng);
        }
    }

    fn check_all_bytes(&self, log: &Log) {
        let expected = self.from(self.start);
        let (mut next, mut at) = (self.start, 0);
        // Behind the last batch there may be offsets that compaction has emptied.
        while at < expected.len() {
            let bytes = read(log, next, 3000, self.end);
            for batch in split(&bytes) {
                let wanted = expected.get(at).expect("no more batches than were appended");
                let differs = batch.iter().zip(&wanted.bytes).position(|(a, b)| a != b);
                assert!(
                    batch == wanted.bytes,
                    "offset {} has other bytes from byte {differs:?} of {} on: {:?} instead of {:?}",
                    wanted.base(),
                    wanted.bytes.len(),
                    storage::BatchHeader::read(batch),
                    wanted.header
                );
                at += 1;
                next = wanted.next();
            }
            assert!(
                !bytes.is_empty(),
                "nothing to read at {next}, the log ends at {}",
                self.end
            );
        }
        assert_eq!(at, expected.len(), "every batch is there");
    }

    /// Some part, under some bound.
    fn check_read(&self, log: &Log, rng: &mut Rng) {
        let offset = rng.between(self.start, self.end);
        let upper = rng.between(offset, self.end);
        let max_bytes = rng.pick(&[1, 100, 700, 5000]);
        let whole: Vec<u8> = self
            .from(offset)
            .iter()
            .filter(|batch| batch.next() <= upper)
            .flat_map(|batch| batch.bytes.iter().copied())
            .collect();
        let found = read(log, offset, max_bytes, upper);
        assert!(whole.starts_with(&found), "a read at {offset} below {upper}");
        let first = self.from(offset).first().filter(|batch| batch.next() <= upper);
        let least = first.map_or(0, |batch| batch.bytes.len());
        assert!(found.len() >= least, "the first batch at {offset} comes whole");
        let expected = self.from(offset).first().filter(|_| offset < self.end);
        let epoch = expected.map(|batch| batch.header.partition_leader_epoch);
        if expected.is_some_and(|batch| batch.base() <= offset) {
            assert_eq!(log.view().epoch_at(offset), epoch, "leader epoch at {offset}");
        }
    }

    fn check_time(&self, log: &Log, rng: &mut Rng) {
        let latest = self.batches.last().map_or(0, |batch| batch.header.max_timestamp);
        let time = rng.between((latest - 3000).max(0), latest + 60);
        let records = self.from(self.start).iter().flat_map(|batch| &batch.records);
        let mut times = records.map(|record| (record.offset, record.timestamp));
        let expected = times.find(|(offset, timestamp)| *offset >= self.start && *timestamp >= time);
        let found = log
            .view()
            .offset_for_timestamp(time, self.end)
            .expect("a lookup by time");
        assert_eq!(
            found.map(|f| (f.offset, f.timestamp)),
            expected,
            "the first record at {time}"
        );
    }

    /// Consumers hear of every aborted transaction that has batches where they read, and of no other.
    fn check_aborted(&self, log: &Log, rng: &mut Rng) {
        let from = rng.between(self.start, self.end);
        let to = rng.between(from, self.end);
        let found = log
            .view()
            .aborted_transactions(from, to)
            .expect("aborted transactions");
        let (mut open, mut expected) = (BTreeMap::new(), Vec::new());
        for batch in &self.batches {
            let id = batch.header.producer_id;
            match batch.commits() {
                None if batch.header.is_transactional() => {
                    open.entry(id).or_insert((batch.base(), Vec::new())).1.push(batch);
                }
                Some(commits) => {
                    if let Some((first, batches)) = open.remove(&id).filter(|_| !commits) {
                        expected.push((id, first, batch.base(), batches));
                    }
                }
                None => {}
            }
        }
        for (id, first, marker, batches) in &expected {
            let shows =
                |batch: &&Batch| batch.base() < to && batch.next() > from && batch.next() > self.start;
            let told = found
                .iter()
                .any(|f| f.producer_id == *id && f.last_offset == *marker);
            assert!(
                told || !batches.iter().any(shows),
                "the transaction of {id} from {first}, aborted at {marker}, is not told of to who reads {from}..{to}"
            );
        }
        for told in found {
            let marker = self.history.iter().find(|h| h.base_offset == told.last_offset);
            assert!(
                marker.is_some_and(|h| h.is_control() && h.producer_id == told.producer_id),
                "nobody aborted {told:?}"
            );
        }
    }

    /// The log may have forgotten producers whose batches are all below its start, nobody else.
    fn check_producers(&self, log: &Log) {
        let all = replay(self.history.iter());
        let left = match self.compacting {
            Some(_) => BTreeMap::new(),
            None => replay(self.from(self.start).iter().map(|batch| &batch.header)),
        };
        let found: BTreeMap<i64, &ProducerState> = log
            .producer_states()
            .map(|state| (state.producer_id, state))
            .collect();
        for (id, producer) in &left {
            assert!(found.contains_key(id), "producer {id} is not known: {producer:?}");
        }
        for (id, state) in found {
            let all = all.get(&id).cloned().unwrap_or_default();
            assert_eq!(state.epoch, all.epoch, "producer {id}");
            // Of what lies below the log start it may know nothing.
            let last = state.last_batch().map(|b| (b.last_sequence, b.last_offset));
            let last_is_gone = all.last.is_some_and(|(_, offset)| offset < self.start);
            assert!(
                last == all.last || (last.is_none() && last_is_gone),
                "producer {id}: {last:?}, not {:?}",
                all.last
            );
            let open = state.current_txn_first_offset;
            let begin_is_gone = all.open_since.is_some_and(|since| since < self.start);
            assert!(
                open == all.open_since || (open.is_none_or(|o| Some(o) > all.open_since) && begin_is_gone),
                "producer {id}: open since {open:?}, not {:?}",
                all.open_since
            );
        }
    }
}

fn replay<'a>(batches: impl Iterator<Item = &'a BatchHeader>) -> BTreeMap<i64, Producer> {
    let mut producers: BTreeMap<i64, Producer> = BTreeMap::new();
    for header in batches.filter(|header| header.producer_id >= 0) {
        let producer = producers.entry(header.producer_id).or_default();
        if producer.epoch != header.producer_epoch {
            producer.epoch = header.producer_epoch;
            producer.last = None;
        }
        if header.is_control() {
            producer.open_since = None;
            continue;
        }
        producer.last = Some((header.last_sequence(), header.last_offset()));
        if header.is_transactional() && producer.open_since.is_none() {
            producer.open_since = Some(header.base_offset);
        }
    }
    producers
}

pub fn read(log: &Log, offset: i64, max_bytes: usize, upper: i64) -> Vec<u8> {
    let result = log
        .view()
        .read(offset, max_bytes, upper, true)
        .expect("a read in range");
    let chunks = result
        .chunks
        .iter()
        .map(|chunk| chunk.to_bytes().expect("bytes of a chunk"));
    chunks.flat_map(|bytes| bytes.to_vec()).collect()
}
