//! An internal topic of this broker as the log of a coordinator.

use std::sync::Arc;

use storage::{Batches, Chunk, Compression, ControlType, RecordsError, Scratch, for_each_record};

use super::shard_log::{EnsureTopic, ReplaySink, Replayed, ShardLog, ShardLogError};
use crate::partition::{KeyValue, Partition, Ticket, blocking};
use crate::topics::Topics;

/// Log bytes that a replay reads at once; a larger batch is read whole.
const REPLAY_BYTES: usize = 1 << 20;

/// The partitions of one internal topic, found through the metadata image.
#[derive(Debug)]
pub struct TopicLog {
    topics: Topics,
    topic: &'static str,
    compression: Compression,
}

impl TopicLog {
    /// The topic of that name among the topics of this broker. Batches are packed by `compression`, unless the topic
    /// says how.
    pub fn new(topics: Topics, topic: &'static str, compression: Compression) -> TopicLog {
        TopicLog {
            topics,
            topic,
            compression,
        }
    }

    /// How batches are packed.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// The shard's partition.
    pub fn partition(&self, shard: i32) -> Option<Arc<Partition>> {
        self.topics.image().topic(self.topic)?.partition(shard).cloned()
    }
}

impl ShardLog for TopicLog {
    fn exists(&self) -> bool {
        self.topics.image().topic(self.topic).is_some()
    }

    fn ensure_topic(&self) -> EnsureTopic<'_> {
        Box::pin(async move {
            if self.exists() {
                return Ok(());
            }
            match self.topics.auto_create(&[self.topic]).await.pop() {
                Some((_, Ok(()))) => Ok(()),
                Some((_, Err(error))) => {
                    tracing::warn!(topic = self.topic, %error, "cannot make the coordinator's topic");
                    Err(ShardLogError::Unavailable)
                }
                None => Err(ShardLogError::Unavailable),
            }
        })
    }

    fn append(&self, shard: i32, records: &[KeyValue], now_ms: i64) -> Result<Ticket, ShardLogError> {
        let partition = self.partition(shard).ok_or(ShardLogError::Unavailable)?;
        match partition.append_packed(records, self.compression, now_ms) {
            Ok((_, ticket)) => Ok(ticket),
            Err(error) => {
                tracing::error!(topic = self.topic, partition = shard, %error, "the coordinator's topic failed");
                Err(ShardLogError::Failed)
            }
        }
    }

    fn barrier(&self, shard: i32) -> Ticket {
        self.partition(shard)
            .map_or_else(Ticket::durable, |partition| partition.barrier())
    }

    fn epoch(&self, shard: i32) -> i32 {
        self.partition(shard)
            .map_or(0, |partition| partition.leader_epoch())
    }

    fn replay(&self, shard: i32, apply: &mut ReplaySink<'_>) -> Result<(), ShardLogError> {
        let Some(partition) = self.partition(shard) else {
            return Ok(());
        };
        blocking(|| replay(&partition, apply)).map_err(|error| {
            tracing::error!(topic = self.topic, partition = shard, %error, "cannot read the coordinator's topic");
            ShardLogError::Failed
        })
    }
}

/// Reads a partition from its start to its end.
fn replay(partition: &Arc<Partition>, apply: &mut ReplaySink<'_>) -> anyhow::Result<()> {
    let tail = partition.tail()?;
    let mut offset = tail.log_start_offset;
    let mut scratch = Scratch::default();
    while offset < tail.log_end_offset {
        let read = partition.read_unflushed(offset, REPLAY_BYTES)?;
        let mut bytes = Vec::with_capacity(read.bytes);
        for chunk in read.chunks.iter() {
            bytes.extend_from_slice(&Chunk::to_bytes(chunk)?);
        }
        let before = offset;
        for (header, batch) in Batches::new(&bytes) {
            let producer_id = header.is_transactional().then_some(header.producer_id);
            for_each_record(batch, &mut scratch, |record| {
                let Some(key) = record.key.filter(|_| record.offset >= before) else {
                    return Ok(());
                };
                if !header.is_control() {
                    apply(Replayed::Record {
                        key,
                        value: record.value,
                        producer_id,
                    });
                } else if let Some(end @ (ControlType::Commit | ControlType::Abort)) =
                    ControlType::from_key(key)
                {
                    apply(Replayed::End {
                        producer_id: header.producer_id,
                        commit: end == ControlType::Commit,
                    });
                }
                Ok::<(), std::convert::Infallible>(())
            })
            .map_err(|error: RecordsError<_>| anyhow::anyhow!("{error}"))?;
            offset = header.next_offset();
        }
        anyhow::ensure!(offset > before, "no whole batch at offset {before}");
    }
    Ok(())
}
