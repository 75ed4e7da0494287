//! What the groups know of topics and of configs set on groups.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use uuid::Uuid;

use crate::topics::{MetadataImage, Resource, Topics};

/// A topic as groups see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicInfo {
    /// Name.
    pub name: Arc<str>,
    /// Id.
    pub id: Uuid,
    /// Number of partitions.
    pub partitions: i32,
    /// Racks of each partition's replicas, sorted; empty when no broker has a rack.
    pub racks: Vec<Vec<String>>,
}

/// A picture of all topics at one time.
pub trait TopicsView: Debug + Send + Sync {
    /// A topic by name.
    fn by_name(&self, name: &str) -> Option<TopicInfo>;
    /// A topic by id.
    fn by_id(&self, id: Uuid) -> Option<TopicInfo>;
    /// All names, in no order.
    fn names(&self) -> Vec<Arc<str>>;
    /// Rises with every change.
    fn version(&self) -> i64;
    /// The version that the newest topic came with.
    fn version_of_newest_topic(&self) -> i64;
    /// The value of a config set on a group itself.
    fn group_config(&self, group: &str, name: &str) -> Option<String>;
    /// `group.consumer.assignment.interval.ms` as it is now; it may be changed while the broker runs.
    fn assignment_interval_ms(&self) -> Option<i32>;
}

/// Where pictures come from.
pub trait TopicsSource: Debug + Send + Sync {
    /// The topics as they are now.
    fn view(&self) -> Arc<dyn TopicsView>;
}

/// The metadata image as a picture of topics.
#[derive(Debug)]
struct ImageView {
    image: Arc<MetadataImage>,
    newest_topic: i64,
}

impl ImageView {
    fn info(&self, topic: &crate::topics::Topic) -> TopicInfo {
        let nodes = self.image.broker_nodes();
        let rack = |id: &i32| nodes.iter().find(|n| n.id == *id)?.rack.clone();
        let racks = topic.placement.iter().map(|placed| {
            let mut racks: Vec<String> = placed.placement.replicas.iter().filter_map(rack).collect();
            racks.sort();
            racks
        });
        TopicInfo {
            name: topic.name.clone(),
            id: topic.id,
            partitions: i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX),
            racks: racks.collect(),
        }
    }
}

impl TopicsView for ImageView {
    fn by_name(&self, name: &str) -> Option<TopicInfo> {
        self.image.topic(name).map(|topic| self.info(topic))
    }

    fn by_id(&self, id: Uuid) -> Option<TopicInfo> {
        self.image.topic_by_id(id).map(|topic| self.info(topic))
    }

    fn names(&self) -> Vec<Arc<str>> {
        self.image.topics().map(|topic| topic.name.clone()).collect()
    }

    fn version(&self) -> i64 {
        self.image.offset
    }

    fn version_of_newest_topic(&self) -> i64 {
        self.newest_topic
    }

    fn group_config(&self, group: &str, name: &str) -> Option<String> {
        self.image.configs(&Resource::group(group))?.get(name).cloned()
    }

    fn assignment_interval_ms(&self) -> Option<i32> {
        Some(self.image.config.groups.consumer.times.assignment_interval_ms)
    }
}

/// The topics of this broker.
#[derive(Debug)]
pub struct LiveTopics {
    topics: Topics,
    /// Set when a topic came since the last picture.
    came: Arc<AtomicBool>,
    newest_topic: AtomicI64,
}

impl LiveTopics {
    /// Over the topics of this broker; sees every topic that comes from now on.
    pub fn new(topics: &Topics) -> LiveTopics {
        let came = Arc::new(AtomicBool::new(false));
        let seen = came.clone();
        topics.on_change(Box::new(move |changed| {
            if !changed.created.is_empty() {
                seen.store(true, Ordering::SeqCst);
            }
        }));
        LiveTopics {
            topics: topics.clone(),
            came,
            newest_topic: AtomicI64::new(topics.image().offset),
        }
    }
}

impl TopicsSource for LiveTopics {
    fn view(&self) -> Arc<dyn TopicsView> {
        // The mark is read first: the image that is read afterwards has the topic.
        let came = self.came.load(Ordering::SeqCst) && self.came.swap(false, Ordering::SeqCst);
        let image = self.topics.image();
        if came {
            self.newest_topic.fetch_max(image.offset, Ordering::SeqCst);
        }
        Arc::new(ImageView {
            image,
            newest_topic: self.newest_topic.load(Ordering::SeqCst),
        })
    }
}
