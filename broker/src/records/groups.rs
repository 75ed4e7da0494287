//! Records of `__consumer_offsets`: committed offsets and groups, in Kafka's own format.
//!
//! A key is a type number and the key message; a value is a version number and the value message
//! (`CoordinatorRecordSerde`). Every version of Kafka's is read; the ones that Kafka 4.3 writes are written.

use bytes::Bytes;
use uuid::Uuid;

use super::codec::{CodecError, Reader, Writer};
use super::consumer_groups::ConsumerRecord;
use crate::partition::KeyValue;

/// Key type of a committed offset written before Kafka 0.9 (same fields as type 1).
const LEGACY_OFFSET_COMMIT_TYPE: i16 = 0;
/// Key type of a committed offset.
const OFFSET_COMMIT_TYPE: i16 = 1;
/// Key type of a classic group.
const GROUP_METADATA_TYPE: i16 = 2;
/// Highest value version that Kafka 4.3 knows, for both types.
const NEWEST_VALUE_VERSION: i16 = 4;
/// First flexible value version.
const FLEXIBLE_VERSION: i16 = 4;
/// What Kafka 4.3 writes for a group.
const GROUP_METADATA_VERSION: i16 = 3;
/// The only version that carries an expiry time, written when the commit asked for one.
const EXPIRING_OFFSET_VERSION: i16 = 1;

/// The value of one committed offset (`OffsetCommitValue`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetCommitValue {
    /// The committed position.
    pub offset: i64,
    /// Leader epoch of the last consumed record; -1 when unknown.
    pub leader_epoch: i32,
    /// What the client wished to keep beside the offset.
    pub metadata: String,
    /// When it was committed, milliseconds since the epoch.
    pub commit_timestamp: i64,
    /// When it expires, by the wish of a client older than OffsetCommit v5; -1 means by retention.
    pub expire_timestamp: i64,
    /// Id of the topic when it was committed; nil when unknown.
    pub topic_id: Uuid,
}

/// The value of a classic group (`GroupMetadataValue`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupMetadataValue {
    /// Protocol type, for instance `consumer`; empty when the group never had one.
    pub protocol_type: String,
    /// Generation.
    pub generation: i32,
    /// Chosen protocol (assignor) of the generation.
    pub protocol: Option<String>,
    /// Member id of the leader.
    pub leader: Option<String>,
    /// When the group got into its state; -1 when unknown.
    pub current_state_timestamp: i64,
    /// Members of the generation.
    pub members: Vec<MemberMetadata>,
}

/// One member of a [`GroupMetadataValue`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberMetadata {
    /// Member id.
    pub member_id: String,
    /// `group.instance.id` of a static member.
    pub group_instance_id: Option<String>,
    /// Client id of its requests.
    pub client_id: String,
    /// Address of its socket, Java style (`/127.0.0.1`).
    pub client_host: String,
    /// Milliseconds that a rebalance waits for it; -1 in records of version 0.
    pub rebalance_timeout: i32,
    /// Milliseconds without a heartbeat until it counts as gone.
    pub session_timeout: i32,
    /// Its metadata for the chosen protocol.
    pub subscription: Bytes,
    /// What the leader assigned to it.
    pub assignment: Bytes,
}

/// One record; `None` as value is a tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupRecord {
    /// A committed offset.
    Offset {
        /// Group id.
        group: String,
        /// Topic name.
        topic: String,
        /// Partition index.
        partition: i32,
        /// The commit, or `None` when it is gone.
        value: Option<OffsetCommitValue>,
    },
    /// A classic group.
    Group {
        /// Group id.
        group: String,
        /// The group, or `None` when it is gone.
        value: Option<GroupMetadataValue>,
    },
    /// A part of a group on the newer protocol.
    Consumer {
        /// Group id.
        group: String,
        /// What it says.
        record: ConsumerRecord,
    },
}

impl GroupRecord {
    /// Key and value as they stand in the log.
    pub fn encode(&self) -> KeyValue {
        let mut key = Writer::new();
        let value = match self {
            GroupRecord::Offset {
                group,
                topic,
                partition,
                value,
            } => {
                key.i16(OFFSET_COMMIT_TYPE);
                key.string(false, group);
                key.string(false, topic);
                key.i32(*partition);
                value.as_ref().map(encode_offset)
            }
            GroupRecord::Group { group, value } => {
                key.i16(GROUP_METADATA_TYPE);
                key.string(false, group);
                value.as_ref().map(encode_group)
            }
            GroupRecord::Consumer { group, record } => {
                let (key, value) = record.encode(group);
                return KeyValue {
                    key: Some(key),
                    value,
                };
            }
        };
        KeyValue {
            key: Some(key.into_bytes()),
            value,
        }
    }

    /// Reads a record; `Ok(None)` for types that this broker does not keep (Kafka's other group types).
    ///
    /// # Errors
    /// [`CodecError`] when the bytes do not hold what their type and version claim.
    pub fn decode(key: &[u8], value: Option<&[u8]>) -> Result<Option<GroupRecord>, CodecError> {
        let mut key = Reader::new(key);
        match key.i16()? {
            kind @ (LEGACY_OFFSET_COMMIT_TYPE | OFFSET_COMMIT_TYPE) => {
                let group = key.string(false)?;
                let topic = key.string(false)?;
                let partition = key.i32()?;
                let legacy = kind == LEGACY_OFFSET_COMMIT_TYPE;
                let value = value.map(|v| decode_offset(v, legacy)).transpose()?;
                Ok(Some(GroupRecord::Offset {
                    group,
                    topic,
                    partition,
                    value,
                }))
            }
            GROUP_METADATA_TYPE => {
                let group = key.string(false)?;
                let value = value.map(decode_group).transpose()?;
                Ok(Some(GroupRecord::Group { group, value }))
            }
            kind => {
                let consumer = ConsumerRecord::decode(kind, &mut key, value)?;
                Ok(consumer.map(|(group, record)| GroupRecord::Consumer { group, record }))
            }
        }
    }
}

fn encode_offset(value: &OffsetCommitValue) -> Vec<u8> {
    let mut w = Writer::new();
    let expires = value.expire_timestamp != -1;
    let version = if expires {
        EXPIRING_OFFSET_VERSION
    } else {
        NEWEST_VALUE_VERSION
    };
    w.i16(version);
    w.i64(value.offset);
    if !expires {
        w.i32(value.leader_epoch);
    }
    w.string(!expires, &value.metadata);
    w.i64(value.commit_timestamp);
    if expires {
        w.i64(value.expire_timestamp);
    } else if value.topic_id.is_nil() {
        w.no_tagged_fields();
    } else {
        let mut id = Writer::new();
        id.uuid(value.topic_id);
        w.tagged_fields(&[(0, id)]);
    }
    w.into_bytes()
}

fn value_version(r: &mut Reader<'_>, newest: i16) -> Result<i16, CodecError> {
    match r.i16()? {
        version if (0..=newest).contains(&version) => Ok(version),
        version => Err(CodecError::UnknownVersion(i32::from(version))),
    }
}

fn decode_offset(bytes: &[u8], legacy: bool) -> Result<OffsetCommitValue, CodecError> {
    let mut r = Reader::new(bytes);
    let version = value_version(&mut r, if legacy { 0 } else { NEWEST_VALUE_VERSION })?;
    let flexible = version >= FLEXIBLE_VERSION;
    let mut value = OffsetCommitValue {
        offset: r.i64()?,
        leader_epoch: if version >= 3 { r.i32()? } else { -1 },
        metadata: r.string(flexible)?,
        commit_timestamp: r.i64()?,
        expire_timestamp: if version == EXPIRING_OFFSET_VERSION {
            r.i64()?
        } else {
            -1
        },
        topic_id: Uuid::nil(),
    };
    if flexible {
        r.tagged_fields(|tag, r| {
            if tag == 0 {
                value.topic_id = r.uuid()?;
            }
            Ok(())
        })?;
    }
    Ok(value)
}

fn encode_group(value: &GroupMetadataValue) -> Vec<u8> {
    let mut w = Writer::new();
    w.i16(GROUP_METADATA_VERSION);
    w.string(false, &value.protocol_type);
    w.i32(value.generation);
    w.nullable_string(false, value.protocol.as_deref());
    w.nullable_string(false, value.leader.as_deref());
    w.i64(value.current_state_timestamp);
    w.vec(false, &value.members, |w, m| {
        w.string(false, &m.member_id);
        w.nullable_string(false, m.group_instance_id.as_deref());
        w.string(false, &m.client_id);
        w.string(false, &m.client_host);
        w.i32(m.rebalance_timeout);
        w.i32(m.session_timeout);
        w.bytes(false, &m.subscription);
        w.bytes(false, &m.assignment);
    });
    w.into_bytes()
}

fn decode_group(bytes: &[u8]) -> Result<GroupMetadataValue, CodecError> {
    let mut r = Reader::new(bytes);
    let version = value_version(&mut r, NEWEST_VALUE_VERSION)?;
    let flexible = version >= FLEXIBLE_VERSION;
    let value = GroupMetadataValue {
        protocol_type: r.string(flexible)?,
        generation: r.i32()?,
        protocol: r.nullable_string(flexible)?,
        leader: r.nullable_string(flexible)?,
        current_state_timestamp: if version >= 2 { r.i64()? } else { -1 },
        members: r.vec(flexible, |r| decode_member(r, version))?,
    };
    if flexible {
        r.skip_tagged_fields()?;
    }
    Ok(value)
}

fn decode_member(r: &mut Reader<'_>, version: i16) -> Result<MemberMetadata, CodecError> {
    let flexible = version >= FLEXIBLE_VERSION;
    let member = MemberMetadata {
        member_id: r.string(flexible)?,
        group_instance_id: if version >= 3 {
            r.nullable_string(flexible)?
        } else {
            None
        },
        client_id: r.string(flexible)?,
        client_host: r.string(flexible)?,
        rebalance_timeout: if version >= 1 { r.i32()? } else { -1 },
        session_timeout: r.i32()?,
        subscription: Bytes::copy_from_slice(r.bytes(flexible)?),
        assignment: Bytes::copy_from_slice(r.bytes(flexible)?),
    };
    if flexible {
        r.skip_tagged_fields()?;
    }
    Ok(member)
}

#[cfg(test)]
#[path = "groups_tests.rs"]
mod tests;
