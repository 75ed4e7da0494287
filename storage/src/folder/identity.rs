//! Whose folder it is: reading `meta.properties`, writing that of a new folder.

use std::path::Path;

use super::data_folder::FolderIds;
use super::kafka_uuid::{encode_uuid, without_leading_dash};
use super::meta_properties::MetaError;
use super::well_known::META_PROPERTIES;
use super::{FolderError, MetaProperties};
use crate::fs::FileSystem;

/// Reads `meta.properties`, or writes it into a folder that has none.
pub(super) fn identity(
    fs: &dyn FileSystem,
    folder: &Path,
    ids: &FolderIds,
) -> Result<MetaProperties, FolderError> {
    let path = folder.join(META_PROPERTIES);
    let io = |source| FolderError::Io {
        path: path.clone(),
        source,
    };
    if !fs.exists(&path).map_err(io)? {
        let fresh = || encode_uuid(without_leading_dash(ids.fresh_cluster_id));
        let meta = MetaProperties {
            cluster_id: ids.cluster_id.clone().unwrap_or_else(fresh),
            node_id: ids.node_id,
            directory_id: Some(encode_uuid(without_leading_dash(ids.fresh_directory_id))),
        };
        fs.write_atomic(&path, meta.to_text().as_bytes())
            .map_err(|source| FolderError::NotUsable {
                path: folder.to_owned(),
                source,
            })?;
        return Ok(meta);
    }
    let mut meta = MetaProperties::parse(&fs.read(&path).map_err(io)?).map_err(|e| match e {
        MetaError::Version(version) => FolderError::NewerFormat {
            path: path.clone(),
            version,
        },
        MetaError::Damaged(what) => FolderError::DamagedMeta {
            path: path.clone(),
            what,
        },
    })?;
    match &ids.cluster_id {
        Some(wanted) if *wanted != meta.cluster_id => {
            return Err(FolderError::ClusterMismatch {
                path,
                found: meta.cluster_id,
                wanted: wanted.clone(),
            });
        }
        _ => {}
    }
    if meta.node_id != ids.node_id {
        return Err(FolderError::NodeMismatch {
            path,
            found: meta.node_id,
            wanted: ids.node_id,
        });
    }
    if meta.directory_id.is_none() {
        // A folder from before Kafka 3.7: it gets its id at the first start, as in Kafka.
        meta.directory_id = Some(encode_uuid(without_leading_dash(ids.fresh_directory_id)));
        fs.write_atomic(&path, meta.to_text().as_bytes()).map_err(io)?;
    }
    Ok(meta)
}
