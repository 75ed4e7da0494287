//! Records of groups on the newer protocol (KIP-848) in `__consumer_offsets`, in Kafka's own format.
//!
//! Keys are never flexible, values always are, and all of them are version 0. Fields are named as in Kafka's
//! `ConsumerGroup*Key` and `ConsumerGroup*Value` schemas.

use bytes::Bytes;
use uuid::Uuid;

use super::codec::{CodecError, Reader, Writer};
use super::consumer_values::*;

const EPOCH_TYPE: i16 = 3;
const PARTITION_METADATA_TYPE: i16 = 4;
const MEMBER_TYPE: i16 = 5;
const TARGET_EPOCH_TYPE: i16 = 6;
const TARGET_MEMBER_TYPE: i16 = 7;
const CURRENT_TYPE: i16 = 8;
const REGEX_TYPE: i16 = 16;

/// Partitions of a topic by its id.
pub type TopicPartitions = (Uuid, Vec<i32>);

/// `ConsumerGroupMetadataValue`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupEpoch {
    /// The group epoch.
    pub epoch: i32,
    /// Hash over all subscribed topics (KIP-1101); 0 when none exists.
    pub metadata_hash: i64,
}

/// `ConsumerGroupMemberMetadataValue`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberSubscription {
    /// `group.instance.id` of a static member.
    pub instance_id: Option<String>,
    /// `client.rack`.
    pub rack_id: Option<String>,
    /// Client id of its requests.
    pub client_id: String,
    /// Address of its socket, Java style.
    pub client_host: String,
    /// Subscribed topic names, sorted.
    pub topic_names: Vec<String>,
    /// Subscribed regular expression; empty or `None` for none.
    pub topic_regex: Option<String>,
    /// Milliseconds that it may take to give partitions back.
    pub rebalance_timeout_ms: i32,
    /// Server-side assignor that it asks for.
    pub server_assignor: Option<String>,
    /// Set while the member uses the classic protocol.
    pub classic: Option<ClassicMember>,
}

/// `ClassicMemberMetadata`: what a member on the classic protocol brought with its join.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassicMember {
    /// Session timeout, milliseconds.
    pub session_timeout_ms: i32,
    /// Protocol names with the member's metadata, in order of preference.
    pub protocols: Vec<(String, Bytes)>,
}

/// `ConsumerGroupTargetAssignmentMetadataValue`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetEpoch {
    /// The assignment epoch.
    pub epoch: i32,
    /// When the assignment was computed, wall milliseconds (KIP-1263); 0 when unknown.
    pub timestamp_ms: i64,
}

/// Partitions of a topic with the epoch at which each was assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedPartitions {
    /// Topic id.
    pub topic: Uuid,
    /// Partition indexes.
    pub partitions: Vec<i32>,
    /// As many epochs as partitions; `None` in records before Kafka 4.3.
    pub epochs: Option<Vec<i32>>,
}

/// `ConsumerGroupCurrentMemberAssignmentValue`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentAssignment {
    /// Epoch of the member.
    pub epoch: i32,
    /// The one before.
    pub previous_epoch: i32,
    /// `MemberState` as a number.
    pub state: i8,
    /// What it owns.
    pub assigned: Vec<OwnedPartitions>,
    /// What it has to give back.
    pub pending_revocation: Vec<OwnedPartitions>,
}

/// `ConsumerGroupRegularExpressionValue`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedRegex {
    /// Topics that match, sorted.
    pub topics: Vec<String>,
    /// Offset of the metadata that it was matched against.
    pub version: i64,
    /// When, wall milliseconds.
    pub timestamp_ms: i64,
}

/// What a record says of its group; `None` as value is a tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsumerRecord {
    /// Group epoch (key type 3).
    Epoch(Option<GroupEpoch>),
    /// Partition metadata (key type 4): written up to Kafka 4.0, now only as a tombstone. Whether there is a value.
    PartitionMetadata(bool),
    /// Subscription of a member (key type 5).
    Member(String, Option<MemberSubscription>),
    /// Epoch of the target assignment (key type 6).
    TargetEpoch(Option<TargetEpoch>),
    /// Target assignment of a member (key type 7).
    TargetMember(String, Option<Vec<TopicPartitions>>),
    /// Current assignment of a member (key type 8).
    Current(String, Option<CurrentAssignment>),
    /// A resolved regular expression (key type 16).
    Regex(String, Option<ResolvedRegex>),
}

impl ConsumerRecord {
    /// Key and value.
    pub(super) fn encode(&self, group: &str) -> (Vec<u8>, Option<Vec<u8>>) {
        let key = |kind: i16, second: Option<&str>| {
            let mut w = Writer::new();
            w.i16(kind);
            w.string(false, group);
            if let Some(second) = second {
                w.string(false, second);
            }
            w.into_bytes()
        };
        match self {
            ConsumerRecord::Epoch(value) => (key(EPOCH_TYPE, None), value.as_ref().map(encode_epoch)),
            ConsumerRecord::PartitionMetadata(present) => {
                (key(PARTITION_METADATA_TYPE, None), present.then(no_topics))
            }
            ConsumerRecord::Member(id, value) => {
                (key(MEMBER_TYPE, Some(id)), value.as_ref().map(encode_member))
            }
            ConsumerRecord::TargetEpoch(value) => (
                key(TARGET_EPOCH_TYPE, None),
                value.as_ref().map(encode_target_epoch),
            ),
            ConsumerRecord::TargetMember(id, value) => (
                key(TARGET_MEMBER_TYPE, Some(id)),
                value.as_deref().map(encode_target),
            ),
            ConsumerRecord::Current(id, value) => {
                (key(CURRENT_TYPE, Some(id)), value.as_ref().map(encode_current))
            }
            ConsumerRecord::Regex(regex, value) => {
                (key(REGEX_TYPE, Some(regex)), value.as_ref().map(encode_regex))
            }
        }
    }

    /// Reads what follows the type number of a key; `Ok(None)` for types of other groups.
    pub(super) fn decode(
        kind: i16,
        key: &mut Reader<'_>,
        value: Option<&[u8]>,
    ) -> Result<Option<(String, ConsumerRecord)>, CodecError> {
        if !matches!(kind, EPOCH_TYPE..=CURRENT_TYPE | REGEX_TYPE) {
            return Ok(None);
        }
        let group = key.string(false)?;
        let record = match kind {
            EPOCH_TYPE => ConsumerRecord::Epoch(value.map(decode_epoch).transpose()?),
            PARTITION_METADATA_TYPE => ConsumerRecord::PartitionMetadata(value.is_some()),
            MEMBER_TYPE => ConsumerRecord::Member(key.string(false)?, value.map(decode_member).transpose()?),
            TARGET_EPOCH_TYPE => ConsumerRecord::TargetEpoch(value.map(decode_target_epoch).transpose()?),
            TARGET_MEMBER_TYPE => {
                ConsumerRecord::TargetMember(key.string(false)?, value.map(decode_target).transpose()?)
            }
            CURRENT_TYPE => {
                ConsumerRecord::Current(key.string(false)?, value.map(decode_current).transpose()?)
            }
            _ => ConsumerRecord::Regex(key.string(false)?, value.map(decode_regex).transpose()?),
        };
        Ok(Some((group, record)))
    }
}

#[cfg(test)]
#[path = "consumer_groups_tests.rs"]
mod tests;
