//! Producer ids: given away in blocks that the metadata log remembers, so no id is ever given twice.

use std::sync::PoisonError;

use super::error::TopicError;
use super::handle::Topics;
use crate::records::metadata::MetadataRecord;

/// Ids of one block (Kafka: `ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`).
const BLOCK_SIZE: i64 = 1000;

/// What is left of the block in use.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct IdBlock {
    next: i64,
    end: i64,
}

impl IdBlock {
    fn take(&mut self) -> Option<i64> {
        let id = self.next;
        (id < self.end).then(|| {
            self.next += 1;
            id
        })
    }
}

impl Topics {
    /// A producer id that nobody ever had. What is left of a block is lost when the broker stops.
    ///
    /// # Errors
    /// When a new block is needed and the metadata log cannot be written.
    pub async fn allocate_producer_id(&self) -> Result<i64, TopicError> {
        let take = || {
            self.shared()
                .ids
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take()
        };
        if let Some(id) = take() {
            return Ok(id);
        }
        let mut writer = self.shared().writer.lock().await;
        if let Some(id) = take() {
            return Ok(id);
        }
        let first = writer.state.next_producer_id;
        let end = first
            .checked_add(BLOCK_SIZE)
            .ok_or_else(|| TopicError::storage("all producer ids are given away"))?;
        let broker_id = self.shared().maker.node_id;
        let broker_epoch = writer
            .state
            .brokers
            .get(&broker_id)
            .map_or(-1, |broker| broker.epoch);
        let record = MetadataRecord::ProducerIds {
            broker_id,
            broker_epoch,
            next: end,
        };
        self.shared().change(&mut writer, vec![record])?;
        *self.shared().ids.lock().unwrap_or_else(PoisonError::into_inner) = IdBlock { next: first + 1, end };
        Ok(first)
    }
}
