//! Kafka's own record schemas that the message crate lacks.

pub mod codec;
