//! Partitions that change data folders: the record of a move, and what a crash left of one.

use std::path::Path;

use storage::{DataFolder, future_dir_of};
use uuid::Uuid;

use super::handle::Topics;
use super::replay::Replay;
use super::start_error::MetadataStartError;
use super::state::{MetadataState, TopicState};
use crate::partition::{Folder, Folders, NoteMove, PartitionId};
use crate::records::metadata::MetadataRecord;
use crate::records::metadata_topic::PartitionChange;

impl Topics {
    /// Calls `swap` while nothing else can change the metadata; what it is given writes the record that the partition is
    /// in the folder of this id, durably whatever the flush policy.
    pub async fn commit_move<R>(
        &self,
        id: &PartitionId,
        directory: Uuid,
        swap: impl FnOnce(NoteMove<'_>) -> R,
    ) -> R {
        let shared = self.shared();
        let mut writer = shared.writer.lock().await;
        swap(&mut || {
            let topic = writer.state.topics.get(&id.topic_id);
            let topic = topic.ok_or("the topic was deleted")?;
            let record = found_in(topic, id.index, directory, shared.maker.node_id);
            let changed = shared.change(&mut writer, record.into_iter().collect());
            changed.map_err(|error| error.to_string())?;
            writer.log.sync().map_err(|error| error.to_string())
        })
    }
}

/// The record that puts a partition of this node into the folder that has it, unless the metadata say so already.
pub(super) fn found_in(topic: &TopicState, index: i32, folder: Uuid, node_id: i32) -> Option<MetadataRecord> {
    let placement = &topic.partitions.get(index)?.placement;
    let at = placement.replicas.iter().position(|id| *id == node_id)?;
    if placement.directories.get(at) == Some(&folder) || folder.is_nil() {
        return None;
    }
    let mut directories = placement.directories.clone();
    directories.resize(placement.replicas.len(), Uuid::nil());
    *directories.get_mut(at)? = folder;
    Some(MetadataRecord::PartitionChange(PartitionChange {
        directories: Some(directories),
        ..PartitionChange::none(topic.id, index)
    }))
}

/// Ends the moves that were under way at the last stop: a copy that the metadata name already takes its place (Kafka:
/// `LogManager.recoverAbandonedFutureLogs`), any other one is removed. Answers whether a directory got another name.
pub(super) fn end_moves(
    folders: &Folders,
    replay: &Replay,
    node_id: i32,
) -> Result<bool, MetadataStartError> {
    let mut renamed = false;
    for folder in folders.list() {
        let Some(data) = folder.online() else { continue };
        let io = |source| MetadataStartError::Io {
            path: data.path().to_owned(),
            source,
        };
        for name in data.fs().list_dirs(data.path()).map_err(io)? {
            let Some(dir) = future_dir_of(&name) else {
                continue;
            };
            let path = data.path().join(&name);
            let here = data.fs().exists(&data.path().join(dir)).map_err(io)?;
            if here || directory_in_metadata(&replay.state, dir, node_id) != Some(folder.id()) {
                tracing::info!(copy = %path.display(), "removing the copy of a partition whose move was not finished");
                data.fs().remove_dir_all(&path).map_err(io)?;
                continue;
            }
            promote(folders, data, dir, &path)?;
            renamed = true;
        }
    }
    Ok(renamed)
}

/// Which folder the metadata name for a partition directory.
fn directory_in_metadata(state: &MetadataState, dir: &str, node_id: i32) -> Option<Uuid> {
    let (topic, index) = dir.rsplit_once('-')?;
    let topic = state.topics.get(state.names.get(topic)?)?;
    let partition = topic.partitions.get(index.parse().ok()?)?;
    Some(partition.placement.directory_on(node_id))
}

/// The old directory first: never do two have the partition's name.
fn promote(folders: &Folders, data: &DataFolder, dir: &str, copy: &Path) -> Result<(), MetadataStartError> {
    tracing::info!(partition = dir, to = %data.path().display(), "finishing the move of a partition");
    for other in folders.list().iter().filter_map(Folder::online) {
        let old = other.path().join(dir);
        let io = |source| MetadataStartError::Io {
            path: old.clone(),
            source,
        };
        if other.fs().exists(&old).map_err(io)? {
            // Named as one on its way out: half of it is never taken for a partition.
            let doomed = other.path().join(format!("{dir}.-delete"));
            other.fs().rename(&old, &doomed).map_err(io)?;
            other.fs().sync_dir(other.path()).map_err(io)?;
            other.fs().remove_dir_all(&doomed).map_err(io)?;
        }
    }
    let io = |source| MetadataStartError::Io {
        path: copy.to_owned(),
        source,
    };
    data.fs().rename(copy, &data.path().join(dir)).map_err(io)?;
    data.fs().sync_dir(data.path()).map_err(io)
}
