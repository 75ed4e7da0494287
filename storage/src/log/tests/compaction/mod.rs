//! Compaction of whole logs.

mod crash;
mod model;
mod rules;
pub(super) mod world;
