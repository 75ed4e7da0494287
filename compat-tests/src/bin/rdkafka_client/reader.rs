//! Consumers and what they see.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance, StreamConsumer};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{ClientConfig, ClientContext, Offset, Statistics, TopicPartitionList};
use tokio::time::{Instant, timeout, timeout_at};

use crate::DEADLINE;

/// What librdkafka tells by the way.
#[derive(Default)]
pub struct Seen {
    assigned: AtomicUsize,
    revoked: AtomicUsize,
    /// How many statistics in a row say that a partition's start is known; the first may be from before.
    fetching: AtomicUsize,
    /// A partition that is paused when it is assigned.
    paused: Option<i32>,
}

impl ClientContext for Seen {
    fn stats(&self, statistics: Statistics) {
        let mut partitions = statistics
            .topics
            .values()
            .flat_map(|topic| topic.partitions.values());
        if partitions.any(|partition| partition.fetch_state == "active") {
            self.fetching.fetch_add(1, Relaxed);
        } else {
            self.fetching.store(0, Relaxed);
        }
    }
}

impl ConsumerContext for Seen {
    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(partitions) => {
                self.assigned.fetch_add(partitions.count(), Relaxed);
                self.pause(consumer, partitions);
            }
            Rebalance::Revoke(partitions) => {
                self.assigned.fetch_sub(partitions.count(), Relaxed);
                self.revoked.fetch_add(partitions.count(), Relaxed);
            }
            Rebalance::Error(error) => eprintln!("{error}"),
        }
    }
}

impl Seen {
    fn pause(&self, consumer: &BaseConsumer<Self>, assigned: &TopicPartitionList) {
        let mut paused = TopicPartitionList::new();
        for one in assigned.elements() {
            if Some(one.partition()) == self.paused {
                paused.add_partition(one.topic(), one.partition());
            }
        }
        if let Err(error) = consumer.pause(&paused) {
            eprintln!("{error}");
        }
    }
}

/// A member of this group.
pub fn member_of(group: &str) -> Result<ClientConfig> {
    let mut config = crate::config()?;
    config
        .set("group.id", group)
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false")
        .set("session.timeout.ms", "6000")
        .set("heartbeat.interval.ms", "200")
        .set("fetch.wait.max.ms", "100")
        .set("statistics.interval.ms", "100");
    Ok(config)
}

/// A consumer that has subscribed; dropped, it leaves.
pub struct Reader {
    pub consumer: StreamConsumer<Seen>,
    topic: String,
}

impl Reader {
    /// Reads a topic in the group of the same name.
    pub fn plain(name: &str) -> Result<Reader> {
        Reader::new(&member_of(name)?, name)
    }

    pub fn new(config: &ClientConfig, topic: &str) -> Result<Reader> {
        Reader::with(config, topic, None)
    }

    pub fn with(config: &ClientConfig, topic: &str, paused: Option<i32>) -> Result<Reader> {
        let seen = Seen {
            paused,
            ..Seen::default()
        };
        let consumer: StreamConsumer<Seen> = config.create_with_context(seen)?;
        consumer.subscribe(&[topic])?;
        Ok(Reader {
            consumer,
            topic: topic.to_owned(),
        })
    }

    /// The next record; errors that pass by themselves (a broker that is away) are waited out.
    pub async fn next(&self) -> Result<BorrowedMessage<'_>> {
        let end = Instant::now() + DEADLINE;
        while let Ok(received) = timeout_at(end, self.consumer.recv()).await {
            match received {
                Ok(message) => return Ok(message),
                Err(error) => eprintln!("{}: {error}", self.topic),
            }
        }
        bail!("no record of {} came", self.topic)
    }

    /// Record i comes next.
    pub async fn expect(&self, i: usize) -> Result<()> {
        let message = self.next().await?;
        let wanted = format!("v{i}");
        ensure!(
            message.payload() == Some(wanted.as_bytes()),
            "another record than {wanted} at offset {}",
            message.offset()
        );
        Ok(())
    }

    pub async fn expect_range(&self, numbers: Range<usize>) -> Result<()> {
        for i in numbers {
            self.expect(i).await?;
        }
        Ok(())
    }

    pub async fn expect_nothing(&self, within: Duration) -> Result<()> {
        let end = Instant::now() + within;
        while let Ok(received) = timeout_at(end, self.consumer.recv()).await {
            ensure!(
                received.is_err(),
                "a record of {} came that should not",
                self.topic
            );
        }
        Ok(())
    }

    /// Commits the same offset for the partitions of a topic.
    pub fn commit(&self, partitions: i32, offset: i64) -> Result<()> {
        let offsets = offsets_of(&self.topic, partitions, Offset::Offset(offset))?;
        Ok(self.consumer.commit(&offsets, CommitMode::Sync)?)
    }

    pub fn seek(&self, offset: Offset) -> Result<()> {
        Ok(self.consumer.seek(&self.topic, 0, offset, DEADLINE)?)
    }

    /// Until it has looked up where to begin, and reads nothing on the way.
    pub async fn wait_fetching(&self) -> Result<()> {
        let (end, fetching) = (Instant::now() + DEADLINE, &self.consumer.context().fetching);
        fetching.store(0, Relaxed);
        while fetching.load(Relaxed) < 2 {
            ensure!(Instant::now() < end, "{} is not fetched", self.topic);
            self.expect_nothing(Duration::from_millis(50)).await?;
        }
        Ok(())
    }

    pub fn assigned(&self) -> usize {
        self.consumer.context().assigned.load(Relaxed)
    }

    pub fn revoked(&self) -> usize {
        self.consumer.context().revoked.load(Relaxed)
    }
}

/// The same offset for the first partitions of a topic.
pub fn offsets_of(topic: &str, partitions: i32, offset: Offset) -> Result<TopicPartitionList> {
    let mut offsets = TopicPartitionList::new();
    for partition in 0..partitions {
        offsets.add_partition_offset(topic, partition, offset)?;
    }
    Ok(offsets)
}

/// Until each reader holds so many partitions.
pub async fn wait_assigned(wanted: &[(&Reader, usize)]) -> Result<()> {
    let end = Instant::now() + DEADLINE;
    while wanted.iter().any(|(reader, count)| reader.assigned() != *count) {
        let held: Vec<usize> = wanted.iter().map(|(reader, _)| reader.assigned()).collect();
        ensure!(Instant::now() < end, "{held:?} partitions are assigned");
        for (reader, _) in wanted {
            // Rebalances are done on the way to a record; the topics are empty.
            drop(timeout(Duration::from_millis(20), reader.consumer.recv()).await);
        }
    }
    Ok(())
}
