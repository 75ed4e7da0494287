//! What the tool asks of leaders and coordinators.

use protocol_shim::messages::describe_producers_request::TopicRequest;
use protocol_shim::messages::describe_producers_response::ProducerState;
use protocol_shim::messages::describe_transactions_response::TransactionState as Described;
use protocol_shim::messages::list_transactions_response::TransactionState as Listed;
use protocol_shim::messages::{
    DescribeProducersRequest, DescribeTransactionsRequest, InitProducerIdRequest, ListTransactionsRequest,
    ProducerId, TopicName, TransactionalId,
};
use protocol_shim::{ErrorCode, StrBytes, WritableTxnMarker, WritableTxnMarkerTopic, WriteTxnMarkersRequest};

use crate::ask::Coordinator;
use crate::client::{Client, ClientError, To};

/// First ListTransactions with a least duration, and the first with a pattern.
const DURATION: i16 = 1;
const PATTERN: i16 = 2;

/// Which transactions are listed.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    /// Of these producers; empty for all.
    pub producers: Vec<i64>,
    /// Running for longer than so many milliseconds; -1 for all.
    pub duration_ms: i64,
    /// Whose id is like this.
    pub pattern: Option<String>,
}

/// A transaction's place, its producer, and the epoch of the coordinator that is to end it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Abort<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub coordinator_epoch: i32,
}

impl Client {
    /// The broker that leads a partition.
    ///
    /// # Errors
    /// As [`Client::call`], and when there is none.
    pub(super) fn leader(&mut self, topic: &str, partition: i32) -> Result<To, ClientError> {
        let metadata = self.metadata("describeProducers", Some(&[topic.to_owned()]))?;
        let leader = metadata
            .topics
            .iter()
            .flat_map(|topic| &topic.partitions)
            .find(|known| known.partition_index == partition)
            .map(|known| known.leader_id.0);
        match leader.filter(|leader| *leader >= 0) {
            Some(leader) => Ok(To::Node(leader)),
            None => Err(ClientError::of(ErrorCode::UnknownTopicOrPartition.code(), None)
                .unwrap_or_else(|| ClientError::timeout("No leader."))),
        }
    }

    /// The producers that a partition remembers; of a broker by its id, or else of the leader.
    ///
    /// # Errors
    /// As [`Client::call`], and what the broker refuses.
    pub(super) fn describe_producers(
        &mut self,
        topic: &str,
        partition: i32,
        broker: Option<i32>,
    ) -> Result<Vec<ProducerState>, ClientError> {
        let to = match broker {
            Some(id) => To::Node(id),
            None => self.leader(topic, partition)?,
        };
        let response = self.call("describeProducers", to, |_| {
            let topic = TopicRequest::default()
                .with_name(TopicName(StrBytes::from_string(topic.to_owned())))
                .with_partition_indexes(vec![partition]);
            DescribeProducersRequest::default().with_topics(vec![topic])
        })?;
        let partitions = response.topics.into_iter().flat_map(|topic| topic.partitions);
        let mut producers = Vec::new();
        for partition in partitions {
            ClientError::check(partition.error_code, partition.error_message.as_deref())?;
            producers.extend(partition.active_producers);
        }
        Ok(producers)
    }

    /// The transactions of all coordinators, by the ids of these.
    ///
    /// # Errors
    /// The first of a broker.
    pub(super) fn list_transactions(&mut self, filter: &Filter) -> Result<Vec<(i32, Listed)>, ClientError> {
        let mut found = Vec::new();
        for node in self.brokers("findAllBrokers")? {
            let mut is_beyond = false;
            let response = self.call("listTransactions", To::Node(node.id), |version| {
                is_beyond = (version < DURATION && filter.duration_ms >= 0)
                    || (version < PATTERN && filter.pattern.is_some());
                let mut request = ListTransactionsRequest::default();
                request.producer_id_filters = filter.producers.iter().map(|id| ProducerId(*id)).collect();
                if version >= DURATION {
                    request.duration_filter = filter.duration_ms;
                }
                if version >= PATTERN {
                    request.transactional_id_pattern = filter.pattern.clone().map(StrBytes::from_string);
                }
                request
            })?;
            if is_beyond {
                return Err(ClientError::own(
                    "UnsupportedVersionException",
                    "The broker does not support this filter",
                ));
            }
            // What Kafka's client does not expect it shows in the log only.
            let sentence = format!(
                "ListTransactions request sent to broker {} failed with an unexpected exception",
                node.id
            );
            ClientError::check(response.error_code, Some(&sentence))?;
            found.extend(
                response
                    .transaction_states
                    .into_iter()
                    .map(|state| (node.id, state)),
            );
        }
        Ok(found)
    }

    /// The transaction of a transactional id, and the id of its coordinator.
    ///
    /// # Errors
    /// As [`Client::call`], and what the coordinator refuses.
    pub(super) fn describe_transaction(&mut self, id: &str) -> Result<(i32, Described), ClientError> {
        let coordinator = self.coordinator(Coordinator::Transaction, id)?.id;
        let response = self.call("describeTransactions", To::Node(coordinator), |_| {
            let id = TransactionalId(StrBytes::from_string(id.to_owned()));
            DescribeTransactionsRequest::default().with_transactional_ids(vec![id])
        })?;
        let described = response.transaction_states.into_iter().next().unwrap_or_default();
        let why = match ErrorCode::from_code(described.error_code) {
            Some(ErrorCode::TransactionalIdAuthorizationFailed) => "due to authorization failure",
            Some(ErrorCode::TransactionalIdNotFound) => "because the ID could not be found",
            _ => "due to unexpected error",
        };
        let sentence = format!("DescribeTransactions request for transactionalId `{id}` failed {why}");
        ClientError::check(described.error_code, Some(&sentence))?;
        Ok((coordinator, described))
    }

    /// Ends a transaction in one partition, past its coordinator.
    ///
    /// # Errors
    /// As [`Client::call`], and what the leader refuses.
    pub(super) fn abort_transaction(&mut self, abort: Abort<'_>) -> Result<(), ClientError> {
        let leader = self.leader(abort.topic, abort.partition)?;
        let response = self.call("abortTransaction", leader, |_| WriteTxnMarkersRequest {
            markers: vec![WritableTxnMarker {
                producer_id: abort.producer_id,
                producer_epoch: abort.producer_epoch,
                committed: false,
                topics: vec![WritableTxnMarkerTopic {
                    name: StrBytes::from_string(abort.topic.to_owned()),
                    partition_indexes: vec![abort.partition],
                }],
                coordinator_epoch: abort.coordinator_epoch,
                transaction_version: 0,
            }],
        })?;
        let topics = response.markers.iter().flat_map(|marker| &marker.topics);
        match topics.flat_map(|topic| &topic.partitions).next() {
            Some((_, code)) => ClientError::check(*code, None),
            None => Ok(()),
        }
    }

    /// Ends whatever a transactional id has open, and fences its producer.
    ///
    /// # Errors
    /// As [`Client::call`], and what the coordinator refuses; while it is still busy with an end, it is asked again.
    pub(super) fn terminate_transaction(&mut self, id: &str) -> Result<(), ClientError> {
        let deadline = crate::env::now() + self.config.api_timeout;
        let timeout = i32::try_from(self.config.request_timeout.as_millis()).unwrap_or(i32::MAX);
        let coordinator = To::Node(self.coordinator(Coordinator::Transaction, id)?.id);
        loop {
            let response = self.call("fenceProducer", coordinator, |_| {
                InitProducerIdRequest::default()
                    .with_transactional_id(Some(TransactionalId(StrBytes::from_string(id.to_owned()))))
                    .with_transaction_timeout_ms(timeout)
                    .with_producer_id(ProducerId(-1))
                    .with_producer_epoch(-1)
            })?;
            let Some(error) = ClientError::of(response.error_code, None) else {
                return Ok(());
            };
            let may_pass = error.code.is_some_and(ErrorCode::is_retriable)
                || error.is(ErrorCode::ConcurrentTransactions);
            if !may_pass || crate::env::now() >= deadline {
                return Err(error);
            }
            std::thread::sleep(crate::ask::BACKOFF);
        }
    }
}
