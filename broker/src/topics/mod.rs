//! Topics, configs and the metadata image.

mod alter;
mod alter_loggers;
mod auto;
mod bootstrap_file;
mod change_configs;
mod client_quotas;
mod create;
mod delete;
mod eligible_leaders;
mod error;
mod features;
mod folders;
mod grow;
mod handle;
mod idle_configs;
mod image;
mod log;
mod move_partition;
mod name;
mod operations;
mod placement;
mod producer_ids;
mod quorum;
mod reassign;
mod replay;
mod request;
mod rules;
mod seen;
mod snapshot;
mod start;
mod start_error;
mod state;
#[cfg(test)]
mod tests;
mod update_features;

pub use alter::{AlterConfigs, AlterRefusal, AlterResource, require_clear};
pub use auto::auto_topic;
pub use client_quotas::{QuotaAlteration, QuotaResult};
pub use error::{TopicError, TopicErrorKind};
pub use features::{FEATURES, GROUP_VERSION, TRANSACTION_VERSION};
pub use handle::{Topics, TopicsHook};
pub use image::{BrokerNode, MetadataImage, Topic, TopicsChanged};
pub use name::{CLUSTER_METADATA, CONSUMER_OFFSETS, TRANSACTION_STATE, is_internal, why_invalid};
pub use operations::{
    ALL_CLUSTER_OPERATIONS, ALL_GROUP_OPERATIONS, ALL_TOPIC_OPERATIONS, OPERATIONS_NOT_ASKED,
};
pub use placement::{PartitionState, Placement, TopicPartitions};
pub use reassign::Reassign;
pub use request::{
    BROKER_DEFAULT, ConfigChange, CreateResult, CreatedTopic, DeleteResult, GrowResult, MorePartitions,
    NewTopic, Terms, TopicRef,
};
pub use start_error::MetadataStartError;
pub use state::{
    ClientQuotas, ConfigMap, MetadataState, ReplayError, Resource, ResourceKind, TopicState, Touched,
};
pub use update_features::{FeatureUpdate, UpgradeType};
