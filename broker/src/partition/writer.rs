//! What the partition's lock guards.

use std::collections::VecDeque;

use storage::{Log, Retired};
use tokio::sync::oneshot;

use super::transactions::Verifications;
use super::{FlushState, PartitionError, Ticket, TicketError};

/// The log, as far as it is known.
#[derive(Debug, Default)]
pub(super) enum Slot {
    /// Nobody has looked yet.
    #[default]
    Unopened,
    /// No log yet: made by the first append.
    Absent,
    /// In use.
    Open(Box<Log>),
    /// Refused by damage or a failed disk, with the reason.
    Offline(String),
    /// The topic is gone.
    Deleted,
}

#[derive(Debug)]
struct Waiting {
    /// Durable once the high watermark reaches this.
    end_offset: i64,
    reply: oneshot::Sender<Result<(), TicketError>>,
}

/// State of the one writer.
///
/// Invariant: `waiting` is ordered by end offset; its length is bounded by the requests in flight of
/// all connections.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) slot: Slot,
    /// Whether the partition stands in the flusher's queue.
    pub(super) queued: bool,
    /// Segments out of the log whose files may be renamed once the checkpoint knows the log start.
    pub(super) retired: Retired,
    /// Syncs that `flush.messages` and `flush.ms` ask for.
    pub(super) flush: FlushState,
    /// Transactions that are announced and have not begun.
    pub(super) verifications: Verifications,
    waiting: VecDeque<Waiting>,
}

impl Writer {
    /// Before anybody looked for the log.
    pub(super) fn new(flush: FlushState) -> Writer {
        Writer {
            flush,
            ..Writer::default()
        }
    }

    pub(super) fn usable(&self) -> Result<(), PartitionError> {
        match &self.slot {
            Slot::Offline(reason) => Err(PartitionError::Offline(reason.clone())),
            Slot::Deleted => Err(PartitionError::Deleted),
            _ => Ok(()),
        }
    }

    pub(super) fn open_log(&mut self) -> Result<&mut Log, PartitionError> {
        match &mut self.slot {
            Slot::Open(log) => Ok(log),
            Slot::Offline(reason) => Err(PartitionError::Offline(reason.clone())),
            _ => Err(PartitionError::Deleted),
        }
    }

    /// A ticket for everything below `end_offset`.
    pub(super) fn wait_for(&mut self, end_offset: i64) -> Ticket {
        let (reply, receiver) = oneshot::channel();
        let at = self.waiting.partition_point(|w| w.end_offset <= end_offset);
        self.waiting.insert(at, Waiting { end_offset, reply });
        Ticket::waiting(receiver)
    }

    /// Answers the tickets that `durable_end` satisfies.
    pub(super) fn answer_up_to(&mut self, durable_end: i64) {
        while self.waiting.front().is_some_and(|w| w.end_offset <= durable_end) {
            if let Some(waiting) = self.waiting.pop_front() {
                // The connection may be gone: nobody to tell then.
                let _ = waiting.reply.send(Ok(()));
            }
        }
    }

    /// Dropped senders answer [`TicketError::Offline`] by themselves.
    pub(super) fn drop_tickets(&mut self) {
        self.waiting.clear();
    }

    pub(super) fn fail(&mut self, reason: &str) {
        self.slot = Slot::Offline(reason.to_owned());
        self.drop_tickets();
    }
}
