//! What the groups take from the config table.

use crate::config::Config;

/// Limits and times of classic groups and committed offsets; field by field one Kafka config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupsConfig {
    /// `offsets.topic.num.partitions`: number of shards; must not change once groups exist.
    pub offsets_partitions: i32,
    /// `offset.metadata.max.bytes`, counted as Kafka does, in UTF-16 units.
    pub offset_metadata_max: usize,
    /// `offsets.retention.minutes` in milliseconds.
    pub offsets_retention_ms: i64,
    /// `offsets.retention.check.interval.ms`.
    pub offsets_retention_check_interval_ms: i64,
    /// `group.min.session.timeout.ms`.
    pub min_session_timeout_ms: i32,
    /// `group.max.session.timeout.ms`.
    pub max_session_timeout_ms: i32,
    /// `group.initial.rebalance.delay.ms`.
    pub initial_rebalance_delay_ms: i32,
    /// `group.max.size`.
    pub group_max_size: usize,
}

impl Default for GroupsConfig {
    /// Kafka's defaults.
    fn default() -> Self {
        GroupsConfig {
            offsets_partitions: 50,
            offset_metadata_max: 4096,
            offsets_retention_ms: 7 * 24 * 60 * 60 * 1000,
            offsets_retention_check_interval_ms: 600_000,
            min_session_timeout_ms: 6_000,
            max_session_timeout_ms: 1_800_000,
            initial_rebalance_delay_ms: 3_000,
            group_max_size: i32::MAX as usize,
        }
    }
}

impl GroupsConfig {
    /// What the broker's configuration says; `partitions` are those of the offsets topic if it is there.
    pub fn of(config: &Config, partitions: Option<i32>) -> GroupsConfig {
        let groups = &config.groups;
        GroupsConfig {
            offsets_partitions: partitions.unwrap_or(config.offsets_topic.num_partitions),
            offset_metadata_max: groups.offset_metadata_max_bytes,
            offsets_retention_ms: groups.offsets_retention_ms,
            offsets_retention_check_interval_ms: groups.offsets_retention_check_interval_ms,
            min_session_timeout_ms: groups.min_session_timeout_ms,
            max_session_timeout_ms: groups.max_session_timeout_ms,
            initial_rebalance_delay_ms: groups.initial_rebalance_delay_ms,
            group_max_size: groups.max_size,
        }
    }
}
