//! Kafka's own command-line tools as functions: the same flags, output and exit codes as the scripts in Kafka's `bin`,
//! in milliseconds. They speak through `protocol-shim` to any Kafka, and know nothing of the broker.

mod api_versions;
mod ask;
#[allow(dead_code, unused_imports)] // what the tools stand on, ahead of them
mod client;
mod cluster;
mod configs;
mod connect;
mod console_consumer;
mod console_producer;
#[allow(dead_code)] // what the tools stand on, ahead of them
mod consumer;
mod consumer_groups;
#[allow(dead_code, unused_imports)] // what the tools stand on, ahead of them
mod env;
mod get_offsets;
mod group_admin;
mod groups;
mod io;
mod java;
#[allow(dead_code, unused_imports)] // what the tools stand on, ahead of them
mod jre;
mod json;
mod log_dirs;
mod log_line;
#[allow(dead_code, unused_imports)] // what the tools stand on, ahead of them
mod options;
#[allow(dead_code)] // what the tools stand on, ahead of them
mod producer;
#[allow(dead_code, unused_imports)] // what the tools stand on, ahead of them
mod properties;
mod run_class;
mod server_start;
mod table;
mod topics;
mod wrong;

mod client_metrics;
mod delete_records;
mod features;
mod leader_election;
mod quorum;
mod storage_tool;
mod versions;
pub use io::Io;
pub use server_start::ServerStart;
pub use table::{TOOLS, Tool, find, find_class};
