//! What producers append to a partition, once and again.

use std::sync::Arc;

use storage::{BatchBuilder, CheckedBatch, DataFolder};

use crate::batches::{self, Batch};
use crate::partition::Partition;
use crate::rng::Rng;
use crate::world::open_log;

impl Partition {
    /// Appends one batch of some kind. Answers whether it was appended.
    pub fn append(&mut self, rng: &mut Rng, folder: &Arc<DataFolder>, epoch: i32, now_ms: i64) -> bool {
        if self.log.is_none() {
            match open_log(folder, &self.dir, &self.options, now_ms) {
                Ok((log, _)) => self.log = Some(log),
                Err(_) => return false,
            }
        }
        let who = rng.below(8) as usize;
        let batch = match self.producers.get_mut(who) {
            None => batches::records(rng, BatchBuilder::new(now_ms), now_ms),
            Some(producer) if producer.open && rng.one_in(3) => {
                self.coordinator_epoch += 1;
                batches::marker(producer, now_ms, rng.one_in(2), self.coordinator_epoch)
            }
            Some(producer) => {
                if !producer.open && rng.one_in(20) {
                    producer.epoch += 1;
                    producer.next_sequence = 0;
                }
                let mut builder =
                    BatchBuilder::new(now_ms).producer(producer.id, producer.epoch, producer.next_sequence);
                if producer.transactional {
                    builder = builder.transactional();
                }
                batches::records(rng, builder, now_ms)
            }
        };
        self.append_batch(&batch, who, epoch, now_ms)
    }

    fn append_batch(&mut self, batch: &CheckedBatch, who: usize, epoch: i32, now_ms: i64) -> bool {
        let Some(log) = &mut self.log else { return false };
        let stored = Batch::stored(batch, self.model.end, epoch);
        match log.append(batch, epoch, now_ms) {
            Ok(appended) => {
                assert!(!appended.duplicate);
                assert_eq!(appended.base_offset, self.model.end);
                self.model.appended(stored);
                if let Some(producer) = self.producers.get_mut(who) {
                    if batch.header().is_control() {
                        producer.open = false;
                    } else {
                        producer.open = producer.transactional;
                        producer.next_sequence += batch.header().record_count;
                        producer.last = Some((batch.clone(), appended));
                    }
                }
                true
            }
            Err(error) => {
                let is_io = matches!(
                    error,
                    storage::AppendError::Io(_) | storage::AppendError::Offline(_)
                );
                assert!(is_io, "a batch that follows is refused: {error}");
                self.model.attempt = Some(stored);
                assert_eq!(
                    log.log_end_offset(),
                    self.model.end,
                    "a failed append moves nothing"
                );
                false
            }
        }
    }

    /// A producer that did not hear the answer sends its last batch again.
    pub fn append_again(&mut self) {
        let Some(log) = &mut self.log else { return };
        for producer in &self.producers {
            let Some((batch, first)) = &producer.last else {
                continue;
            };
            if batch.header().producer_epoch != producer.epoch {
                continue;
            }
            match log.append(batch, 0, 0) {
                Ok(again) => {
                    assert!(again.duplicate, "producer {}", producer.id);
                    assert_eq!(again.base_offset, first.base_offset);
                }
                Err(error) => assert!(matches!(error, storage::AppendError::Offline(_)), "{error}"),
            }
        }
    }
}
