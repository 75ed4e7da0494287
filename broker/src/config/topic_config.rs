//! The effective configs of one topic: broker config plus the topic's own values.

use std::collections::BTreeMap;
use std::sync::Arc;

use storage::{Codec, Compression};

use super::broker_config::Config;
use super::error::ConfigError;
use super::row::{Row, Scope};
use super::table::{row, rows, topic_synonym};
use super::value::{Value, parse};

/// Effective configs of a topic; what the log and the handlers act upon. Immutable: a change makes a new one.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicConfig {
    /// `cleanup.policy` contains `compact`: every record needs a key.
    pub compact: bool,
    /// `cleanup.policy` contains `delete`.
    pub delete: bool,
    /// `compression.type` with the level of that codec; `None` is `producer`, which keeps what the client sent.
    pub compression: Option<Compression>,
    /// `retention.ms`; -1 = no limit.
    pub retention_ms: i64,
    /// `retention.bytes` per partition; -1 = no limit.
    pub retention_bytes: i64,
    /// `segment.bytes`, or `internal.segment.bytes` where that is set.
    pub segment_bytes: u64,
    /// `segment.ms`, but at most `max.compaction.lag.ms` on a compacted topic.
    pub segment_ms: i64,
    /// `segment.jitter.ms`.
    pub segment_jitter_ms: i64,
    /// `segment.index.bytes`.
    pub segment_index_bytes: u32,
    /// `index.interval.bytes`.
    pub index_interval_bytes: u32,
    /// `preallocate`.
    pub preallocate: bool,
    /// `flush.messages`; `i64::MAX` = never by count.
    pub flush_messages: i64,
    /// `flush.ms`; `i64::MAX` = never by time.
    pub flush_ms: i64,
    /// `file.delete.delay.ms`.
    pub file_delete_delay_ms: i64,
    /// `delete.retention.ms` of tombstones.
    pub delete_retention_ms: i64,
    /// `min.cleanable.dirty.ratio`.
    pub min_cleanable_dirty_ratio: f64,
    /// `min.compaction.lag.ms`.
    pub min_compaction_lag_ms: i64,
    /// `max.compaction.lag.ms`.
    pub max_compaction_lag_ms: i64,
    /// `max.message.bytes` of a batch, compressed.
    pub max_message_bytes: usize,
    /// `message.timestamp.type` is `LogAppendTime`.
    pub log_append_time: bool,
    /// `message.timestamp.before.max.ms`.
    pub timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`.
    pub timestamp_after_max_ms: i64,
    /// `min.insync.replicas` as configured; what an acks=all write needs is capped by the replicas there are.
    pub min_insync_replicas: i32,
    /// `unclean.leader.election.enable`.
    pub unclean_leader_election: bool,
    /// The broker's `producer.id.expiration.ms`.
    pub producer_id_expiration_ms: i64,
}

impl TopicConfig {
    /// Whether records must be compacted after a time, however little there is.
    pub fn has_compaction_deadline(&self) -> bool {
        self.compact && self.max_compaction_lag_ms < i64::MAX
    }

    /// The effective configs of a topic with these own values. Own values that are unknown or do not parse are
    /// passed over: what is stored was checked when it was set, or comes from another release.
    pub fn resolve(config: &Config, own: &BTreeMap<String, String>) -> Arc<TopicConfig> {
        let v = Effective { config, own };
        let policy = v.list("cleanup.policy");
        let compact = policy.iter().any(|p| p == "compact");
        let max_compaction_lag_ms = v.number("max.compaction.lag.ms");
        let segment_ms = match compact && max_compaction_lag_ms > 0 {
            true => v.number("segment.ms").min(max_compaction_lag_ms),
            false => v.number("segment.ms"),
        };
        let segment_bytes = v
            .optional("internal.segment.bytes")
            .unwrap_or_else(|| v.number("segment.bytes"));
        Arc::new(TopicConfig {
            compact,
            delete: policy.iter().any(|p| p == "delete"),
            compression: v.compression(),
            retention_ms: v.number("retention.ms"),
            retention_bytes: v.number("retention.bytes"),
            segment_bytes: u64::try_from(segment_bytes).unwrap_or_default(),
            segment_ms,
            segment_jitter_ms: v.number("segment.jitter.ms"),
            segment_index_bytes: v.width("segment.index.bytes"),
            index_interval_bytes: v.width("index.interval.bytes"),
            preallocate: v.flag("preallocate"),
            flush_messages: v.number("flush.messages"),
            flush_ms: v.number("flush.ms"),
            file_delete_delay_ms: v.number("file.delete.delay.ms"),
            delete_retention_ms: v.number("delete.retention.ms"),
            min_cleanable_dirty_ratio: v.float("min.cleanable.dirty.ratio"),
            min_compaction_lag_ms: v.number("min.compaction.lag.ms"),
            max_compaction_lag_ms,
            max_message_bytes: usize::try_from(v.number("max.message.bytes")).unwrap_or_default(),
            log_append_time: v.text("message.timestamp.type") == "LogAppendTime",
            timestamp_before_max_ms: v.number("message.timestamp.before.max.ms"),
            timestamp_after_max_ms: v.number("message.timestamp.after.max.ms"),
            min_insync_replicas: i32::try_from(v.number("min.insync.replicas")).unwrap_or(i32::MAX),
            unclean_leader_election: v.flag("unclean.leader.election.enable"),
            producer_id_expiration_ms: config.producer_id_expiration_ms,
        })
    }

    /// Checks a topic's own values as Kafka's `LogConfig.validate` does: names first, then each value, then what
    /// several say together.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with Kafka's message.
    pub fn validate(config: &Config, own: &BTreeMap<String, String>) -> Result<(), ConfigError> {
        if let Some(name) = own.keys().find(|name| row(Scope::Topic, name).is_none()) {
            return Err(ConfigError::Invalid(format!("Unknown topic config name: {name}")));
        }
        for (name, text) in own {
            if let Some(row) = row(Scope::Topic, name) {
                parse(row, text)?;
            }
        }
        let v = Effective { config, own };
        let (min, max) = (
            v.number("min.compaction.lag.ms"),
            v.number("max.compaction.lag.ms"),
        );
        if min > max {
            return Err(ConfigError::Invalid(format!(
                "conflict topic config setting min.compaction.lag.ms ({min}) > max.compaction.lag.ms ({max})"
            )));
        }
        if v.flag("remote.storage.enable") {
            return Err(ConfigError::Invalid(
                "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log \
                 storage."
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// Every topic config with its effective value (`None` = null), by name; hidden ones left out that the topic does not set.
    pub fn effective<'a>(
        config: &'a Config,
        own: &'a BTreeMap<String, String>,
    ) -> impl Iterator<Item = (&'static Row, Option<Value>)> + 'a {
        let v = Effective { config, own };
        rows(Scope::Topic)
            .filter(|row| !row.hidden || own.contains_key(row.name))
            .map(move |row| (row, v.value(row.name)))
    }
}

/// Own value, else the broker's, else the table's default.
struct Effective<'a> {
    config: &'a Config,
    own: &'a BTreeMap<String, String>,
}

impl Effective<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        let row = row(Scope::Topic, name)?;
        let own = self.own.get(name).and_then(|text| parse(row, text).ok());
        own.or_else(|| self.inherited(row))
    }

    fn inherited(&self, row: &Row) -> Option<Value> {
        let settings = self.config.settings();
        let scaled = |name: &str, unit: i64| {
            settings
                .optional_number(name)
                .map(|n| Value::Number(if n < 0 { n } else { n.saturating_mul(unit) }))
        };
        match row.name {
            "segment.ms" => settings
                .value("log.roll.ms")
                .or_else(|| scaled("log.roll.hours", 3_600_000)),
            "segment.jitter.ms" => settings
                .value("log.roll.jitter.ms")
                .or_else(|| scaled("log.roll.jitter.hours", 3_600_000)),
            "flush.ms" => settings
                .value("log.flush.interval.ms")
                .or_else(|| settings.value("log.flush.scheduler.interval.ms")),
            // Every negative retention means "no limit"; Kafka folds them to -1.
            "retention.ms" => settings
                .value("log.retention.ms")
                .or_else(|| scaled("log.retention.minutes", 60_000))
                .or_else(|| scaled("log.retention.hours", 3_600_000))
                .map(|v| {
                    if matches!(v, Value::Number(n) if n < 0) {
                        Value::Number(-1)
                    } else {
                        v
                    }
                }),
            name => match topic_synonym(name) {
                Some(broker_name) => settings.value(broker_name),
                None => row.default.and_then(|text| parse(row, text).ok()),
            },
        }
    }

    fn optional(&self, name: &str) -> Option<i64> {
        match self.value(name)? {
            Value::Number(n) => Some(n),
            _ => None,
        }
    }

    fn number(&self, name: &str) -> i64 {
        self.optional(name).unwrap_or_default()
    }

    fn width(&self, name: &str) -> u32 {
        u32::try_from(self.number(name)).unwrap_or_default()
    }

    fn float(&self, name: &str) -> f64 {
        match self.value(name) {
            Some(Value::Float(f)) => f,
            _ => 0.0,
        }
    }

    fn flag(&self, name: &str) -> bool {
        self.value(name) == Some(Value::Bool(true))
    }

    fn text(&self, name: &str) -> String {
        self.value(name).map(|v| v.to_text()).unwrap_or_default()
    }

    fn compression(&self) -> Option<Compression> {
        let level = |name: &str| i32::try_from(self.number(name)).unwrap_or_default();
        Some(match self.text("compression.type").as_str() {
            "uncompressed" => Compression::NONE,
            "gzip" => Compression::new(Codec::Gzip, level("compression.gzip.level")),
            "snappy" => Compression::of(Codec::Snappy),
            "lz4" => Compression::new(Codec::Lz4, level("compression.lz4.level")),
            "zstd" => Compression::new(Codec::Zstd, level("compression.zstd.level")),
            _ => return None,
        })
    }

    fn list(&self, name: &str) -> Vec<String> {
        match self.value(name) {
            Some(Value::List(list)) => list,
            _ => Vec::new(),
        }
    }
}
