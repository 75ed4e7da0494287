//! A synchronous client for any Kafka: bootstrap, ApiVersions, routing to controller, leaders and coordinators, timeouts.

mod admin;
mod config;
mod error;
mod link;
mod routes;
mod rpc;

pub(crate) use config::ClientConfig;
pub(crate) use error::ClientError;
pub(crate) use link::Link;
pub(crate) use routes::{Client, Node, To};
pub(crate) use rpc::Rpc;
