//! Looking at what lies on disk without changing it: the core of `ottla log verify` and `ottla log dump`.
//!
//! Everything here reads, answers findings, and believes nothing: any bytes may stand in any file.

mod batch_check;
mod entries;
mod finding;
mod folder;
mod index_check;
mod missing;
mod partition;
mod segment;
mod small_files;
#[cfg(test)]
mod tests;
mod walk;

pub use batch_check::batch_faults;
pub use entries::{Entry, EntryKind, read_entries};
pub use finding::{Finding, Severity};
pub use folder::{FolderReport, verify};
pub use partition::PartitionReport;
pub use small_files::{SnapshotEntry, read_checkpoint, read_epochs, read_snapshot, read_topic_id};
pub use walk::{BatchWalk, Walked};
