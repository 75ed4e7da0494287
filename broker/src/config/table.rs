//! The ONE table of configs: look-ups by scope and name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::row::{Row, Scope};
use super::rows::AREAS;

static TABLE: LazyLock<BTreeMap<(Scope, &'static str), &'static Row>> = LazyLock::new(|| {
    AREAS
        .iter()
        .flat_map(|area| area.iter())
        .map(|row| ((row.scope, row.name), row))
        .collect()
});

/// The row of a config, if there is one.
pub fn row(scope: Scope, name: &str) -> Option<&'static Row> {
    TABLE.get(&(scope, name)).copied()
}

/// All rows of a scope, by name.
pub fn rows(scope: Scope) -> impl Iterator<Item = &'static Row> {
    TABLE
        .iter()
        .filter(move |((s, _), _)| *s == scope)
        .map(|(_, row)| *row)
}

/// Names under which a broker config's value may be given, the strongest first: Kafka's
/// `DynamicBrokerConfig.brokerConfigSynonyms`. One name for most.
pub fn broker_synonyms(name: &'static str) -> Vec<&'static str> {
    match name {
        "log.roll.ms" | "log.roll.hours" => vec!["log.roll.ms", "log.roll.hours"],
        "log.roll.jitter.ms" | "log.roll.jitter.hours" => vec!["log.roll.jitter.ms", "log.roll.jitter.hours"],
        "log.retention.ms" | "log.retention.minutes" | "log.retention.hours" => {
            vec!["log.retention.ms", "log.retention.minutes", "log.retention.hours"]
        }
        "log.flush.interval.ms" => vec!["log.flush.interval.ms", "log.flush.scheduler.interval.ms"],
        other => vec![other],
    }
}

/// The broker config whose value a topic config takes when the topic does not set it: Kafka's
/// `ServerTopicConfigSynonyms`. `None` where the topic config stands alone.
pub fn topic_synonym(topic_config: &str) -> Option<&'static str> {
    Some(match topic_config {
        "cleanup.policy" => "log.cleanup.policy",
        "compression.gzip.level" => "compression.gzip.level",
        "compression.lz4.level" => "compression.lz4.level",
        "compression.type" => "compression.type",
        "compression.zstd.level" => "compression.zstd.level",
        "delete.retention.ms" => "log.cleaner.delete.retention.ms",
        "file.delete.delay.ms" => "log.segment.delete.delay.ms",
        "flush.messages" => "log.flush.interval.messages",
        "flush.ms" => "log.flush.interval.ms",
        "index.interval.bytes" => "log.index.interval.bytes",
        "local.retention.bytes" => "log.local.retention.bytes",
        "local.retention.ms" => "log.local.retention.ms",
        "max.compaction.lag.ms" => "log.cleaner.max.compaction.lag.ms",
        "max.message.bytes" => "message.max.bytes",
        "message.timestamp.after.max.ms" => "log.message.timestamp.after.max.ms",
        "message.timestamp.before.max.ms" => "log.message.timestamp.before.max.ms",
        "message.timestamp.type" => "log.message.timestamp.type",
        "min.cleanable.dirty.ratio" => "log.cleaner.min.cleanable.ratio",
        "min.compaction.lag.ms" => "log.cleaner.min.compaction.lag.ms",
        "min.insync.replicas" => "min.insync.replicas",
        "preallocate" => "log.preallocate",
        "retention.bytes" => "log.retention.bytes",
        "retention.ms" => "log.retention.ms",
        "segment.bytes" => "log.segment.bytes",
        "segment.index.bytes" => "log.index.size.max.bytes",
        "segment.jitter.ms" => "log.roll.jitter.ms",
        "segment.ms" => "log.roll.ms",
        "unclean.leader.election.enable" => "unclean.leader.election.enable",
        _ => return None,
    })
}
