//! Kafka wire protocol.
