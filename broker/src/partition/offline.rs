//! What a failed data folder means for a partition.

use std::io;

use storage::AppendError;

use super::handle::Partition;
use super::writer::Slot;
use super::{Folder, PartitionError, lock};

impl Partition {
    pub(super) fn offline(&self) -> PartitionError {
        PartitionError::Offline(self.store.why_offline(self.location(), self.id()))
    }

    /// After a failed sync nothing more is appended to the folder: the kernel may have dropped pages.
    pub(super) fn mark_folder_offline(&self, error: &io::Error) {
        if let Some(folder) = self.folder().and_then(Folder::data) {
            folder.mark_offline(&format!("a sync failed: {error}"));
        }
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
