//! Whose directory it is.

use std::io;

use uuid::Uuid;

use super::LogError;
use super::segment::PartitionDir;
use crate::folder::{PartitionMetadata, encode_uuid};

/// Compares `partition.metadata` with the id wanted; a missing or empty one is written.
pub(super) fn check_topic_id(dir: &PartitionDir, topic_id: Uuid) -> Result<(), LogError> {
    let path = dir.path.join(PartitionMetadata::FILE_NAME);
    let fs = dir.folder.fs();
    let content = match fs.read(&path) {
        Ok(content) => content,
        Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(source) => return Err(LogError::Io { path, source }),
    };
    let wanted = PartitionMetadata { topic_id }.to_text();
    let write = || {
        let written = fs.write_atomic(&path, wanted.as_bytes());
        written.map_err(|source| LogError::Io {
            path: path.clone(),
            source,
        })
    };
    match PartitionMetadata::parse(&content) {
        Ok(Some(found)) if found.topic_id == topic_id => Ok(()),
        Ok(Some(found)) => Err(LogError::TopicIdMismatch {
            path: dir.path.clone(),
            found: encode_uuid(found.topic_id),
            wanted: encode_uuid(topic_id),
        }),
        Ok(None) => write(),
        // It is written unsynced: a power loss can leave the beginning, and zeros behind it.
        Err(_) if is_torn(&content, wanted.as_bytes()) => write(),
        Err(what) => Err(LogError::Damaged {
            path: path.clone(),
            position: 0,
            what,
            advice: "Remove the file if the directory belongs to the topic of its name: it is written anew",
        }),
    }
}

fn is_torn(content: &[u8], wanted: &[u8]) -> bool {
    let written = content
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1);
    content.len() <= wanted.len()
        && content
            .get(..written)
            .is_some_and(|begin| wanted.starts_with(begin))
}
