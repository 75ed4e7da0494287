//! Scenarios of consumers and their groups.

use std::collections::BTreeSet;
use std::io::stdin;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rdkafka::consumer::Consumer;
use rdkafka::message::Message;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::json;

use crate::DEADLINE;
use crate::reader::{Reader, member_of, offsets_of, wait_assigned};
use crate::writer::{write_records, writer};

pub async fn run(scenario: &str, name: &str) -> Option<Result<()>> {
    Some(match scenario {
        "group" => group(name).await,
        "resume" => resume(name).await,
        "rebalance" => rebalance(name).await,
        "static-member" => static_member(name).await,
        "cooperative" => cooperative(name).await,
        "kip848" => kip848(name).await,
        "pause" => pause(name).await,
        "seek" => seek(name).await,
        "seek-time" => seek_time(name).await,
        "pattern" => pattern(name).await,
        "many-groups" => many_groups(name).await,
        "offset-reset" => offset_reset(name).await,
        "restart" => restart(name).await,
        _ => return None,
    })
}

async fn group(name: &str) -> Result<()> {
    let reader = Reader::plain(name)?;
    for _ in 0..100 {
        reader.next().await?;
    }
    reader.commit(4, 25)
}

async fn resume(name: &str) -> Result<()> {
    let first = Reader::plain(name)?;
    first.expect_range(0..5).await?;
    first.commit(1, 5)?;
    drop(first);
    let second = Reader::plain(name)?;
    second.expect_range(5..10).await?;
    second.commit(1, 10)
}

/// A second member comes and goes; the first is left with all four partitions.
async fn rebalanced(name: &str, config: &ClientConfig) -> Result<Reader> {
    let first = Reader::new(config, name)?;
    wait_assigned(&[(&first, 4)]).await?;
    let second = Reader::new(config, name)?;
    wait_assigned(&[(&first, 2), (&second, 2)]).await?;
    drop(second);
    wait_assigned(&[(&first, 4)]).await?;
    Ok(first)
}

async fn rebalance(name: &str) -> Result<()> {
    rebalanced(name, &member_of(name)?).await.map(drop)
}

async fn cooperative(name: &str) -> Result<()> {
    let mut config = member_of(name)?;
    config.set("partition.assignment.strategy", "cooperative-sticky");
    gave_up_two(&rebalanced(name, &config).await?)
}

async fn kip848(name: &str) -> Result<()> {
    let mut config = member_of(name)?;
    // The broker says these in that protocol.
    config
        .remove("session.timeout.ms")
        .remove("heartbeat.interval.ms");
    config.set("group.protocol", "consumer");
    gave_up_two(&rebalanced(name, &config).await?)
}

fn gave_up_two(member: &Reader) -> Result<()> {
    let revoked = member.revoked();
    ensure!(
        revoked == 2,
        "the first member was made to give up {revoked} partitions"
    );
    Ok(())
}

async fn static_member(name: &str) -> Result<()> {
    let mut config = member_of(name)?;
    config.set("group.instance.id", "one");
    for _ in 0..2 {
        let member = Reader::new(&config, name)?;
        wait_assigned(&[(&member, 2)]).await?;
    }
    Ok(())
}

async fn pause(name: &str) -> Result<()> {
    let reader = Reader::with(&member_of(name)?, name, Some(1))?;
    ten_of(&reader, 0).await?;
    reader.expect_nothing(Duration::from_millis(300)).await?;
    let mut paused = TopicPartitionList::new();
    paused.add_partition(name, 1);
    reader.consumer.resume(&paused)?;
    ten_of(&reader, 1).await
}

async fn ten_of(reader: &Reader, partition: i32) -> Result<()> {
    for _ in 0..10 {
        let found = reader.next().await?.partition();
        ensure!(found == partition, "a record of partition {found} came");
    }
    Ok(())
}

async fn seek(name: &str) -> Result<()> {
    let reader = Reader::plain(name)?;
    reader.expect_range(0..10).await?;
    reader.seek(Offset::Offset(3))?;
    reader.expect(3).await?;
    reader.seek(Offset::Beginning)?;
    reader.expect(0).await?;
    reader.seek(Offset::End)?;
    // Where it stands shows in what it reads next; the end has to be looked up before.
    reader.wait_fetching().await?;
    write_records(&writer(&[])?, name, None, 10..11).await?;
    let offset = reader.next().await?.offset();
    ensure!(offset == 10, "the position at the end was {offset}");
    Ok(())
}

async fn seek_time(name: &str) -> Result<()> {
    let reader = Reader::plain(name)?;
    reader.expect(0).await?;
    let times = offsets_of(name, 1, Offset::Offset(1_600_000_004_500))?;
    let offsets = reader.consumer.offsets_for_times(times, DEADLINE)?;
    let offset = offsets.find_partition(name, 0).context("an answer")?.offset();
    ensure!(
        offset == Offset::Offset(5),
        "the offset at the time is {offset:?}"
    );
    reader.seek(offset)?;
    reader.expect(5).await
}

async fn pattern(name: &str) -> Result<()> {
    let reader = Reader::new(&member_of(name)?, &format!("^{name}-.*"))?;
    let mut topics = BTreeSet::new();
    for _ in 0..2 {
        topics.insert(reader.next().await?.topic().to_owned());
    }
    ensure!(topics.len() == 2, "one topic came twice");
    Ok(())
}

async fn many_groups(name: &str) -> Result<()> {
    let readers = (0..10).map(|i| Reader::new(&member_of(&format!("{name}-{i}"))?, name));
    for reader in readers.collect::<Result<Vec<_>>>()? {
        reader.expect_range(0..10).await?;
        reader.commit(1, 10)?;
    }
    Ok(())
}

async fn offset_reset(name: &str) -> Result<()> {
    let mut config = member_of(name)?;
    config.set("auto.offset.reset", "latest");
    let late = Reader::new(&config, name)?;
    late.wait_fetching().await?;
    write_records(&writer(&[])?, name, None, 5..6).await?;
    late.expect(5).await?;
    let early = Reader::new(&member_of(&format!("{name}-earliest"))?, name)?;
    early.expect_range(0..6).await
}

async fn restart(name: &str) -> Result<()> {
    let producer = writer(&[("enable.idempotence", "true")])?;
    write_records(&producer, name, None, 0..50).await?;
    let reader = Reader::plain(name)?;
    reader.expect_range(0..50).await?;
    // A broker that is away for longer than the session begins the member anew.
    reader.commit(1, 50)?;
    println!("{}", json!({"ask": "restart"}));
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    ensure!(line.trim_end() == "done", "the harness did not answer");
    write_records(&producer, name, None, 50..100).await?;
    reader.expect_range(50..100).await
}
