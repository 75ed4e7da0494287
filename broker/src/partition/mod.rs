//! One partition: its log behind one short lock, its published tail, its waiters.

mod error;
mod flusher;
mod handle;
mod maintenance;
mod read;
mod record;
#[cfg(test)]
mod removal_tests;
mod removals;
mod store;
mod sync;
mod tail;
#[cfg(test)]
mod tests;
mod ticket;
mod trim;
mod waiter;
mod writer;

pub use error::PartitionError;
pub use handle::{Partition, PartitionId};
pub use maintenance::Maintenance;
pub use record::KeyValue;
pub use store::{PartitionStore, Place};
pub use tail::Tail;
pub use ticket::{Ticket, TicketError};
pub use waiter::Waiter;

use flusher::Flusher;
use removals::Removals;
pub(crate) use sync::blocking;
use sync::lock;
