//! Open files under a bound: the least recently used are closed and opened again when needed.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};

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
        path: impl FnOnce() -> PathBuf,
    ) -> io::Result<Arc<dyn File>> {
        slot.used.store(true, Ordering::Relaxed);
        let file = {
            let mut held = lock(&slot.file);
            if let Some(file) = &*held {
                return Ok(Arc::clone(file));
            }
            let file = fs.open(&path(), mode)?;
            *held = Some(Arc::clone(&file));
            file
        };
        let mut ring = lock(&self.ring);
        ring.push_back(Arc::downgrade(slot));
        self.shrink(&mut ring);
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

    fn shrink(&self, ring: &mut VecDeque<Weak<FileSlot>>) {
        // Every slot gets one second chance, then the first in line goes.
        let mut chances = ring.len();
        while ring.len() > self.open_files_max {
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

    #[cfg(test)]
    pub fn open_files(&self) -> usize {
        lock(&self.ring)
            .iter()
            .filter_map(Weak::upgrade)
            .filter(|s| lock(&s.file).is_some())
            .count()
    }
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
}
