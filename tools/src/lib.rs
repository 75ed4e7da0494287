//! Kafka's own command-line tools as functions: the same flags, output and exit codes as the scripts in Kafka's `bin`,
//! in milliseconds. They speak through `protocol-shim` to any Kafka, and know nothing of the broker.

#[allow(dead_code, unused_imports)] // what the tools stand on, ahead of them
mod client;
#[allow(dead_code, unused_imports)] // what the tools stand on, ahead of them
mod env;
mod io;
#[allow(dead_code, unused_imports)] // what the tools stand on, ahead of them
mod options;
#[allow(dead_code, unused_imports)] // what the tools stand on, ahead of them
mod properties;
mod run_class;
mod server_start;
mod table;

pub use io::Io;
pub use server_start::ServerStart;
pub use table::{TOOLS, Tool, find, find_class};
