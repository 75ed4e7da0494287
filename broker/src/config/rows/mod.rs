//! The rows of the config table, one file per area.

mod all;
mod client_metrics;
mod group;
mod groups;
mod log;
mod network;
mod oauth;
mod ottla;
mod quorum;
mod quotas;
mod remote;
mod replication;
mod sasl;
mod security;
mod server;
mod share;
mod tls;
mod topic;
mod transactions;

pub(super) use all::AREAS;
