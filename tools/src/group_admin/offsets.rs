//! Offsets: those that groups have committed, and those of the logs.

use std::collections::BTreeMap;

use protocol_shim::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use protocol_shim::messages::metadata_response::MetadataResponseTopic;
use protocol_shim::messages::{BrokerId, ListOffsetsRequest, TopicName};
use protocol_shim::{
    ErrorCode, OffsetCommitPartition, OffsetCommitRequest, OffsetCommitTopic, OffsetFetchGroup,
    OffsetFetchRequest, StrBytes,
};

use crate::ask::Coordinator;
use crate::client::{Client, ClientError, To};

/// First OffsetFetch and OffsetCommit that name topics by id.
const TOPIC_IDS: i16 = 10;

/// A topic and a partition.
pub(crate) type Partition = (String, i32);

/// What a group has committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Committed {
    /// The next record to read.
    pub offset: i64,
    /// Epoch of the last record read, if it was told.
    pub leader_epoch: Option<i32>,
}

/// The times of ListOffsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timestamp {
    /// The beginning of the log.
    Earliest,
    /// Its end.
    Latest,
    /// The first record from then on.
    At(i64),
}

impl Client {
    /// Everything that a group has committed.
    ///
    /// # Errors
    /// The coordinator's.
    pub(crate) fn committed(&mut self, group: &str) -> Result<BTreeMap<Partition, Committed>, ClientError> {
        let coordinator = self.coordinator(Coordinator::Group, group)?;
        let request = OffsetFetchRequest {
            groups: vec![OffsetFetchGroup {
                group_id: StrBytes::from_string(group.to_owned()),
                topics: None,
                ..OffsetFetchGroup::default()
            }],
            require_stable: false,
        };
        let wait = self.config.request_timeout;
        let answer = self.ask(To::Node(coordinator.id), TOPIC_IDS - 1, wait, request)?;
        let found = answer.groups.into_iter().next().unwrap_or_default();
        ClientError::check(found.error_code, None)?;
        let mut out = BTreeMap::new();
        for topic in found.topics {
            for row in topic.partitions {
                let committed = Committed {
                    offset: row.committed_offset,
                    leader_epoch: Some(row.committed_leader_epoch).filter(|epoch| *epoch >= 0),
                };
                if row.error_code == 0 && row.committed_offset >= 0 {
                    out.insert((topic.name.to_string(), row.partition_index), committed);
                }
            }
        }
        Ok(out)
    }

    /// Commits offsets for a group without members.
    ///
    /// # Errors
    /// The coordinator's first.
    pub(crate) fn commit_offsets(
        &mut self,
        group: &str,
        offsets: &[(Partition, i64)],
    ) -> Result<(), ClientError> {
        let coordinator = self.coordinator(Coordinator::Group, group)?;
        let mut topics: BTreeMap<&str, Vec<OffsetCommitPartition>> = BTreeMap::new();
        for ((topic, partition), offset) in offsets {
            topics.entry(topic).or_default().push(OffsetCommitPartition {
                partition_index: *partition,
                committed_offset: *offset,
                committed_metadata: Some(StrBytes::new()),
                ..OffsetCommitPartition::default()
            });
        }
        let topics = topics.into_iter().map(|(name, partitions)| OffsetCommitTopic {
            name: StrBytes::from_string(name.to_owned()),
            topic_id: uuid::Uuid::nil(),
            partitions,
        });
        let request = OffsetCommitRequest {
            group_id: StrBytes::from_string(group.to_owned()),
            generation_id_or_member_epoch: -1,
            member_id: StrBytes::new(),
            group_instance_id: None,
            retention_time_ms: -1,
            topics: topics.collect(),
        };
        let wait = self.config.request_timeout;
        let answer = self.ask(To::Node(coordinator.id), TOPIC_IDS - 1, wait, request)?;
        let mut rows = answer.topics.iter().flat_map(|topic| &topic.partitions);
        let code = rows
            .find(|row| row.error_code != 0)
            .map_or(0, |row| row.error_code);
        ClientError::check(code, None)
    }

    /// Describes topics; the first that is not there is an error.
    ///
    /// # Errors
    /// That of a topic.
    pub(crate) fn topics_named(
        &mut self,
        names: &[String],
    ) -> Result<Vec<MetadataResponseTopic>, ClientError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let answer = self.metadata("describeTopics", Some(names))?;
        for topic in &answer.topics {
            ClientError::check(topic.error_code, None)?;
        }
        Ok(answer.topics)
    }

    /// The offset of each partition at a time; -1 where no record is that young.
    ///
    /// # Errors
    /// That of a topic or a leader.
    pub(crate) fn log_offsets(
        &mut self,
        partitions: &[Partition],
        time: Timestamp,
    ) -> Result<BTreeMap<Partition, i64>, ClientError> {
        let mut names: Vec<String> = partitions.iter().map(|(topic, _)| topic.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let mut leaders: BTreeMap<Partition, i32> = BTreeMap::new();
        for topic in self.topics_named(&names)? {
            let name = topic.name.map(|name| name.0.to_string()).unwrap_or_default();
            for partition in topic.partitions {
                leaders.insert((name.clone(), partition.partition_index), partition.leader_id.0);
            }
        }
        let mut by_leader: BTreeMap<i32, BTreeMap<&str, Vec<ListOffsetsPartition>>> = BTreeMap::new();
        for partition in partitions {
            let unknown = ErrorCode::UnknownTopicOrPartition.code();
            let Some(leader) = leaders.get(partition) else {
                ClientError::check(unknown, None)?;
                continue;
            };
            let row = ListOffsetsPartition::default()
                .with_partition_index(partition.1)
                .with_current_leader_epoch(-1)
                .with_timestamp(match time {
                    Timestamp::Earliest => -2,
                    Timestamp::Latest => -1,
                    Timestamp::At(ms) => ms,
                });
            by_leader
                .entry(*leader)
                .or_default()
                .entry(&partition.0)
                .or_default()
                .push(row);
        }
        let mut out = BTreeMap::new();
        for (leader, topics) in by_leader {
            let topic = |(name, rows): (&str, Vec<ListOffsetsPartition>)| {
                ListOffsetsTopic::default()
                    .with_name(TopicName(StrBytes::from_string(name.to_owned())))
                    .with_partitions(rows)
            };
            let topics: Vec<ListOffsetsTopic> = topics.into_iter().map(topic).collect();
            let answer = self.call("listOffsets", To::Node(leader), |_| {
                ListOffsetsRequest::default()
                    .with_replica_id(BrokerId(-1))
                    .with_topics(topics.clone())
            })?;
            for topic in answer.topics {
                for row in topic.partitions {
                    ClientError::check(row.error_code, None)?;
                    out.insert((topic.name.0.to_string(), row.partition_index), row.offset);
                }
            }
        }
        Ok(out)
    }
}
