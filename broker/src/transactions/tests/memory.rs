//! A transaction log, producer ids and a peer in memory.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use crate::coordinator::{EnsureTopic, ReplaySink, Replayed, ShardLog, ShardLogError};
use crate::partition::{KeyValue, Ticket};
use crate::transactions::handle::{FreshId, ProducerIds};
use crate::transactions::peer::{Marker, MarkerError, Peer, Written};
use crate::transactions::state::TopicPartition;

/// What happened, in order: records of the log and markers of partitions.
#[derive(Debug, Default)]
pub struct Stage {
    pub records: Mutex<Vec<(i32, KeyValue)>>,
    pub markers: Mutex<Vec<(Marker, TopicPartition)>>,
    /// The next append fails.
    pub failing: AtomicBool,
    /// Markers have to be tried again.
    pub stubborn: AtomicBool,
    next_id: AtomicI64,
}

impl ShardLog for Stage {
    fn exists(&self) -> bool {
        true
    }

    fn ensure_topic(&self) -> EnsureTopic<'_> {
        Box::pin(async { Ok(()) })
    }

    fn append(&self, shard: i32, records: &[KeyValue], _now_ms: i64) -> Result<Ticket, ShardLogError> {
        if self.failing.swap(false, Ordering::SeqCst) {
            return Err(ShardLogError::Failed);
        }
        let mut all = self.records.lock().unwrap();
        all.extend(records.iter().map(|record| (shard, record.clone())));
        Ok(Ticket::durable())
    }

    fn barrier(&self, _shard: i32) -> Ticket {
        Ticket::durable()
    }

    fn epoch(&self, _shard: i32) -> i32 {
        7
    }

    fn replay(&self, shard: i32, apply: &mut ReplaySink<'_>) -> Result<(), ShardLogError> {
        for (_, record) in self.records.lock().unwrap().iter().filter(|(of, _)| *of == shard) {
            apply(Replayed::Record {
                key: record.key.as_deref().unwrap(),
                value: record.value.as_deref(),
                producer_id: None,
            });
        }
        Ok(())
    }
}

impl ProducerIds for Stage {
    fn fresh(&self) -> FreshId<'_> {
        let id = 1000 + self.next_id.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move { Some(id) })
    }
}

impl Peer for Stage {
    fn write_marker<'a>(&'a self, marker: Marker, partitions: &'a [TopicPartition]) -> Written<'a> {
        let outcome = |partition: &TopicPartition| {
            if self.stubborn.load(Ordering::SeqCst) {
                return Err(MarkerError::Failed);
            }
            self.markers.lock().unwrap().push((marker, partition.clone()));
            Ok(())
        };
        let outcomes = partitions.iter().map(outcome).collect();
        Box::pin(async move { outcomes })
    }
}
