//! One partition: its log behind one short lock, its published tail, its waiters.

mod admit;
#[cfg(test)]
mod by_hand;
mod census;
mod checkpoints;
mod compact;
mod compaction;
#[cfg(test)]
mod compaction_tests;
mod durable;
mod error;
mod flush;
#[cfg(test)]
mod flush_tests;
mod flusher;
mod folders;
mod handle;
mod location;
mod maintenance;
mod make_room;
mod move_log;
mod moves;
mod offline;
mod open;
mod open_together;
mod pace;
mod read;
mod record;
#[cfg(test)]
mod removal_tests;
mod removals;
mod retention;
#[cfg(test)]
mod retention_tests;
mod size;
mod space;
#[cfg(test)]
mod space_tests;
mod store;
mod sync;
mod tail;
#[cfg(test)]
mod tests;
mod ticket;
mod transactions;
mod trim;
#[cfg(test)]
pub mod two_disks;
mod waiter;
mod writer;

pub use admit::{Admission, HeavyWork};
pub use census::PartitionCensus;
pub use compaction::{Cleaner, CleanerConfigSource, CleanerStop};
pub use error::PartitionError;
pub use flush::TimedFlushes;
pub use folders::{Folder, Folders};
pub use handle::{Partition, PartitionId};
pub use maintenance::Maintenance;
pub use move_log::{MoveError, NoteMove};
pub use moves::{Move, Moves};
pub use open_together::open_together;
pub use record::KeyValue;
pub use space::DiskWatch;
pub use store::{PartitionStore, Place};
pub use tail::Tail;
pub use ticket::{Ticket, TicketError};
pub use transactions::{EndMarker, Verification};
pub use waiter::Waiter;

use compact::CompactionState;
use compaction::Cleanings;
use flush::{FlushState, Flushes};
use flusher::Flusher;
use location::Location;
use removals::Removals;
pub(crate) use sync::blocking;
use sync::lock;
