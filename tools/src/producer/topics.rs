//! What the producer knows of topics: ids, partitions and their leaders.

use std::collections::BTreeMap;
use std::time::Instant;

use protocol_shim::messages::metadata_request::MetadataRequestTopic;
use protocol_shim::messages::{MetadataRequest, TopicName};
use protocol_shim::{ErrorCode, StrBytes};
use uuid::Uuid;

use super::deliver::Producer;
use super::partition::Sticky;
use crate::client::{ClientError, To};

/// A topic that can be written to.
#[derive(Clone, Debug, Default)]
pub(super) struct Topic {
    /// Its id; nil where brokers know none.
    pub id: Uuid,
    /// The leader of each partition, -1 for none.
    pub leaders: BTreeMap<i32, i32>,
    /// Where records without a key go.
    pub sticky: Sticky,
}

impl Producer {
    /// Makes sure that the topic is known, creating it where the broker does so when asked; waits `max.block.ms`.
    ///
    /// # Errors
    /// The exception of a topic that cannot be, or of the time that has passed.
    pub(super) fn know(&mut self, name: &str) -> Result<(), ClientError> {
        if self.topics.contains_key(name) {
            return Ok(());
        }
        let deadline = crate::env::now() + self.config.max_block;
        loop {
            match self.learn(name, deadline) {
                Ok(()) => return Ok(()),
                Err(error) if error.code.is_some_and(ErrorCode::is_retriable) => {}
                Err(error) => return Err(error),
            }
            let left = deadline.saturating_duration_since(crate::env::now());
            if left.is_zero() {
                return Err(ClientError::timeout(format!(
                    "Topic {name} not present in metadata after {} ms.",
                    self.config.max_block.as_millis()
                )));
            }
            std::thread::sleep(self.config.retry_backoff.min(left));
        }
    }

    /// Asks for the topic once.
    pub(super) fn learn(&mut self, name: &str, deadline: Instant) -> Result<(), ClientError> {
        let left = deadline.saturating_duration_since(crate::env::now());
        let before = std::mem::replace(&mut self.client.config.api_timeout, left);
        let topic = MetadataRequestTopic::default()
            .with_name(Some(TopicName(StrBytes::from_string(name.to_owned()))));
        let answer = self.client.call("metadata", To::Any, |_| {
            MetadataRequest::default()
                .with_topics(Some(vec![topic.clone()]))
                .with_allow_auto_topic_creation(true)
        });
        self.client.config.api_timeout = before;
        let found = answer?.topics.into_iter().next();
        let found = found.ok_or_else(|| ClientError::timeout("The answer names no topic."))?;
        if found.error_code == ErrorCode::InvalidTopicException.code() {
            let message = format!("Invalid topics: [{name}]");
            return ClientError::check(found.error_code, Some(&message));
        }
        ClientError::check(found.error_code, None)?;
        if found.partitions.is_empty() {
            return ClientError::check(ErrorCode::LeaderNotAvailable.code(), None);
        }
        let leaders = found
            .partitions
            .iter()
            .map(|p| (p.partition_index, p.leader_id.0));
        let topic = self.topics.entry(name.to_owned()).or_default();
        topic.id = found.topic_id;
        topic.leaders = leaders.collect();
        Ok(())
    }

    /// The leader of a partition, -1 while there is none.
    pub(super) fn leader(&self, topic: &str, partition: i32) -> i32 {
        let known = self
            .topics
            .get(topic)
            .and_then(|topic| topic.leaders.get(&partition));
        known.copied().unwrap_or(-1)
    }
}
