//! Fetches: one request per leader, all sent before the first answer is awaited.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use protocol_shim::messages::fetch_request::{FetchPartition, FetchTopic};
use protocol_shim::messages::{BrokerId, FetchRequest, TopicName};
use protocol_shim::{ApiKey, ErrorCode, FetchPartitionResponse, Request, Response, StrBytes};

use super::batches::Fetched;
use super::poll::Consumer;
use crate::client::{ClientError, To};

/// First Fetch that names topics by id.
const TOPIC_IDS: i16 = 13;

/// An answer may come so much later than it was to.
const LATE: Duration = Duration::from_millis(500);

/// A fetch whose answer is awaited.
struct Asked {
    node: i32,
    version: i16,
    id: i32,
}

impl Consumer {
    /// Fetches from every leader of a partition whose position is known; answers are awaited until `until`. True when
    /// anybody was asked.
    pub(super) fn fetch(&mut self, wait: Duration, until: Option<Instant>) -> Result<bool, ClientError> {
        let mut by_leader: BTreeMap<i32, Vec<(String, i32, i64)>> = BTreeMap::new();
        for ((topic, partition), position) in &self.positions {
            let leader = self.leader(&(topic.clone(), *partition)).filter(|id| *id >= 0);
            if let (Some(offset), Some(leader)) = (position, leader) {
                by_leader
                    .entry(leader)
                    .or_default()
                    .push((topic.clone(), *partition, *offset));
            }
        }
        // What was read first last time is read last this time.
        self.turn = self.turn.wrapping_add(1);
        let deadline = crate::env::now() + wait + self.client.config.request_timeout;
        // Who has waited long enough for a record gets what is on its way.
        let deadline = until.map_or(deadline, |until| deadline.min(until + LATE));
        let mut asked = Vec::new();
        for (node, mut partitions) in by_leader {
            let by = self.turn % partitions.len().max(1);
            partitions.rotate_left(by);
            match self.ask_for(node, &partitions, wait, deadline) {
                Ok(one) => asked.push(one),
                Err(_) => self.lost(node),
            }
        }
        let any = !asked.is_empty();
        for one in asked {
            let answer = self
                .client
                .link(To::Node(one.node), deadline)
                .and_then(|link| link.receive(ApiKey::Fetch, one.version, one.id, deadline));
            match answer {
                Ok(Response::Fetch(answer)) => {
                    ClientError::check(answer.error_code, None).or_else(|error| self.passes(error))?;
                    for topic in answer.topics {
                        let name = self.name_of(&topic.name, topic.topic_id);
                        for partition in topic.partitions {
                            self.take(&name, partition)?;
                        }
                    }
                }
                _ => self.lost(one.node),
            }
        }
        Ok(any)
    }

    fn ask_for(
        &mut self,
        node: i32,
        partitions: &[(String, i32, i64)],
        wait: Duration,
        deadline: Instant,
    ) -> std::io::Result<Asked> {
        let mut topics: Vec<FetchTopic> = Vec::new();
        for (name, partition, offset) in partitions {
            let row = FetchPartition::default()
                .with_partition(*partition)
                .with_current_leader_epoch(-1)
                .with_fetch_offset(*offset)
                .with_last_fetched_epoch(-1)
                .with_log_start_offset(-1)
                .with_partition_max_bytes(self.config.partition_max_bytes);
            match topics.last_mut() {
                Some(topic) if **topic.topic == **name => topic.partitions.push(row),
                _ => topics.push(
                    FetchTopic::default()
                        .with_topic(TopicName(StrBytes::from_string(name.clone())))
                        .with_topic_id(self.topic_id(name))
                        .with_partitions(vec![row]),
                ),
            }
        }
        let has_ids = topics.iter().all(|topic| !topic.topic_id.is_nil());
        let mut request = FetchRequest::default()
            .with_replica_id(BrokerId(-1))
            .with_max_wait_ms(i32::try_from(wait.as_millis()).unwrap_or(i32::MAX))
            .with_min_bytes(self.config.fetch_min_bytes)
            .with_max_bytes(self.config.fetch_max_bytes)
            .with_isolation_level(i8::from(self.config.is_committed_only))
            .with_session_epoch(-1)
            .with_rack_id(StrBytes::from_string(
                self.config.rack.clone().unwrap_or_default(),
            ));
        let link = self.client.link(To::Node(node), deadline)?;
        let highest = link.version(ApiKey::Fetch).unwrap_or(4);
        let version = if has_ids {
            highest
        } else {
            highest.min(TOPIC_IDS - 1)
        };
        if version >= TOPIC_IDS {
            topics
                .iter_mut()
                .for_each(|topic| topic.topic = TopicName::default());
        } else {
            topics
                .iter_mut()
                .for_each(|topic| topic.topic_id = uuid::Uuid::nil());
        }
        request.topics = topics;
        let id = link.send(version, &Request::Fetch(request))?;
        Ok(Asked { node, version, id })
    }

    fn take(&mut self, topic: &str, row: FetchPartitionResponse<Bytes>) -> Result<(), ClientError> {
        let partition = (topic.to_owned(), row.index);
        let Some(Some(position)) = self.positions.get(&partition).copied() else {
            return Ok(());
        };
        match ErrorCode::from_code(row.error_code) {
            Some(ErrorCode::None) => {}
            Some(ErrorCode::OffsetOutOfRange) => return self.out_of_range(partition, position),
            _ => {
                let error = ClientError::of(row.error_code, None);
                return error.map_or(Ok(()), |error| self.passes(error));
            }
        }
        let aborted = row.aborted_transactions.filter(|_| self.config.is_committed_only);
        let bytes: Bytes = match row.records.len() {
            0 => return Ok(()),
            1 => row.records.into_iter().next().unwrap_or_default(),
            _ => row.records.concat().into(),
        };
        if !bytes.is_empty() {
            let fetched = Fetched::new(partition.0, partition.1, position, bytes, aborted);
            self.fetched.push_back(fetched);
        }
        Ok(())
    }

    fn out_of_range(&mut self, partition: (String, i32), position: i64) -> Result<(), ClientError> {
        if self.config.offset_reset == super::config::OffsetReset::None {
            return Err(ClientError::foreign(
                "org.apache.kafka.clients.consumer.OffsetOutOfRangeException",
                format!(
                    "Fetch position FetchPosition{{offset={position}}} is out of range for partition {}-{}",
                    partition.0, partition.1
                ),
            ));
        }
        self.resets.remove(&partition);
        self.positions.insert(partition, None);
        Ok(())
    }

    /// An error that a new look at the topics may end; others are errors of the tool.
    fn passes(&mut self, error: ClientError) -> Result<(), ClientError> {
        let is_topic = matches!(
            error.code,
            Some(
                ErrorCode::UnknownTopicOrPartition
                    | ErrorCode::UnknownTopicId
                    | ErrorCode::UnknownServerError
            )
        );
        if !is_topic && !error.code.is_some_and(ErrorCode::is_retriable) {
            return Err(error);
        }
        self.topics_at = None;
        std::thread::sleep(self.config.retry_backoff);
        Ok(())
    }

    fn lost(&mut self, node: i32) {
        self.client.drop_link(To::Node(node));
        self.topics_at = None;
        std::thread::sleep(self.config.retry_backoff);
    }
}
