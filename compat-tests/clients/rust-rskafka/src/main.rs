//! The contract's scenarios that rskafka can do: partitions written and read one by one, without groups and transactions.

use std::collections::BTreeMap;
use std::env;
use std::future::Future;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use chrono::{DateTime, Utc};
use rskafka::client::partition::{Compression, OffsetAt, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder};
use rskafka::record::{Record, RecordAndOffset};
use serde_json::json;

/// How long a program waits for what it wants to see.
const DEADLINE: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> Result<()> {
    println!("{}", json!({"client": "rskafka", "version": version()?}));
    let scenarios = env::var("SCENARIOS")?;
    for scenario in scenarios.split_whitespace() {
        let ran = tokio::time::timeout(3 * DEADLINE, run(scenario)).await;
        match ran.context("took too long").and_then(|ran| ran) {
            Ok(()) => println!("{}", json!({"scenario": scenario, "ok": true})),
            Err(error) => println!(
                "{}",
                json!({"scenario": scenario, "ok": false, "why": format!("{error:#}")})
            ),
        }
    }
    Ok(())
}

/// The library says nowhere at run time which one it is; the lock file that it was built by does.
fn version() -> Result<&'static str> {
    let (_, package) = include_str!("../Cargo.lock")
        .split_once("name = \"rskafka\"\nversion = \"")
        .context("rskafka")?;
    Ok(package.split_once('"').context("its version")?.0)
}

async fn run(scenario: &str) -> Result<()> {
    let topic = Topic::connect(format!("{}-{scenario}", env::var("PREFIX")?)).await?;
    match scenario {
        "codec-gzip" => topic.codec(Compression::Gzip).await,
        "codec-snappy" => topic.codec(Compression::Snappy).await,
        "codec-lz4" => topic.codec(Compression::Lz4).await,
        "codec-zstd" => topic.codec(Compression::Zstd).await,
        "nulls" => topic.nulls().await,
        "timestamps" => topic.timestamps().await,
        "large" => topic.large().await,
        "too-large" => topic.too_large().await,
        "many-partitions" => topic.many_partitions().await,
        "auto-create" => topic.auto_create().await,
        "unknown-topic" => topic.unknown().await,
        "seek" => topic.seek().await,
        "seek-time" => topic.seek_time().await,
        _ => bail!("the program has no such scenario"),
    }
}

fn record(key: Option<&str>, value: Option<&str>) -> Record {
    Record {
        key: key.map(Into::into),
        value: value.map(Into::into),
        headers: BTreeMap::new(),
        timestamp: Utc::now(),
    }
}

/// Record i of the contract.
fn numbered(i: usize) -> Record {
    record(Some(&format!("k{i}")), Some(&format!("v{i}")))
}

/// A scenario's topic and a client.
struct Topic {
    name: String,
    client: Client,
}

impl Topic {
    async fn connect(name: String) -> Result<Topic> {
        let brokers = vec![env::var("BOOTSTRAP")?];
        let client = ClientBuilder::new(brokers)
            .max_message_size(16 << 20)
            .build()
            .await?;
        Ok(Topic { name, client })
    }

    async fn partition(&self, partition: i32) -> Result<PartitionClient> {
        let client = self
            .client
            .partition_client(&self.name, partition, UnknownTopicHandling::Error);
        Ok(client.await?)
    }

    /// Records that are written come back the same.
    async fn come_back(&self, records: &[Record]) -> Result<()> {
        let partition = self.partition(0).await?;
        write(&partition, records.to_vec()).await?;
        same_contents(&read(&partition, 0, records.len()).await?, records)
    }

    async fn codec(&self, codec: Compression) -> Result<()> {
        let filler = "x".repeat(1000);
        let records: Vec<Record> = (0..100)
            .map(|i| record(Some(&format!("k{i}")), Some(&format!("v{i}-{filler}"))))
            .collect();
        let partition = self.partition(0).await?;
        for batch in records.chunks(25) {
            partition.produce(batch.to_vec(), codec).await?;
        }
        same_contents(&read(&partition, 0, records.len()).await?, &records)
    }

    async fn nulls(&self) -> Result<()> {
        let records = [
            record(Some("k0"), None),
            record(None, Some("v1")),
            record(Some(""), Some("")),
        ];
        self.come_back(&records).await
    }

    async fn timestamps(&self) -> Result<()> {
        let timestamp = DateTime::from_timestamp_millis(1_600_000_000_123).context("a time")?;
        let partition = self.partition(0).await?;
        let record = Record {
            timestamp,
            ..numbered(0)
        };
        write(&partition, vec![record]).await?;
        let found = read(&partition, 0, 1).await?;
        ensure!(
            found.iter().all(|found| found.record.timestamp == timestamp),
            "another timestamp came back"
        );
        Ok(())
    }

    async fn large(&self) -> Result<()> {
        let records = [record(Some("k0"), Some(&"x".repeat(5_000_000)))];
        self.come_back(&records).await
    }

    async fn too_large(&self) -> Result<()> {
        let partition = self.partition(0).await?;
        let large = record(Some("k0"), Some(&"x".repeat(20_000)));
        let refused = write(&partition, vec![large]).await;
        let error = refused.err().context("the large record was taken")?.to_string();
        ensure!(error.contains("TooLarge"), "refused otherwise: {error}");
        write(&partition, vec![numbered(0)]).await
    }

    async fn many_partitions(&self) -> Result<()> {
        for i in 0..100 {
            let (at, partition) = (i32::try_from(i)?, self.partition(i32::try_from(i)?).await?);
            write(&partition, vec![numbered(i)]).await?;
            let found = read(&partition, 0, 1).await?;
            same_contents(&found, &[numbered(i)]).with_context(|| format!("partition {at}"))?;
        }
        Ok(())
    }

    async fn auto_create(&self) -> Result<()> {
        let partition = self.partition(0).await?;
        write(&partition, (0..10).map(numbered).collect()).await
    }

    async fn unknown(&self) -> Result<()> {
        let error = self
            .partition(0)
            .await
            .err()
            .context("the topic is known")?
            .to_string();
        ensure!(
            error.contains("UnknownTopicOrPartition"),
            "refused otherwise: {error}"
        );
        Ok(())
    }

    async fn seek(&self) -> Result<()> {
        let partition = self.partition(0).await?;
        let at = async |offset| anyhow::Ok(read(&partition, offset, 1).await?.swap_remove(0).record.value);
        ensure!(at(3).await? == numbered(3).value, "another record at offset 3");
        let earliest = partition.get_offset(OffsetAt::Earliest).await?;
        ensure!(
            at(earliest).await? == numbered(0).value,
            "another record at the beginning"
        );
        let latest = partition.get_offset(OffsetAt::Latest).await?;
        ensure!(latest == 10, "the end is {latest}");
        Ok(())
    }

    async fn seek_time(&self) -> Result<()> {
        let partition = self.partition(0).await?;
        let time = DateTime::from_timestamp_millis(1_600_000_004_500).context("a time")?;
        let offset = partition.get_offset(OffsetAt::Timestamp(time)).await?;
        ensure!(offset == 5, "the offset at the time is {offset}");
        same_contents(&read(&partition, offset, 1).await?, &[numbered(5)])
    }
}

async fn write(partition: &PartitionClient, records: Vec<Record>) -> Result<()> {
    partition.produce(records, Compression::NoCompression).await?;
    Ok(())
}

/// So many records from an offset on.
async fn read(partition: &PartitionClient, offset: i64, count: usize) -> Result<Vec<RecordAndOffset>> {
    let mut found: Vec<RecordAndOffset> = Vec::new();
    while found.len() < count {
        let next = found.last().map_or(offset, |last| last.offset + 1);
        let (records, _) = in_time(partition.fetch_records(next, 1..16 << 20, 500)).await??;
        found.extend(records);
    }
    found.truncate(count);
    Ok(found)
}

async fn in_time<T>(what: impl Future<Output = T>) -> Result<T> {
    tokio::time::timeout(DEADLINE, what).await.context("nothing came")
}

fn same_contents(found: &[RecordAndOffset], wanted: &[Record]) -> Result<()> {
    ensure!(found.len() == wanted.len(), "{} records came back", found.len());
    for (found, wanted) in found.iter().zip(wanted) {
        let (key, value) = (&found.record.key, &found.record.value);
        ensure!(
            (key, value) == (&wanted.key, &wanted.value),
            "offset {} came back otherwise",
            found.offset
        );
    }
    Ok(())
}
