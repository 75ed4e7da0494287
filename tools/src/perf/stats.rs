//! What the producer counts and prints (`ProducerPerformance.Stats`).

use crate::Io;
use crate::jre::fixed;

/// Latencies that are kept at most; of more records every so many-th.
const LATENCIES_MAX: i64 = 500_000;
const MIB: f64 = 1_048_576.0;

/// Counts of everything, and of the time since the last line.
#[derive(Clone, Debug)]
pub(super) struct Stats {
    begun_ms: i64,
    sampling: i64,
    interval_ms: i64,
    is_steady: bool,
    /// Whether lines of progress are another's.
    pub is_silent: bool,
    latencies: Vec<i64>,
    all: Counts,
    window: Counts,
    window_begun_ms: i64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    records: i64,
    bytes: i64,
    latency_ms: i64,
    latency_max_ms: i64,
}

impl Counts {
    fn add(&mut self, latency_ms: i64, bytes: usize) {
        self.records += 1;
        self.bytes += i64::try_from(bytes).unwrap_or_default();
        self.latency_ms += latency_ms;
        self.latency_max_ms = self.latency_max_ms.max(latency_ms);
    }

    fn per_second(&self, passed_ms: i64) -> (f64, f64) {
        let passed = passed_ms as f64;
        let mib = 1_000.0 * self.bytes as f64 / passed / MIB;
        (1_000.0 * self.records as f64 / passed, mib)
    }

    fn latency(&self) -> f64 {
        self.latency_ms as f64 / self.records as f64
    }
}

impl Stats {
    /// Of so many records, beginning now.
    pub(super) fn new(records: i64, interval_ms: i64, is_steady: bool, now_ms: i64) -> Stats {
        Stats {
            begun_ms: now_ms,
            sampling: (records / records.clamp(1, LATENCIES_MAX)).max(1),
            interval_ms,
            is_steady,
            is_silent: false,
            latencies: Vec::new(),
            all: Counts::default(),
            window: Counts::default(),
            window_begun_ms: now_ms,
        }
    }

    /// Counts a record that arrived; prints a line when it is time.
    pub(super) fn record(&mut self, latency_ms: i64, bytes: usize, now_ms: i64, io: &mut Io<'_>) {
        if self.all.records % self.sampling == 0 {
            self.latencies.push(latency_ms);
        }
        self.all.add(latency_ms, bytes);
        self.window.add(latency_ms, bytes);
        if now_ms - self.window_begun_ms >= self.interval_ms {
            if self.is_steady && self.all.records == self.window.records {
                io.say("In steady state.");
            }
            if !self.is_silent {
                self.say_window(now_ms, io);
            }
            self.window = Counts::default();
            self.window_begun_ms = now_ms;
        }
    }

    fn say_window(&self, now_ms: i64, io: &mut Io<'_>) {
        let (records, mib) = self.window.per_second(now_ms - self.window_begun_ms);
        io.say(format!(
            "{} records sent, {} records/sec ({} MB/sec), {} ms avg latency, {} ms max latency.",
            self.window.records,
            fixed(records, 1),
            fixed(mib, 2),
            fixed(self.window.latency(), 1),
            fixed(self.window.latency_max_ms as f64, 1)
        ));
        io.flush();
    }

    /// Prints what it came to.
    pub(super) fn say_total(&mut self, now_ms: i64, io: &mut Io<'_>) {
        let (records, mib) = self.all.per_second(now_ms - self.begun_ms);
        self.latencies.sort_unstable();
        let kept = self.latencies.len() as f64;
        let percentile = |part: f64| self.latencies.get((part * kept) as usize).copied().unwrap_or(0);
        io.say(format!(
            "{}{} records sent, {} records/sec ({} MB/sec), {} ms avg latency, {} ms max latency, \
             {} ms 50th, {} ms 95th, {} ms 99th, {} ms 99.9th.",
            self.all.records,
            if self.is_steady { " steady state" } else { "" },
            fixed(records, 6),
            fixed(mib, 2),
            fixed(self.all.latency(), 2),
            fixed(self.all.latency_max_ms as f64, 2),
            percentile(0.5),
            percentile(0.95),
            percentile(0.99),
            percentile(0.999)
        ));
    }

    /// Records and bytes that arrived, and the mean and longest latency in ms.
    pub(super) fn totals(&self) -> (i64, i64, f64, f64) {
        let all = &self.all;
        (all.records, all.bytes, all.latency(), all.latency_max_ms as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_kafkas_tool() {
        let (mut input, mut out, mut err) = (std::io::empty(), Vec::new(), Vec::new());
        let mut io = Io::new(&mut input, &mut out, &mut err);
        let mut stats = Stats::new(4, 1_000, true, 0);
        for (latency, now) in [(1, 200), (3, 400), (8, 1_000), (2, 1_500)] {
            stats.record(latency, 1_048_576, now, &mut io);
        }
        stats.say_total(2_000, &mut io);
        Stats::new(1, 1_000, false, 0).say_total(0, &mut io);
        let lines = [
            "In steady state.",
            "3 records sent, 3.0 records/sec (3.00 MB/sec), 4.0 ms avg latency, 8.0 ms max latency.",
            "4 steady state records sent, 2.000000 records/sec (2.00 MB/sec), 3.50 ms avg latency, 8.00 ms max latency, \
             3 ms 50th, 8 ms 95th, 8 ms 99th, 8 ms 99.9th.",
            "0 records sent, NaN records/sec (NaN MB/sec), NaN ms avg latency, 0.00 ms max latency, \
             0 ms 50th, 0 ms 95th, 0 ms 99th, 0 ms 99.9th.",
        ];
        let said = String::from_utf8(out).expect("text");
        assert_eq!(said.lines().collect::<Vec<_>>(), lines);
    }
}
