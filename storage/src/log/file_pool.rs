//! Open files under a bound: the least recently used are closed and opened again when needed.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};

use rustix::io::Errno;

use crate::fs::{File, FileSystem, OpenMode};
use crate::sync::lock;

/// Open files of one data folder unless configured otherwise.
pub const OPEN_FILES_MAX: usize = 1024;

/// Bounds how many [`FileSlot`]s hold an open file (second-chance order).
#[derive(Debug)]
pub(crate) struct FilePool {
    open_files_max: usize,
    ring: Mutex<VecDeque<Weak<FileSlot>>>,
}

/// A file that is open only while it is in use; finding it open takes no lock but its own.
#[derive(Debug, Default)]
pub(crate) struct FileSlot {
    file: Mutex<Option<Arc<dyn File>>>,
    used: AtomicBool,
}

impl FilePool {
    pub fn new(open_files_max: usize) -> FilePool {
        FilePool {
            open_files_max: open_files_max.max(1),
            ring: Mutex::new(VecDeque::new()),
        }
    }

    /// The slot's file, opened if need be. `path` is only asked for then.
    pub fn get(
        &self,
        slot: &Arc<FileSlot>,
        fs: &dyn FileSystem,
        mode: OpenMode,
        path: impl Fn() -> PathBuf,
    ) -> io::Result<Arc<dyn File>> {
        slot.used.store(true, Ordering::Relaxed);
        let mut path_asked = None;
        let mut open = || {
            let mut held = lock(&slot.file);
            if let Some(file) = &*held {
                return Ok((Arc::clone(file), false));
            }
            let file = fs.open(path_asked.get_or_insert_with(&path), mode)?;
            *held = Some(Arc::clone(&file));
            Ok((file, true))
        };
        let opened = match open() {
            // Connections take of the same number. Half of what is open here goes, for this file and for others.
            Err(error) if is_too_many_open(&error) => {
                let mut ring = lock(&self.ring);
                let half = ring.len() / 2;
                shrink(&mut ring, half);
                drop(ring);
                open()
            }
            opened => opened,
        };
        let (file, is_new) = opened?;
        if is_new {
            let mut ring = lock(&self.ring);
            ring.push_back(Arc::downgrade(slot));
            shrink(&mut ring, self.open_files_max);
        }
        Ok(file)
    }

    /// Closes the slot's file.
    pub fn close(&self, slot: &Arc<FileSlot>) {
        let was_open = lock(&slot.file).take().is_some();
        if was_open {
            let mut ring = lock(&self.ring);
            // From the end: what is closed at a stop was opened just before, so that the walk is short.
            let at = ring
                .iter()
                .rposition(|other| std::ptr::eq(other.as_ptr(), Arc::as_ptr(slot)));
            at.and_then(|at| ring.remove(at));
        }
    }

    #[cfg(test)]
    pub fn open_files(&self) -> usize {
        lock(&self.ring)
            .iter()
            .filter_map(Weak::upgrade)
            .filter(|s| lock(&s.file).is_some())
            .count()
    }
}

/// Closes files until so many are left.
fn shrink(ring: &mut VecDeque<Weak<FileSlot>>, left: usize) {
    // Every slot gets one second chance, then the first in line goes.
    let mut chances = ring.len();
    while ring.len() > left {
        let Some(weak) = ring.pop_front() else { return };
        let Some(slot) = weak.upgrade() else { continue };
        if chances > 0 && slot.used.swap(false, Ordering::Relaxed) {
            chances -= 1;
            ring.push_back(weak);
            continue;
        }
        *lock(&slot.file) = None;
    }
}

/// Whether the process, or the system, has no more file handles to give.
fn is_too_many_open(error: &io::Error) -> bool {
    [Errno::MFILE, Errno::NFILE]
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::SimFs;

    #[test]
    fn keeps_the_bound_and_reopens() {
        let fs = SimFs::new(1);
        let pool = FilePool::new(3);
        let slots: Vec<_> = (0..10).map(|_| Arc::new(FileSlot::default())).collect();
        for _ in 0..2 {
            for (i, slot) in slots.iter().enumerate() {
                pool.get(slot, &fs, OpenMode::OpenOrCreate, || PathBuf::from(i.to_string()))
                    .unwrap();
                assert!(pool.open_files() <= 3);
            }
        }
        for slot in &slots {
            pool.close(slot);
        }
        assert_eq!(pool.open_files(), 0);
    }

    #[test]
    fn files_are_closed_for_one_more_when_the_process_may_open_no_more() {
        let fs = SimFs::new(1);
        let pool = FilePool::new(100);
        let open = |name: usize| {
            let slot = Arc::new(FileSlot::default());
            let opened = pool.get(&slot, &fs, OpenMode::OpenOrCreate, || {
                PathBuf::from(name.to_string())
            });
            opened.map(|_| slot)
        };
        let slots: Vec<_> = (0..10).map(|name| open(name).unwrap()).collect();
        fs.refuse_opens(1);
        let more = open(10).unwrap();
        assert_eq!(pool.open_files(), 6, "half of the others, and this one");
        fs.refuse_opens(2);
        assert!(open(11).is_err(), "others have taken what was given up");
        for slot in slots.iter().chain([&more]) {
            pool.close(slot);
        }
        assert_eq!(pool.open_files(), 0);
    }
}
