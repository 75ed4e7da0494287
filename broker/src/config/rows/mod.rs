//! The rows of the config table, one file per area.

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

use super::row::Row;

/// All areas; the order does not matter, names are unique within a scope.
pub(super) const AREAS: &[&[Row]] = &[
    client_metrics::ROWS,
    group::ROWS,
    groups::ROWS,
    log::ROWS,
    network::ROWS,
    oauth::ROWS,
    ottla::ROWS,
    quorum::ROWS,
    quotas::ROWS,
    remote::ROWS,
    replication::ROWS,
    sasl::ROWS,
    security::ROWS,
    server::ROWS,
    share::ROWS,
    tls::ROWS,
    topic::ROWS,
    transactions::ROWS,
];
