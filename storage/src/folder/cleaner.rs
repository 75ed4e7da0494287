//! Up to where compaction came in each partition (`cleaner-offset-checkpoint`).

use std::io;

use super::checkpoint::split_dir_name;
use super::well_known::CLEANER;
use super::{DataFolder, FolderError, OffsetCheckpoint};

impl DataFolder {
    /// Partition directories with the offset below which each was compacted. A missing or damaged file is empty: then
    /// more is compacted than need be.
    pub fn read_cleaner_checkpoint(&self) -> Vec<(String, i64)> {
        let path = self.path().join(CLEANER);
        let content = match self.fs().read(&path) {
            Ok(content) => content,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Vec::new(),
            Err(e) => {
                tracing::warn!("{}: {e}; compaction starts from the beginning", path.display());
                return Vec::new();
            }
        };
        let Some(checkpoint) = OffsetCheckpoint::parse(&content) else {
            tracing::warn!("{} is damaged and ignored", path.display());
            return Vec::new();
        };
        let entries = checkpoint.entries.into_iter();
        entries
            .map(|(topic, partition, offset)| (format!("{topic}-{partition}"), offset))
            .collect()
    }

    /// Writes the file anew, atomically. Partitions not given are forgotten.
    ///
    /// # Errors
    /// When it cannot be written; the old one then stands.
    pub fn write_cleaner_checkpoint(&self, entries: &[(String, i64)]) -> Result<(), FolderError> {
        let lines = entries.iter().filter_map(|(dir_name, offset)| {
            let (topic, partition) = split_dir_name(dir_name)?;
            Some((topic.to_owned(), partition, *offset))
        });
        let text = OffsetCheckpoint {
            entries: lines.collect(),
        }
        .to_text();
        let path = self.path().join(CLEANER);
        let written = self.check_in_place();
        let written = written.and_then(|()| self.fs().write_atomic(&path, text.as_bytes()));
        written.map_err(|source| FolderError::Io { path, source })
    }
}
