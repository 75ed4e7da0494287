//! Scenarios of producers.

use anyhow::{Context, Result, ensure};
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::FutureRecord;

use crate::reader::Reader;
use crate::writer::{delivered, outcome, record, send, write, write_records, writer};

pub async fn run(scenario: &str, name: &str) -> Option<Result<()>> {
    Some(match scenario {
        "acks" => acks(name).await,
        "codec-gzip" => codec(name, "gzip").await,
        "codec-snappy" => codec(name, "snappy").await,
        "codec-lz4" => codec(name, "lz4").await,
        "codec-zstd" => codec(name, "zstd").await,
        "keys" => keys(name).await,
        "headers" => headers(name, &[("a", Some("1")), ("a", Some("2")), ("empty", Some(""))]).await,
        "headers-null" => headers(name, &[("n", None)]).await,
        "nulls" => nulls(name).await,
        "timestamps" => timestamps(name).await,
        "idempotence" => idempotence(name).await,
        "large" => large(name).await,
        "too-large" => too_large(name).await,
        "bulk" => bulk(name).await,
        "many-partitions" => many_partitions(name).await,
        "auto-create" => auto_create(name).await,
        "unknown-topic" => unknown_topic(name).await,
        _ => return None,
    })
}

async fn acks(name: &str) -> Result<()> {
    for (partition, level) in (0..).zip(["0", "1", "all"]) {
        write_records(&writer(&[("acks", level)])?, name, Some(partition), 0..10).await?;
    }
    Ok(())
}

async fn codec(name: &str, codec: &str) -> Result<()> {
    let filler = "x".repeat(1000);
    let producer = writer(&[("compression.codec", codec)])?;
    let mut sent = Vec::new();
    for i in 0..100 {
        let (key, value) = (format!("k{i}"), format!("v{i}-{filler}"));
        sent.push(send(&producer, record(name, &key, &value))?);
    }
    delivered(sent).await?;
    let reader = Reader::plain(name)?;
    for i in 0..100 {
        let message = reader.next().await?;
        let (key, value) = (format!("k{i}"), format!("v{i}-{filler}"));
        same(&message, Some(&key), Some(&value))?;
    }
    Ok(())
}

fn same(message: &BorrowedMessage<'_>, key: Option<&str>, value: Option<&str>) -> Result<()> {
    ensure!(
        message.key() == key.map(str::as_bytes) && message.payload() == value.map(str::as_bytes),
        "offset {} came back otherwise",
        message.offset()
    );
    Ok(())
}

async fn keys(name: &str) -> Result<()> {
    let producer = writer(&[])?;
    for _ in 0..2 {
        write_records(&producer, name, None, 0..100).await?;
    }
    Ok(())
}

async fn headers(name: &str, wanted: &[(&str, Option<&str>)]) -> Result<()> {
    let mut headers = OwnedHeaders::new();
    for &(key, value) in wanted {
        headers = headers.insert(Header { key, value });
    }
    write(&writer(&[])?, record(name, "k0", "v0").headers(headers)).await?;
    let reader = Reader::plain(name)?;
    let message = reader.next().await?;
    let found = message.headers().context("no headers came back")?;
    let wanted = wanted.iter().map(|(key, value)| Header {
        key,
        value: value.map(str::as_bytes),
    });
    ensure!(found.iter().eq(wanted), "the headers came back otherwise");
    Ok(())
}

async fn nulls(name: &str) -> Result<()> {
    let wanted = [(Some("k0"), None), (None, Some("v1")), (Some(""), Some(""))];
    let producer = writer(&[])?;
    for (key, value) in wanted {
        let mut record = FutureRecord::to(name);
        (record.key, record.payload) = (key, value);
        write(&producer, record).await?;
    }
    let reader = Reader::plain(name)?;
    for (key, value) in wanted {
        same(&reader.next().await?, key, value)?;
    }
    Ok(())
}

async fn timestamps(name: &str) -> Result<()> {
    let timestamp = 1_600_000_000_123;
    write(&writer(&[])?, record(name, "k0", "v0").timestamp(timestamp)).await?;
    let reader = Reader::plain(name)?;
    let found = reader.next().await?.timestamp().to_millis();
    ensure!(found == Some(timestamp), "the timestamp is {found:?}");
    Ok(())
}

async fn idempotence(name: &str) -> Result<()> {
    let producer = writer(&[("enable.idempotence", "true")])?;
    for i in (0..100).step_by(10) {
        write_records(&producer, name, None, i..i + 10).await?;
    }
    Ok(())
}

async fn large(name: &str) -> Result<()> {
    let value = "x".repeat(5_000_000);
    let producer = writer(&[("message.max.bytes", "8388608")])?;
    write(&producer, record(name, "k0", &value)).await?;
    let reader = Reader::plain(name)?;
    same(&reader.next().await?, Some("k0"), Some(&value))
}

async fn too_large(name: &str) -> Result<()> {
    let producer = writer(&[])?;
    let value = "x".repeat(20_000);
    let refused = outcome(send(&producer, record(name, "k0", &value))?).await?;
    let error = refused.err().context("the large record was taken")?;
    ensure!(
        error.rdkafka_error_code() == Some(Code::MessageSizeTooLarge),
        "refused otherwise: {error}"
    );
    write_records(&producer, name, None, 0..1).await
}

async fn bulk(name: &str) -> Result<()> {
    let producer = writer(&[])?;
    let mut sent = Vec::new();
    for i in 0..20_000 {
        let (key, value) = (format!("k{}", i % 100), format!("v{i}"));
        sent.push(send(&producer, record(name, &key, &value))?);
    }
    delivered(sent).await?;
    let reader = Reader::plain(name)?;
    let mut due: Vec<usize> = (0..100).collect();
    for _ in 0..20_000 {
        let message = reader.next().await?;
        let value = std::str::from_utf8(message.payload().context("a value")?)?;
        let found: usize = value.trim_start_matches('v').parse()?;
        let due = due.get_mut(found % 100).context("a key")?;
        ensure!(found == *due, "{value} came where v{due} was due");
        *due += 100;
    }
    Ok(())
}

async fn many_partitions(name: &str) -> Result<()> {
    let producer = writer(&[])?;
    let mut sent = Vec::new();
    for p in 0..100 {
        let (key, value) = (format!("k{p}"), format!("v{p}"));
        sent.push(send(&producer, record(name, &key, &value).partition(p))?);
    }
    delivered(sent).await?;
    let reader = Reader::plain(name)?;
    let mut missing: std::collections::BTreeSet<i32> = (0..100).collect();
    while !missing.is_empty() {
        let partition = reader.next().await?.partition();
        ensure!(missing.remove(&partition), "partition {partition} came twice");
    }
    Ok(())
}

async fn auto_create(name: &str) -> Result<()> {
    write_records(&writer(&[])?, name, None, 0..10).await
}

async fn unknown_topic(name: &str) -> Result<()> {
    let producer = writer(&[
        ("allow.auto.create.topics", "false"),
        ("topic.metadata.propagation.max.ms", "1000"),
    ])?;
    let refused = outcome(send(&producer, record(name, "k0", "v0"))?).await?;
    let error = refused.err().context("the record was taken")?;
    ensure!(
        matches!(
            error.rdkafka_error_code(),
            Some(Code::UnknownTopic | Code::UnknownTopicOrPartition)
        ),
        "refused otherwise: {error}"
    );
    Ok(())
}
