//! RegisterBrokerRecord and BrokerRegistrationChangeRecord of the metadata log.

use super::codec::{CodecError, Reader, Writer};
use super::metadata_topic::{known, one};
use uuid::Uuid;

/// One listener of a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerEndpoint {
    /// Listener name.
    pub name: String,
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Kafka's `SecurityProtocol` id: 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL.
    pub security_protocol: i16,
}

/// Which levels of a feature a broker supports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerFeature {
    /// Feature name.
    pub name: String,
    /// Lowest level.
    pub min: i16,
    /// Highest level.
    pub max: i16,
}

/// RegisterBrokerRecord.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterBroker {
    /// Broker id.
    pub id: i32,
    /// From a cluster that was migrating from ZooKeeper.
    pub migrating: bool,
    /// This run of the broker process.
    pub incarnation: Uuid,
    /// Epoch of the registration: the offset of its record.
    pub epoch: i64,
    /// Listeners.
    pub endpoints: Vec<BrokerEndpoint>,
    /// Features.
    pub features: Vec<BrokerFeature>,
    /// Rack.
    pub rack: Option<String>,
    /// Not serving yet.
    pub fenced: bool,
    /// Stopping.
    pub stopping: bool,
    /// Ids of its data folders.
    pub directories: Vec<Uuid>,
    /// Data folders that take no new partitions; `None` before the broker said.
    pub cordoned: Option<Vec<Uuid>>,
}

impl RegisterBroker {
    /// The newest version.
    pub const VERSION: u32 = 4;

    pub(super) fn encode(&self, version: u32, w: &mut Writer) {
        w.i32(self.id);
        if version >= 2 {
            w.bool(self.migrating);
        }
        w.uuid(self.incarnation);
        w.i64(self.epoch);
        w.vec(true, &self.endpoints, |w, endpoint| {
            w.string(true, &endpoint.name);
            w.string(true, &endpoint.host);
            w.u16(endpoint.port);
            w.i16(endpoint.security_protocol);
            w.no_tagged_fields();
        });
        w.vec(true, &self.features, |w, feature| {
            w.string(true, &feature.name);
            w.i16(feature.min);
            w.i16(feature.max);
            w.no_tagged_fields();
        });
        w.nullable_string(true, self.rack.as_deref());
        w.bool(self.fenced);
        w.bool(self.stopping);
        let mut tags = Vec::new();
        if !self.directories.is_empty() {
            tags.push((0, one(|w| w.vec(true, &self.directories, |w, id| w.uuid(*id)))));
        }
        if let Some(cordoned) = &self.cordoned {
            tags.push((1, one(|w| w.vec(true, cordoned, |w, id| w.uuid(*id)))));
        }
        w.tagged_fields(&tags);
    }

    pub(super) fn decode(version: u32, r: &mut Reader<'_>) -> Result<RegisterBroker, CodecError> {
        known(version, Self::VERSION)?;
        let mut record = RegisterBroker {
            id: r.i32()?,
            migrating: version >= 2 && r.bool()?,
            incarnation: r.uuid()?,
            epoch: r.i64()?,
            endpoints: r.vec(true, read_endpoint)?,
            features: r.vec(true, read_feature)?,
            rack: r.nullable_string(true)?,
            fenced: r.bool()?,
            stopping: version >= 1 && r.bool()?,
            ..RegisterBroker::default()
        };
        r.tagged_fields(|tag, r| {
            match tag {
                0 => record.directories = r.vec(true, Reader::uuid)?,
                1 => record.cordoned = r.nullable_array(true, Reader::uuid)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(record)
    }
}

fn read_endpoint(r: &mut Reader<'_>) -> Result<BrokerEndpoint, CodecError> {
    let endpoint = BrokerEndpoint {
        name: r.string(true)?,
        host: r.string(true)?,
        port: r.u16()?,
        security_protocol: r.i16()?,
    };
    r.skip_tagged_fields()?;
    Ok(endpoint)
}

fn read_feature(r: &mut Reader<'_>) -> Result<BrokerFeature, CodecError> {
    let feature = BrokerFeature {
        name: r.string(true)?,
        min: r.i16()?,
        max: r.i16()?,
    };
    r.skip_tagged_fields()?;
    Ok(feature)
}

/// BrokerRegistrationChangeRecord.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrokerChange {
    /// Broker id.
    pub id: i32,
    /// Epoch of its registration.
    pub epoch: i64,
    /// -1 unfenced, 0 no change, 1 fenced.
    pub fenced: i8,
    /// 0 no change, 1 stopping.
    pub stopping: i8,
    /// New data folders; empty for no change.
    pub directories: Vec<Uuid>,
    /// New cordoned data folders; `None` for no change.
    pub cordoned: Option<Vec<Uuid>>,
}

impl BrokerChange {
    /// The lowest version that says it all, as Kafka's controller writes.
    pub(super) fn version(&self) -> u32 {
        match (&self.cordoned, self.directories.is_empty(), self.stopping) {
            (Some(_), _, _) => 3,
            (None, false, _) => 2,
            (None, true, 0) => 0,
            (None, true, _) => 1,
        }
    }

    pub(super) fn encode(&self, w: &mut Writer) {
        w.i32(self.id);
        w.i64(self.epoch);
        let mut tags = Vec::new();
        if self.fenced != 0 {
            tags.push((0, one(|w| w.i8(self.fenced))));
        }
        if self.stopping != 0 {
            tags.push((1, one(|w| w.i8(self.stopping))));
        }
        if !self.directories.is_empty() {
            tags.push((2, one(|w| w.vec(true, &self.directories, |w, id| w.uuid(*id)))));
        }
        if let Some(cordoned) = &self.cordoned {
            tags.push((3, one(|w| w.vec(true, cordoned, |w, id| w.uuid(*id)))));
        }
        w.tagged_fields(&tags);
    }

    pub(super) fn decode(version: u32, r: &mut Reader<'_>) -> Result<BrokerChange, CodecError> {
        known(version, 3)?;
        let mut record = BrokerChange {
            id: r.i32()?,
            epoch: r.i64()?,
            ..BrokerChange::default()
        };
        r.tagged_fields(|tag, r| {
            match tag {
                0 => record.fenced = r.i8()?,
                1 => record.stopping = r.i8()?,
                2 => record.directories = r.vec(true, Reader::uuid)?,
                3 => record.cordoned = r.nullable_array(true, Reader::uuid)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(record)
    }
}
