//! What the groups take from the config table.

use super::assignor::Assignor;
use crate::config::{Config, ConsumerGroupTimes, Profile};

/// Which way groups may change between the protocols while members are on
/// (`group.consumer.migration.policy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migration {
    /// Not at all.
    Disabled,
    /// From consumer to classic.
    Downgrade,
    /// From classic to consumer.
    Upgrade,
    /// Both ways.
    Bidirectional,
}

impl Migration {
    fn named(name: &str) -> Migration {
        match name.to_ascii_lowercase().as_str() {
            "disabled" => Migration::Disabled,
            "downgrade" => Migration::Downgrade,
            "upgrade" => Migration::Upgrade,
            _ => Migration::Bidirectional,
        }
    }

    /// Whether no group changes.
    pub fn is_disabled(self) -> bool {
        self == Migration::Disabled
    }

    /// Whether classic groups may become consumer groups.
    pub fn may_upgrade(self) -> bool {
        matches!(self, Migration::Upgrade | Migration::Bidirectional)
    }

    /// Whether consumer groups may become classic ones.
    pub fn may_downgrade(self) -> bool {
        matches!(self, Migration::Downgrade | Migration::Bidirectional)
    }
}

/// Milliseconds that pass at least between two matches of a group's regular expressions, in production
/// (Kafka's `REGEX_BATCH_REFRESH_MIN_INTERVAL_MS`).
const REGEX_PAUSE_MS: i64 = 10_000;

/// Limits and times of groups on the newer protocol; field by field one Kafka config `group.consumer.*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerConfig {
    /// Times; the assignment interval may be changed while the broker runs.
    pub times: ConsumerGroupTimes,
    /// `max.size`.
    pub max_size: usize,
    /// `assignors` that are known here; never empty.
    pub assignors: Vec<Assignor>,
    /// `migration.policy`.
    pub migration: Migration,
    /// `regex.refresh.interval.ms`.
    pub regex_refresh_ms: i64,
    /// Least pause between two matches of a group's expressions; none in the dev profile.
    pub regex_pause_ms: i64,
    /// Whether `group.coordinator.rebalance.protocols` has this protocol.
    pub enabled: bool,
}

impl Default for ConsumerConfig {
    /// Kafka's defaults.
    fn default() -> Self {
        ConsumerConfig {
            times: ConsumerGroupTimes {
                session_timeout_ms: 45_000,
                session_timeout_bounds_ms: (45_000, 60_000),
                heartbeat_interval_ms: 5_000,
                heartbeat_interval_bounds_ms: (5_000, 15_000),
                assignment_interval_ms: 1_000,
                assignment_interval_bounds_ms: (0, 15_000),
            },
            max_size: i32::MAX as usize,
            assignors: vec![Assignor::Uniform, Assignor::Range],
            migration: Migration::Bidirectional,
            regex_refresh_ms: 600_000,
            regex_pause_ms: REGEX_PAUSE_MS,
            enabled: true,
        }
    }
}

impl ConsumerConfig {
    fn of(config: &Config) -> ConsumerConfig {
        let c = &config.groups.consumer;
        let mut assignors: Vec<Assignor> = c.assignors.iter().filter_map(|a| Assignor::named(a)).collect();
        if assignors.is_empty() {
            // Classes of others cannot be loaded here.
            tracing::warn!(configured = ?c.assignors, "no known assignor is configured; uniform and range are used");
            assignors = vec![Assignor::Uniform, Assignor::Range];
        }
        ConsumerConfig {
            times: c.times,
            max_size: c.max_size,
            assignors,
            migration: Migration::named(&c.migration_policy),
            regex_refresh_ms: c.regex_refresh_interval_ms,
            regex_pause_ms: if config.profile() == Profile::Dev {
                0
            } else {
                REGEX_PAUSE_MS
            },
            enabled: c.enabled,
        }
    }

    /// The assignor of groups whose members ask for none.
    pub fn default_assignor(&self) -> Assignor {
        self.assignors.first().copied().unwrap_or(Assignor::Uniform)
    }
}

/// Limits and times of groups and committed offsets; field by field one Kafka config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupsConfig {
    /// `offsets.topic.num.partitions`: number of shards; must not change once groups exist.
    pub offsets_partitions: i32,
    /// `offset.metadata.max.bytes`, counted as Kafka does, in UTF-16 units.
    pub offset_metadata_max: usize,
    /// Most bytes that the offsets of one commit may take in the log (`message.max.bytes`).
    pub commit_max_bytes: usize,
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
    /// Groups on the newer protocol.
    pub consumer: ConsumerConfig,
}

impl Default for GroupsConfig {
    /// Kafka's defaults.
    fn default() -> Self {
        GroupsConfig {
            offsets_partitions: 50,
            offset_metadata_max: 4096,
            commit_max_bytes: 1_048_588,
            offsets_retention_ms: 7 * 24 * 60 * 60 * 1000,
            offsets_retention_check_interval_ms: 600_000,
            min_session_timeout_ms: 6_000,
            max_session_timeout_ms: 1_800_000,
            initial_rebalance_delay_ms: 3_000,
            group_max_size: i32::MAX as usize,
            consumer: ConsumerConfig::default(),
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
            commit_max_bytes: groups.commit_max_bytes,
            offsets_retention_ms: groups.offsets_retention_ms,
            offsets_retention_check_interval_ms: groups.offsets_retention_check_interval_ms,
            min_session_timeout_ms: groups.min_session_timeout_ms,
            max_session_timeout_ms: groups.max_session_timeout_ms,
            initial_rebalance_delay_ms: groups.initial_rebalance_delay_ms,
            group_max_size: groups.max_size,
            consumer: ConsumerConfig::of(config),
        }
    }
}
