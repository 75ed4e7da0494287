//! What the transaction coordinator takes from the config table.

/// Limits and times, field by field one Kafka config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionsConfig {
    /// `transaction.state.log.num.partitions`: number of shards; must not change once the topic exists.
    pub partitions: i32,
    /// `transaction.max.timeout.ms`.
    pub max_timeout_ms: i32,
    /// `transactional.id.expiration.ms`.
    pub expiration_ms: i64,
}

impl Default for TransactionsConfig {
    /// Kafka's defaults.
    fn default() -> Self {
        TransactionsConfig {
            partitions: 50,
            max_timeout_ms: 900_000,
            expiration_ms: 7 * 24 * 60 * 60 * 1000,
        }
    }
}
