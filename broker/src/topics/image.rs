//! The metadata as readers see it: immutable, swapped as a whole.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use super::name::{NAME_LENGTH_MAX, is_internal};
use super::placement::PartitionState;
use super::state::{ClientQuotas, ConfigMap, MetadataState, Resource, ResourceKind, TopicState, Touched};
use crate::config::{Config, LeftOut, TopicConfig};
use crate::partition::{Partition, PartitionId, PartitionStore};
use crate::records::metadata_broker::RegisterBroker;

/// One topic: its identity, its partitions, its configs.
#[derive(Debug)]
pub struct Topic {
    /// Name.
    pub name: Arc<str>,
    /// Id: the identity.
    pub id: Uuid,
    /// Partition handles by number.
    pub partitions: Vec<Arc<Partition>>,
    /// Who holds and leads each partition, by number.
    pub placement: Vec<PartitionState>,
    /// Configs set on the topic.
    pub own_configs: Arc<ConfigMap>,
    /// Effective configuration.
    pub config: Arc<TopicConfig>,
    /// Whether the broker itself owns it.
    pub internal: bool,
}

impl Topic {
    /// A partition handle by number.
    pub fn partition(&self, index: i32) -> Option<&Arc<Partition>> {
        self.partitions.get(usize::try_from(index).ok()?)
    }
}

/// A broker as clients see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerNode {
    /// Broker id.
    pub id: i32,
    /// Where it listens; `None` for this broker, which is wherever the client dialled.
    pub address: Option<(String, u16)>,
    /// Rack.
    pub rack: Option<String>,
    /// Not serving.
    pub fenced: bool,
}

/// A picture of all metadata at one offset of its log.
#[derive(Debug)]
pub struct MetadataImage {
    /// Cluster id.
    pub cluster_id: Arc<str>,
    /// This node.
    pub node_id: i32,
    /// The effective broker configuration, dynamic values included.
    pub config: Arc<Config>,
    /// Effective configuration of a topic without configs of its own.
    pub plain_config: Arc<TopicConfig>,
    /// Finalised features.
    pub features: Arc<BTreeMap<String, i16>>,
    /// Quotas of clients.
    pub quotas: Arc<ClientQuotas>,
    /// Registered brokers; none before this one registered.
    pub brokers: Arc<BTreeMap<i32, RegisterBroker>>,
    /// Offset of the next metadata record.
    pub offset: i64,
    /// Leader epoch of the metadata log.
    pub epoch: i32,
    topics: HashMap<Arc<str>, Arc<Topic>>,
    by_id: HashMap<Uuid, Arc<Topic>>,
    configs: Arc<BTreeMap<Resource, Arc<ConfigMap>>>,
}

impl MetadataImage {
    /// A topic by name.
    pub fn topic(&self, name: &str) -> Option<&Arc<Topic>> {
        // A name that no topic has is not worth the time that its hash takes.
        (name.len() <= NAME_LENGTH_MAX).then(|| self.topics.get(name))?
    }

    /// Finalised level of a feature; 0 when it is not finalised.
    pub fn feature_level(&self, name: &str) -> i16 {
        self.features.get(name).copied().unwrap_or(0)
    }

    /// A topic by id.
    pub fn topic_by_id(&self, id: Uuid) -> Option<&Arc<Topic>> {
        self.by_id.get(&id)
    }

    /// All topics, in no order.
    pub fn topics(&self) -> impl ExactSizeIterator<Item = &Arc<Topic>> {
        self.topics.values()
    }

    /// All topics by name.
    pub fn sorted_topics(&self) -> Vec<&Arc<Topic>> {
        let mut topics: Vec<_> = self.topics.values().collect();
        topics.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        topics
    }

    /// The configs set on a resource, if any.
    pub fn configs(&self, resource: &Resource) -> Option<Arc<ConfigMap>> {
        match resource.kind {
            ResourceKind::TOPIC => {
                let own = &self.topics.get(&resource.name)?.own_configs;
                (!own.is_empty()).then(|| Arc::clone(own))
            }
            _ => self.configs.get(resource).cloned(),
        }
    }

    /// Resources other than topics that have configs of their own.
    pub fn configured_resources(&self) -> impl Iterator<Item = &Resource> {
        self.configs.keys()
    }

    /// All brokers, this one always among them, by id.
    pub fn broker_nodes(&self) -> Vec<BrokerNode> {
        let mut nodes: Vec<BrokerNode> = self
            .brokers
            .values()
            .filter(|broker| broker.id != self.node_id)
            .map(|broker| BrokerNode {
                id: broker.id,
                address: broker.endpoints.first().map(|e| (e.host.clone(), e.port)),
                rack: broker.rack.clone(),
                fenced: broker.fenced,
            })
            .collect();
        let rack = self
            .config
            .settings()
            .text("broker.rack")
            .filter(|rack| !rack.is_empty());
        nodes.push(BrokerNode {
            id: self.node_id,
            address: None,
            rack: rack.map(str::to_owned),
            fenced: false,
        });
        nodes.sort_unstable_by_key(|node| node.id);
        nodes
    }
}

/// What a change made and removed; hooks get it once the new image is published.
#[derive(Clone, Debug, Default)]
pub struct TopicsChanged {
    /// New topics.
    pub created: Vec<Arc<Topic>>,
    /// Removed topics.
    pub deleted: Vec<Arc<Topic>>,
    /// Finalised features, if they changed.
    pub features: Option<Arc<BTreeMap<String, i16>>>,
    /// Quotas of clients, if they changed.
    pub quotas: Option<Arc<ClientQuotas>>,
    /// The broker's configuration, if dynamic values changed.
    pub config: Option<Arc<Config>>,
}

impl TopicsChanged {
    pub(super) fn is_nothing(&self) -> bool {
        let topics = self.created.len() + self.deleted.len();
        topics == 0 && self.features.is_none() && self.quotas.is_none() && self.config.is_none()
    }
}

/// Makes images; holds what they need besides the state.
#[derive(Debug)]
pub struct ImageMaker {
    /// Cluster id.
    pub cluster_id: Arc<str>,
    /// This node.
    pub node_id: i32,
    /// The configuration at start, to lay dynamic values over.
    pub start_config: Arc<Config>,
    /// Where partitions keep their logs.
    pub store: Arc<PartitionStore>,
}

impl ImageMaker {
    /// The image of a whole state, at a start. Leader epochs are at least that of the metadata log, which
    /// rises with every start: clients notice that a log may have been cut (KIP-320), and no epoch comes twice.
    pub fn first(&self, state: &MetadataState, offset: i64, epoch: i32) -> MetadataImage {
        let empty = MetadataImage {
            cluster_id: Arc::clone(&self.cluster_id),
            node_id: self.node_id,
            config: Arc::clone(&self.start_config),
            plain_config: TopicConfig::resolve(&self.start_config, &ConfigMap::new()),
            features: Arc::default(),
            quotas: Arc::default(),
            brokers: Arc::default(),
            offset: 0,
            epoch: 0,
            topics: HashMap::new(),
            by_id: HashMap::new(),
            configs: Arc::default(),
        };
        let all = Touched {
            topics: state.topics.keys().copied().collect(),
            broker_configs: true,
            other_configs: true,
            quotas: true,
        };
        let image = self.next(&empty, state, &all, offset, epoch).0;
        for partition in image.topics().flat_map(|topic| &topic.partitions) {
            partition.raise_leader_epoch(epoch);
        }
        image
    }

    /// The image after a change: what was not touched is shared with the one before.
    pub fn next(
        &self,
        before: &MetadataImage,
        state: &MetadataState,
        touched: &Touched,
        offset: i64,
        epoch: i32,
    ) -> (MetadataImage, TopicsChanged) {
        let (config, plain_config) = match touched.broker_configs {
            false => (Arc::clone(&before.config), Arc::clone(&before.plain_config)),
            true => self.dynamic(state),
        };
        let mut image = MetadataImage {
            cluster_id: Arc::clone(&before.cluster_id),
            node_id: before.node_id,
            config,
            plain_config,
            features: shared(&before.features, &state.finalised()),
            quotas: match touched.quotas {
                false => Arc::clone(&before.quotas),
                true => Arc::new(state.quotas.clone()),
            },
            brokers: shared(&before.brokers, &state.brokers),
            offset,
            epoch,
            topics: before.topics.clone(),
            by_id: before.by_id.clone(),
            configs: Arc::clone(&before.configs),
        };
        let others = |resource: &Resource| resource.kind != ResourceKind::TOPIC;
        if touched.other_configs || touched.broker_configs {
            let configs = state.configs.iter().filter(|(resource, _)| others(resource));
            image.configs = Arc::new(configs.map(|(r, own)| (r.clone(), Arc::clone(own))).collect());
        }
        let mut changed = TopicsChanged::default();
        for id in &touched.topics {
            self.put_topic(&mut image, state, *id, &mut changed);
        }
        if touched.broker_configs {
            let ids: Vec<Uuid> = image.by_id.keys().copied().collect();
            for id in ids.iter().filter(|id| !touched.topics.contains(id)) {
                self.put_topic(&mut image, state, *id, &mut changed);
            }
        }
        (image, changed)
    }

    fn dynamic(&self, state: &MetadataState) -> (Arc<Config>, Arc<TopicConfig>) {
        let of = |name: &str| {
            state
                .configs_of(&Resource::broker(name))
                .cloned()
                .unwrap_or_default()
        };
        let (cluster, node) = (of(""), of(&self.node_id.to_string()));
        let config = match cluster.is_empty() && node.is_empty() {
            true => Arc::clone(&self.start_config),
            false => Arc::new(self.stored_over_start(&cluster, &node)),
        };
        self.store.set_disk_floor(config.disk_free_min_bytes);
        self.store.moves().set_rate(config.move_bytes_per_second_max);
        self.store.set_recovery_threads(config.recovery_threads);
        let plain = TopicConfig::resolve(&config, &ConfigMap::new());
        (config, plain)
    }

    fn stored_over_start(&self, cluster: &ConfigMap, node: &ConfigMap) -> Config {
        let (config, left_out) = self.start_config.with_dynamic(cluster, node);
        for LeftOut {
            name,
            is_of_node,
            why,
        } in left_out
        {
            let level = if is_of_node {
                "this broker"
            } else {
                "the cluster's defaults"
            };
            tracing::error!(config = name, "a dynamic config of {level} does not act: {why}");
        }
        config
    }

    fn put_topic(
        &self,
        image: &mut MetadataImage,
        state: &MetadataState,
        id: Uuid,
        changed: &mut TopicsChanged,
    ) {
        let before = image.by_id.get(&id).cloned();
        let Some(now) = state.topics.get(&id) else {
            image.by_id.remove(&id);
            if let Some(gone) = before {
                // A topic made anew under the same name in the same batch may be there already.
                if image.topics.get(&gone.name).is_some_and(|topic| topic.id == id) {
                    image.topics.remove(&gone.name);
                }
                changed.deleted.push(gone);
            }
            return;
        };
        let topic = Arc::new(self.topic(image, state, now, before.as_deref()));
        if before.is_none() {
            changed.created.push(Arc::clone(&topic));
        }
        image.topics.insert(Arc::clone(&topic.name), Arc::clone(&topic));
        image.by_id.insert(id, topic);
    }

    fn topic(
        &self,
        image: &MetadataImage,
        state: &MetadataState,
        now: &TopicState,
        before: Option<&Topic>,
    ) -> Topic {
        let own = state.configs.get(&Resource {
            kind: ResourceKind::TOPIC,
            name: Arc::clone(&now.name),
        });
        let config = match own {
            None => Arc::clone(&image.plain_config),
            Some(own) => TopicConfig::resolve(&image.config, own),
        };
        let handle = |(index, placed): (i32, &PartitionState)| {
            let known = before.and_then(|topic| topic.partition(index));
            if let Some(partition) = known {
                if before.is_some_and(|topic| topic.config != config) {
                    partition.set_config(Arc::clone(&config));
                }
                return Arc::clone(partition);
            }
            let id = PartitionId {
                topic: Arc::clone(&now.name),
                topic_id: now.id,
                index,
            };
            let directory = placed.placement.directory_on(self.node_id);
            Partition::new(
                id,
                directory,
                placed.leader_epoch,
                &self.store,
                Arc::clone(&config),
            )
        };
        Topic {
            name: Arc::clone(&now.name),
            id: now.id,
            partitions: now.partitions.iter().map(handle).collect(),
            placement: now.partitions.iter().map(|(_, placed)| placed.clone()).collect(),
            own_configs: own.cloned().unwrap_or_default(),
            config,
            internal: is_internal(&now.name),
        }
    }
}

/// The old `Arc` while nothing changed.
fn shared<T: Clone + PartialEq>(before: &Arc<T>, now: &T) -> Arc<T> {
    match **before == *now {
        true => Arc::clone(before),
        false => Arc::new(now.clone()),
    }
}
