//! Crashes, faults and bad input.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod bad_batches;
mod bad_input;
mod crash;
mod damage;
mod exactly_once;
mod faults;
mod folders;
mod groups;
mod log_tool;
mod moves;
mod retention;
mod shutdown;
mod silence;
