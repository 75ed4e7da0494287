//! Copying a log into another data folder while it is in use.
//!
//! The copy grows in a directory of Kafka's name for it, `<topic>-<partition>.<32 hex digits>-future`. Invariant: after
//! [`Log::complete`] it is whole and on the disk, and only [`Relocation::install`] gives it the partition's name.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use uuid::Uuid;

use super::segment::{PartitionDir, Segment};
use super::writer::{Log, Store};
use super::{LogError, LogView, names};
use crate::folder::{DataFolder, PartitionMetadata};
use crate::fs::{File, OpenMode, write_all_at};

/// Bytes that are read and written at once.
const COPY_BYTES: usize = 1 << 20;
const NAME_BYTES_MAX: usize = 255;

/// A copy in the making. Dropping it leaves its directory: see [`Relocation::abandon`].
#[derive(Debug)]
pub struct Relocation {
    source: LogView,
    target: PartitionDir,
    dir_name: String,
    topic_id: Uuid,
    copied: BTreeMap<i64, Copied>,
    buffer: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Copied {
    /// Bytes of the log file.
    len: u32,
    end_offset: i64,
    /// Log and indexes are whole and synced.
    sealed: bool,
}

/// Kafka's name for the directory of a copy (`UnifiedLog.logFutureDirName`).
pub fn future_dir_name(dir_name: &str, token: Uuid) -> String {
    let suffix = format!(".{}-future", token.simple());
    let kept = dir_name.chars().take(NAME_BYTES_MAX - suffix.len());
    kept.chain(suffix.chars()).collect()
}

/// The partition directory that a name of [`future_dir_name`] stands for.
pub fn future_dir_of(name: &str) -> Option<&str> {
    let (dir_name, token) = name.strip_suffix("-future")?.rsplit_once('.')?;
    (token.len() == 32 && token.bytes().all(|b| b.is_ascii_hexdigit())).then_some(dir_name)
}

impl Log {
    /// Begins a copy in another folder; `token` makes its name unique. `None` for a log without files.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn relocation(&self, target: &Arc<DataFolder>, token: Uuid) -> Result<Option<Relocation>, LogError> {
        let Store::Disk(disk) = &self.store else {
            return Ok(None);
        };
        let Some(name) = disk.dir.path.file_name().filter(|_| disk.exists) else {
            return Ok(None);
        };
        let dir_name = name.to_string_lossy().into_owned();
        let path = target.path().join(future_dir_name(&dir_name, token));
        let made = target.make_dir(&path);
        made.map_err(|source| LogError::Io {
            path: path.clone(),
            source,
        })?;
        Ok(Some(Relocation {
            source: self.view(),
            target: PartitionDir {
                folder: Arc::clone(target),
                path,
            },
            dir_name,
            topic_id: disk.topic_id,
            copied: BTreeMap::new(),
            buffer: vec![0; COPY_BYTES],
        }))
    }

    /// Brings the copy up to this very moment and makes it durable; nothing may be appended until it is installed or
    /// abandoned.
    ///
    /// # Errors
    /// I/O; the log is as it was.
    pub fn complete(&mut self, copy: &mut Relocation) -> Result<(), LogError> {
        while copy.catch_up(u64::MAX)? > 0 {}
        // Indexes and the producer snapshot as a clean stop leaves them: the copy opens without a scan.
        self.close()?;
        let Store::Disk(disk) = &self.store else {
            return Ok(());
        };
        let source = Arc::clone(&disk.dir);
        let segments = self.shared.segments.load_full();
        if let Some(active) = segments.last() {
            copy.seal(active)?;
        }
        for base in copy.copied.keys().copied().collect::<Vec<_>>() {
            if !segments.iter().any(|segment| segment.base_offset == base) {
                copy.forget(base)?;
            }
        }
        let fs = source.folder.fs();
        let entries = fs
            .list(&source.path)
            .map_err(|error| io_error(&source.path, error))?;
        let small = entries.into_iter().filter(|entry| {
            names::parse(&entry.name, names::SNAPSHOT).is_some()
                || entry.name == names::EPOCHS
                || entry.name == PartitionMetadata::FILE_NAME
        });
        for entry in small {
            copy.copy_small(&source, &entry.name)?;
        }
        let target = &copy.target;
        let synced = target.folder.fs().sync_dir(&target.path);
        synced
            .and_then(|()| target.folder.fs().sync_dir(target.folder.path()))
            .map_err(|error| io_error(&target.path, error))
    }
}

impl Relocation {
    /// Copies up to about `bytes_max` bytes of what is there and not copied; answers how many. 0 means that the copy has
    /// everything of this moment, but for the indexes of the active segment.
    ///
    /// # Errors
    /// I/O on either side.
    pub fn catch_up(&mut self, bytes_max: u64) -> Result<u64, LogError> {
        let segments = self.source.0.segments.load_full();
        let mut done = 0;
        for (i, segment) in segments.iter().enumerate() {
            let closed = i + 1 < segments.len();
            if self
                .copied
                .get(&segment.base_offset)
                .is_some_and(|copied| copied.sealed)
            {
                continue;
            }
            let left = bytes_max.saturating_sub(done);
            let (copied, whole) = self.copy_log(segment, left)?;
            done += copied;
            if !whole {
                break;
            }
            if closed {
                self.seal(segment)?;
            }
        }
        Ok(done)
    }

    /// Makes what was copied of the active segment durable, so that little is left for [`Log::complete`].
    ///
    /// # Errors
    /// I/O.
    pub fn sync(&self) -> Result<(), LogError> {
        for (base, _) in self.copied.iter().filter(|(_, copied)| !copied.sealed) {
            let path = self.target.file(*base, names::LOG);
            let file = self.target.folder.fs().open(&path, OpenMode::Write);
            let synced = file.and_then(|file| file.sync_data());
            synced.map_err(|error| io_error(&path, error))?;
        }
        Ok(())
    }

    /// Offset up to which the copy has everything.
    pub fn end_offset(&self) -> i64 {
        let last = self.copied.values().next_back();
        last.map_or_else(|| self.source.log_start_offset(), |copied| copied.end_offset)
    }

    /// Bytes of its log files.
    pub fn size_in_bytes(&self) -> u64 {
        self.copied.values().map(|copied| u64::from(copied.len)).sum()
    }

    /// Gives the complete copy the partition's name, durably.
    ///
    /// # Errors
    /// I/O; the next start does it then, if the metadata say that the partition is here.
    pub fn install(self) -> Result<(), LogError> {
        let folder = &self.target.folder;
        let renamed = folder
            .fs()
            .rename(&self.target.path, &folder.path().join(&self.dir_name));
        renamed
            .and_then(|()| folder.fs().sync_dir(folder.path()))
            .map_err(|error| io_error(&self.target.path, error))
    }

    /// Removes the copy.
    ///
    /// # Errors
    /// I/O; the next start removes what is left.
    pub fn abandon(self) -> Result<(), LogError> {
        let removed = self.target.folder.fs().remove_dir_all(&self.target.path);
        removed.map_err(|error| io_error(&self.target.path, error))
    }

    /// The topic that the log belongs to.
    pub fn topic_id(&self) -> Uuid {
        self.topic_id
    }

    /// Copies log bytes; answers how many, and whether that was all.
    fn copy_log(&mut self, segment: &Segment, bytes_max: u64) -> Result<(u64, bool), LogError> {
        let (len, end_offset) = segment.with_tail(|tail| (tail.len, tail.end_offset));
        let mut copied = self.copied.get(&segment.base_offset).copied().unwrap_or_default();
        let path = self.target.file(segment.base_offset, names::LOG);
        let fail = |error| io_error(&path, error);
        let file = self
            .target
            .folder
            .fs()
            .open(&path, OpenMode::OpenOrCreate)
            .map_err(fail)?;
        let mut done = 0;
        while copied.len < len && done < bytes_max {
            let wanted = u64::from(len - copied.len)
                .min(bytes_max - done)
                .min(COPY_BYTES as u64) as usize;
            let buffer = self.buffer.get_mut(..wanted).unwrap_or_default();
            let n = segment.read_at(buffer, u64::from(copied.len))?;
            let bytes = buffer.get(..n).filter(|bytes| !bytes.is_empty());
            let bytes = bytes.ok_or_else(|| fail(io::ErrorKind::UnexpectedEof.into()))?;
            write_all_at(&*file, bytes, &[], u64::from(copied.len)).map_err(fail)?;
            copied.len += n as u32;
            done += n as u64;
        }
        if copied.len == len {
            copied.end_offset = end_offset;
        } else {
            copied.end_offset = copied.end_offset.max(segment.base_offset);
        }
        self.copied.insert(segment.base_offset, copied);
        Ok((done, copied.len == len))
    }

    /// Copies the indexes of a segment whose log bytes are all there, and syncs the lot.
    fn seal(&mut self, segment: &Segment) -> Result<(), LogError> {
        let base = segment.base_offset;
        for suffix in [names::INDEX, names::TIME_INDEX, names::TXN_INDEX] {
            let from = segment.path(suffix);
            match self.target.folder.fs().read(&from) {
                Ok(bytes) => self.write_synced(self.target.file(base, suffix), &bytes)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(io_error(&from, error)),
            }
        }
        let path = self.target.file(base, names::LOG);
        let file = self.target.folder.fs().open(&path, OpenMode::OpenOrCreate);
        let synced = file.and_then(|file| file.sync_data());
        synced.map_err(|error| io_error(&path, error))?;
        if let Some(copied) = self.copied.get_mut(&base) {
            copied.sealed = true;
        }
        Ok(())
    }

    /// Drops the copy of a segment that was deleted meanwhile.
    fn forget(&mut self, base: i64) -> Result<(), LogError> {
        self.copied.remove(&base);
        for suffix in [names::INDEX, names::TIME_INDEX, names::TXN_INDEX, names::LOG] {
            let path = self.target.file(base, suffix);
            match self.target.folder.fs().remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_error(&path, error)),
                _ => {}
            }
        }
        Ok(())
    }

    fn copy_small(&self, source: &PartitionDir, name: &str) -> Result<(), LogError> {
        let from = source.path.join(name);
        let bytes = source
            .folder
            .fs()
            .read(&from)
            .map_err(|error| io_error(&from, error))?;
        self.write_synced(self.target.path.join(name), &bytes)
    }

    fn write_synced(&self, path: PathBuf, bytes: &[u8]) -> Result<(), LogError> {
        let fs = self.target.folder.fs();
        let write = || -> io::Result<()> {
            let file: Arc<dyn File> = fs.open(&path, OpenMode::OpenOrCreate)?;
            file.set_len(0)?;
            write_all_at(&*file, bytes, &[], 0)?;
            file.sync_data()
        };
        write().map_err(|error| io_error(&path, error))
    }
}

fn io_error(path: &std::path::Path, source: io::Error) -> LogError {
    LogError::Io {
        path: path.to_owned(),
        source,
    }
}
