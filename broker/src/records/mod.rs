//! Kafka's own record schemas that the message crate lacks.

pub mod codec;
pub mod consumer_groups;
mod consumer_values;
pub mod groups;
pub mod metadata;
pub mod metadata_broker;
pub mod metadata_levels;
pub mod metadata_quota;
pub mod metadata_topic;
pub mod transactions;
