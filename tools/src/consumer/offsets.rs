//! Positions: what the group has committed, where logs begin and end, and committing.

use std::collections::BTreeMap;

use protocol_shim::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use protocol_shim::messages::{BrokerId, ListOffsetsRequest, TopicName};
use protocol_shim::{
    ErrorCode, OffsetCommitPartition, OffsetCommitRequest, OffsetCommitTopic, OffsetFetchGroup,
    OffsetFetchRequest, OffsetFetchTopic, StrBytes,
};

use super::config::OffsetReset;
use super::poll::{Consumer, Subscription};
use crate::client::{ClientError, To};

/// ListOffsets' word for the end of a log.
const LATEST: i64 = -1;
/// ListOffsets' word for its beginning.
const EARLIEST: i64 = -2;
/// First OffsetFetch and OffsetCommit that name topics by id.
const TOPIC_IDS: i16 = 10;

impl Consumer {
    /// Finds the positions that are not known yet. What cannot be found now is tried again at the next poll.
    pub(super) fn find_positions(&mut self) -> Result<(), ClientError> {
        let lacks = |consumer: &Consumer| -> Vec<(String, i32)> {
            let open = consumer
                .positions
                .iter()
                .filter(|(_, position)| position.is_none());
            open.map(|(partition, _)| partition.clone()).collect()
        };
        if lacks(self).is_empty() {
            return Ok(());
        }
        if self.is_member() {
            self.fetch_committed()?;
        }
        for partition in lacks(self) {
            if self.is_awaiting_commit(&partition) {
                continue;
            }
            let timestamp = match self.resets.get(&partition).copied().or(self.reset_time()) {
                Some(timestamp) => timestamp,
                None => {
                    return Err(ClientError::foreign(
                        "org.apache.kafka.clients.consumer.NoOffsetForPartitionException",
                        format!(
                            "Undefined offset with no reset policy for partitions: [{}-{}]",
                            partition.0, partition.1
                        ),
                    ));
                }
            };
            if let Some(offset) = self.offset_at(&partition, timestamp)? {
                self.positions.insert(partition, Some(offset));
            }
        }
        Ok(())
    }

    /// The time to ask for when nothing is committed.
    fn reset_time(&self) -> Option<i64> {
        match self.config.offset_reset {
            OffsetReset::Earliest => Some(EARLIEST),
            OffsetReset::Latest => Some(LATEST),
            OffsetReset::ByDuration(ms) => Some(crate::env::now_ms() - ms),
            OffsetReset::None => None,
        }
    }

    fn is_awaiting_commit(&self, partition: &(String, i32)) -> bool {
        self.is_member() && !self.looked_up.contains(partition)
    }

    fn fetch_committed(&mut self) -> Result<(), ClientError> {
        let mut wanted: BTreeMap<String, Vec<i32>> = BTreeMap::new();
        for (topic, partition) in self
            .positions
            .iter()
            .filter(|(_, p)| p.is_none())
            .map(|(tp, _)| tp)
        {
            wanted.entry(topic.clone()).or_default().push(*partition);
        }
        let to = self.coordinator()?;
        let topics: Vec<OffsetFetchTopic> = wanted
            .iter()
            .map(|(name, partitions)| OffsetFetchTopic {
                name: StrBytes::from_string(name.clone()),
                topic_id: self.topic_id(name),
                partition_indexes: partitions.clone(),
            })
            .collect();
        let request = OffsetFetchRequest {
            groups: vec![OffsetFetchGroup {
                group_id: StrBytes::from_string(self.config.group_id.clone()),
                topics: Some(topics),
                ..OffsetFetchGroup::default()
            }],
            require_stable: true,
        };
        let version = self.version_of_ids();
        let wait = self.client.config.request_timeout;
        let answer = match self.client.ask(to, version, wait, request) {
            Ok(answer) => answer,
            Err(error) => return self.coordinator_said(error),
        };
        let Some(group) = answer.groups.into_iter().next() else {
            return Ok(());
        };
        if let Some(error) = ClientError::of(group.error_code, None) {
            return self.coordinator_said(error);
        }
        for topic in group.topics {
            let name = self.name_of(&topic.name, topic.topic_id);
            for row in topic.partitions {
                let partition = (name.clone(), row.partition_index);
                if row.error_code == 0 && self.positions.contains_key(&partition) {
                    self.looked_up.insert(partition.clone());
                    if row.committed_offset >= 0 {
                        self.positions.insert(partition, Some(row.committed_offset));
                    }
                }
            }
        }
        Ok(())
    }

    /// The offset at a time, `None` when the leader cannot tell now.
    fn offset_at(&mut self, partition: &(String, i32), timestamp: i64) -> Result<Option<i64>, ClientError> {
        let Some(leader @ 0..) = self.leader(partition) else {
            return Ok(None);
        };
        let row = ListOffsetsPartition::default()
            .with_partition_index(partition.1)
            .with_timestamp(timestamp)
            .with_current_leader_epoch(-1);
        let topic = ListOffsetsTopic::default()
            .with_name(TopicName(StrBytes::from_string(partition.0.clone())))
            .with_partitions(vec![row]);
        let isolation = i8::from(self.config.is_committed_only);
        let wait = self.client.config.request_timeout;
        let request = ListOffsetsRequest::default()
            .with_replica_id(BrokerId(-1))
            .with_isolation_level(isolation)
            .with_topics(vec![topic]);
        let answer = match self.client.ask(To::Node(leader), i16::MAX, wait, request) {
            Ok(answer) => answer,
            Err(_) => {
                self.topics_at = None;
                return Ok(None);
            }
        };
        let row = answer.topics.first().and_then(|topic| topic.partitions.first());
        match row.map(|row| (row.error_code, row.offset)) {
            // A time behind the last record means its end.
            Some((0, -1)) if timestamp >= 0 => self.offset_at(partition, LATEST),
            Some((0, offset)) => Ok(Some(offset)),
            Some((code, _)) if ErrorCode::from_code(code).is_some_and(ErrorCode::is_retriable) => {
                self.topics_at = None;
                Ok(None)
            }
            Some((code, _)) => ClientError::check(code, None).map(|()| None),
            None => Ok(None),
        }
    }

    /// Commits how far was read, as far as it changed; without an answer, the next commit does it.
    pub(crate) fn commit(&mut self) -> Result<(), ClientError> {
        self.committed_at = crate::env::now();
        if !self.is_member() || self.read_to.is_empty() {
            return Ok(());
        }
        let mut by_topic: BTreeMap<String, Vec<OffsetCommitPartition>> = BTreeMap::new();
        for ((topic, partition), offset) in &self.read_to {
            by_topic
                .entry(topic.clone())
                .or_default()
                .push(OffsetCommitPartition {
                    partition_index: *partition,
                    committed_offset: *offset,
                    committed_metadata: Some(StrBytes::new()),
                    ..OffsetCommitPartition::default()
                });
        }
        let topics = by_topic.into_iter().map(|(name, partitions)| OffsetCommitTopic {
            topic_id: self.topic_id(&name),
            name: StrBytes::from_string(name),
            partitions,
        });
        let request = OffsetCommitRequest {
            group_id: StrBytes::from_string(self.config.group_id.clone()),
            generation_id_or_member_epoch: self.member.generation,
            member_id: StrBytes::from_string(self.member.id.clone()),
            group_instance_id: self.config.instance_id.clone().map(StrBytes::from_string),
            retention_time_ms: -1,
            topics: topics.collect(),
        };
        let to = self.coordinator()?;
        let version = self.version_of_ids();
        let wait = self.client.config.request_timeout;
        let answer = match self.client.ask(to, version, wait, request) {
            Ok(answer) => answer,
            Err(error) => {
                self.member.coordinator = None;
                return Err(error);
            }
        };
        self.read_to.clear();
        let rows = answer.topics.iter().flat_map(|topic| &topic.partitions);
        let code = rows
            .map(|row| row.error_code)
            .find(|code| *code != 0)
            .unwrap_or(0);
        match ClientError::of(code, None) {
            Some(error) => self.coordinator_said(error),
            None => Ok(()),
        }
    }

    /// Names go over the wire while the id of a topic is not known.
    fn version_of_ids(&self) -> i16 {
        let has_ids = self
            .positions
            .keys()
            .all(|(topic, _)| !self.topic_id(topic).is_nil());
        if has_ids { i16::MAX } else { TOPIC_IDS - 1 }
    }

    pub(super) fn topic_id(&self, name: &str) -> uuid::Uuid {
        self.topics
            .get(name)
            .map_or_else(Default::default, |topic| topic.id)
    }

    pub(super) fn name_of(&self, name: &str, id: uuid::Uuid) -> String {
        if !name.is_empty() {
            return name.to_owned();
        }
        let found = self.topics.iter().find(|(_, topic)| topic.id == id);
        found.map(|(name, _)| name.clone()).unwrap_or_default()
    }

    pub(super) fn leader(&self, partition: &(String, i32)) -> Option<i32> {
        let topic = self.topics.get(&partition.0)?;
        topic.leaders.get(&partition.1).copied()
    }

    /// Whether a group hands the partitions out.
    pub(super) fn is_member(&self) -> bool {
        !matches!(self.subscription, Subscription::Partitions)
    }
}
