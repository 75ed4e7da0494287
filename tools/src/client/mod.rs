//! A synchronous client for any Kafka: bootstrap, ApiVersions, routing to controller, leaders and coordinators, timeouts.

mod admin;
mod config;
mod configs;
mod error;
mod link;
mod routes;
mod rpc;
mod topics;

pub(crate) use config::ClientConfig;
pub(crate) use configs::{Change, ConfigChange, Kind};
pub(crate) use error::ClientError;
pub(crate) use routes::{Client, Node, To};
pub(crate) use rpc::Rpc;
pub(crate) use topics::{PartitionInfo, TopicInfo};
