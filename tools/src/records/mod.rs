//! Records of Kafka's own topics as the JSON that Kafka's tools print of them: one table of their fields, and one reader
//! that goes by it. What the broker makes of these records is another thing: it keeps neither versions nor all fields.

mod decode;
mod kinds;
mod reader;
mod schema;

pub(crate) use kinds::{Coordinated, Fault, control, coordinated, metadata};
