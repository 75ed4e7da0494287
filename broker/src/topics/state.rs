//! The logged state of the metadata and the one function that changes it.
//!
//! Invariant: only [`MetadataState::apply`] changes logged state, live and at start-up alike, so both end
//! the same. It knows no files and no partition handles.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use super::name::collision_form;
use super::placement::{Placement, TopicPartitions};
use crate::records::metadata::{Carried, MetadataRecord};
use crate::records::metadata_broker::{BrokerChange, RegisterBroker};
use crate::records::metadata_quota::{ClientQuota, Double, QuotaEntity};
use crate::records::metadata_topic::{PartitionChange, PartitionRecord};

/// Kafka's `ConfigResource.Type` ids, the wire's and the log's alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceKind(pub i8);

impl ResourceKind {
    /// A topic.
    pub const TOPIC: ResourceKind = ResourceKind(2);
    /// A broker; the empty name is the default of all brokers.
    pub const BROKER: ResourceKind = ResourceKind(4);
    /// The log levels of a broker.
    pub const BROKER_LOGGER: ResourceKind = ResourceKind(8);
    /// A client metrics subscription.
    pub const CLIENT_METRICS: ResourceKind = ResourceKind(16);
    /// A group.
    pub const GROUP: ResourceKind = ResourceKind(32);
}

/// What configs hang on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource {
    /// Kind of thing.
    pub kind: ResourceKind,
    /// Its name.
    pub name: Arc<str>,
}

impl Resource {
    /// A topic's configs.
    pub fn topic(name: &str) -> Resource {
        Resource {
            kind: ResourceKind::TOPIC,
            name: name.into(),
        }
    }

    /// A broker's configs; the empty name is the default of all brokers.
    pub fn broker(name: &str) -> Resource {
        Resource {
            kind: ResourceKind::BROKER,
            name: name.into(),
        }
    }

    /// A group's configs.
    pub fn group(name: &str) -> Resource {
        Resource {
            kind: ResourceKind::GROUP,
            name: name.into(),
        }
    }
}

/// Configs that were set on one resource, by name.
pub type ConfigMap = BTreeMap<String, String>;

/// One topic as the log knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicState {
    /// Name.
    pub name: Arc<str>,
    /// Id: the identity.
    pub id: Uuid,
    /// Replicas of each partition that were asked for, where there are fewer.
    pub wanted_replicas: Option<i16>,
    /// Partitions by number.
    pub partitions: TopicPartitions,
}

/// A record that contradicts what the log said before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ReplayError(pub String);

/// What a run of records touched: the image is rebuilt only there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Topics made, changed or removed.
    pub topics: HashSet<Uuid>,
    /// Configs of brokers changed: every topic's effective configs may have.
    pub broker_configs: bool,
    /// Configs of anything else but topics changed.
    pub other_configs: bool,
    /// Quotas changed.
    pub quotas: bool,
}

/// The quotas of clients: values by key, by whom they are for. None is empty.
pub type ClientQuotas = BTreeMap<QuotaEntity, BTreeMap<String, Double>>;

/// How many replicas each data folder has, by its id. Follows from the partitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderLoad(HashMap<Uuid, usize>);

impl FolderLoad {
    /// Replicas in a folder.
    pub fn of(&self, directory: Uuid) -> usize {
        self.0.get(&directory).copied().unwrap_or_default()
    }

    pub(super) fn add<'a>(&mut self, directories: impl IntoIterator<Item = &'a Uuid>) {
        for id in directories {
            *self.0.entry(*id).or_default() += 1;
        }
    }

    fn remove<'a>(&mut self, directories: impl IntoIterator<Item = &'a Uuid>) {
        for id in directories {
            if let Entry::Occupied(mut entry) = self.0.entry(*id) {
                *entry.get_mut() -= 1;
                if *entry.get() == 0 {
                    entry.remove();
                }
            }
        }
    }
}

/// The logged state. See the module's invariant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataState {
    /// Topics by id.
    pub topics: HashMap<Uuid, TopicState>,
    /// Topic ids by name.
    pub names: HashMap<Arc<str>, Uuid>,
    /// Names by the form under which metrics could mix them up.
    pub collisions: HashMap<String, BTreeSet<Arc<str>>>,
    /// Configs set on resources.
    pub configs: BTreeMap<Resource, Arc<ConfigMap>>,
    /// Quotas of clients.
    pub quotas: ClientQuotas,
    /// Finalised features.
    pub features: BTreeMap<String, i16>,
    /// Registered brokers.
    pub brokers: BTreeMap<i32, RegisterBroker>,
    /// Every producer id below is given away.
    pub next_producer_id: i64,
    /// Records of Kafka that Ottla does not use, in order.
    pub carried: Vec<Carried>,
    /// Control records of Kafka's quorum (protocol version, voters), key and value by type: snapshots carry them.
    pub quorum: BTreeMap<u8, (Vec<u8>, Vec<u8>)>,
    /// How many replicas each data folder has.
    pub folders: FolderLoad,
    /// Records of a metadata transaction whose end has not come.
    pub pending: Option<Vec<MetadataRecord>>,
}

impl MetadataState {
    /// Applies one record.
    ///
    /// # Errors
    /// When the record contradicts the state; the log is damaged or not Kafka's then.
    pub fn apply(&mut self, record: MetadataRecord, touched: &mut Touched) -> Result<(), ReplayError> {
        match record {
            MetadataRecord::BeginTransaction { .. } if self.pending.is_some() => {
                return Err(ReplayError("a metadata transaction begins inside another".into()));
            }
            MetadataRecord::BeginTransaction { .. } => self.pending = Some(Vec::new()),
            MetadataRecord::EndTransaction => {
                for record in self.pending.take().unwrap_or_default() {
                    self.apply_now(record, touched)?;
                }
            }
            MetadataRecord::AbortTransaction { .. } => self.pending = None,
            record => match &mut self.pending {
                Some(pending) => pending.push(record),
                None => self.apply_now(record, touched)?,
            },
        }
        Ok(())
    }

    fn apply_now(&mut self, record: MetadataRecord, touched: &mut Touched) -> Result<(), ReplayError> {
        match record {
            MetadataRecord::Topic {
                name,
                id,
                wanted_replicas,
            } => self.add_topic(&name, id, wanted_replicas, touched)?,
            MetadataRecord::Partition(record) => self.put_partition(record, touched)?,
            MetadataRecord::PartitionChange(change) => self.change_partition(change, touched)?,
            MetadataRecord::RemoveTopic { id } => self.remove_topic(id, touched)?,
            MetadataRecord::Config {
                resource_type,
                resource_name,
                name,
                value,
            } => {
                let resource = Resource {
                    kind: ResourceKind(resource_type),
                    name: resource_name.into(),
                };
                self.set_config(resource, name, value, touched);
            }
            MetadataRecord::ClientQuota(quota) => self.set_quota(quota, touched),
            MetadataRecord::FeatureLevel { name, level: 0 } => drop(self.features.remove(&name)),
            MetadataRecord::FeatureLevel { name, level } => drop(self.features.insert(name, level)),
            MetadataRecord::ProducerIds { next, .. } => {
                if next < self.next_producer_id {
                    return Err(ReplayError(format!(
                        "producer ids go back from {} to {next}",
                        self.next_producer_id
                    )));
                }
                self.next_producer_id = next;
            }
            MetadataRecord::RegisterBroker(broker) => drop(self.brokers.insert(broker.id, broker)),
            MetadataRecord::UnregisterBroker { id, .. } => drop(self.brokers.remove(&id)),
            MetadataRecord::FenceBroker { id, .. } => self.broker(id)?.fenced = true,
            MetadataRecord::UnfenceBroker { id, .. } => self.broker(id)?.fenced = false,
            MetadataRecord::BrokerChange(change) => self.change_broker(change)?,
            MetadataRecord::Carried(carried) if carried.is_registration() => {}
            MetadataRecord::Carried(carried) => self.carried.push(carried),
            MetadataRecord::NoOp
            | MetadataRecord::BeginTransaction { .. }
            | MetadataRecord::EndTransaction
            | MetadataRecord::AbortTransaction { .. } => {}
        }
        Ok(())
    }

    fn add_topic(
        &mut self,
        name: &str,
        id: Uuid,
        wanted_replicas: Option<i16>,
        touched: &mut Touched,
    ) -> Result<(), ReplayError> {
        if self.names.contains_key(name) || self.topics.contains_key(&id) {
            return Err(ReplayError(format!("topic {name} with id {id} is there twice")));
        }
        let name: Arc<str> = name.into();
        if let Some(form) = collision_form(&name) {
            self.collisions.entry(form).or_default().insert(Arc::clone(&name));
        }
        self.names.insert(Arc::clone(&name), id);
        self.topics.insert(
            id,
            TopicState {
                name,
                id,
                wanted_replicas,
                partitions: TopicPartitions::default(),
            },
        );
        touched.topics.insert(id);
        Ok(())
    }

    fn topic_mut(&mut self, id: Uuid) -> Result<&mut TopicState, ReplayError> {
        self.topics
            .get_mut(&id)
            .ok_or_else(|| ReplayError(format!("there is no topic of id {id}")))
    }

    fn put_partition(&mut self, record: PartitionRecord, touched: &mut Touched) -> Result<(), ReplayError> {
        touched.topics.insert(record.topic_id);
        let topic = self.topic_mut(record.topic_id)?;
        let index = record.index;
        let (leader_epoch, partition_epoch) = (record.leader_epoch, record.partition_epoch);
        let placement = Placement::of(record);
        let directories = placement.directories.clone();
        let put = topic
            .partitions
            .put(index, leader_epoch, partition_epoch, placement);
        let before = put
            .map_err(|()| ReplayError(format!("topic {} has no place for partition {index}", topic.name)))?;
        self.folders.add(&directories);
        self.folders
            .remove(before.iter().flat_map(|placement| &placement.directories));
        Ok(())
    }

    fn change_partition(
        &mut self,
        change: PartitionChange,
        touched: &mut Touched,
    ) -> Result<(), ReplayError> {
        touched.topics.insert(change.topic_id);
        let topic = self.topic_mut(change.topic_id)?;
        let index = change.index;
        let changed = topic.partitions.change(change);
        let (before, after) =
            changed.map_err(|()| ReplayError(format!("topic {} has no partition {index}", topic.name)))?;
        self.folders.add(&after.directories);
        self.folders.remove(&before.directories);
        Ok(())
    }

    fn remove_topic(&mut self, id: Uuid, touched: &mut Touched) -> Result<(), ReplayError> {
        let Some(topic) = self.topics.remove(&id) else {
            return Err(ReplayError(format!("there is no topic of id {id} to remove")));
        };
        for (_, partition) in topic.partitions.iter() {
            self.folders.remove(&partition.placement.directories);
        }
        self.names.remove(&topic.name);
        if let Some(form) = collision_form(&topic.name)
            && let Some(names) = self.collisions.get_mut(&form)
        {
            names.remove(&topic.name);
            if names.is_empty() {
                self.collisions.remove(&form);
            }
        }
        self.configs.remove(&Resource {
            kind: ResourceKind::TOPIC,
            name: topic.name,
        });
        touched.topics.insert(id);
        Ok(())
    }

    fn set_config(&mut self, resource: Resource, name: String, value: Option<String>, touched: &mut Touched) {
        match resource.kind {
            ResourceKind::TOPIC => touched.topics.extend(self.names.get(&resource.name)),
            ResourceKind::BROKER => touched.broker_configs = true,
            _ => touched.other_configs = true,
        }
        let configs = Arc::make_mut(self.configs.entry(resource.clone()).or_default());
        match value {
            Some(value) => drop(configs.insert(name, value)),
            None => drop(configs.remove(&name)),
        }
        if configs.is_empty() {
            self.configs.remove(&resource);
        }
    }

    fn set_quota(&mut self, quota: ClientQuota, touched: &mut Touched) {
        touched.quotas = true;
        let values = self.quotas.entry(quota.entity.clone()).or_default();
        match quota.value {
            Some(value) => drop(values.insert(quota.key, value)),
            None => drop(values.remove(&quota.key)),
        }
        if values.is_empty() {
            self.quotas.remove(&quota.entity);
        }
    }

    fn broker(&mut self, id: i32) -> Result<&mut RegisterBroker, ReplayError> {
        self.brokers
            .get_mut(&id)
            .ok_or_else(|| ReplayError(format!("broker {id} is not registered")))
    }

    fn change_broker(&mut self, change: BrokerChange) -> Result<(), ReplayError> {
        let broker = self.broker(change.id)?;
        match change.fenced {
            0 => {}
            fenced => broker.fenced = fenced > 0,
        }
        broker.stopping |= change.stopping != 0;
        if !change.directories.is_empty() {
            broker.directories = change.directories;
        }
        if change.cordoned.is_some() {
            broker.cordoned = change.cordoned;
        }
        Ok(())
    }

    /// Whether a partition's logged leader epoch is below `epoch`.
    pub fn has_leader_epoch_below(&self, epoch: i32) -> bool {
        let mut partitions = self.topics.values().flat_map(|topic| topic.partitions.iter());
        partitions.any(|(_, partition)| partition.leader_epoch < epoch)
    }

    /// The configs set on a resource.
    pub fn configs_of(&self, resource: &Resource) -> Option<&Arc<ConfigMap>> {
        self.configs.get(resource)
    }
}
