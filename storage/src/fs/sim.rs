//! A file system in memory that fails and crashes on demand, the same way for the same seed.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::sim_disk::{Disk, NameOp, Node, Rng, subtree};
use super::sim_file::SimFile;
use super::{DirEntry, File, FileLock, FileSystem, OpenMode};

/// A simulated disk. Clones share it; [`SimFs::power_loss`] and [`SimFs::killed`] make new ones.
#[derive(Clone, Debug)]
pub struct SimFs(Arc<Mutex<State>>);

#[derive(Debug)]
pub(super) struct State {
    pub(super) disk: Disk,
    pub(super) rng: Rng,
    pub(super) locks: HashSet<PathBuf>,
    pub(super) space_left: Option<u64>,
    pub(super) steps_to_live: Option<u64>,
    pub(super) failing_writes: u32,
    pub(super) failing_reads: u32,
    pub(super) failing_syncs: u32,
    pub(super) short_writes: bool,
    pub(super) steps: u64,
    /// What files say of when they were written to.
    pub(super) now_ms: i64,
}

impl SimFs {
    /// An empty, healthy disk.
    pub fn new(seed: u64) -> SimFs {
        SimFs::with_disk(Disk::default(), seed)
    }

    fn with_disk(disk: Disk, seed: u64) -> SimFs {
        SimFs(Arc::new(Mutex::new(State {
            disk,
            rng: Rng(seed),
            locks: HashSet::new(),
            space_left: None,
            steps_to_live: None,
            failing_writes: 0,
            failing_reads: 0,
            failing_syncs: 0,
            short_writes: false,
            steps: 0,
            now_ms: 0,
        })))
    }

    /// The disk as a new process finds it after `kill -9`: all that was written, no locks, no faults.
    pub fn killed(&self) -> SimFs {
        let mut state = self.state();
        let seed = state.rng.below(u64::MAX);
        SimFs::with_disk(state.disk.clone(), seed)
    }

    /// The disk after the power went: unsynced bytes and names survive in part (see the module `sim_disk`).
    pub fn power_loss(&self) -> SimFs {
        let mut state = self.state();
        let mut rng = Rng(state.rng.below(u64::MAX));
        let disk = state.disk.clone().after_power_loss(&mut rng);
        SimFs::with_disk(disk, rng.below(u64::MAX))
    }

    /// Makes everything written durable.
    pub fn sync_everything(&self) {
        self.state().disk.sync_everything();
    }

    /// Bytes that files may still grow by before writes fail with "no space left".
    pub fn set_space_left(&self, bytes: Option<u64>) {
        self.state().space_left = bytes;
    }

    /// After this many more changes the process counts as dead: the last write is done in part,
    /// everything later fails.
    pub fn die_after(&self, steps: u64) {
        self.state().steps_to_live = Some(steps);
    }

    /// The next `n` writes fail with an I/O error.
    pub fn fail_writes(&self, n: u32) {
        self.state().failing_writes = n;
    }

    /// The next `n` reads fail with an I/O error.
    pub fn fail_reads(&self, n: u32) {
        self.state().failing_reads = n;
    }

    /// The next `n` syncs fail with an I/O error.
    pub fn fail_syncs(&self, n: u32) {
        self.state().failing_syncs = n;
    }

    /// Whether writes write a random part of what they are given.
    pub fn set_short_writes(&self, on: bool) {
        self.state().short_writes = on;
    }

    /// The time that files written from now on carry.
    pub fn set_now_ms(&self, now_ms: i64) {
        self.state().now_ms = now_ms;
    }

    /// Changes (writes, cuts, renames, …) made so far.
    pub fn steps(&self) -> u64 {
        self.state().steps
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn create(&self, path: &Path) -> io::Result<u64> {
        let mut state = self.state();
        state.step()?;
        if path
            .parent()
            .is_some_and(|p| !p.as_os_str().is_empty() && !state.disk.names.contains_key(p))
        {
            return Err(io::ErrorKind::NotFound.into());
        }
        let inode = state.disk.new_inode();
        state
            .disk
            .change(NameOp::Link(path.to_owned(), Node::File(inode)));
        Ok(inode)
    }

    fn replace(&self, path: &Path, content: &[u8], sync: bool) -> io::Result<()> {
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".tmp");
        let temporary = PathBuf::from(temporary);
        let inode = self.create(&temporary)?;
        let file = SimFile {
            fs: self.clone(),
            inode: Some(inode),
        };
        super::write_all_at(&file, content, &[], 0)?;
        if sync {
            file.sync_data()?;
        }
        self.rename(&temporary, path)?;
        if sync { self.sync_dir(path) } else { Ok(()) }
    }
}

impl State {
    pub(super) fn step(&mut self) -> io::Result<()> {
        self.alive()?;
        self.steps += 1;
        if let Some(left) = &mut self.steps_to_live {
            *left -= 1;
        }
        Ok(())
    }

    pub(super) fn alive(&self) -> io::Result<()> {
        match self.steps_to_live {
            Some(0) => Err(io::Error::other("the simulated process is dead")),
            _ => Ok(()),
        }
    }

    pub(super) fn write(&mut self, inode: u64, bytes: &[u8], position: u64) -> io::Result<usize> {
        self.step()?;
        if take(&mut self.failing_writes) {
            return Err(rustix::io::Errno::IO.into());
        }
        let position = usize::try_from(position).map_err(io::Error::other)?;
        let mut len = bytes.len();
        let dying = self.steps_to_live == Some(0);
        if (dying || self.short_writes) && len > 0 {
            len = 1 + self.rng.below(len as u64) as usize;
        }
        let Some(file) = self.disk.inodes.get_mut(&inode) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        if let Some(space) = &mut self.space_left {
            let grown = (position + len).saturating_sub(file.data.len()) as u64;
            let granted = grown.min(*space);
            len -= (grown - granted) as usize;
            if len == 0 && !bytes.is_empty() {
                return Err(io::ErrorKind::StorageFull.into());
            }
            *space -= granted;
        }
        let end = position + len;
        if file.data.len() < end {
            file.data.resize(end, 0);
        }
        if let (Some(to), Some(from)) = (file.data.get_mut(position..end), bytes.get(..len)) {
            to.copy_from_slice(from);
        }
        file.modified_ms = self.now_ms;
        if dying {
            Err(io::Error::other("the simulated process died"))
        } else {
            Ok(len)
        }
    }
}

pub(super) fn take(count: &mut u32) -> bool {
    let some = *count > 0;
    *count = count.saturating_sub(1);
    some
}

#[derive(Debug)]
struct SimLock(SimFs, PathBuf);

impl FileLock for SimLock {}

impl Drop for SimLock {
    fn drop(&mut self) {
        self.0.state().locks.remove(&self.1);
    }
}

impl FileSystem for SimFs {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Arc<dyn File>> {
        let node = self.state().disk.names.get(path).copied();
        let inode = match (node, mode) {
            (Some(Node::Dir), _) => return Err(io::ErrorKind::IsADirectory.into()),
            (Some(Node::File(_)), OpenMode::CreateNew) => return Err(io::ErrorKind::AlreadyExists.into()),
            (Some(Node::File(inode)), _) => inode,
            (None, OpenMode::Read | OpenMode::Write) => return Err(io::ErrorKind::NotFound.into()),
            (None, _) => self.create(path)?,
        };
        Ok(Arc::new(SimFile {
            fs: self.clone(),
            inode: Some(inode),
        }))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let file = self.open(path, OpenMode::Read)?;
        let mut content = vec![0; usize::try_from(file.len()?).map_err(io::Error::other)?];
        file.read_at(&mut content, 0)?;
        Ok(content)
    }

    fn write_atomic(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.replace(path, content, true)
    }

    fn write_unsynced(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.replace(path, content, false)
    }

    fn open_dir(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        match self.state().disk.names.get(path) {
            Some(Node::Dir) => Ok(Arc::new(SimFile {
                fs: self.clone(),
                inode: None,
            })),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn sync_all(&self, _path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        if take(&mut state.failing_syncs) {
            return Err(io::Error::other("simulated sync error"));
        }
        state.disk.sync_everything();
        Ok(())
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        let ancestors: Vec<&Path> = path.ancestors().filter(|p| !p.as_os_str().is_empty()).collect();
        for dir in ancestors.into_iter().rev() {
            if !state.disk.names.contains_key(dir) {
                state.disk.change(NameOp::Link(dir.to_owned(), Node::Dir));
            }
        }
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let state = self.state();
        if state.disk.names.get(path) != Some(&Node::Dir) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let children = state.disk.names.iter().filter(|(p, _)| p.parent() == Some(path));
        Ok(children
            .map(|(p, node)| DirEntry {
                name: p.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                is_dir: *node == Node::Dir,
                len: match node {
                    Node::Dir => 0,
                    Node::File(inode) => state.disk.inodes.get(inode).map_or(0, |i| i.data.len() as u64),
                },
            })
            .collect())
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        Ok(self.state().disk.names.contains_key(path))
    }

    fn modified_ms(&self, path: &Path) -> io::Result<i64> {
        let state = self.state();
        match state.disk.names.get(path) {
            Some(Node::File(inode)) => Ok(state.disk.inodes.get(inode).map_or(0, |i| i.modified_ms)),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        if !state.disk.names.contains_key(from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.disk.change(NameOp::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        match state.disk.names.get(path) {
            Some(Node::File(_)) => state.disk.change(NameOp::Unlink(path.to_owned())),
            _ => return Err(io::ErrorKind::NotFound.into()),
        }
        Ok(())
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        if subtree(&state.disk.names, path).is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.disk.change(NameOp::Unlink(path.to_owned()));
        Ok(())
    }

    fn sync_dir(&self, _path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        state.disk.sync_names();
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn FileLock>> {
        if !self.exists(path)? {
            self.create(path)?;
        }
        if !self.state().locks.insert(path.to_owned()) {
            return Err(io::Error::new(io::ErrorKind::WouldBlock, "another process"));
        }
        Ok(Box::new(SimLock(self.clone(), path.to_owned())))
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        path.to_owned()
    }
}
