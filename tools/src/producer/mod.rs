//! A producer without threads: records go into batches by partition, batches out over pipelined requests, and answers
//! are taken when room is needed or when somebody waits for them.

mod accumulate;
mod config;
mod deliver;
mod ids;
mod partition;
mod retry;
mod topics;

pub(crate) use accumulate::{Header, Record};
pub(crate) use config::ProducerConfig;
pub(crate) use deliver::{Producer, Receipt};
