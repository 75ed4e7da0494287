//! The records of Kafka's metadata log (`__cluster_metadata-0`) and their frame.
//!
//! A record value is three varints — frame version (1), record type, record version — and the record itself
//! (Kafka: `AbstractApiMessageSerde`, schemas in `metadata/src/main/resources/common/metadata`). Keys are null.

use super::codec::{CodecError, Reader, Writer};
use super::metadata_broker::{BrokerChange, RegisterBroker};
use super::metadata_levels as levels;
use super::metadata_quota::ClientQuota;
use super::metadata_topic::{PartitionChange, PartitionRecord, WANTED_REPLICAS_TAG, decode_topic, one};
use uuid::Uuid;

/// The only frame version there is.
const FRAME_VERSION: u32 = 1;
/// The highest record type of Kafka 4.3 (ClearElrRecord); a log with higher ones is from a newer format.
const NEWEST_TYPE: u32 = 28;

mod types {
    pub const REGISTER_BROKER: u32 = 0;
    pub const UNREGISTER_BROKER: u32 = 1;
    pub const TOPIC: u32 = 2;
    pub const PARTITION: u32 = 3;
    pub const CONFIG: u32 = 4;
    pub const PARTITION_CHANGE: u32 = 5;
    pub const FENCE_BROKER: u32 = 7;
    pub const UNFENCE_BROKER: u32 = 8;
    pub const REMOVE_TOPIC: u32 = 9;
    pub const FEATURE_LEVEL: u32 = 12;
    pub const CLIENT_QUOTA: u32 = 14;
    pub const PRODUCER_IDS: u32 = 15;
    pub const BROKER_CHANGE: u32 = 17;
    pub const NO_OP: u32 = 20;
    pub const BEGIN_TRANSACTION: u32 = 23;
    pub const END_TRANSACTION: u32 = 24;
    pub const ABORT_TRANSACTION: u32 = 25;
    pub const REGISTER_CONTROLLER: u32 = 27;
}

/// One record of the metadata log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataRecord {
    /// RegisterBrokerRecord.
    RegisterBroker(RegisterBroker),
    /// UnregisterBrokerRecord.
    UnregisterBroker {
        /// Broker id.
        id: i32,
        /// Epoch of its registration.
        epoch: i64,
    },
    /// TopicRecord.
    Topic {
        /// Topic name.
        name: String,
        /// Topic id.
        id: Uuid,
        /// Replicas of each partition that were asked for, where there are fewer.
        wanted_replicas: Option<i16>,
    },
    /// PartitionRecord.
    Partition(PartitionRecord),
    /// ConfigRecord.
    Config {
        /// Kafka's `ConfigResource.Type` id.
        resource_type: i8,
        /// Resource name; empty for the default of all brokers.
        resource_name: String,
        /// Config name.
        name: String,
        /// Value; `None` removes the config.
        value: Option<String>,
    },
    /// PartitionChangeRecord.
    PartitionChange(PartitionChange),
    /// FenceBrokerRecord.
    FenceBroker {
        /// Broker id.
        id: i32,
        /// Epoch of its registration.
        epoch: i64,
    },
    /// UnfenceBrokerRecord.
    UnfenceBroker {
        /// Broker id.
        id: i32,
        /// Epoch of its registration.
        epoch: i64,
    },
    /// RemoveTopicRecord: the topic and all its partitions.
    RemoveTopic {
        /// Topic id.
        id: Uuid,
    },
    /// FeatureLevelRecord.
    FeatureLevel {
        /// Feature name.
        name: String,
        /// Finalised level; 0 removes the feature.
        level: i16,
    },
    /// ClientQuotaRecord.
    ClientQuota(ClientQuota),
    /// ProducerIdsRecord.
    ProducerIds {
        /// Broker that asked.
        broker_id: i32,
        /// Epoch of its registration.
        broker_epoch: i64,
        /// First id of the next block: everything below is given away.
        next: i64,
    },
    /// BrokerRegistrationChangeRecord.
    BrokerChange(BrokerChange),
    /// NoOpRecord.
    NoOp,
    /// BeginTransactionRecord: what follows counts only once the end comes.
    BeginTransaction {
        /// What the transaction is for.
        name: Option<String>,
    },
    /// EndTransactionRecord.
    EndTransaction,
    /// AbortTransactionRecord.
    AbortTransaction {
        /// Why.
        reason: Option<String>,
    },
    /// A record of Kafka 4.3 that Ottla carries along unread (ACLs, users …).
    Carried(Carried),
}

/// A record carried along as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Record type.
    pub record_type: u32,
    /// Record version.
    pub version: u32,
    /// The bytes behind the frame.
    pub body: Vec<u8>,
}

impl Carried {
    /// Whether the record says who runs now and means nothing after that controller's end.
    pub fn is_registration(&self) -> bool {
        self.record_type == types::REGISTER_CONTROLLER
    }
}

impl MetadataRecord {
    /// The record's value in a log of this metadata.version. It must [`fit`](MetadataRecord::fit) the level.
    pub fn encode(&self, level: i16) -> Vec<u8> {
        let mut w = Writer::new();
        let (record_type, version) = self.type_and_version(level);
        w.uvarint(FRAME_VERSION);
        w.uvarint(record_type);
        w.uvarint(version);
        if let MetadataRecord::Carried(carried) = self {
            let mut bytes = w.into_bytes();
            bytes.extend_from_slice(&carried.body);
            return bytes;
        }
        self.encode_body(version, &mut w);
        w.into_bytes()
    }

    fn type_and_version(&self, level: i16) -> (u32, u32) {
        match self {
            MetadataRecord::RegisterBroker(_) => (types::REGISTER_BROKER, levels::register_broker(level)),
            MetadataRecord::UnregisterBroker { .. } => (types::UNREGISTER_BROKER, 0),
            MetadataRecord::Topic { .. } => (types::TOPIC, 0),
            MetadataRecord::Partition(_) => (types::PARTITION, levels::partition(level)),
            MetadataRecord::Config { .. } => (types::CONFIG, 0),
            MetadataRecord::PartitionChange(_) => (types::PARTITION_CHANGE, levels::partition(level)),
            MetadataRecord::FenceBroker { .. } => (types::FENCE_BROKER, 0),
            MetadataRecord::UnfenceBroker { .. } => (types::UNFENCE_BROKER, 0),
            MetadataRecord::RemoveTopic { .. } => (types::REMOVE_TOPIC, 0),
            MetadataRecord::FeatureLevel { .. } => (types::FEATURE_LEVEL, 0),
            MetadataRecord::ClientQuota(_) => (types::CLIENT_QUOTA, 0),
            MetadataRecord::ProducerIds { .. } => (types::PRODUCER_IDS, 0),
            MetadataRecord::BrokerChange(change) => (types::BROKER_CHANGE, change.version()),
            MetadataRecord::NoOp => (types::NO_OP, 0),
            MetadataRecord::BeginTransaction { .. } => (types::BEGIN_TRANSACTION, 0),
            MetadataRecord::EndTransaction => (types::END_TRANSACTION, 0),
            MetadataRecord::AbortTransaction { .. } => (types::ABORT_TRANSACTION, 0),
            MetadataRecord::Carried(carried) => (carried.record_type, carried.version),
        }
    }

    fn encode_body(&self, version: u32, w: &mut Writer) {
        match self {
            MetadataRecord::RegisterBroker(record) => return record.encode(version, w),
            MetadataRecord::Partition(record) => return record.encode(version, w),
            MetadataRecord::PartitionChange(record) => return record.encode(w),
            MetadataRecord::BrokerChange(record) => return record.encode(w),
            MetadataRecord::ClientQuota(record) => return record.encode(w),
            MetadataRecord::UnregisterBroker { id, epoch }
            | MetadataRecord::FenceBroker { id, epoch }
            | MetadataRecord::UnfenceBroker { id, epoch } => {
                w.i32(*id);
                w.i64(*epoch);
            }
            MetadataRecord::Topic {
                name,
                id,
                wanted_replicas,
            } => {
                w.string(true, name);
                w.uuid(*id);
                let wanted = wanted_replicas.map(|wanted| (WANTED_REPLICAS_TAG, one(|w| w.i16(wanted))));
                return w.tagged_fields(&wanted.into_iter().collect::<Vec<_>>());
            }
            MetadataRecord::Config {
                resource_type,
                resource_name,
                name,
                value,
            } => {
                w.i8(*resource_type);
                w.string(true, resource_name);
                w.string(true, name);
                w.nullable_string(true, value.as_deref());
            }
            MetadataRecord::RemoveTopic { id } => w.uuid(*id),
            MetadataRecord::FeatureLevel { name, level } => {
                w.string(true, name);
                w.i16(*level);
            }
            MetadataRecord::ProducerIds {
                broker_id,
                broker_epoch,
                next,
            } => {
                w.i32(*broker_id);
                w.i64(*broker_epoch);
                w.i64(*next);
            }
            MetadataRecord::BeginTransaction { name: text }
            | MetadataRecord::AbortTransaction { reason: text } => return tagged_text(w, text.as_deref()),
            MetadataRecord::NoOp | MetadataRecord::EndTransaction | MetadataRecord::Carried(_) => {}
        }
        w.no_tagged_fields();
    }

    /// Reads a record value.
    ///
    /// # Errors
    /// When the bytes are no record, or one of a version or type newer than Kafka 4.3's.
    pub fn decode(value: &[u8]) -> Result<MetadataRecord, CodecError> {
        let r = &mut Reader::new(value);
        let frame = r.uvarint()?;
        if frame != FRAME_VERSION {
            return Err(CodecError::UnknownVersion(
                i32::try_from(frame).unwrap_or(i32::MAX),
            ));
        }
        let (record_type, version) = (r.uvarint()?, r.uvarint()?);
        if record_type > NEWEST_TYPE {
            return Err(CodecError::UnknownVersion(
                i32::try_from(record_type).unwrap_or(i32::MAX),
            ));
        }
        decode_body(record_type, version, r)
    }
}

fn decode_body(record_type: u32, version: u32, r: &mut Reader<'_>) -> Result<MetadataRecord, CodecError> {
    let newest = match record_type {
        types::REGISTER_BROKER => {
            return RegisterBroker::decode(version, r).map(MetadataRecord::RegisterBroker);
        }
        types::PARTITION => return PartitionRecord::decode(version, r).map(MetadataRecord::Partition),
        types::PARTITION_CHANGE => {
            return PartitionChange::decode(version, r).map(MetadataRecord::PartitionChange);
        }
        types::BROKER_CHANGE => return BrokerChange::decode(version, r).map(MetadataRecord::BrokerChange),
        types::CLIENT_QUOTA => return ClientQuota::decode(version, r).map(MetadataRecord::ClientQuota),
        types::TOPIC => return decode_topic(version, r),
        types::BEGIN_TRANSACTION => MetadataRecord::BeginTransaction {
            name: read_tagged_text(r)?,
        },
        types::ABORT_TRANSACTION => MetadataRecord::AbortTransaction {
            reason: read_tagged_text(r)?,
        },
        types::UNREGISTER_BROKER => MetadataRecord::UnregisterBroker {
            id: r.i32()?,
            epoch: r.i64()?,
        },
        types::FENCE_BROKER => MetadataRecord::FenceBroker {
            id: r.i32()?,
            epoch: r.i64()?,
        },
        types::UNFENCE_BROKER => MetadataRecord::UnfenceBroker {
            id: r.i32()?,
            epoch: r.i64()?,
        },
        types::CONFIG => MetadataRecord::Config {
            resource_type: r.i8()?,
            resource_name: r.string(true)?,
            name: r.string(true)?,
            value: r.nullable_string(true)?,
        },
        types::REMOVE_TOPIC => MetadataRecord::RemoveTopic { id: r.uuid()? },
        types::FEATURE_LEVEL => MetadataRecord::FeatureLevel {
            name: r.string(true)?,
            level: r.i16()?,
        },
        types::PRODUCER_IDS => MetadataRecord::ProducerIds {
            broker_id: r.i32()?,
            broker_epoch: r.i64()?,
            next: r.i64()?,
        },
        types::NO_OP => MetadataRecord::NoOp,
        types::END_TRANSACTION => MetadataRecord::EndTransaction,
        _ => {
            let body = r.take(r.remaining())?.to_vec();
            return Ok(MetadataRecord::Carried(Carried {
                record_type,
                version,
                body,
            }));
        }
    };
    require_version_0(version)?;
    if !matches!(record_type, types::BEGIN_TRANSACTION | types::ABORT_TRANSACTION) {
        r.skip_tagged_fields()?;
    }
    Ok(newest)
}

/// Refuses versions of records that have only one.
pub(super) fn require_version_0(version: u32) -> Result<(), CodecError> {
    match version {
        0 => Ok(()),
        newer => Err(CodecError::UnknownVersion(
            i32::try_from(newer).unwrap_or(i32::MAX),
        )),
    }
}

fn tagged_text(w: &mut Writer, text: Option<&str>) {
    let Some(text) = text else {
        return w.no_tagged_fields();
    };
    let mut field = Writer::new();
    field.string(true, text);
    w.tagged_fields(&[(0, field)]);
}

fn read_tagged_text(r: &mut Reader<'_>) -> Result<Option<String>, CodecError> {
    let mut text = None;
    r.tagged_fields(|tag, r| {
        if tag == 0 {
            text = r.nullable_string(true)?;
        }
        Ok(())
    })?;
    Ok(text)
}

#[cfg(test)]
#[path = "metadata_vectors.rs"]
mod vectors;
