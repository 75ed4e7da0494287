//! Reading: no lock but while the log is opened.

use std::sync::Arc;

use storage::{LogView, ReadError, ReadResult, TimestampOffset};

use super::handle::Partition;
use super::tail::Tail;
use super::writer::Slot;
use super::{PartitionError, lock};

/// Epoch of who knows none.
const UNDEFINED_EPOCH: i32 = -1;

impl Partition {
    /// Reads whole batches from `offset` up to `upper_bound` (exclusive).
    ///
    /// # Errors
    /// [`PartitionError::OffsetOutOfRange`], or what the log says.
    pub fn read(
        self: &Arc<Self>,
        offset: i64,
        max_bytes: usize,
        upper_bound: i64,
        at_least_one: bool,
    ) -> Result<ReadResult, PartitionError> {
        let tail = self.tail()?;
        let out_of_range = |tail: &Tail| PartitionError::OffsetOutOfRange {
            offset,
            log_start_offset: tail.log_start_offset,
            high_watermark: tail.high_watermark,
        };
        if offset < tail.log_start_offset || offset > tail.log_end_offset {
            return Err(out_of_range(&tail));
        }
        if offset >= upper_bound {
            return Ok(ReadResult::default());
        }
        match self.look(|view| view.read(offset, max_bytes, upper_bound, at_least_one)) {
            Ok(found) => Ok(found.unwrap_or_default()),
            // The segment left the log under the read, and its files have other names.
            Err(_) if offset < self.tail()?.log_start_offset => Err(out_of_range(&self.tail()?)),
            Err(error) => Err(error),
        }
    }

    /// Looks at the log, if there is one; once more when it moved to another folder under the look.
    fn look<T>(&self, look: impl Fn(&LogView) -> Result<T, ReadError>) -> Result<Option<T>, PartitionError> {
        loop {
            let view = self.view.load();
            let Some(seen) = view.as_ref() else {
                return Ok(None);
            };
            match look(seen) {
                Ok(found) => return Ok(Some(found)),
                Err(error) => {
                    // A move takes the old log's names away before it shows the new one: let it finish.
                    drop(lock(&self.writer));
                    let now = self.view.load();
                    if now.as_ref().is_none_or(|now| Arc::ptr_eq(now, seen)) {
                        return Err(error.into());
                    }
                }
            }
        }
    }

    /// Reads whole batches from `offset` up to the log end, what is not durable yet included: for the
    /// broker's own replay.
    ///
    /// # Errors
    /// As [`Partition::read`].
    pub fn read_unflushed(
        self: &Arc<Self>,
        offset: i64,
        max_bytes: usize,
    ) -> Result<ReadResult, PartitionError> {
        let end = self.tail()?.log_end_offset;
        self.read(offset, max_bytes, end, true)
    }

    /// First record whose timestamp is at least `timestamp`.
    ///
    /// # Errors
    /// What the log says.
    pub fn offset_for_timestamp(
        self: &Arc<Self>,
        timestamp: i64,
        upper_bound: i64,
    ) -> Result<Option<TimestampOffset>, PartitionError> {
        self.settle()?;
        self.look(|view| view.offset_for_timestamp(timestamp, upper_bound))
            .map(Option::flatten)
    }

    /// Record with the largest timestamp (KIP-734).
    ///
    /// # Errors
    /// What the log says.
    pub fn max_timestamp(
        self: &Arc<Self>,
        upper_bound: i64,
    ) -> Result<Option<TimestampOffset>, PartitionError> {
        self.settle()?;
        self.look(|view| view.max_timestamp(upper_bound))
            .map(Option::flatten)
    }

    /// Epoch and end offset of the largest epoch at or below `epoch` (KIP-320).
    ///
    /// # Errors
    /// When the log cannot be opened.
    pub fn end_offset_for_epoch(self: &Arc<Self>, epoch: i32) -> Result<Option<(i32, i64)>, PartitionError> {
        let writer = self.settled_writer()?;
        let current = self.tail.leader_epoch();
        // Below all epochs, as Kafka's cache answers whatever lies below its first.
        if epoch < UNDEFINED_EPOCH {
            return Ok(Some((epoch, self.tail.load().log_start_offset)));
        }
        let end = self.tail.load().log_end_offset;
        let Slot::Open(log) = &writer.slot else {
            return Ok((0..=current).contains(&epoch).then_some((epoch, end)));
        };
        Ok(match log.end_offset_for_epoch(epoch) {
            // The current epoch begins at the log end until its first batch; epochs between it and the
            // log's latest had none.
            None if epoch == current => Some((epoch, end)),
            None if (0..current).contains(&epoch) => Some((log.view().latest_epoch().unwrap_or(epoch), end)),
            found => found,
        })
    }

    /// Epoch of the batch that holds an offset; `None` if the log has no batch there.
    ///
    /// # Errors
    /// When the log cannot be opened.
    pub fn epoch_at(self: &Arc<Self>, offset: i64) -> Result<Option<i32>, PartitionError> {
        self.settle()?;
        Ok(self.view.load().as_ref().and_then(|view| view.epoch_at(offset)))
    }
}
