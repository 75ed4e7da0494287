//! What the consumer knows of topics: which there are, their ids, partitions and leaders.

use std::collections::BTreeMap;

use protocol_shim::messages::metadata_request::MetadataRequestTopic;
use protocol_shim::messages::{MetadataRequest, TopicName};
use protocol_shim::{ErrorCode, StrBytes};
use uuid::Uuid;

use super::poll::{Consumer, Subscription};
use crate::client::{ClientError, To};

/// A topic that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Topic {
    /// Its id; nil where brokers know none.
    pub id: Uuid,
    /// The leader of each partition, -1 for none.
    pub leaders: BTreeMap<i32, i32>,
}

impl Consumer {
    /// Learns anew which topics there are.
    pub(super) fn learn_topics(&mut self) -> Result<(), ClientError> {
        let names = match &self.subscription {
            Subscription::Topics(names) => Some(names.clone()),
            Subscription::Pattern(_) => None,
            Subscription::Partitions => {
                let mut names: Vec<String> = self.positions.keys().map(|(topic, _)| topic.clone()).collect();
                names.dedup();
                Some(names)
            }
        };
        let named = |name: &String| {
            let name = TopicName(StrBytes::from_string(name.clone()));
            MetadataRequestTopic::default().with_name(Some(name))
        };
        let topics: Option<Vec<_>> = names.map(|names| names.iter().map(named).collect());
        let creates = self.config.creates_topics;
        let request = MetadataRequest::default()
            .with_topics(topics)
            .with_allow_auto_topic_creation(creates);
        let wait = self.client.config.request_timeout;
        let answer = self.client.ask(To::Any, i16::MAX, wait, request)?;
        let mut known = BTreeMap::new();
        for topic in answer.topics {
            let name = topic.name.map(|name| name.to_string()).unwrap_or_default();
            if topic.error_code == ErrorCode::InvalidTopicException.code() {
                ClientError::check(topic.error_code, Some(&format!("Invalid topics: [{name}]")))?;
            }
            if topic.error_code == ErrorCode::TopicAuthorizationFailed.code() {
                ClientError::check(
                    topic.error_code,
                    Some(&format!("Not authorized to access topics: [{name}]")),
                )?;
            }
            let is_wanted = match &self.subscription {
                Subscription::Pattern(pattern) => {
                    pattern.is_match(&name) && !(topic.is_internal && self.config.without_internal)
                }
                _ => true,
            };
            if topic.error_code == 0 && is_wanted {
                let leaders = topic
                    .partitions
                    .iter()
                    .map(|p| (p.partition_index, p.leader_id.0));
                let topic = Topic {
                    id: topic.topic_id,
                    leaders: leaders.collect(),
                };
                known.insert(name, topic);
            }
        }
        self.topics = known;
        self.topics_at = Some(crate::env::now());
        Ok(())
    }

    /// How many partitions each topic has.
    pub(super) fn counts(&self) -> BTreeMap<String, i32> {
        let count = |(name, topic): (&String, &Topic)| (name.clone(), topic.leaders.len() as i32);
        self.topics.iter().map(count).collect()
    }

    /// Whether a topic or a leader is missing, so that there is reason to ask soon.
    pub(super) fn lacks_topics(&self) -> bool {
        let is_known = |topic: &str, partition: i32| {
            let leader = self
                .topics
                .get(topic)
                .and_then(|topic| topic.leaders.get(&partition));
            leader.is_some_and(|leader| *leader >= 0)
        };
        match &self.subscription {
            Subscription::Topics(names) if names.iter().any(|name| !self.topics.contains_key(name)) => true,
            _ => self
                .positions
                .keys()
                .any(|(topic, partition)| !is_known(topic, *partition)),
        }
    }
}
