//! Producer id, sequences and transactions.

use std::collections::{BTreeMap, BTreeSet};

use protocol_shim::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use protocol_shim::messages::{
    AddPartitionsToTxnRequest, EndTxnRequest, InitProducerIdRequest, ProducerId, TopicName, TransactionalId,
};
use protocol_shim::{ErrorCode, StrBytes};
use storage::increment_sequence;

use super::deliver::{Done, Producer};
use crate::ask::Coordinator;
use crate::client::{ClientError, To};

/// First AddPartitionsToTxn that is for brokers only.
const BROKERS_ONLY: i16 = 4;
/// Last EndTxn of the older protocol (before KIP-890), which every broker speaks: it takes the partitions that it is
/// told, and keeps the epoch.
const END_TXN: i16 = 4;
/// How often a coordinator is asked again that is busy or about to move.
const ATTEMPTS: u32 = 600;

/// Who the producer is.
#[derive(Debug, Default)]
pub(super) struct ProducerIds {
    id: Option<(i64, i16)>,
    sequences: BTreeMap<(String, i32), i32>,
    in_transaction: bool,
    partitions: BTreeSet<(String, i32)>,
    coordinator: Option<i32>,
}

impl ProducerIds {
    pub(super) fn in_transaction(&self) -> bool {
        self.in_transaction
    }
}

impl Producer {
    /// Gets an id for the transactional id, and ends what an earlier producer of it left open.
    ///
    /// # Errors
    /// The coordinator's.
    pub(crate) fn init_transactions(&mut self) -> Result<(), ClientError> {
        self.init_id()
    }

    /// Begins a transaction; the broker hears of it with the first batch.
    pub(crate) fn begin(&mut self) {
        self.ids.in_transaction = true;
        self.ids.partitions.clear();
    }

    /// Sends what waits, and commits.
    ///
    /// # Errors
    /// The coordinator's.
    pub(crate) fn commit(&mut self, done: &mut Done<'_>) -> Result<(), ClientError> {
        self.flush(done);
        let was_used = !self.ids.partitions.is_empty();
        self.ids.in_transaction = false;
        let (Some((id, epoch)), true) = (self.ids.id, was_used) else {
            return Ok(());
        };
        let name = self.transactional_id();
        self.coordinated(
            "endTxn",
            |producer, to| {
                let request = EndTxnRequest::default()
                    .with_transactional_id(TransactionalId(name.clone()))
                    .with_producer_id(ProducerId(id))
                    .with_producer_epoch(epoch)
                    .with_committed(true);
                producer
                    .client
                    .ask(to, END_TXN, producer.config.request_timeout, request)
            },
            |answer| answer.error_code,
        )?;
        Ok(())
    }

    /// Id, epoch and first sequence of the next batch; `None` without idempotence.
    pub(super) fn producer_for(
        &mut self,
        topic: &str,
        partition: i32,
        count: usize,
    ) -> Result<Option<(i64, i16, i32)>, ClientError> {
        if !self.config.is_idempotent {
            return Ok(None);
        }
        if self.ids.id.is_none() {
            self.init_id()?;
        }
        let key = (topic.to_owned(), partition);
        if self.ids.in_transaction && self.ids.partitions.insert(key.clone()) {
            self.add_partition(topic, partition)?;
        }
        let (id, epoch) = self.ids.id.unwrap_or((-1, -1));
        let next = self.ids.sequences.entry(key).or_insert(0);
        let first = *next;
        *next = increment_sequence(first, i32::try_from(count).unwrap_or(i32::MAX));
        Ok(Some((id, epoch, first)))
    }

    fn transactional_id(&self) -> StrBytes {
        StrBytes::from_string(self.config.transactional_id.clone().unwrap_or_default())
    }

    fn init_id(&mut self) -> Result<(), ClientError> {
        let name = self.config.transactional_id.clone();
        let timeout_ms = self.config.transaction_timeout_ms;
        let request = move |_| {
            let name = name.clone().map(StrBytes::from_string);
            InitProducerIdRequest::default()
                .with_transactional_id(name.map(TransactionalId))
                .with_transaction_timeout_ms(timeout_ms)
                .with_producer_id(ProducerId(-1))
                .with_producer_epoch(-1)
        };
        let answer = self.coordinated(
            "initProducerId",
            |producer, to| producer.client.call("initProducerId", to, request.clone()),
            |answer| answer.error_code,
        )?;
        self.ids.id = Some((answer.producer_id.0, answer.producer_epoch));
        self.ids.sequences.clear();
        Ok(())
    }

    /// Tells the coordinator of a partition.
    fn add_partition(&mut self, topic: &str, partition: i32) -> Result<(), ClientError> {
        let (id, epoch) = self.ids.id.unwrap_or((-1, -1));
        let name = self.transactional_id();
        let topic = AddPartitionsToTxnTopic::default()
            .with_name(TopicName(StrBytes::from_string(topic.to_owned())))
            .with_partitions(vec![partition]);
        self.coordinated(
            "addPartitionsToTxn",
            |producer, to| {
                let request = AddPartitionsToTxnRequest::default()
                    .with_v3_and_below_transactional_id(TransactionalId(name.clone()))
                    .with_v3_and_below_producer_id(ProducerId(id))
                    .with_v3_and_below_producer_epoch(epoch)
                    .with_v3_and_below_topics(vec![topic.clone()]);
                producer
                    .client
                    .ask(to, BROKERS_ONLY - 1, producer.config.request_timeout, request)
            },
            |answer| {
                let rows = answer.results_by_topic_v3_and_below.iter();
                let codes = rows.flat_map(|row| &row.results_by_partition);
                codes
                    .map(|row| row.partition_error_code)
                    .find(|code| *code != 0)
                    .unwrap_or(0)
            },
        )?;
        Ok(())
    }

    fn coordinator(&mut self) -> Result<To, ClientError> {
        if self.config.transactional_id.is_none() {
            return Ok(To::Any);
        }
        if let Some(id) = self.ids.coordinator {
            return Ok(To::Node(id));
        }
        let name = self.transactional_id();
        let id = self.client.coordinator(Coordinator::Transaction, &name)?.id;
        self.ids.coordinator = Some(id);
        Ok(To::Node(id))
    }

    /// Asks the coordinator until it has an answer that stands.
    fn coordinated<A>(
        &mut self,
        name: &str,
        mut ask: impl FnMut(&mut Producer, To) -> Result<A, ClientError>,
        code: impl Fn(&A) -> i16,
    ) -> Result<A, ClientError> {
        for _ in 0..ATTEMPTS {
            let to = self.coordinator()?;
            let answer = ask(self, to)?;
            let Some(error) = ClientError::of(code(&answer), None) else {
                return Ok(answer);
            };
            match error.code {
                Some(ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable) => {
                    self.ids.coordinator = None
                }
                Some(ErrorCode::ConcurrentTransactions) => {}
                Some(code) if code.is_retriable() => {}
                _ => return Err(error),
            }
            std::thread::sleep(
                self.config
                    .retry_backoff
                    .min(std::time::Duration::from_millis(20)),
            );
        }
        Err(ClientError::timeout(format!(
            "Timeout expired while awaiting {name}"
        )))
    }
}
