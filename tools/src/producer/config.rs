//! The producer's settings, by the names of Kafka's `ProducerConfig`.

use std::time::Duration;

use storage::{Codec, Compression};

use crate::client::ClientError;
use crate::properties::Properties;

/// Settings of a producer.
#[derive(Clone, Debug)]
pub(crate) struct ProducerConfig {
    /// `acks`: 0, 1 or -1.
    pub acks: i16,
    /// `batch.size`.
    pub batch_bytes: usize,
    /// `compression.type` and its level.
    pub compression: Compression,
    /// `delivery.timeout.ms`.
    pub delivery_timeout: Duration,
    /// `enable.idempotence`.
    pub is_idempotent: bool,
    /// `linger.ms`.
    pub linger: Duration,
    /// `max.block.ms`.
    pub max_block: Duration,
    /// `max.in.flight.requests.per.connection`.
    pub in_flight_max: usize,
    /// `max.request.size`.
    pub request_bytes_max: usize,
    /// `request.timeout.ms`.
    pub request_timeout: Duration,
    /// `retries`.
    pub retries: u32,
    /// `retry.backoff.ms`.
    pub retry_backoff: Duration,
    /// `transactional.id`.
    pub transactional_id: Option<String>,
    /// `transaction.timeout.ms`.
    pub transaction_timeout_ms: i32,
}

impl ProducerConfig {
    /// Reads the settings; what is missing has Kafka's default.
    ///
    /// # Errors
    /// Kafka's `ConfigException` about the first that is wrong.
    pub(crate) fn new(properties: &Properties) -> Result<ProducerConfig, ClientError> {
        let transactional_id = properties.get("transactional.id").map(str::to_owned);
        let acks = acks(properties.get("acks").unwrap_or("all"))?;
        let is_explicit = properties.get("enable.idempotence").is_some();
        let in_flight_max = number(properties, "max.in.flight.requests.per.connection", 5, 1)?;
        let retries = number(properties, "retries", i64::from(i32::MAX), 0)?;
        let wanted = properties.get("enable.idempotence") != Some("false");
        let is_possible = acks == -1 && retries > 0 && in_flight_max <= 5;
        if is_explicit && wanted && acks != -1 {
            return Err(ClientError::config(
                "Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.",
            ));
        }
        let level = |key: &str| {
            properties
                .get(key)
                .and_then(|text| text.trim().parse::<i32>().ok())
        };
        Ok(ProducerConfig {
            acks,
            batch_bytes: size(properties, "batch.size", 16_384)?,
            compression: compression(properties.get("compression.type").unwrap_or("none"), level)?,
            delivery_timeout: millis(properties, "delivery.timeout.ms", 120_000)?,
            is_idempotent: (wanted && is_possible) || transactional_id.is_some(),
            linger: millis(properties, "linger.ms", 5)?,
            max_block: millis(properties, "max.block.ms", 60_000)?,
            in_flight_max: usize::try_from(in_flight_max).unwrap_or(5),
            request_bytes_max: size(properties, "max.request.size", 1_048_576)?,
            request_timeout: millis(properties, "request.timeout.ms", 30_000)?,
            retries: u32::try_from(retries).unwrap_or(u32::MAX),
            retry_backoff: millis(properties, "retry.backoff.ms", 100)?,
            transaction_timeout_ms: i32::try_from(number(properties, "transaction.timeout.ms", 60_000, 0)?)
                .unwrap_or(i32::MAX),
            transactional_id,
        })
    }
}

fn acks(text: &str) -> Result<i16, ClientError> {
    match text.trim() {
        "all" | "-1" => Ok(-1),
        "0" => Ok(0),
        "1" => Ok(1),
        other => Err(ClientError::config(format!(
            "Invalid value {other} for configuration acks: String must be one of: all, -1, 0, 1"
        ))),
    }
}

fn compression(name: &str, level: impl Fn(&str) -> Option<i32>) -> Result<Compression, ClientError> {
    let codec = match name {
        "none" => return Ok(Compression::NONE),
        "gzip" => Codec::Gzip,
        "snappy" => Codec::Snappy,
        "lz4" => Codec::Lz4,
        "zstd" => Codec::Zstd,
        other => {
            return Err(ClientError::config(format!(
                "Invalid value {other} for configuration compression.type: String must be one of: none, gzip, snappy, lz4, zstd"
            )));
        }
    };
    Ok(match level(&format!("compression.{name}.level")) {
        Some(level) => Compression::new(codec, level),
        None => Compression::of(codec),
    })
}

fn number(properties: &Properties, key: &str, default: i64, least: i64) -> Result<i64, ClientError> {
    let Some(text) = properties.get(key) else {
        return Ok(default);
    };
    let number = text.trim().parse::<i64>().map_err(|_| {
        ClientError::config(format!(
            "Invalid value {text} for configuration {key}: Not a number of type INT"
        ))
    })?;
    if number < least {
        return Err(ClientError::config(format!(
            "Invalid value {number} for configuration {key}: Value must be at least {least}"
        )));
    }
    Ok(number)
}

fn millis(properties: &Properties, key: &str, default: i64) -> Result<Duration, ClientError> {
    let ms = number(properties, key, default, 0)?;
    Ok(Duration::from_millis(u64::try_from(ms).unwrap_or_default()))
}

fn size(properties: &Properties, key: &str, default: i64) -> Result<usize, ClientError> {
    Ok(usize::try_from(number(properties, key, default, 0)?).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_kafkas() {
        let config = ProducerConfig::new(&Properties::default()).expect("reads");
        assert_eq!(
            (config.acks, config.batch_bytes, config.is_idempotent),
            (-1, 16_384, true)
        );
        assert_eq!(config.linger, Duration::from_millis(5));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |text: &str| {
            ProducerConfig::new(&Properties::parse(text))
                .expect_err("refused")
                .message
        };
        assert!(wrong("acks=2").starts_with("Invalid value 2 for configuration acks"));
        assert!(wrong("compression.type=x").contains("compression.type"));
        assert!(wrong("enable.idempotence=true\nacks=1").contains("idempotent producer"));
        let weak = ProducerConfig::new(&Properties::parse("acks=1")).expect("reads");
        assert!(!weak.is_idempotent);
    }
}
