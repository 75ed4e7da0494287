//! From appended to durable: who syncs, who waits, and when the high watermark moves.

use std::sync::{Arc, MutexGuard};

use storage::{Appended, Log};

use super::flush::FlushNow;
use super::handle::LoneWriter;
use super::writer::{Slot, Writer};
use super::{Partition, Ticket, lock};

impl Partition {
    /// A ticket for everything appended so far.
    pub fn barrier(self: &Arc<Self>) -> Ticket {
        let Ok(mut writer) = self.settled_writer() else {
            // Nothing can be pending on a log that is not there.
            return Ticket::durable();
        };
        let tail = self.tail.load();
        if tail.high_watermark >= tail.log_end_offset {
            return Ticket::durable();
        }
        // What is not durable stands with the flusher already, or is being synced by its writer.
        writer.wait_for(tail.log_end_offset)
    }

    /// Under `os` the append is durable, unless `flush.messages` asks for a sync; else sync now if nobody else
    /// does, or queue.
    pub(super) fn promise(
        self: &Arc<Self>,
        mut writer: MutexGuard<'_, Writer>,
        appended: &Appended,
        end: i64,
        lone_writer: LoneWriter,
    ) -> Ticket {
        let flush = match self.store.flusher(self.location()) {
            Some(flusher) => FlushNow::Yes(Some(flusher)),
            None if writer.flush.is_set() => self.flush_at(&mut writer, end),
            None => FlushNow::No,
        };
        let FlushNow::Yes(flusher) = flush else {
            if let Slot::Open(log) = &mut writer.slot {
                self.publish(log, end);
            }
            drop(writer);
            self.waiters.wake();
            return Ticket::durable();
        };
        let wanted = appended.last_offset + 1;
        if wanted <= self.tail.high_watermark() {
            return Ticket::durable();
        }
        let ticket = writer.wait_for(wanted);
        let Some(flusher) = flusher else {
            drop(writer);
            self.sync();
            return ticket;
        };
        let token = match lone_writer {
            LoneWriter::SyncsItself => flusher.try_token(),
            LoneWriter::Queues => None,
        };
        if let Some(token) = token {
            drop(writer);
            self.sync();
            drop(token);
        } else if !std::mem::replace(&mut writer.queued, true) {
            drop(writer);
            flusher.enqueue(Arc::clone(self));
        }
        ticket
    }

    /// Moves the high watermark, and with it what `read_committed` consumers see.
    pub(super) fn publish(&self, log: &mut Log, high_watermark: i64) {
        // What is not decided must be known before it can be seen; what is decided, when its marker can.
        let unstable = log.unstable_from(self.tail.high_watermark());
        #[cfg(test)]
        let unstable = self.store.spoil_unstable(log, unstable);
        self.tail.set_first_unstable_offset(unstable);
        self.tail.set_high_watermark(high_watermark);
        if unstable.is_some() {
            let unstable = log.unstable_from(high_watermark);
            #[cfg(test)]
            let unstable = self.store.spoil_unstable(log, unstable);
            self.tail.set_first_unstable_offset(unstable);
        }
    }

    pub(super) fn sync_queued(&self) {
        lock(&self.writer).queued = false;
        self.sync();
    }

    /// Syncs what is dirty, outside the lock, then moves the high watermark and answers tickets.
    pub(super) fn sync(&self) {
        let (dirty, at) = match &lock(&self.writer).slot {
            Slot::Open(log) => (log.dirty(), self.location()),
            _ => return,
        };
        let result = dirty.files.iter().try_for_each(|file| file.sync_data());
        let mut writer = lock(&self.writer);
        match (result, &mut writer.slot) {
            (Ok(()), Slot::Open(log)) => {
                log.synced(&dirty);
                // Under `os` it may be further already: not every append waits for a sync there.
                let reached = dirty.end_offset.max(self.tail.high_watermark());
                self.publish(log, reached);
                writer.answer_up_to(dirty.end_offset);
            }
            (Err(error), _) if at != self.location() => {
                // Moved meanwhile, and synced there.
                self.store.mark_offline(at, &error);
            }
            (Err(error), _) => {
                // A failed fdatasync is never retried: the kernel may have dropped the pages.
                tracing::error!(partition = %self.id().dir_name(), %error, "sync failed: the data folder goes offline");
                self.store.mark_offline(at, &error);
                writer.fail(&format!("sync failed: {error}"));
            }
            (Ok(()), _) => writer.drop_tickets(),
        }
        drop(writer);
        self.waiters.wake();
    }

    /// Syncs closed segments outside the lock.
    pub(super) fn sync_closed(&self) -> std::io::Result<()> {
        let (dirty, at) = match &lock(&self.writer).slot {
            Slot::Open(log) => (log.dirty_closed(), self.location()),
            _ => return Ok(()),
        };
        if dirty.files.is_empty() {
            return Ok(());
        }
        let synced = dirty.files.iter().try_for_each(|file| file.sync_data());
        synced.inspect_err(|error| self.store.mark_offline(at, error))?;
        if let Slot::Open(log) = &mut lock(&self.writer).slot {
            log.synced(&dirty);
        }
        Ok(())
    }
}
