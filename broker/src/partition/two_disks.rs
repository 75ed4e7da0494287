//! Several simulated disks under one tree, for tests: each fails by itself.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use storage::{DirEntry, DiskSpace, File, FileLock, FileSystem, OpenMode, SimFs};

/// Holds the mount points.
const ROOT: &str = "/";

/// Routes every path to the disk whose mount point it lies under.
#[derive(Clone, Debug)]
pub struct Mounts(pub Vec<(PathBuf, SimFs)>);

impl Mounts {
    /// Disks at `/a` and `/b`.
    pub fn two(seed: u64) -> Mounts {
        Mounts(vec![
            ("/a".into(), SimFs::new(seed)),
            ("/b".into(), SimFs::new(seed + 1)),
        ])
    }

    /// The disk at `/a` (0) or `/b` (1).
    pub fn disk(&self, index: usize) -> &SimFs {
        &self.0[index].1
    }

    /// What a new process finds after `kill -9`.
    pub fn killed(&self) -> Mounts {
        Mounts(
            self.0
                .iter()
                .map(|(path, disk)| (path.clone(), disk.killed()))
                .collect(),
        )
    }

    /// What a new process finds after the power went.
    pub fn power_loss(&self) -> Mounts {
        Mounts(
            self.0
                .iter()
                .map(|(path, disk)| (path.clone(), disk.power_loss()))
                .collect(),
        )
    }

    fn of(&self, path: &Path) -> io::Result<&SimFs> {
        let found = self.0.iter().find(|(mount, _)| path.starts_with(mount));
        found
            .map(|(_, disk)| disk)
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl FileSystem for Mounts {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Arc<dyn File>> {
        self.of(path)?.open(path, mode)
    }
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.of(path)?.read(path)
    }
    fn write_atomic(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.of(path)?.write_atomic(path, content)
    }
    fn write_unsynced(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.of(path)?.write_unsynced(path, content)
    }
    fn open_dir(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        self.of(path)?.open_dir(path)
    }
    fn sync_all(&self, path: &Path) -> io::Result<()> {
        self.of(path)?.sync_all(path)
    }
    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.of(path)?.create_dir_all(path)
    }
    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.of(path)?.list(path)
    }
    fn list_dirs(&self, path: &Path) -> io::Result<Vec<String>> {
        self.of(path)?.list_dirs(path)
    }
    fn modified_ms(&self, path: &Path) -> io::Result<i64> {
        self.of(path)?.modified_ms(path)
    }
    fn exists(&self, path: &Path) -> io::Result<bool> {
        match path == ROOT {
            true => Ok(true),
            false => self.of(path)?.exists(path),
        }
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.of(from)?.rename(from, to)
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.of(path)?.remove_file(path)
    }
    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        self.of(path)?.remove_dir_all(path)
    }
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        match path == ROOT {
            true => self.0.iter().try_for_each(|(_, disk)| disk.sync_dir(path)),
            false => self.of(path)?.sync_dir(path),
        }
    }
    fn lock(&self, path: &Path) -> io::Result<Box<dyn FileLock>> {
        self.of(path)?.lock(path)
    }
    fn space(&self, path: &Path) -> io::Result<DiskSpace> {
        self.of(path)?.space(path)
    }
    fn absolute(&self, path: &Path) -> PathBuf {
        path.to_owned()
    }
}
