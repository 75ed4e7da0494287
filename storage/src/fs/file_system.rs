//! What the log asks of a file system; nothing else in the crate touches files.

use std::fmt::Debug;
use std::io::{self, IoSlice};
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One entry of a directory listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirEntry {
    /// File name without its directory.
    pub name: String,
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Length in bytes; 0 for directories.
    pub len: u64,
}

/// Room on the disk that holds a path, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskSpace {
    /// Size of the whole file system; 0 when it does not tell.
    pub total: u64,
    /// What this process may still use.
    pub available: u64,
}

/// How to open a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// Existing file, read only.
    Read,
    /// Existing file, read and write.
    Write,
    /// New file, read and write; an existing one is an error.
    CreateNew,
    /// Read and write; made when missing.
    OpenOrCreate,
}

/// An open file. Reads and writes are positioned: no shared cursor exists.
pub trait File: Send + Sync + Debug {
    /// Reads into `buf` from `position`; may be short at the end of the file.
    fn read_at(&self, buf: &mut [u8], position: u64) -> io::Result<usize>;
    /// As [`File::read_at`], but `None` when the bytes are not in memory and reading would block.
    fn try_read_at(&self, buf: &mut [u8], position: u64) -> io::Result<Option<usize>>;
    /// Sends up to `len` bytes from `position` to a socket without bringing them into this process's memory; may be
    /// short, and may block where bytes are not in the page cache. `None` where that is not possible: then they have to
    /// be read.
    ///
    /// # Errors
    /// What the file or the socket answers; `WouldBlock` only when the socket takes nothing now.
    fn send_to(&self, _socket: BorrowedFd<'_>, _position: u64, _len: usize) -> io::Result<Option<usize>> {
        Ok(None)
    }
    /// Writes the slices one behind the other at `position`; may be short.
    fn write_at(&self, bufs: &[IoSlice<'_>], position: u64) -> io::Result<usize>;
    /// Cuts or extends (with zeros) the file to `len` bytes.
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// Reserves room for `len` bytes: the file is that long then, and what nobody has written reads as zeros.
    /// A file system that cannot reserve only sets the length.
    ///
    /// # Errors
    /// When the disk is too full; the file may have any length up to `len` then.
    fn preallocate(&self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }
    /// Length in bytes.
    fn len(&self) -> io::Result<u64>;
    /// Whether the file has no bytes.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
    /// Makes the content durable (`fdatasync`).
    fn sync_data(&self) -> io::Result<()>;
}

/// Held while a data folder is in use; dropping it releases the lock.
pub trait FileLock: Send + Sync + Debug {
    /// Whether the directory of the lock's file still has the path that it had when the lock was taken.
    fn is_in_place(&self) -> bool;
}

/// Directories and files by path.
pub trait FileSystem: Send + Sync + Debug {
    /// Opens a file.
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Arc<dyn File>>;
    /// Reads a whole (small) file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Replaces a small file atomically: temporary file, sync, rename, directory sync.
    fn write_atomic(&self, path: &Path, content: &[u8]) -> io::Result<()>;
    /// Replaces a small file by rename, without any sync: for files that can be rebuilt.
    fn write_unsynced(&self, path: &Path, content: &[u8]) -> io::Result<()>;
    /// A handle whose [`File::sync_data`] makes the names in a directory durable.
    fn open_dir(&self, path: &Path) -> io::Result<Arc<dyn File>>;
    /// Makes everything written below `path` durable in one call (`syncfs`).
    fn sync_all(&self, path: &Path) -> io::Result<()>;
    /// Makes a directory and its parents.
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Lists a directory in name order.
    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>>;
    /// Names of the directories in a directory, in order. Asks nothing about files, which is cheap where there are many.
    fn list_dirs(&self, path: &Path) -> io::Result<Vec<String>> {
        let dirs = self.list(path)?.into_iter().filter(|entry| entry.is_dir);
        Ok(dirs.map(|entry| entry.name).collect())
    }
    /// Whether the path exists.
    fn exists(&self, path: &Path) -> io::Result<bool>;
    /// When a file was last written to, in milliseconds since the Unix epoch.
    fn modified_ms(&self, path: &Path) -> io::Result<i64>;
    /// Renames a file or directory.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a directory and everything in it.
    fn remove_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Makes names in a directory durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// Takes the exclusive lock on `path` (made when missing); `WouldBlock` when another process holds it.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn FileLock>>;
    /// Holds off owners of the lock on an existing `path` without owning it, and without writing; `WouldBlock` when
    /// another process owns it.
    fn lock_shared(&self, path: &Path) -> io::Result<Box<dyn FileLock>> {
        self.lock(path)
    }
    /// How large and how full the disk is that holds `path`.
    fn space(&self, path: &Path) -> io::Result<DiskSpace>;
    /// Absolute form of a path, for messages.
    fn absolute(&self, path: &Path) -> PathBuf;
}
