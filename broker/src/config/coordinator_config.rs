//! What the group coordinator goes by.

use std::collections::BTreeMap;

use storage::{Codec, Compression};

use super::settings::Settings;

/// `message.max.bytes` unless set.
const MESSAGE_MAX_BYTES: usize = 1_048_588;

/// Limits and waits of groups and committed offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupsConfig {
    /// `group.initial.rebalance.delay.ms`: how long an empty group waits for more members.
    pub initial_rebalance_delay_ms: i32,
    /// `group.min.session.timeout.ms`.
    pub min_session_timeout_ms: i32,
    /// `group.max.session.timeout.ms`.
    pub max_session_timeout_ms: i32,
    /// `group.max.size`: most members of a classic group.
    pub max_size: usize,
    /// `offset.metadata.max.bytes` of a committed offset.
    pub offset_metadata_max_bytes: usize,
    /// Most bytes of one commit: the coordinator's topic takes it as one batch, for which `message.max.bytes` holds. Less
    /// than its default is no bound here, so that a small one for records leaves groups alone.
    pub commit_max_bytes: usize,
    /// `offsets.retention.minutes` in milliseconds.
    pub offsets_retention_ms: i64,
    /// `offsets.retention.check.interval.ms`.
    pub offsets_retention_check_interval_ms: i64,
    /// `offsets.commit.timeout.ms`: longest wait for a commit to be durable.
    pub offsets_commit_timeout_ms: i32,
    /// Groups on the newer protocol.
    pub consumer: ConsumerGroupsConfig,
}

/// Times of groups on the newer protocol, `group.consumer.*` in milliseconds, bounds as (least, most).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumerGroupTimes {
    /// `session.timeout.ms`.
    pub session_timeout_ms: i32,
    /// `min.` and `max.session.timeout.ms`.
    pub session_timeout_bounds_ms: (i32, i32),
    /// `heartbeat.interval.ms`.
    pub heartbeat_interval_ms: i32,
    /// `min.` and `max.heartbeat.interval.ms`.
    pub heartbeat_interval_bounds_ms: (i32, i32),
    /// `assignment.interval.ms` at start.
    pub assignment_interval_ms: i32,
    /// `min.` and `max.assignment.interval.ms`.
    pub assignment_interval_bounds_ms: (i32, i32),
}

impl ConsumerGroupTimes {
    fn read(s: &Settings) -> ConsumerGroupTimes {
        let bounds = |what: &str| {
            let of = |which: &str| s.int(&format!("group.consumer.{which}.{what}"));
            (of("min"), of("max"))
        };
        ConsumerGroupTimes {
            session_timeout_ms: s.int("group.consumer.session.timeout.ms"),
            session_timeout_bounds_ms: bounds("session.timeout.ms"),
            heartbeat_interval_ms: s.int("group.consumer.heartbeat.interval.ms"),
            heartbeat_interval_bounds_ms: bounds("heartbeat.interval.ms"),
            assignment_interval_ms: s.int("group.consumer.assignment.interval.ms"),
            assignment_interval_bounds_ms: bounds("assignment.interval.ms"),
        }
    }
}

/// `group.consumer.*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerGroupsConfig {
    /// Times.
    pub times: ConsumerGroupTimes,
    /// `max.size`.
    pub max_size: usize,
    /// `assignors`, names or Kafka's classes.
    pub assignors: Vec<String>,
    /// `migration.policy` as given.
    pub migration_policy: String,
    /// `regex.refresh.interval.ms`.
    pub regex_refresh_interval_ms: i64,
    /// Whether `group.coordinator.rebalance.protocols` has `consumer`.
    pub enabled: bool,
}

impl ConsumerGroupsConfig {
    fn read(s: &Settings) -> ConsumerGroupsConfig {
        let policy = s.text("group.consumer.migration.policy");
        let protocols = s.list("group.coordinator.rebalance.protocols");
        ConsumerGroupsConfig {
            times: ConsumerGroupTimes::read(s),
            max_size: s.count("group.consumer.max.size"),
            assignors: s.list("group.consumer.assignors"),
            migration_policy: policy.unwrap_or_default().to_owned(),
            regex_refresh_interval_ms: s.number("group.consumer.regex.refresh.interval.ms"),
            enabled: protocols.iter().any(|protocol| protocol == "consumer"),
        }
    }
}

impl GroupsConfig {
    pub(super) fn read(s: &Settings) -> GroupsConfig {
        GroupsConfig {
            initial_rebalance_delay_ms: s.int("group.initial.rebalance.delay.ms"),
            min_session_timeout_ms: s.int("group.min.session.timeout.ms"),
            max_session_timeout_ms: s.int("group.max.session.timeout.ms"),
            max_size: s.count("group.max.size"),
            offset_metadata_max_bytes: s.count("offset.metadata.max.bytes"),
            commit_max_bytes: s.count("message.max.bytes").max(MESSAGE_MAX_BYTES),
            offsets_retention_ms: s.number("offsets.retention.minutes").saturating_mul(60_000),
            offsets_retention_check_interval_ms: s.number("offsets.retention.check.interval.ms"),
            offsets_commit_timeout_ms: s.int("offsets.commit.timeout.ms"),
            consumer: ConsumerGroupsConfig::read(s),
        }
    }
}

/// How `__consumer_offsets` is made when it is first needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetsTopicConfig {
    /// `offsets.topic.num.partitions`.
    pub num_partitions: i32,
    /// `offsets.topic.replication.factor` as configured; more than there are brokers is capped at creation.
    pub replication_factor: i16,
    /// `offsets.topic.segment.bytes`.
    pub segment_bytes: i32,
    /// `offsets.topic.compression.codec`: how the coordinator packs its own batches.
    pub compression: Compression,
}

impl OffsetsTopicConfig {
    pub(super) fn read(s: &Settings) -> OffsetsTopicConfig {
        let codec = i16::try_from(s.int("offsets.topic.compression.codec")).ok();
        OffsetsTopicConfig {
            num_partitions: s.int("offsets.topic.num.partitions"),
            replication_factor: i16::try_from(s.int("offsets.topic.replication.factor")).unwrap_or(i16::MAX),
            segment_bytes: s.int("offsets.topic.segment.bytes"),
            compression: Compression::of(codec.and_then(Codec::of).unwrap_or(Codec::None)),
        }
    }

    /// The topic configs that the topic is made with (Kafka's `groupMetadataTopicConfigs`).
    pub fn topic_configs(&self) -> BTreeMap<String, String> {
        let pairs = [
            ("cleanup.policy", "compact".to_owned()),
            ("compression.type", "producer".to_owned()),
            ("segment.bytes", self.segment_bytes.to_string()),
        ];
        pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

/// What the transaction coordinator goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionsConfig {
    /// `transaction.state.log.num.partitions`.
    pub partitions: i32,
    /// `transaction.max.timeout.ms`.
    pub max_timeout_ms: i32,
    /// `transactional.id.expiration.ms`.
    pub id_expiration_ms: i64,
    /// `transaction.remove.expired.transaction.cleanup.interval.ms`.
    pub remove_interval_ms: i64,
    /// `transaction.abort.timed.out.transaction.cleanup.interval.ms`.
    pub abort_interval_ms: i64,
    /// `transaction.partition.verification.enable`.
    pub verify_partitions: bool,
    /// `add.partitions.to.txn.retry.backoff.ms`: first pause before a partition is added again.
    pub add_backoff_ms: i64,
    /// `add.partitions.to.txn.retry.backoff.max.ms`: as long as it is tried.
    pub add_backoff_max_ms: i64,
}

impl TransactionsConfig {
    pub(super) fn read(s: &Settings) -> TransactionsConfig {
        TransactionsConfig {
            partitions: s.int("transaction.state.log.num.partitions"),
            max_timeout_ms: s.int("transaction.max.timeout.ms"),
            id_expiration_ms: s.number("transactional.id.expiration.ms"),
            remove_interval_ms: s.number("transaction.remove.expired.transaction.cleanup.interval.ms"),
            abort_interval_ms: s.number("transaction.abort.timed.out.transaction.cleanup.interval.ms"),
            verify_partitions: s.flag("transaction.partition.verification.enable"),
            add_backoff_ms: s.number("add.partitions.to.txn.retry.backoff.ms"),
            add_backoff_max_ms: s.number("add.partitions.to.txn.retry.backoff.max.ms"),
        }
    }
}
