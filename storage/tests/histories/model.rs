//! What must be true of one partition, whatever happens.

use std::collections::BTreeMap;

use storage::{Log, ProducerState, ReadError};

use crate::batches::{Batch, split};
use crate::rng::Rng;

/// Everything that was appended, and what of it is sure.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// In order, from the beginning of time: also what lies below the log start by now.
    pub batches: Vec<Batch>,
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
            self.batches.push(attempt);
        }
        self.batches.retain(|batch| batch.next() <= end);
        let last = self.batches.last().map_or(0, Batch::next);
        assert!(
            last == end || start == end,
            "the log ends at {end} within a batch, behind {last}"
        );
        self.end = end;
        self.durable = self.durable.min(end);
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
        self.check_all_bytes(log);
        for _ in 0..4 {
            self.check_read(log, rng);
            self.check_time(log, rng);
        }
        self.check_producers(log);
        let view = log.view();
        for bad in [self.start - 1, self.end + 1] {
            let read = view.read(bad, 1, i64::MAX, true);
            assert!(
                matches!(read, Err(ReadError::OffsetOutOfRange { .. })),
                "{bad}: {read:?}"
            );
        }
    }

    fn check_all_bytes(&self, log: &Log) {
        let expected = self.from(self.start);
        let (mut next, mut at) = (self.start, 0);
        while next < self.end {
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
        if epoch.is_some() {
            assert_eq!(log.view().epoch_at(offset), epoch, "leader epoch at {offset}");
        }
    }

    fn check_time(&self, log: &Log, rng: &mut Rng) {
        let latest = self.batches.last().map_or(0, |batch| batch.header.max_timestamp);
        let time = rng.between((latest - 3000).max(0), latest + 60);
        let records = self.from(self.start).iter().flat_map(|batch| &batch.times);
        let expected = records
            .copied()
            .find(|(offset, timestamp)| *offset >= self.start && *timestamp >= time);
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

    /// The log may have forgotten producers whose batches are all below its start, nobody else.
    fn check_producers(&self, log: &Log) {
        let all = replay(&self.batches);
        let left = replay(self.from(self.start));
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

fn replay(batches: &[Batch]) -> BTreeMap<i64, Producer> {
    let mut producers: BTreeMap<i64, Producer> = BTreeMap::new();
    for batch in batches.iter().filter(|batch| batch.header.producer_id >= 0) {
        let header = &batch.header;
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
