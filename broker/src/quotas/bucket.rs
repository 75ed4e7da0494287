//! Tokens that come steadily and are spent in bursts (Kafka: `TokenBucket`, KIP-599).

use super::rate::Windows;

/// Tokens of one client. Below zero, the quota is used up.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    tokens: f64,
    updated_ms: i64,
}

impl TokenBucket {
    /// A full bucket: as many tokens as come in all windows together.
    pub fn full(windows: Windows, per_second: f64, now_ms: i64) -> TokenBucket {
        TokenBucket {
            tokens: capacity(windows, per_second),
            updated_ms: now_ms,
        }
    }

    /// How long until the bucket is not below empty; milliseconds.
    pub fn excess_ms(&mut self, windows: Windows, per_second: f64, now_ms: i64) -> i64 {
        self.refill(windows, per_second, now_ms);
        match self.tokens < 0.0 {
            true => (-self.tokens / per_second * 1000.0).round() as i64,
            false => 0,
        }
    }

    /// Takes tokens, also those that are not there.
    pub fn spend(&mut self, windows: Windows, per_second: f64, tokens: f64, now_ms: i64) {
        self.refill(windows, per_second, now_ms);
        self.tokens = (self.tokens - tokens).min(capacity(windows, per_second));
    }

    fn refill(&mut self, windows: Windows, per_second: f64, now_ms: i64) {
        let came = per_second * (now_ms - self.updated_ms) as f64 / 1000.0;
        self.tokens = (self.tokens + came).min(capacity(windows, per_second));
        self.updated_ms = now_ms;
    }
}

fn capacity(windows: Windows, per_second: f64) -> f64 {
    (windows.samples * windows.sample_ms) as f64 / 1000.0 * per_second
}
