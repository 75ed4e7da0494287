//! What a simulated disk holds, and what is left of it after the power went.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

const SECTOR: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Dir,
    File(u64),
}

/// A change of names that the journal has not written yet.
#[derive(Clone, Debug)]
pub(super) enum NameOp {
    Link(PathBuf, Node),
    Unlink(PathBuf),
    Rename(PathBuf, PathBuf),
}

/// Content of a file: as the page cache has it, and as the disk has it.
#[derive(Clone, Debug, Default)]
pub(super) struct Inode {
    pub data: Vec<u8>,
    pub synced: Vec<u8>,
    pub modified_ms: i64,
}

pub(super) type Names = BTreeMap<PathBuf, Node>;

/// Names and contents. Name changes become durable in order (a journal), contents file by file.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    pub names: Names,
    durable_names: Names,
    journal: Vec<NameOp>,
    pub inodes: HashMap<u64, Inode>,
    next_inode: u64,
}

impl Disk {
    pub fn new_inode(&mut self) -> u64 {
        self.next_inode += 1;
        self.inodes.insert(self.next_inode, Inode::default());
        self.next_inode
    }

    pub fn change(&mut self, op: NameOp) {
        apply(&mut self.names, &op);
        self.journal.push(op);
    }

    pub fn sync_names(&mut self) {
        for op in self.journal.drain(..) {
            apply(&mut self.durable_names, &op);
        }
    }

    pub fn sync_everything(&mut self) {
        self.sync_names();
        for inode in self.inodes.values_mut() {
            inode.synced.clone_from(&inode.data);
        }
    }

    /// The disk after power loss: some prefix of the name changes, and of unsynced content whatever
    /// sectors happened to be written; sectors never written read as zeros.
    pub fn after_power_loss(mut self, rng: &mut Rng) -> Disk {
        let kept = rng.below(self.journal.len() as u64 + 1) as usize;
        for op in self.journal.iter().take(kept) {
            apply(&mut self.durable_names, op);
        }
        let mut ids: Vec<u64> = self.inodes.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            if let Some(inode) = self.inodes.get_mut(&id) {
                inode.synced = surviving(inode, rng);
                inode.data.clone_from(&inode.synced);
            }
        }
        self.names.clone_from(&self.durable_names);
        self.journal.clear();
        self
    }
}

fn surviving(inode: &Inode, rng: &mut Rng) -> Vec<u8> {
    if inode.data == inode.synced || rng.below(4) == 0 {
        return inode.synced.clone();
    }
    let mut out = inode.data.clone();
    if rng.below(2) == 0 && out.len() > inode.synced.len() {
        // The usual case: the length was updated only up to what was written.
        let grown = (out.len() - inode.synced.len()) as u64;
        out.truncate(inode.synced.len() + rng.below(grown + 1) as usize);
        return out;
    }
    for start in (0..out.len()).step_by(SECTOR) {
        let end = (start + SECTOR).min(out.len());
        if rng.below(2) == 0 {
            for i in start..end {
                if let Some(byte) = out.get_mut(i) {
                    *byte = inode.synced.get(i).copied().unwrap_or(0);
                }
            }
        }
    }
    out
}

fn apply(names: &mut Names, op: &NameOp) {
    match op {
        NameOp::Link(path, node) => {
            names.insert(path.clone(), *node);
        }
        NameOp::Unlink(path) => {
            for path in subtree(names, path) {
                names.remove(&path);
            }
        }
        NameOp::Rename(from, to) => {
            for path in subtree(names, from) {
                if let (Some(node), Ok(rest)) = (names.remove(&path), path.strip_prefix(from)) {
                    let target = if rest.as_os_str().is_empty() {
                        to.clone()
                    } else {
                        to.join(rest)
                    };
                    names.insert(target, node);
                }
            }
        }
    }
}

/// A path and everything below it.
pub(super) fn subtree(names: &Names, path: &Path) -> Vec<PathBuf> {
    names.keys().filter(|p| p.starts_with(path)).cloned().collect()
}

/// A small seeded generator (splitmix64): the simulation must not depend on the machine's chance.
#[derive(Clone, Debug)]
pub(super) struct Rng(pub u64);

impl Rng {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound.max(1)
    }
}
