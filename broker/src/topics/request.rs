//! What is asked of the metadata and what comes back, in domain words.

use std::sync::Arc;

use uuid::Uuid;

use super::error::TopicError;
use super::state::{ConfigMap, Resource};

/// "As the broker's configuration says" for counts and factors.
pub const BROKER_DEFAULT: i32 = -1;

/// A topic to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTopic {
    /// Name.
    pub name: String,
    /// Partitions; -1 for `num.partitions`.
    pub partitions: i32,
    /// Replication factor; -1 for `default.replication.factor`.
    pub replication_factor: i16,
    /// Manual assignments (partition number, broker ids); counts must be -1 then.
    pub assignments: Vec<(i32, Vec<i32>)>,
    /// Configs; null values are refused.
    pub configs: Vec<(String, Option<String>)>,
    /// Take fewer replicas than asked when there are fewer brokers, whatever the profile (internal topics).
    pub cap_replicas: bool,
}

impl NewTopic {
    /// A topic with the broker's defaults.
    pub fn with_defaults(name: &str) -> NewTopic {
        NewTopic {
            name: name.to_owned(),
            partitions: BROKER_DEFAULT,
            replication_factor: -1,
            assignments: Vec::new(),
            configs: Vec::new(),
            cap_replicas: false,
        }
    }
}

/// A topic that was made, or would have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedTopic {
    /// Id.
    pub id: Uuid,
    /// Partitions.
    pub partitions: i32,
    /// Replicas of each.
    pub replication_factor: i16,
    /// Its own configs.
    pub configs: Arc<ConfigMap>,
}

/// One answer of a creation request; duplicates in a request are answered once.
pub type CreateResult = (String, Result<CreatedTopic, TopicError>);

/// Which topic to remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicRef {
    /// By name.
    pub name: Option<String>,
    /// By id; nil for none.
    pub id: Uuid,
}

impl TopicRef {
    /// Whether it is either by name or by id.
    pub fn is_clear(&self) -> bool {
        self.name.is_some() == self.id.is_nil()
    }
}

/// One answer of a removal request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteResult {
    /// Name, where known.
    pub name: Option<String>,
    /// Id; nil where not known.
    pub id: Uuid,
    /// What came of it.
    pub result: Result<(), TopicError>,
}

/// A topic to grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MorePartitions {
    /// Topic name.
    pub name: String,
    /// Wanted total.
    pub count: i32,
    /// Broker ids of each new partition; `None` to let the broker choose.
    pub assignments: Option<Vec<Vec<i32>>>,
}

/// One answer of a request for more partitions; duplicates in a request are answered once.
pub type GrowResult = (String, Result<(), TopicError>);

/// One config to set or to remove; checked by whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigChange {
    /// On what.
    pub resource: Resource,
    /// Config name.
    pub name: String,
    /// New value; `None` removes it.
    pub value: Option<String>,
}

/// On what terms a client changes topics (Kafka: `ControllerRequestContext`).
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// Asked before partitions are made or removed, with their number; false refuses them: the client's quota is used up.
    pub admit: &'a (dyn Fn(usize) -> bool + Sync),
    /// The client gave no time at all: as soon as there is something to decide, the whole request is refused.
    pub too_late: bool,
}

impl Terms<'static> {
    /// Those of the broker itself: no quota, and time enough.
    pub const OWN: Terms<'static> = Terms {
        admit: &|_| true,
        too_late: false,
    };
}
