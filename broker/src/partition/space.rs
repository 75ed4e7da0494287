//! The floor of free space (`ottla.disk.free.min.bytes`): below it producers are refused before the disk is full.
//!
//! What the broker writes itself goes on (commits, metadata, deletes), and so do reads, retention and everything else
//! that makes room. An append looks at one atomic number of its folder. The disk is asked by the first append of each
//! interval; while a folder is too full the watch asks by itself, so that it recovers without anybody's doing. An idle
//! broker asks nothing.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering};

use storage::{DataFolder, DiskSpace};
use tokio::sync::Notify;

use super::{Folder, Folders, PartitionError, PartitionStore};

/// How long a look at the disk counts.
const LOOK_MS: i64 = 1_000;
/// The same when little is left above the floor.
const LOOK_MS_WHEN_NEAR: i64 = 100;
/// What may be written within [`LOOK_MS`].
const NEAR_BYTES: u64 = 1 << 30;
/// The floor when the config leaves it to the broker …
const FLOOR_BYTES: u64 = 64 << 20;
/// … and the part of a small disk that it is at most.
const FLOOR_SHARE: u64 = 20;

const UNKNOWN: u8 = 0;
const ENOUGH: u8 = 1;
const LOW: u8 = 2;

/// What is known of one folder's disk.
#[derive(Debug, Default)]
pub(super) struct Space {
    state: AtomicU8,
    /// The log says that the folder is too full.
    told: AtomicBool,
    near: AtomicBool,
    available: AtomicU64,
    floor: AtomicU64,
}

/// The floor of all folders of a broker.
#[derive(Debug, Default)]
pub(super) struct DiskFloor {
    /// `ottla.disk.free.min.bytes`; 0 = off, negative = [`floor_of`] decides.
    bytes: AtomicI64,
    /// Told when a folder was looked at.
    looked: Notify,
}

impl DiskFloor {
    fn look(&self, space: &Space, data: &DataFolder) {
        let path = data.path();
        if self.bytes.load(Ordering::Relaxed) == 0 {
            space.state.store(ENOUGH, Ordering::Relaxed);
            return space.tell(false, path);
        }
        let disk = data.fs().space(path).inspect_err(|error| {
            tracing::debug!(path = %path.display(), %error, "the free space cannot be told");
        });
        let floor = disk
            .as_ref()
            .map_or(0, |disk| floor_of(self.bytes.load(Ordering::Relaxed), disk));
        let available = disk.map_or(u64::MAX, |disk| disk.available);
        space.available.store(available, Ordering::Relaxed);
        space.floor.store(floor, Ordering::Relaxed);
        let near = available.saturating_sub(floor) < NEAR_BYTES;
        space.near.store(near && floor > 0, Ordering::Relaxed);
        let low = available < floor;
        space
            .state
            .store(if low { LOW } else { ENOUGH }, Ordering::Relaxed);
        space.tell(low, path);
        self.looked.notify_one();
    }
}

impl Space {
    /// One line when producers begin to be refused, and one when that ends.
    fn tell(&self, low: bool, path: &Path) {
        if self.told.swap(low, Ordering::Relaxed) == low {
            return;
        }
        let (path, free_bytes) = (path.display(), self.available.load(Ordering::Relaxed));
        let floor_bytes = self.floor.load(Ordering::Relaxed);
        match low {
            true => {
                tracing::warn!(%path, free_bytes, floor_bytes, "the disk is nearly full: producers are refused until there is room");
            }
            false => {
                tracing::warn!(%path, free_bytes, floor_bytes, "the disk has room again: producers are served")
            }
        }
    }

    fn refusal(&self, path: &Path) -> PartitionError {
        PartitionError::DiskNearlyFull {
            path: path.to_owned(),
            available: self.available.load(Ordering::Relaxed),
            floor: self.floor.load(Ordering::Relaxed),
        }
    }
}

/// Free bytes that a disk must have.
fn floor_of(configured: i64, disk: &DiskSpace) -> u64 {
    match u64::try_from(configured) {
        // A file system that does not tell its size does not tell what is free either.
        _ if disk.total == 0 => 0,
        Ok(bytes) => bytes,
        Err(_) => FLOOR_BYTES.min(disk.total / FLOOR_SHARE),
    }
}

impl PartitionStore {
    /// Sets the floor (`ottla.disk.free.min.bytes`): 0 turns it off, negative leaves it to the broker. Acts at once.
    pub fn set_disk_floor(&self, bytes: i64) {
        if self.disk_floor.bytes.swap(bytes, Ordering::Relaxed) != bytes {
            self.each_space(|space, _| space.state.store(UNKNOWN, Ordering::Relaxed));
        }
    }

    /// Whether a producer may append to a folder.
    pub(super) fn admit(&self, folder: &Folder) -> Result<(), PartitionError> {
        let space = folder.space();
        match space.state.load(Ordering::Relaxed) {
            ENOUGH => Ok(()),
            LOW => Err(space.refusal(folder.path())),
            _ => {
                if let Some(data) = folder.data() {
                    self.disk_floor.look(space, data);
                }
                match space.state.load(Ordering::Relaxed) {
                    LOW => Err(space.refusal(folder.path())),
                    _ => Ok(()),
                }
            }
        }
    }

    fn each_space(&self, mut visit: impl FnMut(&Space, &DataFolder)) {
        for folder in self.folders().map(Folders::list).unwrap_or_default() {
            if let Some(data) = folder.data() {
                visit(folder.space(), data);
            }
        }
    }
}

/// The background task that lets looks at the disk grow old, and looks itself while a folder is too full.
#[derive(Debug)]
pub struct DiskWatch {
    store: Arc<PartitionStore>,
}

impl DiskWatch {
    /// Over the folders of `store`; nothing happens before [`DiskWatch::run`].
    pub fn new(store: Arc<PartitionStore>) -> DiskWatch {
        DiskWatch { store }
    }

    /// Runs until the task is aborted.
    pub async fn run(self) {
        loop {
            self.store.disk_floor.looked.notified().await;
            let mut near = false;
            self.store
                .each_space(|space, _| near |= space.near.load(Ordering::Relaxed));
            let wait_ms = if near { LOOK_MS_WHEN_NEAR } else { LOOK_MS };
            self.store.env().sleep_ms(wait_ms).await;
            super::blocking(|| self.pass());
        }
    }

    /// What a look at the disk found counts no longer.
    pub fn pass(&self) {
        self.store
            .each_space(|space, data| match space.state.load(Ordering::Relaxed) {
                LOW => self.store.disk_floor.look(space, data),
                _ => space.state.store(UNKNOWN, Ordering::Relaxed),
            });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_fits_small_disks() {
        let disk = |total| DiskSpace { total, available: 0 };
        assert_eq!(floor_of(-1, &disk(1 << 40)), 64 << 20);
        assert_eq!(floor_of(-1, &disk(64 << 20)), (64 << 20) / 20);
        assert_eq!(floor_of(5, &disk(1 << 40)), 5);
        assert_eq!(floor_of(0, &disk(1 << 40)), 0);
        assert_eq!(floor_of(5, &disk(0)), 0, "a file system without a size");
    }
}
