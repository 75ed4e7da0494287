//! Opening what holds the data: memory, or the folders of `log.dirs`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use storage::{DataFolder, FolderError, FolderIds, MemoryBudget};

use crate::config::{Config, StartOptions, Store};
use crate::env::Env;
use crate::partition::{Folder, Folders, Place};
use crate::topics::CLUSTER_METADATA;

/// Log files that are open at once in all folders; the least recently used are closed and opened again when needed.
const OPEN_FILES_MAX: usize = 1024;
/// The same for each of many folders.
const OPEN_FILES_MIN: usize = 64;

/// Opens memory or data folders; answers also what to call the place.
///
/// A folder that cannot be opened is left out, with a line in the log, unless it holds the metadata or is the only one
/// (Kafka: `LogManager.createAndValidateLogDirs`).
///
/// # Errors
/// A sentence that says which folder cannot be used and what to do.
pub fn open_place(options: &StartOptions, config: &Config, env: &Env) -> anyhow::Result<(Place, String)> {
    match &options.storage {
        Store::Memory { limit_bytes } => {
            let budget = Arc::new(MemoryBudget::new(*limit_bytes));
            Ok((Place::Memory(budget), "memory (nothing is kept)".to_owned()))
        }
        Store::Disk => open_folders(config, env),
    }
}

fn open_folders(config: &Config, env: &Env) -> anyhow::Result<(Place, String)> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for path in &config.data_dirs {
        let path = env.fs.absolute(path);
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    let first = paths.first().context("log.dirs names no folder")?;
    let own = config
        .settings()
        .text("metadata.log.dir")
        .filter(|path| !path.is_empty());
    let metadata_path = own.map_or_else(|| first.clone(), |path| env.fs.absolute(Path::new(path)));
    refuse_other_metadata(env, &metadata_path, &paths)?;
    let mut opener = Opener {
        config,
        env,
        cluster_id: config.cluster_id.clone(),
        files_each: files_each(process_files_max(), paths.len().max(1)),
    };
    let metadata = opener.open(&metadata_path)?;
    opener.cluster_id = Some(metadata.cluster_id().to_owned());
    let mut list = Vec::with_capacity(paths.len());
    for path in &paths {
        list.push(match *path == metadata_path {
            true => Folder::open(Arc::clone(&metadata)),
            false => opener.open_or_leave_out(path)?,
        });
    }
    let folders = Folders::new(list, metadata);
    refuse_equal_ids(&folders)?;
    if let Some(reason) = folders.fatal_reason() {
        bail!("{reason}; at least one folder of log.dirs must be usable");
    }
    let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    Ok((Place::Disk(folders), shown.join(", ")))
}

/// Log files that each of so many folders may have open. Half of what the process may open is for them, the rest for
/// connections.
fn files_each(process_max: usize, folders: usize) -> usize {
    let half = process_max / 2 / folders;
    (OPEN_FILES_MAX / folders).max(OPEN_FILES_MIN).min(half).max(1)
}

/// Files and connections that the process may have open (`ulimit -n`, which the start has raised as far as it may).
fn process_files_max() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

struct Opener<'a> {
    config: &'a Config,
    env: &'a Env,
    cluster_id: Option<String>,
    files_each: usize,
}

impl Opener<'_> {
    fn open(&self, path: &Path) -> Result<Arc<DataFolder>, FolderError> {
        let ids = FolderIds {
            cluster_id: self.cluster_id.clone(),
            node_id: self.config.node_id,
            fresh_cluster_id: self.env.uuid(),
            fresh_directory_id: self.env.uuid(),
        };
        DataFolder::open(Arc::clone(&self.env.fs), path, &ids, self.files_each)
    }

    fn open_or_leave_out(&self, path: &Path) -> anyhow::Result<Folder> {
        match self.open(path) {
            Ok(folder) => Ok(Folder::open(folder)),
            // The disk failed: the others can go on. Anything else is a mistake that its owner should hear of.
            Err(error @ (FolderError::NotUsable { .. } | FolderError::Io { .. })) => {
                tracing::error!(%error, "a data folder of log.dirs is out of use: its partitions are offline until a restart");
                Ok(Folder::failed(path.to_owned(), error.to_string()))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// A new folder at the head of `log.dirs` must not hide the metadata that another one holds.
fn refuse_other_metadata(env: &Env, metadata_path: &Path, paths: &[PathBuf]) -> anyhow::Result<()> {
    let has_metadata = |path: &Path| {
        let dir = path.join(format!("{CLUSTER_METADATA}-0"));
        env.fs.exists(&dir).unwrap_or(false)
    };
    if has_metadata(metadata_path) {
        return Ok(());
    }
    let Some(other) = paths.iter().find(|path| has_metadata(path)) else {
        return Ok(());
    };
    let (other, wanted) = (other.display(), metadata_path.display());
    bail!(
        "{other} holds the cluster's metadata, not {wanted}; put {other} first in log.dirs, or set \
         metadata.log.dir={other}"
    )
}

/// Two folders of one id are copies of each other: which partition is where could not be said.
fn refuse_equal_ids(folders: &Folders) -> anyhow::Result<()> {
    let opened: Vec<&Folder> = folders
        .list()
        .iter()
        .filter(|folder| folder.data().is_some())
        .collect();
    for (i, folder) in opened.iter().enumerate() {
        if let Some(other) = opened.iter().take(i).find(|other| other.id() == folder.id()) {
            let (a, b) = (other.path().display(), folder.path().display());
            bail!(
                "{a} and {b} have the same directory.id in meta.properties: one is a copy of the other; leave it out \
                 of log.dirs"
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::files_each;

    #[test]
    fn log_files_leave_half_of_the_handles_to_connections() {
        for (process_max, folders, each) in [
            (1 << 20, 1, 1024),
            (1 << 20, 4, 256),
            (1 << 20, 100, 64),
            (1024, 1, 512),
            (1024, 100, 5),
            (10, 100, 1),
        ] {
            assert_eq!(files_each(process_max, folders), each, "{process_max} {folders}");
        }
    }
}
