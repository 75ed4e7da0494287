//! Produce (key 0), versions 3 to 13. Records stay slices of the request's frame.

use bytes::Bytes;
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use crate::leader::{LeaderIdAndEpoch, NodeEndpoint};
use crate::wire::{Reader, WireResult, Writer};

/// A request to append batches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProduceRequest {
    /// Transactional id of the producer, if it has one.
    pub transactional_id: Option<StrBytes>,
    /// 0 = no response at all, 1 = written by the leader, -1 = written by all in-sync replicas. Others are invalid.
    pub acks: i16,
    /// How long to wait for the acknowledgements, in milliseconds.
    pub timeout_ms: i32,
    /// Batches by topic.
    pub topics: Vec<ProduceTopic>,
}

/// A topic of a [`ProduceRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProduceTopic {
    /// Name, up to v12; empty above.
    pub name: StrBytes,
    /// Id, since v13; nil below.
    pub topic_id: Uuid,
    /// Batches by partition.
    pub partitions: Vec<ProducePartition>,
}

/// A partition of a [`ProduceRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProducePartition {
    /// Partition index.
    pub index: i32,
    /// The records as they came, a slice of the frame; nothing in them is checked.
    pub records: Option<Bytes>,
}

/// What became of the batches of a [`ProduceRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProduceResponse {
    /// Results by topic.
    pub topics: Vec<ProduceTopicResponse>,
    /// How long the client was throttled, in milliseconds.
    pub throttle_time_ms: i32,
    /// Addresses of the leaders that [`ProducePartitionResponse::current_leader`] names (since v10).
    pub node_endpoints: Vec<NodeEndpoint>,
}

/// A topic of a [`ProduceResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProduceTopicResponse {
    /// Name, sent up to v12.
    pub name: StrBytes,
    /// Id, sent since v13.
    pub topic_id: Uuid,
    /// Results by partition.
    pub partitions: Vec<ProducePartitionResponse>,
}

/// A partition of a [`ProduceResponse`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducePartitionResponse {
    /// Partition index.
    pub index: i32,
    /// Error code, 0 when the batch is in.
    pub error_code: i16,
    /// Offset of the first record; -1 after an error.
    pub base_offset: i64,
    /// Time of the append when the topic stamps its records (`LogAppendTime`), else -1.
    pub log_append_time_ms: i64,
    /// First offset of the log, -1 when unknown (since v5).
    pub log_start_offset: i64,
    /// Records for which the batch was refused (since v8).
    pub record_errors: Vec<RecordError>,
    /// Why the batch was refused, for people (since v8).
    pub error_message: Option<StrBytes>,
    /// The leader to turn to, when it is not this broker (since v10).
    pub current_leader: LeaderIdAndEpoch,
}

impl Default for ProducePartitionResponse {
    fn default() -> Self {
        Self {
            index: 0,
            error_code: 0,
            base_offset: 0,
            log_append_time_ms: -1,
            log_start_offset: -1,
            record_errors: Vec::new(),
            error_message: None,
            current_leader: LeaderIdAndEpoch::default(),
        }
    }
}

/// A record for which a batch was refused (KIP-467).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordError {
    /// Index of the record in its batch.
    pub batch_index: i32,
    /// Why, for people.
    pub message: Option<StrBytes>,
}

impl ProduceRequest {
    pub(crate) fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
        let request = Self {
            transactional_id: r.nullable_string()?,
            acks: r.i16()?,
            timeout_ms: r.i32()?,
            topics: r.array(3, |r| ProduceTopic::read(r, version))?,
        };
        r.skip_tags()?;
        Ok(request)
    }

    #[cfg(feature = "client")]
    pub(crate) fn write(&self, w: &mut Writer, version: i16) -> WireResult<()> {
        w.nullable_string(self.transactional_id.as_deref())?;
        w.i16(self.acks);
        w.i32(self.timeout_ms);
        w.array(&self.topics, |w, topic| {
            crate::leader::write_topic(w, version >= 13, &topic.name, topic.topic_id)?;
            w.array(&topic.partitions, |w, partition| {
                w.i32(partition.index);
                w.nullable_bytes(partition.records.as_deref())?;
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

impl ProduceTopic {
    fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
        let (name, topic_id) = crate::leader::read_topic(r, version >= 13)?;
        let partitions = r.array(5, |r| {
            let partition = ProducePartition {
                index: r.i32()?,
                records: r.nullable_bytes()?,
            };
            r.skip_tags()?;
            Ok(partition)
        })?;
        r.skip_tags()?;
        Ok(Self {
            name,
            topic_id,
            partitions,
        })
    }
}

impl ProduceResponse {
    pub(crate) fn write(&self, w: &mut Writer, version: i16) -> WireResult<()> {
        w.array(&self.topics, |w, topic| {
            crate::leader::write_topic(w, version >= 13, &topic.name, topic.topic_id)?;
            w.array(&topic.partitions, |w, partition| partition.write(w, version))?;
            w.no_tags();
            Ok(())
        })?;
        w.i32(self.throttle_time_ms);
        NodeEndpoint::write_tag(w, version >= 10, &self.node_endpoints)
    }

    #[cfg(feature = "client")]
    pub(crate) fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
        let topics = r.array(3, |r| {
            let (name, topic_id) = crate::leader::read_topic(r, version >= 13)?;
            let partitions = r.array(22, |r| ProducePartitionResponse::read(r, version))?;
            r.skip_tags()?;
            Ok(ProduceTopicResponse {
                name,
                topic_id,
                partitions,
            })
        })?;
        let throttle_time_ms = r.i32()?;
        let node_endpoints = NodeEndpoint::read_tag(r)?;
        Ok(Self {
            topics,
            throttle_time_ms,
            node_endpoints,
        })
    }
}

impl ProducePartitionResponse {
    fn write(&self, w: &mut Writer, version: i16) -> WireResult<()> {
        w.i32(self.index);
        w.i16(self.error_code);
        w.i64(self.base_offset);
        w.i64(self.log_append_time_ms);
        if version >= 5 {
            w.i64(self.log_start_offset);
        }
        if version >= 8 {
            w.array(&self.record_errors, |w, error| {
                w.i32(error.batch_index);
                w.nullable_string(error.message.as_deref())?;
                w.no_tags();
                Ok(())
            })?;
            w.nullable_string(self.error_message.as_deref())?;
        }
        if version >= 10 && self.current_leader != LeaderIdAndEpoch::default() {
            w.tags(&[(0, &self.current_leader.tag_bytes())]);
        } else {
            w.no_tags();
        }
        Ok(())
    }

    #[cfg(feature = "client")]
    fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
        let mut partition = Self {
            index: r.i32()?,
            error_code: r.i16()?,
            base_offset: r.i64()?,
            log_append_time_ms: r.i64()?,
            ..Self::default()
        };
        if version >= 5 {
            partition.log_start_offset = r.i64()?;
        }
        if version >= 8 {
            partition.record_errors = r.array(5, |r| {
                let error = RecordError {
                    batch_index: r.i32()?,
                    message: r.nullable_string()?,
                };
                r.skip_tags()?;
                Ok(error)
            })?;
            partition.error_message = r.nullable_string()?;
        }
        r.tags(|tag, r| {
            if tag == 0 {
                partition.current_leader = LeaderIdAndEpoch::read(r)?;
            }
            Ok(())
        })?;
        Ok(partition)
    }
}
