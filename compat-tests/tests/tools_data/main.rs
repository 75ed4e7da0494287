//! The tools that move data, by what Apache Kafka's print: every expectation here is one of Kafka 4.3.1's own classes.
//! `TOOLS_LIBS=FOLDER` (of Kafka's jars) runs those instead of ours, which has to end the same.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod console;
mod groups;
mod perf;
mod storage;
mod tool;
