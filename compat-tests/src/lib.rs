//! Harness of the tests that meet the broker through a socket only: start the real binary, speak to it raw or
//! through librdkafka. With `COMPAT_BOOTSTRAP=host:port` the same tests run against a broker that is already there,
//! Apache Kafka for instance, which is how each expectation is proved before it is asked of Ottla.
// Every failure of the harness is a failed test, so it panics like one.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs)]

pub mod answers;
pub mod batch;
pub mod configs;
pub mod errors;
pub mod groups;
pub mod kafka;
pub mod log_dirs;
pub mod ops;
pub mod quotas;
pub mod rdkafka;
pub mod scrape;
pub mod server;
pub mod transactions;
pub mod wire;

mod process;
mod wait;

pub use wait::{DEADLINE, eventually, eventually_some, unique};
