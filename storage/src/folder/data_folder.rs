//! The open data folder.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use uuid::Uuid;

use super::checkpoint::split_dir_name;
use super::identity::identity;
use super::open_hint::read_hints;
use super::well_known::{CLEAN_SHUTDOWN, HIGH_WATERMARK, LOCK, LOG_START, RECOVERY_POINT};
use super::{CheckpointEntry, FolderError, MetaProperties, OffsetCheckpoint, OpenHint};
use crate::fs::{FileLock, FileSystem, is_disk_failure};
use crate::log::FilePool;
use crate::sync::lock;

const CLEAN_SHUTDOWN_TEXT: &[u8] = br#"{"version":0,"brokerEpoch":-1}"#;

/// What an entry contributes to one checkpoint file.
type OffsetOf = fn(&CheckpointEntry) -> Option<i64>;

/// Whose folder it should be, and what to write into a new one.
#[derive(Clone, Debug)]
pub struct FolderIds {
    /// Cluster id that the configuration demands, if any.
    pub cluster_id: Option<String>,
    /// This node.
    pub node_id: i32,
    /// Random id: becomes the cluster id of a new folder when none is demanded.
    pub fresh_cluster_id: Uuid,
    /// Random id: becomes the directory id of a new folder.
    pub fresh_directory_id: Uuid,
}

/// One data folder. Invariant: while it lives no other process uses the folder.
#[derive(Debug)]
pub struct DataFolder {
    fs: Arc<dyn FileSystem>,
    path: PathBuf,
    meta: MetaProperties,
    /// What is known of a partition that no checkpoint names.
    unknown: OpenHint,
    hints: Mutex<HashMap<String, OpenHint>>,
    offline: OnceLock<String>,
    on_offline: OfflineHook,
    files: Arc<FilePool>,
    pub(super) lock: Box<dyn FileLock>,
}

/// Told once when the folder goes out of use.
#[derive(Default)]
struct OfflineHook(OnceLock<Box<dyn Fn() + Send + Sync>>);

impl std::fmt::Debug for OfflineHook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OfflineHook")
    }
}

impl DataFolder {
    /// Opens the folder, making it when missing; takes its lock, reads the checkpoints, finishes
    /// deletions that a crash interrupted, and removes the clean-shutdown marker.
    ///
    /// # Errors
    /// [`FolderError`] says in a sentence what is wrong and what to do.
    pub fn open(
        fs: Arc<dyn FileSystem>,
        path: &Path,
        ids: &FolderIds,
        open_files_max: usize,
    ) -> Result<Arc<DataFolder>, FolderError> {
        let path = fs.absolute(path);
        let not_usable = |source| FolderError::NotUsable {
            path: path.clone(),
            source,
        };
        make_dir(&*fs, &path).map_err(not_usable)?;
        let lock = fs.lock(&path.join(LOCK)).map_err(|e| match e.kind() {
            io::ErrorKind::WouldBlock => FolderError::Locked {
                path: path.clone(),
                holder: e.to_string(),
            },
            _ => not_usable(e),
        })?;
        let meta = identity(&*fs, &path, ids)?;
        let marker = path.join(CLEAN_SHUTDOWN);
        let clean = fs.exists(&marker).map_err(not_usable)?;
        let (hints, unknown) = read_hints(&*fs, &path, clean);
        if clean {
            fs.remove_file(&marker).map_err(not_usable)?;
        }
        if clean || !hints.is_empty() {
            // A killed process may not have synced the names of the checkpoints: a power loss must not take back what
            // recovery acts upon.
            fs.sync_dir(&path).map_err(not_usable)?;
        }
        let folder = DataFolder {
            fs,
            path,
            meta,
            unknown,
            hints: Mutex::new(hints),
            offline: OnceLock::new(),
            on_offline: OfflineHook::default(),
            files: Arc::new(FilePool::new(open_files_max)),
            lock,
        };
        folder.finish_deletions()?;
        Ok(Arc::new(folder))
    }

    /// Cluster the folder belongs to.
    pub fn cluster_id(&self) -> &str {
        &self.meta.cluster_id
    }

    /// Node the folder belongs to.
    pub fn node_id(&self) -> i32 {
        self.meta.node_id
    }

    /// The folder's own id, 22 characters.
    pub fn directory_id(&self) -> &str {
        self.meta.directory_id.as_deref().unwrap_or_default()
    }

    /// Whether the marker of a clean shutdown was there (opening removed it).
    pub fn was_clean_shutdown(&self) -> bool {
        self.unknown.clean
    }

    /// Absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file system it lies on.
    pub fn fs(&self) -> &Arc<dyn FileSystem> {
        &self.fs
    }

    /// Open files of all its partitions.
    pub(crate) fn files(&self) -> &Arc<FilePool> {
        &self.files
    }

    /// What the checkpoints said about a partition; a partition without checkpoint starts at 0.
    pub fn open_hint(&self, dir_name: &str) -> OpenHint {
        lock(&self.hints).get(dir_name).copied().unwrap_or(self.unknown)
    }

    /// Partition directories of which the checkpoints say that something was in them, or had been.
    pub fn claimed_dirs(&self) -> Vec<String> {
        let hints = lock(&self.hints);
        let claimed = hints
            .iter()
            .filter(|(_, hint)| hint.recovery_point > 0 || hint.log_start_offset > 0);
        claimed.map(|(name, _)| name.clone()).collect()
    }

    /// Gives back the memory of the checkpoints once all partitions are open.
    pub fn forget_hints(&self) {
        *lock(&self.hints) = HashMap::new();
    }

    /// Partition directories found, in name order; the caller knows which topics exist.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn partition_dirs(&self) -> Result<Vec<String>, FolderError> {
        let mut dirs = self.dirs()?;
        dirs.retain(|name| split_dir_name(name).is_some());
        Ok(dirs)
    }

    /// Writes the three checkpoint files, each atomically. Partitions not given are forgotten.
    ///
    /// # Errors
    /// When a file cannot be written; the old one then stands.
    pub fn write_checkpoints(&self, entries: &[CheckpointEntry]) -> Result<(), FolderError> {
        self.check_in_place().map_err(|e| self.io(&self.path, e))?;
        let files: [(&str, OffsetOf); 3] = [
            // First, for below the log start nothing need be durable.
            (LOG_START, |e| {
                (e.log_start_offset > 0).then_some(e.log_start_offset)
            }),
            (RECOVERY_POINT, |e| Some(e.recovery_point)),
            (HIGH_WATERMARK, |e| Some(e.high_watermark)),
        ];
        for (name, offset) in files {
            let lines = entries.iter().filter_map(|e| {
                let (topic, partition) = split_dir_name(&e.dir_name)?;
                Some((topic.to_owned(), partition, offset(e)?))
            });
            let text = OffsetCheckpoint {
                entries: lines.collect(),
            }
            .to_text();
            let path = self.path.join(name);
            self.fs
                .write_atomic(&path, text.as_bytes())
                .map_err(|source| self.io(&path, source))?;
        }
        Ok(())
    }

    /// Ends a clean shutdown after every log was closed: writes checkpoints, syncs all, then the marker.
    ///
    /// # Errors
    /// When anything fails the marker is not written, and the next start recovers.
    pub fn finish_clean(&self, entries: &[CheckpointEntry]) -> Result<(), FolderError> {
        self.fs
            .sync_all(&self.path)
            .map_err(|source| self.io(&self.path, source))?;
        self.write_checkpoints(entries)?;
        self.write_clean_marker()
    }

    /// Makes everything in the folder durable, then writes the clean-shutdown marker: the marker says
    /// that every log is whole to its last byte. Call after every log was closed.
    ///
    /// # Errors
    /// When the folder is offline or the file cannot be written.
    pub fn write_clean_marker(&self) -> Result<(), FolderError> {
        let path = self.path.join(CLEAN_SHUTDOWN);
        if let Some(reason) = self.offline_reason() {
            return Err(self.io(&path, io::Error::other(reason.to_owned())));
        }
        self.check_in_place().map_err(|e| self.io(&self.path, e))?;
        self.fs
            .write_atomic(&path, CLEAN_SHUTDOWN_TEXT)
            .map_err(|source| self.io(&path, source))
    }

    /// Takes the folder out of use for good (a failed sync): every later append is refused.
    pub fn mark_offline(&self, reason: &str) {
        if self.offline.set(reason.to_owned()).is_ok()
            && let Some(tell) = self.on_offline.0.get()
        {
            tell();
        }
    }

    /// Passes the outcome of a sync on. A failed one takes the folder out of use and is never tried again: the kernel may
    /// have dropped pages.
    ///
    /// # Errors
    /// As `synced`.
    pub fn must_sync(&self, synced: io::Result<()>) -> io::Result<()> {
        synced.inspect_err(|error| self.mark_offline(&format!("a sync failed: {error}")))
    }

    /// Takes the folder out of use when an error says that its disk failed; answers whether it did.
    pub fn note_failure(&self, error: &io::Error) -> bool {
        if error.kind() == io::ErrorKind::NotFound {
            let _ = self.check_in_place();
        } else if is_disk_failure(error) {
            self.mark_offline(&error.to_string());
        }
        self.offline_reason().is_some()
    }

    /// Calls `hook` once when the folder goes out of use, from whichever thread found out. The first hook counts.
    pub fn on_offline(&self, hook: Box<dyn Fn() + Send + Sync>) {
        let _ = self.on_offline.0.set(hook);
    }

    /// Why the folder is out of use, if it is.
    pub fn offline_reason(&self) -> Option<&str> {
        self.offline.get().map(String::as_str)
    }

    fn io(&self, path: &Path, source: io::Error) -> FolderError {
        FolderError::Io {
            path: path.to_owned(),
            source,
        }
    }

    fn finish_deletions(&self) -> Result<(), FolderError> {
        for name in self.dirs()?.iter().filter(|name| name.ends_with("-delete")) {
            let path = self.path.join(name);
            self.fs
                .remove_dir_all(&path)
                .map_err(|source| self.io(&path, source))?;
        }
        Ok(())
    }

    fn dirs(&self) -> Result<Vec<String>, FolderError> {
        let listed = self.fs.list_dirs(&self.path);
        listed.map_err(|source| self.io(&self.path, source))
    }
}

/// Makes the folder when missing. Its name is synced: what is durable in it must not be lost with it.
fn make_dir(fs: &dyn FileSystem, folder: &Path) -> io::Result<()> {
    let mut missing = Vec::new();
    for dir in folder.ancestors().filter(|dir| !dir.as_os_str().is_empty()) {
        if fs.exists(dir)? {
            break;
        }
        missing.push(dir);
    }
    if missing.is_empty() {
        return Ok(());
    }
    fs.create_dir_all(folder)?;
    for parent in missing.iter().filter_map(|dir| dir.parent()) {
        match fs.sync_dir(parent) {
            // One may make names in a directory that one may not read.
            Err(e) if e.kind() == io::ErrorKind::PermissionDenied => {}
            synced => synced?,
        }
    }
    Ok(())
}
