//! Ottla: a Kafka broker in one small native binary.

pub mod announce;
pub mod api;
pub mod banner;
pub mod by_topic;
pub mod cli;
pub mod config;
pub mod config_tool;
pub mod connection;
pub mod container;
pub mod context;
pub mod coordinator;
pub mod dispatch;
pub mod embed;
pub mod env;
pub mod error_map;
pub mod fetch;
pub mod groups;
pub mod log_levels;
pub mod log_tool;
pub mod metrics;
pub mod partition;
pub mod quotas;
pub mod records;
pub mod scripts;
pub mod server;
pub mod topics;
pub mod transactions;
pub mod usage;

pub use embed::{Ottla, OttlaBuilder};
