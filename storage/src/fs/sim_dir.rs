//! A directory of the simulated disk: its names, and which of them the disk has for sure.

use std::collections::{BTreeMap, HashSet};

use super::sim_rng::Rng;

/// In which order unsynced changes of names reach the disk.
///
/// POSIX promises nothing before the directory is synced but that a rename happens whole or not at
/// all. What file systems do is between the first and the last of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameOrder {
    /// In the order they were made, over all directories: the journals of ext4 and XFS.
    Journal,
    /// In order within a directory, whatever happens in others: btrfs, network file systems.
    #[default]
    Directory,
    /// Any of them without the others, but for changes of the same name: no journal at all.
    Any,
}

/// A change of names that is not synced.
#[derive(Clone, Debug)]
pub(super) enum NameOp {
    Link(String, u64),
    Unlink(String),
    Rename(String, String),
}

/// Names and the nodes behind them.
#[derive(Clone, Debug, Default)]
pub(super) struct Directory {
    /// What everybody sees.
    pub entries: BTreeMap<String, u64>,
    durable: BTreeMap<String, u64>,
    /// Changes since the last sync, each with its place in the order of all changes of the disk.
    journal: Vec<(u64, NameOp)>,
}

impl Directory {
    pub fn change(&mut self, at: u64, op: NameOp) {
        apply(&mut self.entries, &op);
        self.journal.push((at, op));
    }

    pub fn sync(&mut self) {
        for (_, op) in self.journal.drain(..) {
            apply(&mut self.durable, &op);
        }
    }

    /// Nodes that this directory has, had at the last sync, or had in between.
    pub fn nodes(&self) -> impl Iterator<Item = u64> + '_ {
        let linked = self.journal.iter().filter_map(|(_, op)| match op {
            NameOp::Link(_, node) => Some(*node),
            _ => None,
        });
        let now = self.entries.values().chain(self.durable.values()).copied();
        now.chain(linked)
    }

    /// The names after the power went. Of a global journal what came before `cut` has survived.
    pub fn after_power_loss(&self, order: NameOrder, cut: u64, rng: &mut Rng) -> BTreeMap<String, u64> {
        let mut names = self.durable.clone();
        let prefix = rng.below(self.journal.len() as u64 + 1) as usize;
        let mut lost: HashSet<&str> = HashSet::new();
        for (i, (at, op)) in self.journal.iter().enumerate() {
            let survives = match order {
                NameOrder::Journal => *at < cut,
                NameOrder::Directory => i < prefix,
                NameOrder::Any => rng.below(3) > 0 && op.names().all(|name| !lost.contains(name)),
            };
            if survives {
                apply(&mut names, op);
            } else {
                lost.extend(op.names());
            }
        }
        names
    }

    /// Places in the order of all changes that are not synced.
    pub fn pending(&self) -> impl Iterator<Item = u64> + '_ {
        self.journal.iter().map(|(at, _)| *at)
    }

    /// A directory that the disk has as it is.
    pub fn durable(names: BTreeMap<String, u64>) -> Directory {
        Directory {
            entries: names.clone(),
            durable: names,
            journal: Vec::new(),
        }
    }
}

impl NameOp {
    fn names(&self) -> impl Iterator<Item = &str> {
        let (first, second) = match self {
            NameOp::Link(name, _) | NameOp::Unlink(name) => (name, None),
            NameOp::Rename(from, to) => (from, Some(to)),
        };
        std::iter::once(first).chain(second).map(String::as_str)
    }
}

fn apply(names: &mut BTreeMap<String, u64>, op: &NameOp) {
    match op {
        NameOp::Link(name, node) => {
            names.insert(name.clone(), *node);
        }
        NameOp::Unlink(name) => {
            names.remove(name);
        }
        NameOp::Rename(from, to) => {
            if let Some(node) = names.remove(from) {
                names.insert(to.clone(), node);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory with `old`, to which `new` was renamed after three files were made.
    fn changed() -> Directory {
        let mut dir = Directory::durable([("old".to_owned(), 1)].into());
        for (at, name) in ["a", "b", "new"].into_iter().enumerate() {
            dir.change(at as u64, NameOp::Link(name.to_owned(), at as u64 + 2));
        }
        dir.change(3, NameOp::Rename("new".into(), "old".into()));
        dir.change(4, NameOp::Unlink("a".into()));
        dir
    }

    fn outcomes(order: NameOrder) -> HashSet<Vec<(String, u64)>> {
        let (dir, mut rng) = (changed(), Rng(1));
        (0..2000)
            .map(|_| {
                let cut = rng.below(6);
                let names = dir.after_power_loss(order, cut, &mut rng);
                names.into_iter().collect()
            })
            .collect()
    }

    #[test]
    fn ordered_changes_survive_as_a_prefix() {
        for order in [NameOrder::Journal, NameOrder::Directory] {
            assert_eq!(outcomes(order).len(), 6, "{order:?}");
        }
    }

    #[test]
    fn unordered_changes_survive_in_any_legal_choice() {
        let outcomes = outcomes(NameOrder::Any);
        // `a` is there, was never there, or is gone again; `b` is there or not; `new` is missing, there, or renamed.
        assert_eq!(outcomes.len(), 2 * 2 * 3);
        for names in outcomes {
            let node = |name: &str| names.iter().find(|(n, _)| n == name).map(|(_, node)| *node);
            assert!(matches!(node("old"), Some(1 | 4)), "a rename is whole: {names:?}");
            assert!(node("new").is_none() || node("old") == Some(1));
        }
    }

    #[test]
    fn syncing_settles_it() {
        let mut dir = changed();
        dir.sync();
        let names = dir.after_power_loss(NameOrder::Any, 0, &mut Rng(2));
        assert_eq!(names, dir.entries);
    }
}
