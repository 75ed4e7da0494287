//! Topics with their partitions: by DescribeTopicPartitions where there is such a thing, else by Metadata.

use protocol_shim::messages::describe_topic_partitions_request::{Cursor, TopicRequest};
use protocol_shim::messages::describe_topic_partitions_response::DescribeTopicPartitionsResponseTopic;
use protocol_shim::messages::metadata_response::MetadataResponseTopic;
use protocol_shim::messages::{BrokerId, DescribeTopicPartitionsRequest, TopicName};
use protocol_shim::{ErrorCode, StrBytes};
use uuid::Uuid;

use super::{Client, ClientError, To};

/// A topic.
#[derive(Clone, Debug)]
pub(crate) struct TopicInfo {
    /// Its name.
    pub name: String,
    /// Its id, nil where brokers do not know ids.
    pub id: Uuid,
    /// Its partitions by number.
    pub partitions: Vec<PartitionInfo>,
}

/// A partition.
#[derive(Clone, Debug)]
pub(crate) struct PartitionInfo {
    /// Its number.
    pub index: i32,
    /// Id of its leader, -1 without one.
    pub leader: i32,
    /// Ids of the brokers that hold it.
    pub replicas: Vec<i32>,
    /// Ids of those in sync.
    pub isr: Vec<i32>,
    /// Ids of those that may be elected; `None` where the broker does not tell.
    pub elr: Option<Vec<i32>>,
    /// Ids of those that last might.
    pub last_known_elr: Option<Vec<i32>>,
}

impl Client {
    /// These topics, in the order of the answer.
    ///
    /// # Errors
    /// As [`Client::call`], and the first topic that the broker refuses.
    pub(crate) fn describe_topics(
        &mut self,
        names: &[String],
        limit: i32,
    ) -> Result<Vec<TopicInfo>, ClientError> {
        let mut topics: Vec<TopicInfo> = Vec::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            let asked = self.call("describeTopicPartitions", To::Any, |_| {
                let named = |name: &String| {
                    TopicRequest::default().with_name(TopicName(StrBytes::from_string(name.clone())))
                };
                DescribeTopicPartitionsRequest::default()
                    .with_topics(names.iter().map(named).collect())
                    .with_response_partition_limit(limit)
                    .with_cursor(cursor.clone())
            });
            let response = match asked {
                Err(error) if error.simple_class() == "UnsupportedVersionException" => {
                    return self.by_metadata(names);
                }
                other => other?,
            };
            for topic in response.topics {
                let name = topic
                    .name
                    .as_ref()
                    .map(|name| name.0.to_string())
                    .unwrap_or_default();
                check(topic.error_code)?;
                let (id, partitions) = (topic.topic_id, parts(topic));
                match topics.last_mut() {
                    Some(last) if last.name == name => last.partitions.extend(partitions),
                    _ => topics.push(TopicInfo {
                        name,
                        id,
                        partitions: partitions.collect(),
                    }),
                }
            }
            cursor = response.next_cursor.map(|next| {
                Cursor::default()
                    .with_topic_name(next.topic_name)
                    .with_partition_index(next.partition_index)
            });
            if cursor.is_none() {
                break;
            }
        }
        for topic in &mut topics {
            topic.partitions.sort_by_key(|partition| partition.index);
        }
        Ok(topics)
    }

    fn by_metadata(&mut self, names: &[String]) -> Result<Vec<TopicInfo>, ClientError> {
        let response = self.metadata("describeTopics", Some(names))?;
        let info = |topic: &MetadataResponseTopic| {
            check(topic.error_code)?;
            let mut partitions: Vec<PartitionInfo> = topic
                .partitions
                .iter()
                .map(|partition| PartitionInfo {
                    index: partition.partition_index,
                    leader: partition.leader_id.0,
                    replicas: ids(&partition.replica_nodes),
                    isr: ids(&partition.isr_nodes),
                    elr: None,
                    last_known_elr: None,
                })
                .collect();
            partitions.sort_by_key(|partition| partition.index);
            Ok(TopicInfo {
                name: topic
                    .name
                    .as_ref()
                    .map(|name| name.0.to_string())
                    .unwrap_or_default(),
                id: topic.topic_id,
                partitions,
            })
        };
        response.topics.iter().map(info).collect()
    }
}

/// A topic's error; partitions without a leader are none.
fn check(code: i16) -> Result<(), ClientError> {
    match code {
        code if code == ErrorCode::LeaderNotAvailable.code() => Ok(()),
        code => ClientError::check(code, None),
    }
}

fn ids(ids: &[BrokerId]) -> Vec<i32> {
    ids.iter().map(|id| id.0).collect()
}

fn parts(topic: DescribeTopicPartitionsResponseTopic) -> impl Iterator<Item = PartitionInfo> {
    topic.partitions.into_iter().map(|partition| PartitionInfo {
        index: partition.partition_index,
        leader: partition.leader_id.0,
        replicas: ids(&partition.replica_nodes),
        isr: ids(&partition.isr_nodes),
        elr: Some(
            partition
                .eligible_leader_replicas
                .as_deref()
                .map(ids)
                .unwrap_or_default(),
        ),
        last_known_elr: Some(partition.last_known_elr.as_deref().map(ids).unwrap_or_default()),
    })
}
