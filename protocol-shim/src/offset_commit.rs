//! OffsetCommit (key 8), versions 2 to 10: up to v9 topics have names, since v10 ids.

use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use crate::leader::{read_topic, write_topic};
use crate::wire::{Reader, WireResult, Writer};

/// First version with topic ids instead of names.
const TOPIC_IDS: i16 = 10;

/// A request to commit offsets of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetCommitRequest {
    /// Group.
    pub group_id: StrBytes,
    /// Generation of a classic group or epoch of the member; -1 for a commit from outside the group.
    pub generation_id_or_member_epoch: i32,
    /// Member id; empty for a commit from outside the group.
    pub member_id: StrBytes,
    /// Instance id of a static member (since v7).
    pub group_instance_id: Option<StrBytes>,
    /// How long to keep the offsets in milliseconds, -1 for the broker's setting (v2 to v4).
    pub retention_time_ms: i64,
    /// Offsets by topic.
    pub topics: Vec<OffsetCommitTopic>,
}

impl Default for OffsetCommitRequest {
    fn default() -> Self {
        Self {
            group_id: StrBytes::new(),
            generation_id_or_member_epoch: -1,
            member_id: StrBytes::new(),
            group_instance_id: None,
            retention_time_ms: -1,
            topics: Vec::new(),
        }
    }
}

/// A topic of an [`OffsetCommitRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetCommitTopic {
    /// Name, up to v9; empty above.
    pub name: StrBytes,
    /// Id, since v10; nil below.
    pub topic_id: Uuid,
    /// Offsets by partition.
    pub partitions: Vec<OffsetCommitPartition>,
}

/// A partition of an [`OffsetCommitRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetCommitPartition {
    /// Partition index.
    pub partition_index: i32,
    /// Offset of the next record to read.
    pub committed_offset: i64,
    /// Leader epoch of the last record read, -1 when unknown (since v6).
    pub committed_leader_epoch: i32,
    /// Whatever the client wants to keep with the offset.
    pub committed_metadata: Option<StrBytes>,
}

impl Default for OffsetCommitPartition {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            committed_metadata: Some(StrBytes::new()),
        }
    }
}

/// What became of an [`OffsetCommitRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetCommitResponse {
    /// How long the client was throttled, in milliseconds (since v3).
    pub throttle_time_ms: i32,
    /// Results by topic.
    pub topics: Vec<OffsetCommitTopicResponse>,
}

/// A topic of an [`OffsetCommitResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetCommitTopicResponse {
    /// Name, sent up to v9.
    pub name: StrBytes,
    /// Id, sent since v10.
    pub topic_id: Uuid,
    /// Results by partition.
    pub partitions: Vec<OffsetCommitPartitionResponse>,
}

/// A partition of an [`OffsetCommitResponse`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OffsetCommitPartitionResponse {
    /// Partition index.
    pub partition_index: i32,
    /// Error code, 0 when the offset is kept.
    pub error_code: i16,
}

impl OffsetCommitRequest {
    pub(crate) fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
        let request = Self {
            group_id: r.string()?,
            generation_id_or_member_epoch: r.i32()?,
            member_id: r.string()?,
            group_instance_id: if version >= 7 { r.nullable_string()? } else { None },
            retention_time_ms: if version <= 4 { r.i64()? } else { -1 },
            topics: r.array(3, |r| {
                let (name, topic_id) = read_topic(r, version >= TOPIC_IDS)?;
                let partitions = r.array(13, |r| OffsetCommitPartition::read(r, version))?;
                r.skip_tags()?;
                Ok(OffsetCommitTopic {
                    name,
                    topic_id,
                    partitions,
                })
            })?,
        };
        r.skip_tags()?;
        Ok(request)
    }

    #[cfg(feature = "client")]
    pub(crate) fn write(&self, w: &mut Writer, version: i16) -> WireResult<()> {
        w.string(&self.group_id)?;
        w.i32(self.generation_id_or_member_epoch);
        w.string(&self.member_id)?;
        if version >= 7 {
            w.nullable_string(self.group_instance_id.as_deref())?;
        }
        if version <= 4 {
            w.i64(self.retention_time_ms);
        }
        w.array(&self.topics, |w, topic| {
            write_topic(w, version >= TOPIC_IDS, &topic.name, topic.topic_id)?;
            w.array(&topic.partitions, |w, partition| {
                w.i32(partition.partition_index);
                w.i64(partition.committed_offset);
                if version >= 6 {
                    w.i32(partition.committed_leader_epoch);
                }
                w.nullable_string(partition.committed_metadata.as_deref())?;
                w.no_tags();
                Ok(())
            })?;
            w.no_tags();
            Ok(())
        })?;
        w.no_tags();
        Ok(())
    }
}

impl OffsetCommitPartition {
    fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
        let partition = Self {
            partition_index: r.i32()?,
            committed_offset: r.i64()?,
            committed_leader_epoch: if version >= 6 { r.i32()? } else { -1 },
            committed_metadata: r.nullable_string()?,
        };
        r.skip_tags()?;
        Ok(partition)
    }
}

impl OffsetCommitResponse {
    pub(crate) fn write(&self, w: &mut Writer, version: i16) -> WireResult<()> {
        if version >= 3 {
            w.i32(self.throttle_time_ms);
        }
        w.array(&self.topics, |w, topic| {
            write_topic(w, version >= TOPIC_IDS, &topic.name, topic.topic_id)?;
            w.array(&topic.partitions, |w, partition| {
                w.i32(partition.partition_index);
                w.i16(partition.error_code);
                w.no_tags();
                Ok(())
            })?;
            w.no_tags();
            Ok(())
        })?;
        w.no_tags();
        Ok(())
    }

    #[cfg(feature = "client")]
    pub(crate) fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
        let throttle_time_ms = if version >= 3 { r.i32()? } else { 0 };
        let topics = r.array(3, |r| {
            let (name, topic_id) = read_topic(r, version >= TOPIC_IDS)?;
            let partitions = r.array(6, |r| {
                let partition = OffsetCommitPartitionResponse {
                    partition_index: r.i32()?,
                    error_code: r.i16()?,
                };
                r.skip_tags()?;
                Ok(partition)
            })?;
            r.skip_tags()?;
            Ok(OffsetCommitTopicResponse {
                name,
                topic_id,
                partitions,
            })
        })?;
        r.skip_tags()?;
        Ok(Self {
            throttle_time_ms,
            topics,
        })
    }
}
