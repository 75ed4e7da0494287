//! What the transaction coordinator takes from the config table.

/// The longest pause after which a deadline that could not be met, or a shard that could not be read, is looked at again.
const RETRY_MS: i64 = 1000;

/// Limits and times, field by field one Kafka config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionsConfig {
    /// `transaction.state.log.num.partitions`: number of shards; must not change once the topic exists.
    pub partitions: i32,
    /// `transaction.max.timeout.ms`.
    pub max_timeout_ms: i32,
    /// What deadlines go by.
    pub times: Times,
}

/// What the deadlines of transactional ids go by, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// `transactional.id.expiration.ms`.
    pub expiration_ms: i64,
    /// `transaction.remove.expired.transaction.cleanup.interval.ms`: expired ids are forgotten together, at the next
    /// multiple of it. Kafka forgets them at the first of its passes, which are as far apart.
    pub remove_interval_ms: i64,
    /// `transaction.abort.timed.out.transaction.cleanup.interval.ms`: the longest that the timer sleeps, and the
    /// longest pause before an abort that failed is tried again. Deadlines themselves are met when they pass.
    pub abort_interval_ms: i64,
}

impl Times {
    /// When an id that nobody used since then is forgotten, wall milliseconds.
    pub fn forget_at_ms(&self, last_update_ms: i64) -> i64 {
        let expired_ms = last_update_ms.saturating_add(self.expiration_ms);
        let interval_ms = self.remove_interval_ms.max(1);
        match expired_ms.checked_rem(interval_ms).unwrap_or(0) {
            0 => expired_ms,
            into => expired_ms.saturating_add(interval_ms - into),
        }
    }

    /// How long after something failed it is tried again.
    pub fn retry_ms(&self) -> i64 {
        RETRY_MS.min(self.abort_interval_ms.max(1))
    }
}

impl Default for Times {
    /// Kafka's defaults.
    fn default() -> Self {
        Times {
            expiration_ms: 7 * 24 * 60 * 60 * 1000,
            remove_interval_ms: 60 * 60 * 1000,
            abort_interval_ms: 10_000,
        }
    }
}

impl Default for TransactionsConfig {
    /// Kafka's defaults.
    fn default() -> Self {
        TransactionsConfig {
            partitions: 50,
            max_timeout_ms: 900_000,
            times: Times::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Times;

    #[test]
    fn expired_ids_are_forgotten_together() {
        let times = Times {
            expiration_ms: 1000,
            remove_interval_ms: 300,
            abort_interval_ms: 10_000,
        };
        assert_eq!(times.forget_at_ms(199), 1200, "expired at 1199");
        assert_eq!(times.forget_at_ms(200), 1200);
        assert_eq!(times.forget_at_ms(201), 1500, "not before the next round");
        assert_eq!(times.forget_at_ms(i64::MAX - 1), i64::MAX);
        assert_eq!(times.retry_ms(), 1000);
        let eager = Times {
            abort_interval_ms: 50,
            ..times
        };
        assert_eq!(eager.retry_ms(), 50);
    }
}
