//! Opening many logs at once: after a crash each has to be read, and one thread keeps neither cores nor disks busy.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Partition, blocking};

/// Threads that open logs together, whatever `num.recovery.threads.per.data.dir` and the folders make of it.
const OPENERS_MAX: usize = 64;

/// Opens the logs among `partitions` that nobody has used yet, several at once. What goes wrong shows when the partition
/// is used. Returns at once where there is nothing to gain, or somebody else does this already.
pub fn open_together<'a>(partitions: impl Iterator<Item = &'a Arc<Partition>>) {
    let unopened: Vec<_> = partitions.filter(|partition| !partition.is_settled()).collect();
    let Some(store) = unopened.first().map(|partition| &partition.store) else {
        return;
    };
    let folders = store.folders().map_or(0, |folders| folders.list().len());
    let threads = store.recovery_threads.load(Ordering::Relaxed);
    let threads = threads.saturating_mul(folders).min(OPENERS_MAX);
    let threads = threads.min(unopened.len());
    if threads < 2 {
        return;
    }
    // One at a time, which bounds the threads of all requests.
    let Ok(_opening) = store.opening.try_lock() else {
        return;
    };
    let next = AtomicUsize::new(0);
    let open_some = || {
        while let Some(partition) = unopened.get(next.fetch_add(1, Ordering::Relaxed)) {
            // Its user hears of a fault.
            let _ = partition.settle();
        }
    };
    blocking(|| {
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(open_some);
            }
            open_some();
        });
    });
}

impl Partition {
    /// Whether the log is open, or known to be absent.
    pub fn is_settled(&self) -> bool {
        self.settled.load(Ordering::Acquire)
    }
}
