//! The consumer's settings, by the names of Kafka's `ConsumerConfig`.

use std::time::Duration;

use super::assign::Strategy;
use crate::client::ClientError;
use crate::jre::duration_ms;
use crate::properties::Properties;

/// Where to begin without a committed offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OffsetReset {
    /// At the first record.
    Earliest,
    /// Behind the last record.
    Latest,
    /// So many milliseconds ago (KIP-1106).
    ByDuration(i64),
    /// Nowhere: an error.
    None,
}

/// Settings of a consumer.
#[derive(Clone, Debug)]
pub(crate) struct ConsumerConfig {
    /// `group.id`.
    pub group_id: String,
    /// `group.instance.id`.
    pub instance_id: Option<String>,
    /// `client.rack`.
    pub rack: Option<String>,
    /// `auto.offset.reset`.
    pub offset_reset: OffsetReset,
    /// `enable.auto.commit`.
    pub auto_commit: bool,
    /// `auto.commit.interval.ms`.
    pub commit_interval: Duration,
    /// `isolation.level` is `read_committed`.
    pub is_committed_only: bool,
    /// `fetch.min.bytes`.
    pub fetch_min_bytes: i32,
    /// `fetch.max.bytes`.
    pub fetch_max_bytes: i32,
    /// `max.partition.fetch.bytes`.
    pub partition_max_bytes: i32,
    /// `fetch.max.wait.ms`.
    pub fetch_wait: Duration,
    /// `session.timeout.ms`.
    pub session_timeout_ms: i32,
    /// `max.poll.interval.ms`.
    pub rebalance_timeout_ms: i32,
    /// `heartbeat.interval.ms`.
    pub heartbeat_interval: Duration,
    /// `metadata.max.age.ms`.
    pub metadata_max_age: Duration,
    /// `retry.backoff.ms`.
    pub retry_backoff: Duration,
    /// `allow.auto.create.topics`.
    pub creates_topics: bool,
    /// `exclude.internal.topics`.
    pub without_internal: bool,
    /// `partition.assignment.strategy`.
    pub strategies: Vec<Strategy>,
}

impl ConsumerConfig {
    /// Reads the settings; what is missing has Kafka's default.
    ///
    /// # Errors
    /// Kafka's `ConfigException` about the first that is wrong, or what is not spoken here.
    pub(crate) fn new(properties: &Properties) -> Result<ConsumerConfig, ClientError> {
        let int = |key, default| number(properties, key, default);
        let ms = |key, default| -> Result<Duration, ClientError> {
            Ok(Duration::from_millis(
                u64::try_from(int(key, default)?).unwrap_or_default(),
            ))
        };
        let is = |key: &str, default: bool| properties.get(key).map_or(default, |text| text.trim() == "true");
        let isolation = properties.get("isolation.level").unwrap_or("read_uncommitted");
        let is_committed_only = match isolation.trim().to_ascii_lowercase().as_str() {
            "read_committed" => true,
            "read_uncommitted" => false,
            _ => {
                return Err(ClientError::config(format!(
                    "Invalid value {isolation} for configuration isolation.level: String must be one of: read_committed, read_uncommitted"
                )));
            }
        };
        let protocol = properties.get("group.protocol").unwrap_or("classic");
        if !protocol.eq_ignore_ascii_case("classic") {
            return Err(ClientError::config(format!(
                "Invalid value {protocol} for configuration group.protocol: these tools join groups by the classic protocol only."
            )));
        }
        Ok(ConsumerConfig {
            group_id: properties.get("group.id").unwrap_or_default().to_owned(),
            instance_id: properties.get("group.instance.id").map(str::to_owned),
            rack: properties
                .get("client.rack")
                .filter(|rack| !rack.is_empty())
                .map(str::to_owned),
            offset_reset: offset_reset(properties.get("auto.offset.reset").unwrap_or("latest"))?,
            auto_commit: is("enable.auto.commit", true),
            commit_interval: ms("auto.commit.interval.ms", 5_000)?,
            is_committed_only,
            fetch_min_bytes: int("fetch.min.bytes", 1)?,
            fetch_max_bytes: int("fetch.max.bytes", 52_428_800)?,
            partition_max_bytes: int("max.partition.fetch.bytes", 1_048_576)?,
            fetch_wait: ms("fetch.max.wait.ms", 500)?,
            session_timeout_ms: int("session.timeout.ms", 45_000)?,
            rebalance_timeout_ms: int("max.poll.interval.ms", 300_000)?,
            heartbeat_interval: ms("heartbeat.interval.ms", 3_000)?,
            metadata_max_age: ms("metadata.max.age.ms", 300_000)?,
            retry_backoff: ms("retry.backoff.ms", 100)?,
            creates_topics: is("allow.auto.create.topics", true),
            without_internal: is("exclude.internal.topics", true),
            strategies: strategies(properties.get("partition.assignment.strategy"))?,
        })
    }
}

fn number(properties: &Properties, key: &str, default: i32) -> Result<i32, ClientError> {
    let Some(text) = properties.get(key) else {
        return Ok(default);
    };
    let number = text.trim().parse::<i32>().map_err(|_| {
        ClientError::config(format!(
            "Invalid value {text} for configuration {key}: Not a number of type INT"
        ))
    })?;
    if number < 0 {
        return Err(ClientError::config(format!(
            "Invalid value {number} for configuration {key}: Value must be at least 0"
        )));
    }
    Ok(number)
}

fn offset_reset(text: &str) -> Result<OffsetReset, ClientError> {
    let refused = || {
        ClientError::config(format!(
            "Invalid value {text} for configuration auto.offset.reset: Invalid value `{text}` for configuration \
             auto.offset.reset. The value must be either 'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'."
        ))
    };
    match text.trim().to_ascii_lowercase().as_str() {
        "earliest" => Ok(OffsetReset::Earliest),
        "latest" => Ok(OffsetReset::Latest),
        "none" => Ok(OffsetReset::None),
        other => {
            let duration = other.strip_prefix("by_duration:").and_then(duration_ms);
            let duration = duration.filter(|ms| *ms >= 0).ok_or_else(refused)?;
            Ok(OffsetReset::ByDuration(duration))
        }
    }
}

fn strategies(classes: Option<&str>) -> Result<Vec<Strategy>, ClientError> {
    let Some(classes) = classes else {
        return Ok(vec![Strategy::Range, Strategy::CooperativeSticky]);
    };
    let known = |class: &str| {
        Strategy::of_class(class.trim()).ok_or_else(|| {
            ClientError::foreign(
                "org.apache.kafka.common.KafkaException",
                format!("{} ClassNotFoundException exception occurred", class.trim()),
            )
        })
    };
    classes.split(',').map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_kafkas() {
        let config = ConsumerConfig::new(&Properties::default()).expect("reads");
        assert_eq!(config.offset_reset, OffsetReset::Latest);
        assert!(config.auto_commit && !config.is_committed_only);
        assert_eq!(config.strategies, [Strategy::Range, Strategy::CooperativeSticky]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let read = |text: &str| ConsumerConfig::new(&Properties::parse(text));
        assert!(read("auto.offset.reset=x").is_err());
        assert_eq!(
            read("auto.offset.reset=by_duration:PT1S")
                .expect("reads")
                .offset_reset,
            OffsetReset::ByDuration(1_000)
        );
        assert!(read("isolation.level=x").is_err());
        assert!(read("group.protocol=consumer").is_err());
        assert!(
            read("partition.assignment.strategy=org.apache.kafka.clients.consumer.RoundRobinAssignor")
                .is_ok()
        );
    }
}
