//! Tests of the log as a whole.

mod aborted;
mod by_time;
mod compaction;
mod conformance;
mod fuzz;
mod model;
mod preallocate;
mod producers;
mod real;
mod recovery;
mod relocate;
mod retention;
pub(super) mod support;
