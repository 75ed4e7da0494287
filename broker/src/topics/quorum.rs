//! The quorum of the metadata log: this node alone, and the version of its protocol, which control records say (KIP-853).
//!
//! Version 1 names the voters in the log, with the folder that each keeps it in. A quorum that
//! `controller.quorum.voters` names starts at 0 and can be raised; one that only
//! `controller.quorum.bootstrap.servers` leads to starts at 1, as Kafka's `kafka-storage format --standalone` makes it.

use std::collections::BTreeMap;

use storage::{ControlRecord, ControlType, Voter, VoterEndpoint, decode_uuid};
use uuid::Uuid;

use super::error::TopicError;
use super::features::{Feature, KRAFT_VERSION};
use super::handle::{MetadataWriter, Shared, Topics};
use super::state::MetadataState;
use crate::config::{Config, Listener};
use crate::partition::PartitionStore;

/// Highest version of the quorum's protocol.
const VERSION_MAX: i16 = 1;

/// The control records that bring a version. Without endpoints nobody is named: who takes the folder over is told by
/// its own configuration.
pub fn quorum_records(
    version: i16,
    node_id: i32,
    directory: Uuid,
    endpoints: Vec<VoterEndpoint>,
) -> Vec<ControlRecord> {
    let voter = Voter {
        id: node_id,
        directory,
        endpoints,
        version_max: VERSION_MAX,
    };
    let is_named = !voter.endpoints.is_empty();
    let voters = is_named.then(|| ControlRecord::Voters(vec![voter]));
    [ControlRecord::QuorumVersion(version)]
        .into_iter()
        .chain(voters)
        .collect()
}

/// How the state keeps a control record: its type, with its key and value.
pub type QuorumEntry = (u8, (Vec<u8>, Vec<u8>));

/// Control records as the state keeps them.
pub fn quorum_entries(records: &[ControlRecord]) -> Vec<QuorumEntry> {
    let entry = |record: &ControlRecord| {
        let kind = record.kind();
        (kind as u8, (kind.key().to_vec(), record.value()))
    };
    records.iter().map(entry).collect()
}

/// The control records of a new cluster, if its quorum is not named by the configuration.
pub(super) fn first_quorum(config: &Config, directory: Uuid) -> Option<Vec<ControlRecord>> {
    let is_given = |key: &str| !config.settings().list(key).is_empty();
    if is_given("controller.quorum.voters") || !is_given("controller.quorum.bootstrap.servers") {
        return None;
    }
    let endpoints = controller_endpoints(config);
    Some(quorum_records(VERSION_MAX, config.node_id, directory, endpoints))
}

/// Where this node is reached as a controller, as far as its configuration says: the log keeps it for good, so that it
/// must not depend on who asks. A port that is chosen at each start is nothing to keep.
fn controller_endpoints(config: &Config) -> Vec<VoterEndpoint> {
    let endpoint = |listener: &Listener| {
        let told = config.advertised(&listener.name).unwrap_or(listener);
        let has_port = told.port != 0;
        let host = match told.host.as_str() {
            "" | "0.0.0.0" | "::" => "localhost",
            host => host,
        };
        has_port.then(|| VoterEndpoint {
            listener: listener.name.clone(),
            host: host.to_owned(),
            port: told.port,
        })
    };
    config
        .controller_listeners()
        .iter()
        .filter_map(endpoint)
        .collect()
}

/// Id of the folder that the metadata log lies in; nil in memory.
pub(super) fn metadata_directory(store: &PartitionStore) -> Uuid {
    let id = store.folders().map(|folders| folders.metadata().directory_id());
    id.and_then(decode_uuid).unwrap_or_default()
}

impl Topics {
    /// Id of the folder of the voter, as the quorum knows it: nil before version 1.
    pub fn voter_directory(&self) -> Uuid {
        match self.image().feature_level(KRAFT_VERSION) {
            0 => Uuid::nil(),
            _ => metadata_directory(&self.shared().maker.store),
        }
    }
}

impl Shared {
    /// Raises the version of the quorum's protocol.
    pub(super) fn raise_quorum(&self, writer: &mut MetadataWriter, version: i16) -> Result<(), TopicError> {
        let directory = metadata_directory(&self.maker.store);
        let endpoints = controller_endpoints(&self.image.load().config);
        let records = quorum_records(version, self.maker.node_id, directory, endpoints);
        writer.log.append_control(&records, self.env.now_ms())?;
        writer.state.quorum.extend(quorum_entries(&records));
        self.publish(writer, &super::Touched::default());
        Ok(())
    }
}

impl MetadataState {
    /// The finalised features of those that are supported, kraft.version among them once it is above 0.
    pub fn finalised(&self) -> BTreeMap<String, i16> {
        let is_supported =
            |name: &str, level: i16| Feature::of(name).is_some_and(|feature| level <= feature.max);
        let mut features = self.features.clone();
        features.retain(|name, level| is_supported(name, *level));
        if self.kraft_version() > 0 {
            features.insert(KRAFT_VERSION.to_owned(), self.kraft_version());
        }
        features
    }

    /// The protocol version of the quorum, as its control record says; 0 without one.
    pub fn kraft_version(&self) -> i16 {
        let record = self.quorum.get(&(ControlType::KRaftVersion as u8));
        // The message: its version, then the level.
        let level = record.and_then(|(_, value)| Some(i16::from_be_bytes([*value.get(2)?, *value.get(3)?])));
        level.unwrap_or(0)
    }
}
