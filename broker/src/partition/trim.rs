//! DeleteRecords: a later start of the log.

use std::sync::Arc;

use super::PartitionError;
use super::handle::Partition;
use super::writer::Slot;

impl Partition {
    /// Moves the log start offset up to `offset` (DeleteRecords) and answers where it is.
    ///
    /// # Errors
    /// [`PartitionError::OffsetOutOfRange`] above the high watermark, or what the log says.
    pub fn trim(self: &Arc<Self>, offset: i64) -> Result<i64, PartitionError> {
        let mut writer = self.settled_writer()?;
        let tail = self.tail.load();
        if offset < 0 || offset > tail.high_watermark {
            return Err(PartitionError::OffsetOutOfRange {
                offset,
                log_start_offset: tail.log_start_offset,
                high_watermark: tail.high_watermark,
            });
        }
        let Slot::Open(log) = &mut writer.slot else {
            return Ok(tail.log_start_offset);
        };
        let start = log.trim(offset)?;
        self.tail.set_ends(start, log.log_end_offset());
        drop(writer);
        self.waiters.wake();
        Ok(start)
    }

    /// Makes log start offsets durable: without it a crash brings trimmed records back.
    ///
    /// # Errors
    /// When the checkpoint cannot be written.
    pub fn persist_starts(&self) -> Result<(), PartitionError> {
        let written = super::blocking(|| self.store.write_checkpoints());
        written.map_err(|error| PartitionError::Offline(error.to_string()))
    }
}
