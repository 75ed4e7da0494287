//! What both index files share: entries of fixed size, the newest of them still in memory.

use std::io;

use super::names;
use super::offset_index::{self, OffsetEntry};
use super::time_index::{self, TimeEntry};
use crate::fs::{File, read_exact_at, write_all_at};

/// Entries that may wait in memory before they are written to the file. The log can rebuild them.
pub(super) const PENDING_ENTRIES_MAX: usize = 512;

/// A fixed-size index entry.
pub(super) trait IndexEntry: Copy {
    const BYTES: usize;
    fn read(bytes: &[u8]) -> Option<Self>;
    fn write(self, out: &mut Vec<u8>);
}

/// An entry that has a file of its own.
pub(super) trait FiledEntry: IndexEntry {
    const SUFFIX: &'static str;
}

impl FiledEntry for OffsetEntry {
    const SUFFIX: &'static str = names::INDEX;
}

impl FiledEntry for TimeEntry {
    const SUFFIX: &'static str = names::TIME_INDEX;
}

impl IndexEntry for OffsetEntry {
    const BYTES: usize = offset_index::ENTRY_BYTES;
    fn read(bytes: &[u8]) -> Option<Self> {
        OffsetEntry::read(bytes)
    }
    fn write(self, out: &mut Vec<u8>) {
        OffsetEntry::write(self, out);
    }
}

impl IndexEntry for TimeEntry {
    const BYTES: usize = time_index::ENTRY_BYTES;
    fn read(bytes: &[u8]) -> Option<Self> {
        TimeEntry::read(bytes)
    }
    fn write(self, out: &mut Vec<u8>) {
        TimeEntry::write(self, out);
    }
}

/// The end of an index. Invariant: the first `stored` entries are in the file and never change.
#[derive(Clone, Debug)]
pub(super) struct IndexTail<E> {
    pub stored: u32,
    pub pending: Vec<E>,
    /// The last entry, once known.
    pub last: Option<E>,
}

impl<E> Default for IndexTail<E> {
    fn default() -> Self {
        IndexTail {
            stored: 0,
            pending: Vec::new(),
            last: None,
        }
    }
}

impl<E: IndexEntry> IndexTail<E> {
    pub fn push(&mut self, entry: E) {
        self.pending.push(entry);
        self.last = Some(entry);
    }

    /// Entries altogether.
    pub fn entries(&self) -> u32 {
        self.stored + self.pending.len() as u32
    }

    /// Writes pending entries behind the stored ones. On error they stay pending.
    pub fn store(&mut self, file: &dyn File) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(self.pending.len() * E::BYTES);
        for entry in &self.pending {
            entry.write(&mut bytes);
        }
        write_all_at(file, &bytes, &[], u64::from(self.stored) * E::BYTES as u64)?;
        self.stored += self.pending.len() as u32;
        self.pending = Vec::new();
        Ok(())
    }

    /// The last pending entry for which `below` holds; entries are in rising order.
    pub fn search_pending(&self, below: impl Fn(&E) -> bool) -> Option<E> {
        let next = self.pending.partition_point(below);
        self.pending.get(next.checked_sub(1)?).copied()
    }
}

/// The entry with number `n` (from 0); `None` behind the end.
pub(super) fn entry_at<E: IndexEntry>(file: &dyn File, n: u32) -> io::Result<Option<E>> {
    let mut buf = [0; 16];
    let buf = buf.get_mut(..E::BYTES).unwrap_or_default();
    let whole = read_exact_at(file, buf, u64::from(n) * E::BYTES as u64)?;
    Ok(if whole { E::read(buf) } else { None })
}

/// The last of the first `stored` entries for which `below` holds.
pub(super) fn search_file<E: IndexEntry>(
    file: &dyn File,
    stored: u32,
    below: impl Fn(&E) -> bool,
) -> io::Result<Option<E>> {
    Ok(around(file, stored, below)?.0)
}

/// The first of the first `stored` entries for which `below` does not hold.
pub(super) fn first_behind<E: IndexEntry>(
    file: &dyn File,
    stored: u32,
    below: impl Fn(&E) -> bool,
) -> io::Result<Option<E>> {
    Ok(around(file, stored, below)?.1)
}

/// The last entry for which `below` holds, and the one behind it.
fn around<E: IndexEntry>(
    file: &dyn File,
    stored: u32,
    below: impl Fn(&E) -> bool,
) -> io::Result<(Option<E>, Option<E>)> {
    let (mut low, mut high) = (0, stored);
    let (mut before, mut behind) = (None, None);
    while low < high {
        let middle = low + (high - low) / 2;
        match entry_at::<E>(file, middle)? {
            Some(entry) if below(&entry) => {
                before = Some(entry);
                low = middle + 1;
            }
            other => {
                behind = other;
                high = middle;
            }
        }
    }
    Ok((before, behind))
}

/// Fuzz entry: an index file of any content can be searched.
pub fn fuzz_index(bytes: &[u8]) {
    use crate::fs::{FileSystem, OpenMode, SimFs};
    let fs = SimFs::new(0);
    let Ok(file) = fs.open(std::path::Path::new("index"), OpenMode::OpenOrCreate) else {
        return;
    };
    let _ = write_all_at(&*file, bytes, &[], 0);
    let stored = (bytes.len() / offset_index::ENTRY_BYTES) as u32;
    for goal in [0, 1, 1 << 20, u32::MAX] {
        let _ = search_file::<OffsetEntry>(&*file, stored, |e| e.relative_offset <= goal);
        let _ = search_file::<TimeEntry>(&*file, stored, |e| e.timestamp <= i64::from(goal));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{FileSystem, OpenMode, SimFs};

    #[test]
    fn stores_and_searches() {
        let fs = SimFs::new(1);
        let file = fs
            .open(std::path::Path::new("i"), OpenMode::OpenOrCreate)
            .unwrap();
        let mut tail = IndexTail::default();
        for i in 1..100 {
            tail.push(OffsetEntry {
                relative_offset: i * 10,
                position: i * 100,
            });
            if i % 40 == 0 {
                tail.store(&*file).unwrap();
            }
        }
        assert_eq!((tail.stored, tail.entries()), (80, 99));
        let below = |goal: u32| move |e: &OffsetEntry| e.relative_offset <= goal;
        assert_eq!(
            search_file(&*file, 80, below(9))
                .unwrap()
                .map(|e: OffsetEntry| e.position),
            None
        );
        assert_eq!(
            search_file(&*file, 80, below(15))
                .unwrap()
                .map(|e: OffsetEntry| e.position),
            Some(100)
        );
        assert_eq!(
            search_file(&*file, 80, below(9999))
                .unwrap()
                .map(|e: OffsetEntry| e.position),
            Some(8000)
        );
        assert_eq!(tail.search_pending(below(805)), None);
        assert_eq!(tail.search_pending(below(815)).map(|e| e.position), Some(8100));
    }
}
