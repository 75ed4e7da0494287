//! Files on their way out, in Kafka's steps: out of the log, renamed, removed after `file.delete.delay.ms`.
//!
//! Why steps: nothing may be renamed before the log start that hides it is durable, or a power loss could
//! leave a directory without a segment to take the log end from; and a file that is renamed only can still
//! be looked at, or saved, by whoever deleted too much.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::segment::PartitionDir;
use super::topic_id::check_topic_id;
use super::{LogError, names};
use crate::folder::DataFolder;
use crate::fs::FileSystem;

/// Segments that no reader finds any more and whose files still carry their names.
///
/// Rename them once the log start offset is on the disk (`log-start-offset-checkpoint`) and while the
/// directory is still the log's; dropping this leaves the renaming to the next start.
#[derive(Debug, Default)]
#[must_use = "the files stay until they are renamed and removed"]
pub struct Retired {
    dir: Option<Arc<PartitionDir>>,
    bases: Vec<i64>,
}

impl Retired {
    pub(super) fn new(dir: &Arc<PartitionDir>, bases: Vec<i64>) -> Retired {
        Retired {
            dir: Some(Arc::clone(dir)),
            bases,
        }
    }

    /// Whether there is nothing to rename.
    pub fn is_empty(&self) -> bool {
        self.bases.is_empty()
    }

    /// Adds segments of the same log.
    pub fn merge(&mut self, other: Retired) {
        self.dir = self.dir.take().or(other.dir);
        self.bases.extend(other.bases);
    }

    /// Makes the names of the segments that stay durable: then a crash finds where the log begins and ends
    /// even if the checkpoint does not say it. For when that cannot be written because the disk is full.
    ///
    /// # Errors
    /// I/O.
    pub fn sync_names(&self) -> Result<(), LogError> {
        let Some(dir) = &self.dir else { return Ok(()) };
        let synced = dir.folder.fs().sync_dir(&dir.path);
        synced.map_err(|source| LogError::Io {
            path: dir.path.clone(),
            source,
        })
    }

    /// Gives the files the names that say that they are to go (`.deleted`).
    ///
    /// # Errors
    /// When a file cannot be renamed; what is left is renamed at the next start.
    pub fn rename(self) -> Result<Doomed, LogError> {
        let mut doomed = Doomed::default();
        if let Some(dir) = &self.dir {
            for base in self.bases {
                doomed.merge(doom_segment_files(&dir.path, dir.folder.fs(), base)?);
            }
        }
        Ok(doomed)
    }
}

/// Files renamed to `*.deleted`, or directories renamed to `*-delete`: to be removed, and removed by the
/// next start if nobody does it before. Readers that hold them open read on. Before directories are removed, and before
/// anything relies on their being gone, [`Doomed::sync`] makes their names durable.
#[derive(Debug, Default)]
#[must_use = "the files stay until they are removed"]
pub struct Doomed {
    fs: Option<Arc<dyn FileSystem>>,
    files: Vec<PathBuf>,
    directories: Vec<PathBuf>,
    /// Folders in which directories have new names that a power loss could still take back.
    unsynced: BTreeSet<PathBuf>,
}

impl Doomed {
    fn files(fs: &Arc<dyn FileSystem>, files: Vec<PathBuf>) -> Doomed {
        Doomed {
            fs: Some(Arc::clone(fs)),
            files,
            ..Doomed::default()
        }
    }

    fn directory(fs: &Arc<dyn FileSystem>, directory: PathBuf, folder: &Path) -> Doomed {
        Doomed {
            fs: Some(Arc::clone(fs)),
            directories: vec![directory],
            unsynced: BTreeSet::from([folder.to_owned()]),
            ..Doomed::default()
        }
    }

    /// Renames the directory of a partition that is not open (never touched, or refused), as
    /// [`Log::delete`](super::Log::delete) does; to be synced as there. A missing directory is nothing.
    ///
    /// # Errors
    /// I/O, and when the directory belongs to another topic.
    pub fn partition_dir(
        folder: &Arc<DataFolder>,
        dir_name: &str,
        topic_id: uuid::Uuid,
    ) -> Result<Doomed, LogError> {
        let path = folder.path().join(dir_name);
        let exists = folder.fs().exists(&path).map_err(|source| LogError::Io {
            path: path.clone(),
            source,
        })?;
        if !exists {
            return Ok(Doomed::default());
        }
        let dir = PartitionDir {
            folder: Arc::clone(folder),
            path,
        };
        check_topic_id(&dir, topic_id)?;
        doom_directory(&dir, topic_id)
    }

    /// Renames those files of a segment that have one of these suffixes.
    pub(super) fn segment_files(
        dir: &Path,
        fs: &Arc<dyn FileSystem>,
        base_offset: i64,
        suffixes: &[&str],
    ) -> Result<Doomed, LogError> {
        let mut renamed: Vec<PathBuf> = Vec::new();
        for suffix in suffixes {
            let path = dir.join(names::file_name(base_offset, suffix));
            let target = dir.join(names::file_name(base_offset, suffix) + names::DELETED);
            match fs.rename(&path, &target) {
                Ok(()) => renamed.push(target),
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(LogError::Io { path, source }),
            }
        }
        Ok(Doomed::files(fs, renamed))
    }

    /// Whether there is nothing to remove.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.directories.is_empty()
    }

    /// Adds what another one holds, of the same file system.
    pub fn merge(&mut self, other: Doomed) {
        self.fs = self.fs.take().or(other.fs);
        self.files.extend(other.files);
        self.directories.extend(other.directories);
        self.unsynced.extend(other.unsynced);
    }

    /// Makes the new names of directories durable, each folder once however many were renamed in it: from here on a crash
    /// cannot bring half of a partition back under its name.
    ///
    /// # Errors
    /// I/O.
    pub fn sync(&mut self) -> Result<(), LogError> {
        let Some(fs) = &self.fs else { return Ok(()) };
        while let Some(path) = self.unsynced.pop_first() {
            fs.sync_dir(&path)
                .map_err(|source| LogError::Io { path, source })?;
        }
        Ok(())
    }

    /// Removes everything; what is gone already is no error.
    ///
    /// # Errors
    /// The first failure; everything else was tried all the same.
    pub fn remove(mut self) -> io::Result<()> {
        // Nothing was said about the names before: then it is time.
        self.sync().map_err(io::Error::other)?;
        let Some(fs) = &self.fs else { return Ok(()) };
        let mut result = Ok(());
        let files = self.files.iter().map(|path| (path, fs.remove_file(path)));
        let directories = self
            .directories
            .iter()
            .map(|path| (path, fs.remove_dir_all(path)));
        for (path, removed) in files.chain(directories) {
            match removed {
                Err(e) if e.kind() != io::ErrorKind::NotFound => {
                    let error = io::Error::new(e.kind(), format!("{}: {e}", path.display()));
                    result = result.and(Err(error));
                }
                _ => {}
            }
        }
        result
    }
}

/// Renames the files of a segment.
pub(super) fn doom_segment_files(
    dir: &Path,
    fs: &Arc<dyn FileSystem>,
    base_offset: i64,
) -> Result<Doomed, LogError> {
    // The log file last: an index without log is a leftover, a log without index is a log.
    let suffixes = [
        names::INDEX,
        names::TIME_INDEX,
        names::TXN_INDEX,
        names::SNAPSHOT,
        names::LOG,
    ];
    Doomed::segment_files(dir, fs, base_offset, &suffixes)
}

/// Renames a partition directory.
pub(super) fn doom_directory(dir: &PartitionDir, topic_id: uuid::Uuid) -> Result<Doomed, LogError> {
    let fs = dir.folder.fs();
    let target = dir.path.with_file_name(deleted_name(&dir.path, topic_id));
    let io = |source| LogError::Io {
        path: dir.path.clone(),
        source,
    };
    if fs.exists(&target).map_err(io)? {
        fs.remove_dir_all(&target).map_err(io)?;
    }
    fs.rename(&dir.path, &target).map_err(io)?;
    Ok(Doomed::directory(fs, target, dir.folder.path()))
}

/// Kafka's name for a partition directory that is being removed: `topic-0.<32 hex digits>-delete`.
/// The topic id makes it unique.
fn deleted_name(path: &Path, topic_id: uuid::Uuid) -> String {
    const NAME_BYTES_MAX: usize = 255;
    let suffix = format!(".{}-delete", topic_id.simple());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let kept = name.chars().take(NAME_BYTES_MAX - suffix.len());
    kept.chain(suffix.chars()).collect()
}
