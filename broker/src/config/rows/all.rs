//! All areas of the table.

use super::{
    client_metrics, group, groups, log, network, oauth, ottla, quorum, quotas, remote, replication, sasl,
    security, server, share, tls, topic, transactions,
};
use crate::config::row::Row;

/// All areas; the order does not matter, names are unique within a scope.
pub(in crate::config) const AREAS: &[&[Row]] = &[
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
