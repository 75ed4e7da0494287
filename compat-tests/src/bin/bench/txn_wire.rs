//! The requests of a transactional producer that adds its partitions itself, as librdkafka does, written by hand.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::proc;
use crate::wire::{Put, Wire, produce_error};

const PRODUCE: i16 = 0;
const FIND_COORDINATOR: i16 = 10;
const INIT_PRODUCER_ID: i16 = 22;
const ADD_PARTITIONS_TO_TXN: i16 = 24;
const END_TXN: i16 = 26;

const TRANSACTIONAL: i16 = 1 << 4;
const TRANSACTION_TIMEOUT_MS: i32 = 60_000;
const LIMIT: Duration = Duration::from_secs(120);
/// COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, NOT_ENOUGH_REPLICAS (a partition that is
/// verified just now) and CONCURRENT_TRANSACTIONS (the end before is not through): clients ask again.
const PASSING: [i16; 5] = [14, 15, 16, 19, 51];

/// Whether clients ask again after this error.
pub fn passes(error: i16) -> bool {
    PASSING.contains(&error)
}

/// A transactional producer that writes to one partition.
pub struct TxnProducer {
    id: String,
    producer_id: i64,
    epoch: i16,
    sequence: i32,
}

impl TxnProducer {
    /// Waits for the coordinator of the transactional id and takes the id's next epoch.
    pub fn init(wire: &mut Wire, id: &str) -> Result<TxnProducer> {
        let begun = Instant::now();
        loop {
            wire.call(FIND_COORDINATOR, 1, Put::default().text(id).i8(1))?;
            let body = Put::default().text(id).i32(TRANSACTION_TIMEOUT_MS);
            let mut reply = wire.call(INIT_PRODUCER_ID, 1, body)?;
            reply.i32()?;
            let error = reply.i16()?;
            if error == 0 {
                return Ok(TxnProducer {
                    id: id.to_owned(),
                    producer_id: reply.i64()?,
                    epoch: reply.i16()?,
                    sequence: 0,
                });
            }
            ensure!(passes(error), "InitProducerId answers error {error}");
            ensure!(begun.elapsed() < LIMIT, "no coordinator for {id}");
            proc::pause(5);
        }
    }

    fn identity(&self) -> Put {
        Put::default()
            .text(&self.id)
            .i64(self.producer_id)
            .i16(self.epoch)
    }

    /// Sends AddPartitionsToTxn v2.
    pub fn send_add(&self, wire: &mut Wire, topic: &str, partition: i32) -> Result<()> {
        let body = self.identity().i32(1).text(topic).i32(1).i32(partition);
        Ok(wire.send(ADD_PARTITIONS_TO_TXN, 2, &body)?)
    }

    /// The error code of its answer.
    pub fn added(wire: &mut Wire) -> Result<i16> {
        let mut reply = wire.reply()?;
        reply.skip(8)?;
        reply.skip_text()?;
        reply.skip(8)?;
        Ok(reply.i16()?)
    }

    /// Sends Produce v7 of a batch of one record, which this stamps.
    pub fn send_record(&self, wire: &mut Wire, topic: &str, partition: i32, batch: &mut [u8]) -> Result<()> {
        stamp(batch, self.producer_id, self.epoch, self.sequence);
        let body = produce_body(&self.id, topic, partition, batch);
        Ok(wire.send(PRODUCE, 7, &body)?)
    }

    /// The error code of its answer.
    pub fn produced(&mut self, wire: &mut Wire) -> Result<i16> {
        let error = produce_error(wire.receive()?)?;
        if error == 0 {
            self.sequence += 1;
        }
        Ok(error)
    }

    /// Sends EndTxn v2 that commits.
    pub fn send_commit(&self, wire: &mut Wire) -> Result<()> {
        Ok(wire.send(END_TXN, 2, &self.identity().i8(1))?)
    }

    /// The error code of its answer.
    pub fn ended(wire: &mut Wire) -> Result<i16> {
        let mut reply = wire.reply()?;
        reply.i32()?;
        Ok(reply.i16()?)
    }
}

/// Produce v7, acks=all, of a batch in a transaction.
pub fn produce_body(id: &str, topic: &str, partition: i32, batch: &[u8]) -> Put {
    let body = Put::default().text(id).i16(-1).i32(30_000).i32(1).text(topic);
    body.i32(1).i32(partition).bytes(batch)
}

/// Makes a batch one of a transaction: producer, first sequence number, and the CRC anew.
pub fn stamp(batch: &mut [u8], producer_id: i64, epoch: i16, sequence: i32) {
    put_at(batch, 21, &TRANSACTIONAL.to_be_bytes());
    put_at(batch, 43, &producer_id.to_be_bytes());
    put_at(batch, 51, &epoch.to_be_bytes());
    put_at(batch, 53, &sequence.to_be_bytes());
    let crc = crc32c::crc32c(batch.get(21..).unwrap_or_default());
    put_at(batch, 17, &crc.to_be_bytes());
}

fn put_at(batch: &mut [u8], at: usize, field: &[u8]) {
    if let Some(place) = batch.get_mut(at..at + field.len()) {
        place.copy_from_slice(field);
    }
}
