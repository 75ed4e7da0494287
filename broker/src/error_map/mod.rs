//! The one map from domain errors to Kafka error codes, a file per area.
