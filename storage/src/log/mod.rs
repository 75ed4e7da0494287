//! The log of a partition: one writer, readers without locks, recovery.

mod active;
mod append;
mod chunk;
mod epochs;
mod errors;
mod file_pool;
mod index;
mod leftovers;
mod lookup;
mod maintain;
mod mem_blocks;
mod memory_budget;
mod names;
mod offset_index;
mod options;
mod producer_snapshot;
mod producers;
mod recover;
mod replay;
mod rescan;
mod scan;
mod segment;
mod snapshots;
mod tail;
#[cfg(test)]
mod tests;
mod time_index;
mod timestamps;
mod topic_id;
mod view;
mod writer;

pub use append::Appended;
pub use chunk::Chunk;
pub use epochs::fuzz_epochs;
pub use errors::{AppendError, LogError, ReadError, RecoveryReport};
pub(crate) use file_pool::FilePool;
pub use file_pool::OPEN_FILES_MAX;
pub use index::fuzz_index;
pub use maintain::DirtyFiles;
pub use memory_budget::MemoryBudget;
pub use options::LogOptions;
pub use producer_snapshot::fuzz_producer_snapshot;
pub use producers::{BatchMeta, DEDUPE_WINDOW_BATCHES, ProducerState};
pub use timestamps::TimestampOffset;
pub use view::{LogView, ReadResult};
pub use writer::Log;
