//! A data folder that goes away while it is in use: removed, renamed, or its disk unmounted.
//!
//! What is written by path afterwards would land elsewhere: in a new folder of the same name, or on the disk below the
//! mount point, where nobody looks for it. So whatever makes names in the folder asks first whether it is still the one
//! that was opened.

use std::io;
use std::path::Path;

use super::DataFolder;

const WENT_AWAY: &str = "it is not where it was: it was removed, renamed or unmounted while in use; bring it back and start again";

impl DataFolder {
    /// Fails, and takes the folder out of use, when its path no longer leads to what was opened.
    ///
    /// # Errors
    /// `NotFound` with a sentence that says so; whatever keeps the system from telling is left to the next operation.
    pub fn check_in_place(&self) -> io::Result<()> {
        if self.lock.is_in_place() {
            return Ok(());
        }
        self.mark_offline(WENT_AWAY);
        Err(io::Error::new(io::ErrorKind::NotFound, WENT_AWAY))
    }

    /// Makes the directory of a partition, never the data folder.
    pub(crate) fn make_dir(&self, path: &Path) -> io::Result<()> {
        self.check_in_place()?;
        self.fs().create_dir_all(path)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use uuid::Uuid;

    use super::*;
    use crate::folder::FolderIds;
    use crate::fs::{FileSystem, RealFs, SimFs};

    fn open(fs: Arc<dyn FileSystem>, path: &Path) -> Arc<DataFolder> {
        let ids = FolderIds {
            cluster_id: None,
            node_id: 1,
            fresh_cluster_id: Uuid::from_u128(5),
            fresh_directory_id: Uuid::from_u128(6),
        };
        DataFolder::open(fs, path, &ids, 16).unwrap()
    }

    /// All that makes names in a folder.
    fn refuses_names(folder: &DataFolder) {
        assert!(folder.make_dir(&folder.path().join("t-0")).is_err());
        assert!(folder.write_checkpoints(&[]).is_err());
        assert!(folder.write_cleaner_checkpoint(&[]).is_err());
        assert!(folder.write_clean_marker().is_err());
        assert_eq!(folder.offline_reason(), Some(WENT_AWAY));
    }

    #[test]
    fn a_folder_that_went_away_is_not_made_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data");
        let folder = open(Arc::new(RealFs), &path);
        folder.make_dir(&path.join("t-0")).unwrap();
        fs::rename(&path, dir.path().join("away")).unwrap();
        refuses_names(&folder);
        assert!(!path.exists());
    }

    #[test]
    fn another_folder_of_the_same_name_stays_empty() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data");
        let folder = open(Arc::new(RealFs), &path);
        fs::remove_dir_all(&path).unwrap();
        fs::create_dir(&path).unwrap();
        refuses_names(&folder);
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
    }

    #[test]
    fn the_simulated_disk_says_the_same() {
        let fs = SimFs::new(1);
        let folder = open(Arc::new(fs.clone()), Path::new("/data"));
        folder.check_in_place().unwrap();
        fs.remove_dir_all(Path::new("/data")).unwrap();
        refuses_names(&folder);
        assert!(!fs.exists(Path::new("/data")).unwrap());
    }
}
