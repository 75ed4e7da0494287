//! Compaction: the last value of every key stays (Kafka's `Cleaner`, `LogCleanerManager`).

mod error;
mod filter;
mod group;
mod map_build;
mod offset_map;
mod output;
mod range;
mod run;
mod swap;
mod transactions;

pub use error::CompactionError;
pub use range::{Cleanable, CompactionLimits};
pub use run::{Compaction, CompactionPlan, CompactionSettings, CompactionStats};
pub use swap::{CompactedSegment, PendingSwap};
