//! OffsetFetch (key 9), versions 1 to 10: one group up to v7, many since v8, topic ids instead of names since v10.
//!
//! All versions have the same shape here: a list of groups, with exactly one up to v7.

use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use crate::leader::{read_topic, write_topic};
use crate::wire::{Reader, WireError, WireResult, Writer};

/// First version with errors of a whole group, and with null for "all topics".
const GROUP_ERRORS: i16 = 2;
/// First version with several groups.
const MANY_GROUPS: i16 = 8;
/// First version with topic ids instead of names.
const TOPIC_IDS: i16 = 10;

/// A request for committed offsets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetFetchRequest {
    /// Groups asked for; exactly one up to v7.
    pub groups: Vec<OffsetFetchGroup>,
    /// Whether to answer UNSTABLE_OFFSET_COMMIT while a transaction holds offsets back (since v7).
    pub require_stable: bool,
}

/// A group of an [`OffsetFetchRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetFetchGroup {
    /// Group.
    pub group_id: StrBytes,
    /// Member that asks, under the newer group protocol (since v9).
    pub member_id: Option<StrBytes>,
    /// Its epoch, -1 for none (since v9).
    pub member_epoch: i32,
    /// Topics asked for; `None` for all that the group has offsets of.
    pub topics: Option<Vec<OffsetFetchTopic>>,
}

impl Default for OffsetFetchGroup {
    fn default() -> Self {
        Self {
            group_id: StrBytes::new(),
            member_id: None,
            member_epoch: -1,
            topics: Some(Vec::new()),
        }
    }
}

/// A topic of an [`OffsetFetchRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetFetchTopic {
    /// Name, up to v9; empty above.
    pub name: StrBytes,
    /// Id, since v10; nil below.
    pub topic_id: Uuid,
    /// Partitions asked for.
    pub partition_indexes: Vec<i32>,
}

/// Answer to an [`OffsetFetchRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetFetchResponse {
    /// How long the client was throttled, in milliseconds (since v3).
    pub throttle_time_ms: i32,
    /// Results by group; exactly one up to v7.
    pub groups: Vec<OffsetFetchGroupResponse>,
}

/// A group of an [`OffsetFetchResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetFetchGroupResponse {
    /// Group; not sent up to v7.
    pub group_id: StrBytes,
    /// Error of the whole group; not sent in v1, see [`OffsetFetchGroup::answer_error`].
    pub error_code: i16,
    /// Offsets by topic.
    pub topics: Vec<OffsetFetchTopicResponse>,
}

/// A topic of an [`OffsetFetchResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetFetchTopicResponse {
    /// Name, sent up to v9.
    pub name: StrBytes,
    /// Id, sent since v10.
    pub topic_id: Uuid,
    /// Offsets by partition.
    pub partitions: Vec<OffsetFetchPartitionResponse>,
}

/// A partition of an [`OffsetFetchResponse`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetFetchPartitionResponse {
    /// Partition index.
    pub partition_index: i32,
    /// Committed offset, -1 for none.
    pub committed_offset: i64,
    /// Leader epoch committed with it, -1 for none (since v5).
    pub committed_leader_epoch: i32,
    /// What the client stored with the offset. Kafka sends an empty string, not null, where there is no offset.
    pub metadata: Option<StrBytes>,
    /// Error code.
    pub error_code: i16,
}

impl Default for OffsetFetchPartitionResponse {
    /// The answer for a partition without a committed offset.
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: -1,
            committed_leader_epoch: -1,
            metadata: Some(StrBytes::new()),
            error_code: 0,
        }
    }
}

impl OffsetFetchGroup {
    /// The answer for a group that failed as a whole. In v1 every partition carries the error, because that version
    /// has no other place for it (Kafka's `OffsetFetchResponse.groupError`).
    pub fn answer_error(&self, error_code: i16, version: i16) -> OffsetFetchGroupResponse {
        let group_id = self.group_id.clone();
        if version >= GROUP_ERRORS {
            return OffsetFetchGroupResponse {
                group_id,
                error_code,
                topics: Vec::new(),
            };
        }
        let topic = |topic: &OffsetFetchTopic| {
            let partition = |&partition_index: &i32| OffsetFetchPartitionResponse {
                partition_index,
                error_code,
                ..OffsetFetchPartitionResponse::default()
            };
            OffsetFetchTopicResponse {
                name: topic.name.clone(),
                topic_id: topic.topic_id,
                partitions: topic.partition_indexes.iter().map(partition).collect(),
            }
        };
        let topics = self.topics.iter().flatten().map(topic).collect();
        OffsetFetchGroupResponse {
            group_id,
            error_code,
            topics,
        }
    }

    fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
        let group_id = r.string()?;
        let (member_id, member_epoch) = if version >= 9 {
            (r.nullable_string()?, r.i32()?)
        } else {
            (None, -1)
        };
        let topics = r.nullable_array(3, |r| OffsetFetchTopic::read(r, version))?;
        r.skip_tags()?;
        Ok(Self {
            group_id,
            member_id,
            member_epoch,
            topics,
        })
    }
}

impl OffsetFetchTopic {
    fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
        let (name, topic_id) = read_topic(r, version >= TOPIC_IDS)?;
        let partition_indexes = r.array(4, Reader::i32)?;
        r.skip_tags()?;
        Ok(Self {
            name,
            topic_id,
            partition_indexes,
        })
    }
}

impl OffsetFetchRequest {
    pub(crate) fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
        let groups = if version >= MANY_GROUPS {
            r.array(3, |r| OffsetFetchGroup::read(r, version))?
        } else {
            let group_id = r.string()?;
            let topics = r.nullable_array(3, |r| OffsetFetchTopic::read(r, version))?;
            if topics.is_none() && version < GROUP_ERRORS {
                return Err(WireError::Null);
            }
            vec![OffsetFetchGroup {
                group_id,
                topics,
                ..OffsetFetchGroup::default()
            }]
        };
        let require_stable = version >= 7 && r.bool()?;
        r.skip_tags()?;
        Ok(Self {
            groups,
            require_stable,
        })
    }

    #[cfg(feature = "client")]
    pub(crate) fn write(&self, w: &mut Writer, version: i16) -> WireResult<()> {
        let write_topics = |w: &mut Writer, group: &OffsetFetchGroup| {
            w.nullable_array(group.topics.as_deref(), |w, topic| {
                write_topic(w, version >= TOPIC_IDS, &topic.name, topic.topic_id)?;
                w.array(&topic.partition_indexes, |w, index| {
                    w.i32(*index);
                    Ok(())
                })?;
                w.no_tags();
                Ok(())
            })
        };
        if version >= MANY_GROUPS {
            w.array(&self.groups, |w, group| {
                w.string(&group.group_id)?;
                if version >= 9 {
                    w.nullable_string(group.member_id.as_deref())?;
                    w.i32(group.member_epoch);
                }
                write_topics(w, group)?;
                w.no_tags();
                Ok(())
            })?;
        } else {
            let group = only(&self.groups)?;
            w.string(&group.group_id)?;
            write_topics(w, group)?;
        }
        if version >= 7 {
            w.bool(self.require_stable);
        }
        w.no_tags();
        Ok(())
    }
}

/// The one group that versions up to 7 can carry.
fn only<T>(groups: &[T]) -> WireResult<&T> {
    match groups {
        [group] => Ok(group),
        _ => Err(WireError::Other("exactly one group is needed up to version 7")),
    }
}

impl OffsetFetchPartitionResponse {
    fn write(&self, w: &mut Writer, version: i16) -> WireResult<()> {
        w.i32(self.partition_index);
        w.i64(self.committed_offset);
        if version >= 5 {
            w.i32(self.committed_leader_epoch);
        }
        w.nullable_string(self.metadata.as_deref())?;
        w.i16(self.error_code);
        w.no_tags();
        Ok(())
    }

    #[cfg(feature = "client")]
    fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
        let partition = Self {
            partition_index: r.i32()?,
            committed_offset: r.i64()?,
            committed_leader_epoch: if version >= 5 { r.i32()? } else { -1 },
            metadata: r.nullable_string()?,
            error_code: r.i16()?,
        };
        r.skip_tags()?;
        Ok(partition)
    }
}

impl OffsetFetchTopicResponse {
    fn write(&self, w: &mut Writer, version: i16) -> WireResult<()> {
        write_topic(w, version >= TOPIC_IDS, &self.name, self.topic_id)?;
        w.array(&self.partitions, |w, partition| partition.write(w, version))?;
        w.no_tags();
        Ok(())
    }

    #[cfg(feature = "client")]
    fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
        let (name, topic_id) = read_topic(r, version >= TOPIC_IDS)?;
        let partitions = r.array(16, |r| OffsetFetchPartitionResponse::read(r, version))?;
        r.skip_tags()?;
        Ok(Self {
            name,
            topic_id,
            partitions,
        })
    }
}

impl OffsetFetchResponse {
    pub(crate) fn write(&self, w: &mut Writer, version: i16) -> WireResult<()> {
        if version >= 3 {
            w.i32(self.throttle_time_ms);
        }
        if version >= MANY_GROUPS {
            w.array(&self.groups, |w, group| {
                w.string(&group.group_id)?;
                w.array(&group.topics, |w, topic| topic.write(w, version))?;
                w.i16(group.error_code);
                w.no_tags();
                Ok(())
            })?;
        } else {
            let group = only(&self.groups)?;
            w.array(&group.topics, |w, topic| topic.write(w, version))?;
            if version >= GROUP_ERRORS {
                w.i16(group.error_code);
            }
        }
        w.no_tags();
        Ok(())
    }

    #[cfg(feature = "client")]
    pub(crate) fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
        let throttle_time_ms = if version >= 3 { r.i32()? } else { 0 };
        let read_topics = |r: &mut Reader| r.array(3, |r| OffsetFetchTopicResponse::read(r, version));
        let groups = if version >= MANY_GROUPS {
            r.array(5, |r| {
                let (group_id, topics, error_code) = (r.string()?, read_topics(r)?, r.i16()?);
                r.skip_tags()?;
                Ok(OffsetFetchGroupResponse {
                    group_id,
                    error_code,
                    topics,
                })
            })?
        } else {
            let topics = read_topics(r)?;
            let error_code = if version >= GROUP_ERRORS { r.i16()? } else { 0 };
            vec![OffsetFetchGroupResponse {
                group_id: StrBytes::new(),
                error_code,
                topics,
            }]
        };
        r.skip_tags()?;
        Ok(Self {
            throttle_time_ms,
            groups,
        })
    }
}
