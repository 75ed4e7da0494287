//! The primitives of Kafka's message schemas, for records that the message crate lacks.
//!
//! Sizes and counts are checked against the bytes that are left before anything is allocated, so a damaged
//! record costs an error and never memory. Numbers are big-endian, as everywhere in Kafka.

mod error;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub use error::CodecError;
pub use reader::Reader;
pub use writer::Writer;
