//! Scenarios of transactions.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rdkafka::Offset;
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{FutureProducer, Producer};

use crate::DEADLINE;
use crate::reader::{Reader, member_of, offsets_of};
use crate::writer::{write_records, writer};

pub async fn run(scenario: &str, name: &str) -> Option<Result<()>> {
    Some(match scenario {
        "txn-commit" => commit(name).await,
        "txn-abort" => abort(name).await,
        "txn-fence" => fence(name).await,
        "txn-copy" => copy(name).await,
        "read-committed" => read_committed(name).await,
        _ => return None,
    })
}

fn begun(id: &str) -> Result<FutureProducer> {
    let producer = writer(&[("transactional.id", id)])?;
    producer.init_transactions(DEADLINE).context("init")?;
    producer.begin_transaction().context("begin")?;
    Ok(producer)
}

async fn commit(name: &str) -> Result<()> {
    let producer = begun(name)?;
    for i in 0..10 {
        let partition = i32::try_from(i % 2)?;
        write_records(&producer, name, Some(partition), i..i + 1).await?;
    }
    producer.commit_transaction(DEADLINE)?;
    let reader = Reader::plain(name)?;
    for _ in 0..10 {
        reader.next().await?;
    }
    Ok(())
}

async fn abort(name: &str) -> Result<()> {
    let producer = begun(name)?;
    write_records(&producer, name, None, 0..10).await?;
    producer.abort_transaction(DEADLINE)?;
    producer.begin_transaction()?;
    write_records(&producer, name, None, 10..15).await?;
    producer.commit_transaction(DEADLINE)?;
    Reader::plain(name)?.expect_range(10..15).await
}

async fn fence(name: &str) -> Result<()> {
    let first = begun(name)?;
    write_records(&first, name, None, 0..1).await?;
    let second = begun(name)?;
    let refused = first.commit_transaction(DEADLINE);
    let error = refused.err().context("the fenced producer's commit was taken")?;
    ensure!(
        matches!(&error, KafkaError::Transaction(why) if why.code() == RDKafkaErrorCode::Fenced),
        "it failed otherwise: {error}"
    );
    write_records(&second, name, None, 1..2).await?;
    Ok(second.commit_transaction(DEADLINE)?)
}

async fn copy(name: &str) -> Result<()> {
    let (from, to) = (format!("{name}-in"), format!("{name}-out"));
    let reader = Reader::new(&member_of(name)?, &from)?;
    reader.expect_range(0..10).await?;
    let producer = begun(name)?;
    write_records(&producer, &to, None, 0..10).await?;
    let offsets = offsets_of(&from, 1, Offset::Offset(10))?;
    let group = reader.consumer.group_metadata().context("a group")?;
    producer.send_offsets_to_transaction(&offsets, &group, DEADLINE)?;
    Ok(producer.commit_transaction(DEADLINE)?)
}

async fn read_committed(name: &str) -> Result<()> {
    let committed = Reader::plain(name)?;
    committed.expect_range(0..5).await?;
    committed.expect_range(10..15).await?;
    committed.expect_nothing(Duration::from_secs(2)).await?;
    let mut config = member_of(&format!("{name}-all"))?;
    config.set("isolation.level", "read_uncommitted");
    Reader::new(&config, name)?.expect_range(0..16).await
}
