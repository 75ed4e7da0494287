//! The log of a partition: one writer, readers without locks, recovery.

mod aborted;
mod aborted_check;
mod active;
mod append;
mod chunk;
mod compact;
mod cutting;
mod disk_segment;
mod doomed;
mod epochs;
mod errors;
mod file_pool;
mod find_aborted;
mod index;
pub mod inspect;
mod leftovers;
mod lookup;
mod maintain;
mod mem_blocks;
mod memory_budget;
mod missing;
mod names;
mod offset_index;
mod options;
mod peek;
mod producer_snapshot;
mod producer_state;
mod producers;
mod recover;
mod relocate;
mod replay;
mod rescan;
mod retain;
mod scan;
mod segment;
mod snapshots;
mod swapped;
mod tail;
#[cfg(test)]
mod tests;
mod time_check;
mod time_index;
mod timestamps;
mod topic_id;
mod trusted;
mod trusted_epochs;
mod txn_index;
mod view;
mod writer;

pub use append::Appended;
pub use chunk::Chunk;
pub use compact::{
    Cleanable, CompactedSegment, Compaction, CompactionError, CompactionLimits, CompactionPlan,
    CompactionSettings, CompactionStats, PendingSwap,
};
pub use doomed::{Doomed, Retired};
pub use epochs::fuzz_epochs;
pub use errors::{AppendError, LogError, ReadError, RecoveryReport};
pub(crate) use file_pool::FilePool;
pub use file_pool::OPEN_FILES_MAX;
pub use index::fuzz_index;
pub use maintain::DirtyFiles;
pub use memory_budget::MemoryBudget;
pub use options::LogOptions;
pub use peek::{Peeked, PeekedSegment};
pub use producer_snapshot::fuzz_producer_snapshot;
pub use producer_state::{BatchMeta, DEDUPE_WINDOW_BATCHES, ProducerState};
pub use relocate::{Relocation, future_dir_name, future_dir_of};
pub use retain::{Retention, RetentionReport, RetiredBecause, RetiredSegment};
pub use timestamps::TimestampOffset;
pub use txn_index::AbortedTxn;
pub use view::{LogView, ReadResult};
pub use writer::Log;
