//! Producers whose epochs are nearly used up.

use super::world::World;
use crate::coordinator::{ShardLog, TopicLog};
use crate::records::transactions::TransactionRecord;
use crate::topics::TRANSACTION_STATE;
use crate::transactions::Transaction;

/// Writes some transactional ids down as if thousands of producers had had them, before anybody uses one.
pub fn use_up(world: &World) {
    world.with_broker(|broker| {
        let context = &broker.context;
        let log = TopicLog::new(
            context.topics.clone(),
            TRANSACTION_STATE,
            storage::Compression::NONE,
        );
        let now_ms = context.env.now_ms();
        for (id, producer_id) in ["a", "b", "copier"].into_iter().zip(1_000_000..) {
            let mut used = Transaction::new(producer_id, super::calls::TIMEOUT_MS, now_ms);
            used.epoch = i16::MAX - 2 - i16::try_from(world.below(12)).unwrap();
            let record = TransactionRecord {
                transactional_id: id.to_owned(),
                value: Some(used.to_value()),
            };
            let shard = context.transactions.shard_of(id);
            drop(log.append(shard, &[record.encode(true)], now_ms).unwrap());
            world.note(|| format!("{id} has come to {:?}", used.producer()));
        }
        context.transactions.unload();
    });
}
