//! The one map from domain errors to Kafka error codes, a file per area.

mod topics;

pub use topics::{auto_create, topic};
