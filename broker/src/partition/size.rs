//! How large a partition is, for people.

use std::sync::Arc;

use super::{Folder, Partition};

impl Partition {
    /// Bytes of the log files. Does not open the log: a partition that nobody uses is looked at from outside.
    pub fn size_in_bytes(&self) -> u64 {
        if let Some(view) = self.view.load().as_ref() {
            return view.size_in_bytes();
        }
        let Some(folder) = self.folder().and_then(Folder::online) else {
            return 0;
        };
        // A directory that cannot be read holds nothing that could be told.
        let listed = folder.fs().list(&folder.path().join(self.id().dir_name()));
        let files = listed.unwrap_or_default().into_iter();
        files
            .filter(|file| file.name.ends_with(".log"))
            .map(|file| file.len)
            .sum()
    }

    /// Number of the folder that the log is in.
    pub fn folder_number(self: &Arc<Self>) -> Option<usize> {
        self.location().index()
    }

    /// Published log end, as far as the log is open.
    pub fn known_end_offset(&self) -> i64 {
        self.tail.load().log_end_offset
    }
}
