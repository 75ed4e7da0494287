//! Producers and what they write.

use std::ops::Range;

use anyhow::{Context, Result};
use rdkafka::error::KafkaError;
use rdkafka::producer::future_producer::DeliveryFuture;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tokio::time::timeout;

use crate::DEADLINE;

/// A producer with these settings.
pub fn writer(settings: &[(&str, &str)]) -> Result<FutureProducer> {
    let mut config = crate::config()?;
    config.set("linger.ms", "5");
    for &(key, value) in settings {
        config.set(key, value);
    }
    Ok(config.create()?)
}

/// A record with this key and this value.
pub fn record<'a>(topic: &'a str, key: &'a str, value: &'a str) -> FutureRecord<'a, str, str> {
    FutureRecord::to(topic).key(key).payload(value)
}

/// Hands a record over; what becomes of it comes later.
pub fn send(producer: &FutureProducer, record: FutureRecord<'_, str, str>) -> Result<DeliveryFuture> {
    producer
        .send_result(record)
        .map_err(|(error, _)| error)
        .context("produce")
}

/// Waits until the broker has it, or has refused it.
pub async fn outcome(sent: DeliveryFuture) -> Result<Result<(), KafkaError>> {
    let outcome = timeout(DEADLINE, sent).await.context("no acknowledgement")??;
    Ok(outcome.map(drop).map_err(|(error, _)| error))
}

/// Waits until the broker has them all.
pub async fn delivered(sent: Vec<DeliveryFuture>) -> Result<()> {
    for one in sent {
        outcome(one).await?.context("a record")?;
    }
    Ok(())
}

/// One record, and the broker has it.
pub async fn write(producer: &FutureProducer, record: FutureRecord<'_, str, str>) -> Result<()> {
    delivered(vec![send(producer, record)?]).await
}

/// The records of the contract with these numbers, to one partition or where the partitioner wants them.
pub async fn write_records(
    producer: &FutureProducer,
    topic: &str,
    partition: Option<i32>,
    numbers: Range<usize>,
) -> Result<()> {
    let mut sent = Vec::new();
    for i in numbers {
        let (key, value) = (format!("k{i}"), format!("v{i}"));
        let mut record = record(topic, &key, &value);
        record.partition = partition;
        sent.push(send(producer, record)?);
    }
    delivered(sent).await
}
