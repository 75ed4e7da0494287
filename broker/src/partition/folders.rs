//! The data folders of a broker (`log.dirs`), each with its own lock, identity, checkpoints and flusher.
//!
//! Invariant: a folder that failed stays out of use until a restart, and takes only its own partitions along.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use storage::{DataFolder, decode_uuid};
use tokio::sync::watch;
use uuid::Uuid;

use super::space::Space;

/// Ids below this are no folders (Kafka's `DirectoryId.reserved`): 0 means "from before folders had ids", 1 "not
/// assigned yet", 2 "lost".
const RESERVED_IDS: u128 = 100;

/// One entry of `log.dirs`.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    opened: Result<Arc<DataFolder>, String>,
    space: Space,
}

impl Folder {
    /// A folder in use.
    pub fn open(data: Arc<DataFolder>) -> Folder {
        Folder {
            path: data.path().to_owned(),
            opened: Ok(data),
            space: Space::default(),
        }
    }

    /// A folder that could not be opened: its partitions are offline until a restart.
    pub fn failed(path: PathBuf, reason: String) -> Folder {
        Folder {
            path,
            opened: Err(reason),
            space: Space::default(),
        }
    }

    /// Absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is known of its disk.
    pub(super) fn space(&self) -> &Space {
        &self.space
    }

    /// The folder, if it could be opened; it may have failed since.
    pub fn data(&self) -> Option<&Arc<DataFolder>> {
        self.opened.as_ref().ok()
    }

    /// The folder while it is in use.
    pub fn online(&self) -> Option<&Arc<DataFolder>> {
        self.data().filter(|data| data.offline_reason().is_none())
    }

    /// Why the folder is out of use, if it is.
    pub fn offline_reason(&self) -> Option<&str> {
        match &self.opened {
            Ok(data) => data.offline_reason(),
            Err(reason) => Some(reason),
        }
    }

    /// The folder's id (`directory.id`); nil when it could not be read.
    pub fn id(&self) -> Uuid {
        let id = self.data().and_then(|data| decode_uuid(data.directory_id()));
        id.unwrap_or_default()
    }
}

/// All data folders, and the one that holds `__cluster_metadata-0`.
#[derive(Debug)]
pub struct Folders {
    list: Vec<Folder>,
    metadata: Arc<DataFolder>,
    failed: watch::Sender<()>,
}

impl Folders {
    /// `list` in the order of `log.dirs`; `metadata` is one of them, or a folder of its own (`metadata.log.dir`).
    pub fn new(list: Vec<Folder>, metadata: Arc<DataFolder>) -> Folders {
        let failed = watch::Sender::new(());
        let all = list.iter().filter_map(Folder::data).chain([&metadata]);
        for folder in all {
            let failed = failed.clone();
            folder.on_offline(Box::new(move || failed.send_replace(())));
        }
        Folders {
            list,
            metadata,
            failed,
        }
    }

    /// All of them, in the order of `log.dirs`.
    pub fn list(&self) -> &[Folder] {
        &self.list
    }

    /// The folder that holds the cluster's metadata.
    pub fn metadata(&self) -> &Arc<DataFolder> {
        &self.metadata
    }

    /// A folder by its number in `log.dirs`.
    pub fn get(&self, index: usize) -> Option<&Folder> {
        self.list.get(index)
    }

    /// Number of the folder with this id among those that could be opened.
    pub fn by_id(&self, id: Uuid) -> Option<usize> {
        self.list
            .iter()
            .position(|folder| folder.data().is_some() && folder.id() == id)
    }

    /// Ids of the folders that `cordoned.log.dirs` names, by path; `*` names all (KIP-1066).
    pub fn cordoned(&self, paths: &[String]) -> Vec<Uuid> {
        let opened = self
            .list
            .iter()
            .filter_map(|folder| Some((folder, folder.data()?)));
        opened
            .filter(|(folder, data)| {
                let is_named =
                    |path: &String| path == "*" || data.fs().absolute(Path::new(path)) == folder.path();
                paths.iter().any(is_named)
            })
            .map(|(folder, _)| folder.id())
            .collect()
    }

    /// Changes whenever a folder goes out of use.
    pub fn failures(&self) -> watch::Receiver<()> {
        self.failed.subscribe()
    }

    /// Ids of the folders in use: what a broker registers with.
    pub fn online_ids(&self) -> Vec<Uuid> {
        let online = self.list.iter().filter(|folder| folder.online().is_some());
        online.map(Folder::id).collect()
    }

    /// Why the broker cannot go on, if it cannot: as in Kafka it stops when the metadata's folder or all folders failed.
    pub fn fatal_reason(&self) -> Option<String> {
        if let Some(reason) = self.metadata.offline_reason() {
            let path = self.metadata.path().display();
            return Some(format!(
                "{path}, which holds the cluster's metadata, failed: {reason}"
            ));
        }
        let all_failed = self.list.iter().all(|folder| folder.online().is_none());
        all_failed.then(|| "all data folders failed".to_owned())
    }
}

/// Whether the metadata name a real folder, not one of Kafka's reserved ids.
pub(super) fn is_assigned(directory: Uuid) -> bool {
    directory.as_u128() >= RESERVED_IDS
}
