//! The one map from domain errors to Kafka error codes, a file per area.

mod config;
mod groups;
mod partition;
mod topics;
mod transactions;

pub use config::{altered, config};
pub use groups::{committed, group, group_result};
pub use partition::{batch, fetch, partition, session};
pub use topics::{auto_create, topic};
pub use transactions::{Knows, admission, marker, offsets_in_transaction, transaction, transaction_for};
