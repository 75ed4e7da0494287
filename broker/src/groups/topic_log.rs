//! `__consumer_offsets` as a topic of this broker.

use std::sync::Arc;

use storage::{BatchBuilder, Batches, Chunk, ControlType, RecordsError, Scratch, for_each_record};

use super::log::{EnsureTopic, InTransaction, OffsetsLog, OffsetsLogError, ReplaySink, Replayed};
use crate::partition::{EndMarker, KeyValue, Partition, PartitionError, Ticket, Verification, blocking};
use crate::topics::{CONSUMER_OFFSETS, Topics};

/// Log bytes that a replay reads at once; a larger batch is read whole.
const REPLAY_BYTES: usize = 1 << 20;

/// The partitions of the offsets topic, found through the metadata image.
#[derive(Debug)]
pub struct TopicLog {
    topics: Topics,
}

impl TopicLog {
    /// Over the topics of this broker.
    pub fn new(topics: Topics) -> TopicLog {
        TopicLog { topics }
    }

    fn partition(&self, shard: i32) -> Option<Arc<Partition>> {
        self.topics
            .image()
            .topic(CONSUMER_OFFSETS)?
            .partition(shard)
            .cloned()
    }
}

fn failed(shard: i32, error: &PartitionError) -> OffsetsLogError {
    tracing::error!(partition = shard, %error, "the offsets topic failed");
    OffsetsLogError::Failed
}

impl OffsetsLog for TopicLog {
    fn exists(&self) -> bool {
        self.topics.image().topic(CONSUMER_OFFSETS).is_some()
    }

    fn ensure_topic(&self) -> EnsureTopic<'_> {
        Box::pin(async move {
            if self.exists() {
                return Ok(());
            }
            match self.topics.auto_create(&[CONSUMER_OFFSETS]).await.pop() {
                Some((_, Ok(()))) => Ok(()),
                Some((_, Err(error))) => {
                    tracing::warn!(%error, "cannot make the offsets topic");
                    Err(OffsetsLogError::Unavailable)
                }
                None => Err(OffsetsLogError::Unavailable),
            }
        })
    }

    fn append(&self, shard: i32, records: &[KeyValue], now_ms: i64) -> Result<Ticket, OffsetsLogError> {
        let partition = self.partition(shard).ok_or(OffsetsLogError::Unavailable)?;
        let compression = self.topics.image().config.offsets_topic.compression;
        match partition.append_packed(records, compression, now_ms) {
            Ok((_, ticket)) => Ok(ticket),
            Err(error) => Err(failed(shard, &error)),
        }
    }

    fn append_in_transaction(
        &self,
        shard: i32,
        records: &[KeyValue],
        transaction: InTransaction,
        now_ms: i64,
    ) -> Result<Ticket, PartitionError> {
        let partition = self.partition(shard).ok_or(PartitionError::Deleted)?;
        let mut builder = BatchBuilder::new(now_ms)
            .compression(self.topics.image().config.offsets_topic.compression)
            .producer(transaction.producer_id, transaction.epoch, -1)
            .transactional();
        for record in records {
            builder.push(now_ms, record.key.as_deref(), record.value.as_deref(), &[]);
        }
        let batch = builder.build();
        let appended = partition.append_in_transaction(&batch, transaction.verification, now_ms)?;
        Ok(appended.1)
    }

    fn append_marker(&self, shard: i32, marker: EndMarker, now_ms: i64) -> Result<Ticket, PartitionError> {
        let partition = self.partition(shard).ok_or(PartitionError::Deleted)?;
        Ok(partition.append_marker(marker, now_ms)?.1)
    }

    fn announce(
        &self,
        shard: i32,
        producer_id: i64,
        epoch: i16,
    ) -> Result<Option<Verification>, PartitionError> {
        let partition = self.partition(shard).ok_or(PartitionError::Deleted)?;
        partition.announce(producer_id, epoch, -1)
    }

    fn barrier(&self, shard: i32) -> Ticket {
        self.partition(shard)
            .map_or_else(Ticket::durable, |partition| partition.barrier())
    }

    fn replay(&self, shard: i32, apply: &mut ReplaySink<'_>) -> Result<(), OffsetsLogError> {
        let Some(partition) = self.partition(shard) else {
            return Ok(());
        };
        blocking(|| replay(&partition, apply)).map_err(|error| {
            tracing::error!(partition = shard, %error, "cannot read the offsets topic");
            OffsetsLogError::Failed
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
