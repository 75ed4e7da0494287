//! The producer snapshots of a partition directory.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::producers::Producers;
use super::segment::PartitionDir;
use super::{names, producer_snapshot};

/// Offsets for which a snapshot file exists.
pub(super) struct Snapshots {
    dir: Arc<PartitionDir>,
    offsets: BTreeSet<i64>,
}

impl Snapshots {
    pub fn find(dir: &Arc<PartitionDir>, files: &BTreeMap<String, u64>) -> Snapshots {
        let offsets = files
            .keys()
            .filter_map(|name| names::parse(name, names::SNAPSHOT))
            .collect();
        Snapshots {
            dir: Arc::clone(dir),
            offsets,
        }
    }

    /// The newest whole snapshot for an offset of `within`. Damaged ones and those above, which the log may
    /// not reach any more, are removed: they are written again when the batches are read. Those below the
    /// first batch go too: what was appended between them and it is gone, and a producer that has moved on
    /// since would be refused.
    pub fn load(
        &mut self,
        within: RangeInclusive<i64>,
        expiration_ms: i64,
        now_ms: i64,
    ) -> Option<(i64, Producers)> {
        let outside = self
            .offsets
            .iter()
            .copied()
            .filter(|offset| !within.contains(offset));
        for offset in outside.collect::<Vec<_>>() {
            self.offsets.remove(&offset);
            self.remove_file(offset);
        }
        while let Some(offset) = self.offsets.last().copied() {
            let path = self.dir.file(offset, names::SNAPSHOT);
            let content = self.dir.folder.fs().read(&path).ok();
            if let Some(mut producers) = content.and_then(|c| producer_snapshot::decode(&c)) {
                producers.expire(now_ms, expiration_ms);
                return Some((offset, producers));
            }
            tracing::warn!("{} is damaged and rebuilt from the log", path.display());
            self.offsets.remove(&offset);
            self.remove_file(offset);
        }
        None
    }

    /// Writes the snapshot at `offset` unless it is there. Failing costs the next start some time.
    pub fn write_missing(&mut self, offset: i64, producers: &Producers) {
        if self.offsets.contains(&offset) {
            return;
        }
        let path = self.dir.file(offset, names::SNAPSHOT);
        match self
            .dir
            .folder
            .fs()
            .write_unsynced(&path, &producer_snapshot::encode(producers))
        {
            Ok(()) => {
                self.offsets.insert(offset);
            }
            Err(error) => tracing::warn!("{}: {error}", path.display()),
        }
    }

    /// Keeps the snapshots at segment starts and the newest one.
    pub fn remove_strays(&mut self, bases: &[i64], log_end: i64) {
        let newest = self.offsets.range(..=log_end).next_back().copied();
        let stray = |o: &i64| bases.binary_search(o).is_err() && Some(*o) != newest;
        for offset in self.offsets.iter().copied().filter(stray).collect::<Vec<_>>() {
            self.offsets.remove(&offset);
            self.remove_file(offset);
        }
    }

    pub fn newest(&self) -> Option<i64> {
        self.offsets.last().copied()
    }

    fn remove_file(&self, offset: i64) {
        let _ = self
            .dir
            .folder
            .fs()
            .remove_file(&self.dir.file(offset, names::SNAPSHOT));
    }
}
