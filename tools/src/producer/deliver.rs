//! The producer itself: takes records, sends batches when they are full or due, takes answers.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;
use protocol_shim::{
    ApiKey, ErrorCode, ProducePartition, ProduceRequest, ProduceTopic, Request, Response, StrBytes,
};

use super::accumulate::{Open, OpenBatches, Record};
use super::config::ProducerConfig;
use super::ids::ProducerIds;
use super::partition::of_key;
use super::topics::Topic;
use crate::ask::network;
use crate::client::{Client, ClientError, To};

/// First Produce that names topics by id.
const TOPIC_IDS: i16 = 13;
/// Last Produce whose transactions begin with AddPartitionsToTxn.
const TOLD_PARTITIONS: i16 = 11;

/// What is remembered of a record until it is known what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// Length of the key; `None` = null.
    pub key_bytes: Option<usize>,
    /// Length of the value; `None` = null.
    pub value_bytes: Option<usize>,
    /// When it was handed over.
    pub sent_ms: i64,
}

/// Is told what became of each record.
pub(crate) type Done<'a> = dyn FnMut(&Receipt, Option<&ClientError>) + 'a;

/// A batch on its way.
#[derive(Debug)]
pub(super) struct Sealed {
    pub topic: String,
    pub partition: i32,
    pub bytes: Bytes,
    pub receipts: Vec<Receipt>,
    /// When its first record came.
    pub since: Instant,
    /// How often it was sent again.
    pub attempts: u32,
}

/// A request whose answer is awaited.
#[derive(Debug)]
pub(super) struct InFlight {
    pub batch: Sealed,
    pub node: i32,
    pub version: i16,
    pub id: i32,
    pub deadline: Instant,
}

/// A producer; see the module.
///
/// Invariant: at most `in_flight_max` requests are in flight, and none while a batch is being sent again.
#[derive(Debug)]
pub(crate) struct Producer {
    pub(super) client: Client,
    pub(super) config: ProducerConfig,
    pub(super) topics: BTreeMap<String, Topic>,
    pub(super) ids: ProducerIds,
    pub(super) in_flight: VecDeque<InFlight>,
    open: OpenBatches,
}

impl Producer {
    /// A producer that connects with its first record.
    pub(crate) fn new(client: Client, config: ProducerConfig) -> Producer {
        Producer {
            client,
            config,
            topics: BTreeMap::new(),
            ids: ProducerIds::default(),
            in_flight: VecDeque::new(),
            open: OpenBatches::new(),
        }
    }

    /// Takes a record; sends what became full by it. `done` may be told of others meanwhile.
    ///
    /// # Errors
    /// What is wrong with this record; it was not taken.
    pub(crate) fn send(&mut self, record: &Record, done: &mut Done<'_>) -> Result<(), ClientError> {
        let size = record.size();
        let alone = storage::BATCH_HEADER_LEN + size;
        if alone > self.config.request_bytes_max {
            return Err(ClientError::own(
                "RecordTooLargeException",
                format!(
                    "The message is {alone} bytes when serialized which is larger than {}, which is the value of the max.request.size configuration.",
                    self.config.request_bytes_max
                ),
            ));
        }
        self.know(&record.topic)?;
        let partition = self.partition(record, size);
        let key = (record.topic.clone(), partition);
        let batch_bytes = self.config.batch_bytes;
        if self
            .open
            .get(&key)
            .is_some_and(|open| !open.fits(size, batch_bytes))
        {
            self.send_open(&key, done);
        }
        let open = self
            .open
            .entry(key)
            .or_insert_with(|| Open::new(crate::env::now(), crate::env::now_ms()));
        open.push(record, crate::env::now_ms());
        if open.is_full(batch_bytes) {
            self.send_open(&(record.topic.clone(), partition), done);
        }
        Ok(())
    }

    /// Sends what is due.
    pub(crate) fn send_due(&mut self, done: &mut Done<'_>) {
        let now = crate::env::now();
        let due = |open: &Open| now.saturating_duration_since(open.since) >= self.config.linger;
        let keys = self.open.iter().filter(|(_, open)| due(open));
        for key in keys.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            self.send_open(&key, done);
        }
    }

    /// Sends everything and waits until it is known what became of it.
    pub(crate) fn flush(&mut self, done: &mut Done<'_>) {
        for key in self.open.keys().cloned().collect::<Vec<_>>() {
            self.send_open(&key, done);
        }
        self.await_all(done);
    }

    /// Waits for the answers to what was sent.
    pub(crate) fn await_all(&mut self, done: &mut Done<'_>) {
        while !self.in_flight.is_empty() {
            self.take_answer(done);
        }
    }

    /// Takes the answers that are there; waits so long for the first of them when nothing else is due before.
    pub(crate) fn take_ready(&mut self, wait: Duration, done: &mut Done<'_>) {
        let mut wait = self.due_in().map_or(wait, |due| due.min(wait));
        while let Some(oldest) = self.in_flight.front() {
            let (to, deadline) = (To::Node(oldest.node), oldest.deadline);
            let is_there = self.config.acks == 0
                || self
                    .client
                    .link(to, deadline)
                    .map_or(true, |link| link.has_answer(wait));
            if !is_there {
                return;
            }
            self.take_answer(done);
            wait = Duration::ZERO;
        }
        if !wait.is_zero() {
            std::thread::sleep(wait);
        }
    }

    /// Time until something is due, `None` when nothing waits.
    pub(crate) fn due_in(&self) -> Option<Duration> {
        let now = crate::env::now();
        let left = |open: &Open| {
            self.config
                .linger
                .saturating_sub(now.saturating_duration_since(open.since))
        };
        self.open.values().map(left).min()
    }

    fn partition(&mut self, record: &Record, size: usize) -> i32 {
        let batch_bytes = self.config.batch_bytes;
        let topic = self.topics.entry(record.topic.clone()).or_default();
        let count = topic.leaders.len() as i32;
        match &record.key {
            Some(key) => of_key(key, count),
            None => topic.sticky.next(count, size, batch_bytes, || {
                crate::env::random_uuid().as_u128() as u32
            }),
        }
    }

    fn send_open(&mut self, key: &(String, i32), done: &mut Done<'_>) {
        let Some(open) = self.open.remove(key) else {
            return;
        };
        let (topic, partition) = key.clone();
        let count = open.receipts.len();
        let producer = match self.producer_for(&topic, partition, count) {
            Ok(producer) => producer,
            Err(error) => {
                open.receipts
                    .iter()
                    .for_each(|receipt| done(receipt, Some(&error)));
                return;
            }
        };
        let mut open = open;
        let receipts = std::mem::take(&mut open.receipts);
        let since = open.since;
        let bytes = open.finish(self.config.compression, producer, self.ids.in_transaction());
        let batch = Sealed {
            topic,
            partition,
            bytes,
            receipts,
            since,
            attempts: 0,
        };
        while self.in_flight.len() >= self.config.in_flight_max {
            self.take_answer(done);
        }
        match self.transmit(batch) {
            Ok(()) => {}
            Err(failed) => self.try_again(vec![*failed], done),
        }
        // A partition that knows nothing of a producer takes any sequence: a second batch that got in before a first one
        // that has to be sent again would shut that one out.
        if producer.is_some_and(|(_, _, sequence)| sequence == 0) {
            self.await_all(done);
        }
    }

    /// Puts a batch on the wire. Without acknowledgements it is done with that.
    pub(super) fn transmit(&mut self, batch: Sealed) -> Result<(), Box<(Sealed, ClientError)>> {
        let node = self.leader(&batch.topic, batch.partition);
        let deadline = crate::env::now() + self.config.request_timeout;
        let id = self
            .topics
            .get(&batch.topic)
            .map_or_else(Default::default, |topic| topic.id);
        let link = match self.client.link(To::Node(node), deadline) {
            Ok(link) if node >= 0 => link,
            _ => return Err(Box::new((batch, network()))),
        };
        let highest = link.version(ApiKey::Produce).unwrap_or(3);
        let version = match self.config.transactional_id {
            Some(_) => highest.min(TOLD_PARTITIONS),
            None if id.is_nil() => highest.min(TOPIC_IDS - 1),
            None => highest,
        };
        let request = ProduceRequest {
            transactional_id: self.config.transactional_id.clone().map(StrBytes::from_string),
            acks: self.config.acks,
            timeout_ms: i32::try_from(self.config.request_timeout.as_millis()).unwrap_or(i32::MAX),
            topics: vec![ProduceTopic {
                name: StrBytes::from_string(batch.topic.clone()),
                topic_id: id,
                partitions: vec![ProducePartition {
                    index: batch.partition,
                    records: Some(batch.bytes.clone()),
                }],
            }],
        };
        match link.send(version, &Request::Produce(request)) {
            Ok(id) => {
                self.in_flight.push_back(InFlight {
                    batch,
                    node,
                    version,
                    id,
                    deadline,
                });
                Ok(())
            }
            Err(_) => {
                self.client.drop_link(To::Node(node));
                Err(Box::new((batch, network())))
            }
        }
    }

    /// Waits for the oldest answer, and deals with it.
    fn take_answer(&mut self, done: &mut Done<'_>) {
        let Some(oldest) = self.in_flight.pop_front() else {
            return;
        };
        match self.outcome(&oldest) {
            Ok(()) => oldest
                .batch
                .receipts
                .iter()
                .for_each(|receipt| done(receipt, None)),
            Err(error) => {
                let mut failed = vec![(oldest.batch, error)];
                // What was sent behind it may have failed with it, and must not overtake it.
                while let Some(next) = self.in_flight.pop_front() {
                    match self.outcome(&next) {
                        Ok(()) => next.batch.receipts.iter().for_each(|receipt| done(receipt, None)),
                        Err(error) => failed.push((next.batch, error)),
                    }
                }
                self.try_again(failed, done);
            }
        }
    }

    /// What became of a request.
    pub(super) fn outcome(&mut self, sent: &InFlight) -> Result<(), ClientError> {
        if self.config.acks == 0 {
            return Ok(());
        }
        let to = To::Node(sent.node);
        let link = self.client.link(to, sent.deadline).map_err(|_| network())?;
        let answer = link.receive(ApiKey::Produce, sent.version, sent.id, sent.deadline);
        let Ok(Response::Produce(answer)) = answer else {
            self.client.drop_link(to);
            return Err(network());
        };
        let partition = answer.topics.first().and_then(|topic| topic.partitions.first());
        let partition = partition.ok_or_else(network)?;
        let code = partition.error_code;
        if code == ErrorCode::DuplicateSequenceNumber.code() {
            return Ok(());
        }
        let message = partition.error_message.as_deref();
        ClientError::check(code, message.filter(|text| !text.is_empty()))
    }
}
