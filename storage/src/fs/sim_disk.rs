//! What a simulated disk holds, and what is left of it after the power went.

use std::collections::HashMap;
use std::io;
use std::path::{Component, Path};

use super::sim_content::Content;
use super::sim_dir::{Directory, NameOp, NameOrder};
use super::sim_rng::Rng;

/// The node of the root directory.
const ROOT: u64 = 0;

#[derive(Clone, Debug)]
pub(super) enum Node {
    Dir(Directory),
    File(Content),
}

/// Directories and files as nodes, each with what it has on the disk and what only in memory.
///
/// Names and contents become durable apart from each other: a name by syncing its directory, content
/// by syncing its file. A new file whose name is durable and whose content is not is found empty.
#[derive(Clone, Debug)]
pub(super) struct Disk {
    nodes: HashMap<u64, Node>,
    last_node: u64,
    changes: u64,
}

impl Default for Disk {
    fn default() -> Self {
        Disk {
            nodes: HashMap::from([(ROOT, Node::Dir(Directory::default()))]),
            last_node: ROOT,
            changes: 0,
        }
    }
}

impl Disk {
    /// The node at a path.
    pub fn find(&self, path: &Path) -> Option<u64> {
        let mut names = path.components().filter_map(name_of);
        names.try_fold(ROOT, |node, name| self.dir(node)?.entries.get(&name).copied())
    }

    pub fn dir(&self, node: u64) -> Option<&Directory> {
        match self.nodes.get(&node)? {
            Node::Dir(dir) => Some(dir),
            Node::File(_) => None,
        }
    }

    pub fn file(&self, node: u64) -> Option<&Content> {
        match self.nodes.get(&node)? {
            Node::File(content) => Some(content),
            Node::Dir(_) => None,
        }
    }

    pub fn file_mut(&mut self, node: u64) -> Option<&mut Content> {
        match self.nodes.get_mut(&node)? {
            Node::File(content) => Some(content),
            Node::Dir(_) => None,
        }
    }

    /// The directory that holds `path`, and the name in it.
    fn place(&self, path: &Path) -> io::Result<(u64, String)> {
        let name = path.components().next_back().and_then(name_of);
        let name = name.ok_or(io::ErrorKind::InvalidInput)?;
        let dir = self.find(path.parent().unwrap_or(Path::new("")));
        match dir.filter(|dir| self.dir(*dir).is_some()) {
            Some(dir) => Ok((dir, name)),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn change(&mut self, dir: u64, op: NameOp) {
        self.changes += 1;
        if let Some(Node::Dir(dir)) = self.nodes.get_mut(&dir) {
            dir.change(self.changes, op);
        }
    }

    /// Makes a file or a directory.
    pub fn make(&mut self, path: &Path, node: Node) -> io::Result<u64> {
        let (dir, name) = self.place(path)?;
        self.last_node += 1;
        self.nodes.insert(self.last_node, node);
        self.change(dir, NameOp::Link(name, self.last_node));
        Ok(self.last_node)
    }

    /// Removes a file, or a directory with nothing in it.
    pub fn remove(&mut self, path: &Path) -> io::Result<()> {
        let (dir, name) = self.place(path)?;
        let node = self.find(path).ok_or(io::ErrorKind::NotFound)?;
        if self.dir(node).is_some_and(|dir| !dir.entries.is_empty()) {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        self.change(dir, NameOp::Unlink(name));
        Ok(())
    }

    /// Renames within a directory; what has the new name already is replaced, unless it is a
    /// directory that is not empty. Renames between directories are not simulated.
    pub fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let ((dir, from_name), (to_dir, to_name)) = (self.place(from)?, self.place(to)?);
        if self.find(from).is_none() {
            return Err(io::ErrorKind::NotFound.into());
        }
        if dir != to_dir {
            return Err(io::ErrorKind::CrossesDevices.into());
        }
        let replaced = self.find(to).and_then(|node| self.dir(node));
        if replaced.is_some_and(|dir| !dir.entries.is_empty()) {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        if from_name != to_name {
            self.change(dir, NameOp::Rename(from_name, to_name));
        }
        Ok(())
    }

    /// Makes a file's content or a directory's names durable.
    pub fn sync(&mut self, node: u64) {
        match self.nodes.get_mut(&node) {
            Some(Node::Dir(dir)) => dir.sync(),
            Some(Node::File(content)) => content.sync(),
            None => {}
        }
    }

    pub fn sync_everything(&mut self) {
        for node in self.nodes.values_mut() {
            match node {
                Node::Dir(dir) => dir.sync(),
                Node::File(content) => content.sync(),
            }
        }
    }

    /// Forgets what no name leads to; open files are lost, so only for a disk of a new process.
    pub fn without_garbage(mut self) -> Disk {
        let (mut open, mut kept) = (vec![ROOT], HashMap::new());
        while let Some(id) = open.pop() {
            if let Some(node) = self.nodes.remove(&id) {
                if let Node::Dir(dir) = &node {
                    open.extend(dir.nodes());
                }
                kept.insert(id, node);
            }
        }
        self.nodes = kept;
        self
    }

    /// The disk after power loss: some of the unsynced changes of names, as `order` permits, and of
    /// unsynced content whatever sectors happened to be written.
    pub fn after_power_loss(&self, order: NameOrder, rng: &mut Rng) -> Disk {
        let pending = self.nodes.values().filter_map(|node| match node {
            Node::Dir(dir) => Some(dir),
            Node::File(_) => None,
        });
        let first = pending.flat_map(Directory::pending).min().unwrap_or(0);
        let cut = first + rng.below((self.changes + 2).saturating_sub(first));
        let mut left = Disk {
            nodes: HashMap::new(),
            last_node: self.last_node,
            changes: self.changes,
        };
        let mut open = vec![ROOT];
        while let Some(id) = open.pop() {
            let survivor = match self.nodes.get(&id) {
                Some(Node::Dir(dir)) => {
                    let names = dir.after_power_loss(order, cut, rng);
                    open.extend(names.values());
                    Node::Dir(Directory::durable(names))
                }
                Some(Node::File(content)) => Node::File(content.after_power_loss(rng)),
                None => continue,
            };
            left.nodes.insert(id, survivor);
        }
        left
    }
}

fn name_of(component: Component<'_>) -> Option<String> {
    match component {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    }
}
