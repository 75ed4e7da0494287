//! How much came per second, over a window that slides in samples (Kafka: `Rate` over `WindowedSum`).

use std::collections::VecDeque;

/// How finely and how long is looked back.
#[derive(Clone, Copy, Debug)]
pub struct Windows {
    /// Samples, the current one among them (`quota.window.num`), at least 1.
    pub samples: i64,
    /// Span of one sample (`quota.window.size.seconds`).
    pub sample_ms: i64,
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    start_ms: i64,
    last_ms: i64,
    sum: f64,
}

/// What came in the samples that still count; at most one more than [`Windows::samples`].
#[derive(Clone, Debug, Default)]
pub struct Rate {
    samples: VecDeque<Sample>,
}

impl Rate {
    /// Adds an amount; a negative one takes back what was added.
    pub fn record(&mut self, windows: Windows, amount: f64, now_ms: i64) {
        match self.samples.back_mut() {
            Some(current) if now_ms - current.start_ms < windows.sample_ms => {
                current.sum += amount;
                current.last_ms = now_ms;
            }
            _ => {
                self.samples.push_back(Sample {
                    start_ms: now_ms,
                    last_ms: now_ms,
                    sum: amount,
                });
                while self.samples.len() as i64 > windows.samples + 1 {
                    self.samples.pop_front();
                }
            }
        }
    }

    /// How long to wait until the rate is back at `bound` per second, if it is above; milliseconds.
    pub fn excess_ms(&mut self, windows: Windows, bound: f64, now_ms: i64) -> i64 {
        let span_ms = windows.samples * windows.sample_ms;
        self.samples.retain(|sample| now_ms - sample.last_ms < span_ms);
        let sum: f64 = self.samples.iter().map(|sample| sample.sum).sum();
        let window_ms = self.window_ms(windows, now_ms);
        let rate = sum / (window_ms as f64 / 1000.0);
        if rate <= bound {
            return 0;
        }
        ((rate - bound) / bound * window_ms as f64).round() as i64
    }

    /// The time that the samples span. Whole samples that are missing count as empty ones, so that the first second
    /// of a client is not taken for its rate.
    fn window_ms(&self, windows: Windows, now_ms: i64) -> i64 {
        let oldest = self.samples.iter().map(|sample| sample.start_ms).min();
        let elapsed = now_ms - oldest.unwrap_or(now_ms);
        let missing = windows.samples - 1 - elapsed / windows.sample_ms;
        elapsed + missing.max(0) * windows.sample_ms
    }
}
