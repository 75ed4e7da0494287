//! Compaction of whole logs.

mod crash;
mod model;
mod rules;
mod world;
