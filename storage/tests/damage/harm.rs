//! What can happen to a file.

use std::path::{Path, PathBuf};

use storage::{FileSystem, OpenMode, SimFs};

use crate::batches::split;
use crate::rng::Rng;
use crate::world::ROOT;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Missing,
    Emptied,
    /// Cut at a byte.
    Truncated,
    /// Some bytes are zeros now.
    Zeroed,
    BitFlipped,
    /// Bytes that belong to nothing stand behind the end.
    Appended,
    /// It has the content of another file of the folder.
    Swapped,
}

use Kind::{Appended, BitFlipped, Emptied, Missing, Swapped, Truncated, Zeroed};

/// Endings of the files that are damaged; `.log` is drawn twice as often.
pub const FILES: [&str; 16] = [
    ".log",
    ".log",
    ".index",
    ".timeindex",
    ".txnindex",
    ".snapshot",
    "leader-epoch-checkpoint",
    "partition.metadata",
    "recovery-point-offset-checkpoint",
    "replication-offset-checkpoint",
    "log-start-offset-checkpoint",
    "meta.properties",
    ".kafka_cleanshutdown",
    ".deleted",
    ".cleaned",
    ".swap",
];

/// One damage to one file.
#[derive(Debug)]
pub struct Harm {
    pub path: PathBuf,
    pub kind: Kind,
    pub before: Vec<u8>,
    pub after: Option<Vec<u8>>,
}

/// All files below the root but the lock.
fn files(fs: &SimFs) -> Vec<PathBuf> {
    let root = Path::new(ROOT);
    let mut found = Vec::new();
    for entry in fs.list(root).unwrap() {
        let path = root.join(&entry.name);
        if entry.is_dir {
            let inner = fs.list(&path).unwrap();
            found.extend(inner.into_iter().map(|entry| path.join(entry.name)));
        } else if entry.name != ".lock" {
            found.push(path);
        }
    }
    found
}

impl Harm {
    pub fn choose(fs: &SimFs, rng: &mut Rng) -> Harm {
        let files = files(fs);
        // By kind of file first: there are few of some.
        let endings = FILES;
        let of_kind = loop {
            let ending = rng.pick(&endings);
            let of_kind: Vec<_> = files
                .iter()
                .filter(|p| p.to_string_lossy().ends_with(ending))
                .collect();
            if !of_kind.is_empty() {
                break of_kind;
            }
        };
        let path = of_kind[rng.below(of_kind.len() as u64) as usize].clone();
        let before = fs.read(&path).unwrap();
        let kind = rng.pick(&[
            Missing, Emptied, Truncated, Zeroed, BitFlipped, BitFlipped, Appended, Swapped,
        ]);
        let len = before.len() as u64;
        let mut after = before.clone();
        match kind {
            Missing => {}
            Emptied => after.clear(),
            Truncated => after.truncate(rng.below(len) as usize),
            Zeroed => {
                let from = rng.below(len) as usize;
                let to = (from + 1 + rng.below(600) as usize).min(before.len());
                after[from.min(to)..to].fill(0);
            }
            BitFlipped if len == 0 => {}
            BitFlipped => after[rng.below(len) as usize] ^= 1 << rng.below(8),
            Appended => after.extend((0..1 + rng.below(200)).map(|_| rng.below(256) as u8)),
            Swapped => {
                // A file of the same kind is sound, and nothing says whose it is.
                let same = |other: &PathBuf| {
                    let alike = [is_log, is_checkpoint].iter().any(|is| is(other) && is(&path));
                    of_kind.contains(&other) || alike
                };
                let others: Vec<_> = files.iter().filter(|other| !same(other)).collect();
                after = fs.read(others[rng.below(others.len() as u64) as usize]).unwrap();
            }
        }
        let after = (kind != Missing).then_some(after);
        Harm {
            path,
            kind,
            before,
            after,
        }
    }

    pub fn inflict(&self, fs: &SimFs) {
        let Some(after) = &self.after else {
            return fs.remove_file(&self.path).unwrap();
        };
        let file = fs.open(&self.path, OpenMode::Write).unwrap();
        file.set_len(0).unwrap();
        let mut at = 0;
        while at < after.len() {
            at += file
                .write_at(&[std::io::IoSlice::new(&after[at..])], at as u64)
                .unwrap();
        }
    }

    pub fn file_name(&self) -> &str {
        self.path.file_name().unwrap().to_str().unwrap()
    }

    pub fn is(&self, ending: &str) -> bool {
        self.file_name().ends_with(ending)
    }

    /// The file's row in the table of outcomes.
    pub fn row(&self) -> String {
        FILES.iter().find(|ending| self.is(ending)).unwrap().to_string()
    }

    /// The file is as it was before its last batches came: so it looks when nothing but they was lost.
    pub fn loses_whole_batches(&self) -> bool {
        let left = self.after.as_deref().unwrap_or_default();
        let whole: usize = split(left).iter().map(|batch| batch.len()).sum();
        self.is(".log")
            && self.before.starts_with(left)
            && left.len() < self.before.len()
            && whole == left.len()
    }

    /// Nothing in the folder tells an index of aborted transactions that lost whole entries at its end from one that never
    /// had them.
    pub fn loses_whole_entries(&self) -> bool {
        const ENTRY_BYTES: usize = 34;
        let cut = |left: &Vec<u8>| self.before.starts_with(left) && left.len().is_multiple_of(ENTRY_BYTES);
        self.is(".txnindex") && self.after.as_ref().is_some_and(cut)
    }
}

/// A log, under whatever name.
fn is_log(path: &Path) -> bool {
    path.to_string_lossy().contains(".log")
}

fn is_checkpoint(path: &Path) -> bool {
    path.to_string_lossy().ends_with("-checkpoint")
}
