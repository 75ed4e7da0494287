//! What a failed data folder means for a partition.

use storage::AppendError;

use super::handle::Partition;
use super::writer::Slot;
use super::{Folder, PartitionError, lock};

impl Partition {
    /// Whether what was done to the log can outlast this process, as far as is known.
    ///
    /// # Errors
    /// [`PartitionError::Offline`] once the data folder has failed.
    pub fn check_online(&self) -> Result<(), PartitionError> {
        match self.is_offline() {
            false => Ok(()),
            true => Err(self.offline()),
        }
    }

    pub(super) fn offline(&self) -> PartitionError {
        PartitionError::Offline(self.store.why_offline(self.location(), self.id()))
    }

    /// A write that failed because the disk did takes the whole folder out of use.
    pub(super) fn note_failure(&self, error: &AppendError) {
        if let (AppendError::Io(error), Some(folder)) = (error, self.folder().and_then(Folder::data)) {
            folder.note_failure(error);
        }
    }

    /// Answers those who wait for anything here once the data folder has failed: nothing is to come any more.
    pub(super) fn give_up(&self) {
        let mut writer = lock(&self.writer);
        if let Slot::Open(_) = writer.slot {
            writer.drop_tickets();
        }
        drop(writer);
        self.waiters.wake();
    }
}
