//! `__consumer_offsets` as a topic of this broker.

use storage::BatchBuilder;

use super::log::{InTransaction, OffsetsLog};
use crate::coordinator::TopicLog;
use crate::partition::{EndMarker, KeyValue, PartitionError, Ticket, Verification};

impl OffsetsLog for TopicLog {
    fn append_in_transaction(
        &self,
        shard: i32,
        records: &[KeyValue],
        transaction: InTransaction,
        now_ms: i64,
    ) -> Result<Ticket, PartitionError> {
        let partition = self.partition(shard).ok_or(PartitionError::Deleted)?;
        let mut builder = BatchBuilder::new(now_ms)
            .compression(self.compression())
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
}
