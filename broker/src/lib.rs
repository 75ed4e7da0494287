//! Ottla: a Kafka broker in one small native binary.

pub mod api;
pub mod config;
pub mod connection;
pub mod env;
pub mod fetch;
pub mod groups;
pub mod partition;
pub mod records;
pub mod topics;
