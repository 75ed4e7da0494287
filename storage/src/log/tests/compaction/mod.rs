//! Compaction of whole logs.

mod crash;
mod limits;
mod model;
mod rules;
mod segments;
pub(super) mod world;
