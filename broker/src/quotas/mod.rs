//! Quotas of clients: who may send, fetch, ask, change and connect how much, and how long who did more has to wait.
//!
//! What is counted is kept in memory only, as in Kafka; what is allowed comes from the metadata.

mod address;
mod bucket;
mod client;
mod handle;
mod limits;
mod mutations;
mod rate;
mod sensors;
#[cfg(test)]
mod tests;
mod usage;

pub use address::{find_address, find_address_now};
pub use client::{Client, Kind};
pub use handle::Quotas;
pub use mutations::Mutations;
pub use usage::{Timed, Usage};
