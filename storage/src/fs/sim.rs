//! A file system in memory that fails and crashes on demand, the same way for the same seed.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::sim_content::Content;
use super::sim_dir::{Directory, NameOrder};
use super::sim_disk::{Disk, Node};
use super::sim_faults::{Faults, Hook, SimFaults, SimOp};
use super::sim_file::SimFile;
use super::sim_rng::Rng;
use super::{DirEntry, DiskSpace, File, FileLock, FileSystem, OpenMode};

/// What the disk says to be its size.
const SIZE: u64 = 1 << 40;

/// A simulated disk. Clones share it; [`SimFs::power_loss`] and [`SimFs::killed`] make new ones.
///
/// What it promises is what POSIX and the usual file systems promise, and no more:
/// - Written bytes are sure once their file was synced. Before, each sector of 512 bytes is there or
///   not, in any choice; a file may have grown to its new length, in part, or not at all; what it grew
///   by and was not written reads as zeros. A cut is as unsure as a write.
/// - Names are sure once their directory was synced, apart from the content behind them. Before,
///   changes are lost as [`NameOrder`] says. A rename happens whole or not at all.
/// - A directory's own name is its parent's business: unsynced there, everything below is lost with it.
/// - A sync that fails makes nothing durable. (Linux may drop the written pages besides. Nothing is
///   appended to a folder after that, so the difference does not show.)
#[derive(Clone, Debug)]
pub struct SimFs(Arc<Mutex<State>>);

#[derive(Debug)]
pub(super) struct State {
    pub(super) disk: Disk,
    pub(super) rng: Rng,
    pub(super) faults: Faults,
    locks: HashSet<PathBuf>,
    name_order: NameOrder,
    hook: Option<Hook>,
    /// What files say of when they were written to.
    pub(super) now_ms: i64,
}

impl SimFs {
    /// An empty, healthy disk.
    pub fn new(seed: u64) -> SimFs {
        SimFs::with_disk(Disk::default(), seed, NameOrder::default())
    }

    fn with_disk(disk: Disk, seed: u64, name_order: NameOrder) -> SimFs {
        SimFs(Arc::new(Mutex::new(State {
            disk,
            rng: Rng(seed),
            faults: Faults::default(),
            locks: HashSet::new(),
            name_order,
            hook: None,
            now_ms: 0,
        })))
    }

    /// The disk as a new process finds it after `kill -9`: all that was written, no locks, no faults.
    pub fn killed(&self) -> SimFs {
        let mut state = self.state();
        let seed = state.rng.below(u64::MAX);
        SimFs::with_disk(state.disk.clone().without_garbage(), seed, state.name_order)
    }

    /// The disk after the power went: unsynced bytes and names survive in part.
    pub fn power_loss(&self) -> SimFs {
        let mut state = self.state();
        let mut rng = Rng(state.rng.below(u64::MAX));
        let disk = state.disk.after_power_loss(state.name_order, &mut rng);
        SimFs::with_disk(disk, rng.below(u64::MAX), state.name_order)
    }

    /// Makes everything written durable.
    pub fn sync_everything(&self) {
        self.state().disk.sync_everything();
    }

    /// In which order unsynced changes of names reach the disk, also on what is left after a crash.
    pub fn set_name_order(&self, order: NameOrder) {
        self.state().name_order = order;
    }

    /// Makes operations fail by chance.
    pub fn set_faults(&self, faults: SimFaults) {
        self.state().faults.chance = faults;
    }

    /// Bytes that files may still grow by before writes fail with "no space left".
    pub fn set_space_left(&self, bytes: Option<u64>) {
        self.state().faults.space_left = bytes;
    }

    /// After this many more changes the process counts as dead: the last write is done in part,
    /// everything later fails.
    pub fn die_after(&self, steps: u64) {
        self.state().faults.steps_to_live = Some(steps);
    }

    /// Whether the process has died of [`SimFs::die_after`].
    pub fn is_dead(&self) -> bool {
        self.state().faults.alive().is_err()
    }

    /// The next `n` writes fail with an I/O error.
    pub fn fail_writes(&self, n: u32) {
        self.state().faults.failing_writes = n;
    }

    /// The next `n` reads fail with an I/O error.
    pub fn fail_reads(&self, n: u32) {
        self.state().faults.failing_reads = n;
    }

    /// The next `n` syncs fail with an I/O error.
    pub fn fail_syncs(&self, n: u32) {
        self.state().faults.failing_syncs = n;
    }

    /// The next `n` files are not opened: the process has too many open already.
    pub fn refuse_opens(&self, n: u32) {
        self.state().faults.refused_opens = n;
    }

    /// Whether writes write a random part of what they are given.
    pub fn set_short_writes(&self, on: bool) {
        self.state().faults.short_writes = on;
    }

    /// From now on syncs of files and directories whose path ends in `suffix` seem to succeed and do
    /// nothing: a program that forgot them, to prove that a test notices.
    pub fn skip_syncs_of(&self, suffix: &str) {
        self.state().faults.skipped_syncs.push(suffix.to_owned());
    }

    /// Calls `hook` before every operation, outside of any lock: it may block, to make the disk slow.
    pub fn set_hook(&self, hook: impl Fn(SimOp, &Path) + Send + Sync + 'static) {
        self.state().hook = Some(Hook(Arc::new(hook)));
    }

    /// The time that files written from now on carry.
    pub fn set_now_ms(&self, now_ms: i64) {
        self.state().now_ms = now_ms;
    }

    /// Changes (writes, cuts, syncs, renames, …) made so far.
    pub fn steps(&self) -> u64 {
        self.state().faults.steps
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn called(&self, op: SimOp, path: &Path) {
        let hook = self.state().hook.clone();
        if let Some(Hook(hook)) = hook {
            hook(op, path);
        }
    }

    /// Changes names, if the disk lets it.
    fn change<T>(&self, path: &Path, change: impl FnOnce(&mut Disk) -> io::Result<T>) -> io::Result<T> {
        self.called(SimOp::Name, path);
        let mut guard = self.state();
        let state = &mut *guard;
        state.faults.name(&mut state.rng)?;
        change(&mut state.disk)
    }

    fn handle(&self, node: u64, path: &Path) -> SimFile {
        SimFile {
            fs: self.clone(),
            node,
            path: path.to_owned(),
        }
    }

    fn replace(&self, path: &Path, content: &[u8], sync: bool) -> io::Result<()> {
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".tmp");
        let temporary = PathBuf::from(temporary);
        let file = self.open(&temporary, OpenMode::OpenOrCreate)?;
        file.set_len(0)?;
        super::write_all_at(&*file, content, &[], 0)?;
        if sync {
            file.sync_data()?;
        }
        self.rename(&temporary, path)?;
        match path.parent().filter(|_| sync) {
            Some(dir) => self.sync_dir(dir),
            None => Ok(()),
        }
    }
}

#[derive(Debug)]
struct SimLock(SimFs, PathBuf);

impl FileLock for SimLock {
    fn is_in_place(&self) -> bool {
        let dir = self.1.parent().unwrap_or(&self.1);
        self.0.state().disk.find(dir).is_some()
    }
}

impl Drop for SimLock {
    fn drop(&mut self) {
        self.0.state().locks.remove(&self.1);
    }
}

impl FileSystem for SimFs {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Arc<dyn File>> {
        let found = {
            let mut state = self.state();
            state.faults.open()?;
            let found = state.disk.find(path);
            found.map(|node| (node, state.disk.dir(node).is_some()))
        };
        let node = match (found, mode) {
            (Some((_, true)), _) => return Err(io::ErrorKind::IsADirectory.into()),
            (Some(_), OpenMode::CreateNew) => return Err(io::ErrorKind::AlreadyExists.into()),
            (Some((node, _)), _) => node,
            (None, OpenMode::Read | OpenMode::Write) => return Err(io::ErrorKind::NotFound.into()),
            (None, _) => self.change(path, |disk| disk.make(path, Node::File(Content::default())))?,
        };
        Ok(Arc::new(self.handle(node, path)))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let file = self.open(path, OpenMode::Read)?;
        let mut content = vec![0; usize::try_from(file.len()?).map_err(io::Error::other)?];
        super::read_exact_at(&*file, &mut content, 0)?;
        Ok(content)
    }

    fn write_atomic(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.replace(path, content, true)
    }

    fn write_unsynced(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.replace(path, content, false)
    }

    fn open_dir(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let node = self.state().disk.find(path);
        let node = node.filter(|node| self.state().disk.dir(*node).is_some());
        Ok(Arc::new(self.handle(node.ok_or(io::ErrorKind::NotFound)?, path)))
    }

    fn sync_all(&self, path: &Path) -> io::Result<()> {
        self.called(SimOp::Sync, path);
        let mut guard = self.state();
        let state = &mut *guard;
        if state.faults.sync(path, &mut state.rng)? {
            state.disk.sync_everything();
        }
        Ok(())
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.change(path, |disk| {
            let ancestors: Vec<&Path> = path.ancestors().collect();
            for dir in ancestors.into_iter().rev() {
                match disk.find(dir) {
                    Some(node) if disk.dir(node).is_none() => {
                        return Err(io::ErrorKind::NotADirectory.into());
                    }
                    Some(_) => {}
                    None => {
                        disk.make(dir, Node::Dir(Directory::default()))?;
                    }
                }
            }
            Ok(())
        })
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let mut guard = self.state();
        let state = &mut *guard;
        state.faults.list(&mut state.rng)?;
        let disk = &state.disk;
        let dir = disk.find(path).and_then(|node| disk.dir(node));
        let names = &dir.ok_or(io::ErrorKind::NotFound)?.entries;
        let entries = names.iter().map(|(name, node)| DirEntry {
            name: name.clone(),
            is_dir: disk.dir(*node).is_some(),
            len: disk.file(*node).map_or(0, |file| file.data.len() as u64),
        });
        Ok(entries.collect())
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        Ok(self.state().disk.find(path).is_some())
    }

    fn modified_ms(&self, path: &Path) -> io::Result<i64> {
        let state = self.state();
        let file = state.disk.find(path).and_then(|node| state.disk.file(node));
        Ok(file.ok_or(io::ErrorKind::NotFound)?.modified_ms)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(from, |disk| disk.rename(from, to))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.change(path, |disk| match disk.find(path) {
            Some(node) if disk.dir(node).is_some() => Err(io::ErrorKind::IsADirectory.into()),
            _ => disk.remove(path),
        })
    }

    /// One by one, as the machine does it: a crash may leave some.
    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        for entry in self.list(path)? {
            let inner = path.join(&entry.name);
            match entry.is_dir {
                true => self.remove_dir_all(&inner)?,
                false => self.remove_file(&inner)?,
            }
        }
        self.change(path, |disk| disk.remove(path))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.open_dir(path)?.sync_data()
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn FileLock>> {
        self.open(path, OpenMode::OpenOrCreate)?;
        if !self.state().locks.insert(path.to_owned()) {
            return Err(io::Error::new(io::ErrorKind::WouldBlock, "another process"));
        }
        Ok(Box::new(SimLock(self.clone(), path.to_owned())))
    }

    fn space(&self, _path: &Path) -> io::Result<DiskSpace> {
        let available = self.state().faults.space_left.unwrap_or(SIZE);
        Ok(DiskSpace {
            total: SIZE,
            available,
        })
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        path.to_owned()
    }
}
