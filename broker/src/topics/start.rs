//! Taking the metadata into use: replay, first records, directories that nobody knows.

use std::sync::Arc;

use storage::{DataFolder, decode_uuid, encode_uuid};
use uuid::Uuid;

use super::features;
use super::handle::{MetadataWriter, Topics};
use super::image::ImageMaker;
use super::log::MetadataLog;
use super::name::CLUSTER_METADATA;
use super::replay::Replay;
use super::rules::topic_id;
use super::start_error::MetadataStartError;
use crate::config::{Config, Flush};
use crate::env::Env;
use crate::partition::{PartitionStore, Place};
use crate::records::metadata::MetadataRecord;
use crate::records::metadata_broker::{BrokerChange, BrokerEndpoint, RegisterBroker};

/// Directories named in a refusal.
const NAMED_DIRS_MAX: usize = 5;

impl Topics {
    /// Replays the metadata of the store's data folder (or starts anew) and begins a leader epoch.
    ///
    /// # Errors
    /// When the metadata are damaged, or the folder holds partitions that they do not know. Nothing was
    /// deleted then.
    pub fn open(
        env: Env,
        config: Arc<Config>,
        store: Arc<PartitionStore>,
    ) -> Result<Topics, MetadataStartError> {
        let now_ms = env.now_ms();
        let (mut log, mut replay, cluster_id, directory) = match store.place() {
            Place::Memory(_) => {
                let fresh = encode_uuid(topic_id(|| env.uuid()));
                let cluster_id = config.cluster_id.clone().unwrap_or(fresh);
                (
                    MetadataLog::in_memory(),
                    Replay::default(),
                    cluster_id,
                    Uuid::nil(),
                )
            }
            Place::Disk(folder) => {
                let (log, replay) = MetadataLog::open(folder, config.flush == Flush::Fsync, now_ms)?;
                check_directories(folder, &replay)?;
                let directory = decode_uuid(folder.directory_id()).unwrap_or_default();
                (log, replay, folder.cluster_id().to_owned(), directory)
            }
        };
        let write = |error: super::TopicError| MetadataStartError::Write(error.to_string());
        log.begin_epoch(config.node_id, now_ms).map_err(write)?;
        let first = first_records(&replay);
        log.append(&first, now_ms).map_err(write)?;
        for record in first {
            let applied = replay.state.apply(record, &mut super::Touched::default());
            applied.map_err(|error| MetadataStartError::Write(error.to_string()))?;
        }
        let maker = ImageMaker {
            cluster_id: cluster_id.into(),
            node_id: config.node_id,
            directory,
            start_config: config,
            store,
        };
        Ok(Topics::new(
            env,
            maker,
            MetadataWriter {
                state: replay.state,
                log,
            },
        ))
    }

    /// Notes in the log that this broker runs and where it listens, as a KRaft broker's registration.
    ///
    /// # Errors
    /// When the metadata log cannot be written.
    pub async fn register(&self, endpoints: Vec<BrokerEndpoint>) -> Result<(), super::TopicError> {
        let shared = self.shared();
        let (id, directory) = (shared.maker.node_id, shared.maker.directory);
        let rack = shared
            .maker
            .start_config
            .settings()
            .text("broker.rack")
            .map(str::to_owned);
        let mut writer = shared.writer.lock().await;
        let epoch = writer.log.end_offset();
        let registration = RegisterBroker {
            id,
            incarnation: shared.env.uuid(),
            epoch,
            endpoints,
            features: features::supported(),
            rack: rack.filter(|rack| !rack.is_empty()),
            fenced: true,
            directories: if directory.is_nil() {
                Vec::new()
            } else {
                vec![directory]
            },
            cordoned: Some(Vec::new()),
            ..RegisterBroker::default()
        };
        let unfenced = BrokerChange {
            id,
            epoch,
            fenced: -1,
            ..BrokerChange::default()
        };
        let records = vec![
            MetadataRecord::RegisterBroker(registration),
            MetadataRecord::BrokerChange(unfenced),
        ];
        shared.change(&mut writer, records)
    }
}

/// What a new epoch writes first: the levels of a new cluster, and the end of what a crash left open.
fn first_records(replay: &Replay) -> Vec<MetadataRecord> {
    if replay.state.pending.is_some() {
        return vec![MetadataRecord::AbortTransaction {
            reason: Some("the controller restarted".into()),
        }];
    }
    match replay.state.features.is_empty() {
        true => features::bootstrap(),
        false => Vec::new(),
    }
}

/// Removes what is left of removed topics, and refuses to start over partitions that nobody knows.
fn check_directories(folder: &Arc<DataFolder>, replay: &Replay) -> Result<(), MetadataStartError> {
    let mut unknown = Vec::new();
    for dir in folder.partition_dirs()? {
        let Some((topic, index)) = dir.rsplit_once('-') else {
            continue;
        };
        if topic == CLUSTER_METADATA {
            continue;
        }
        let known = replay
            .state
            .names
            .get(topic)
            .and_then(|id| replay.state.topics.get(id));
        let known = known.filter(|topic| {
            index
                .parse()
                .is_ok_and(|index| topic.partitions.get(index).is_some())
        });
        // Reading the id of every directory would cost every start; only a removed name can mislead.
        if known.is_some() && !replay.removed.values().any(|name| &**name == topic) {
            continue;
        }
        let id = directory_topic_id(folder, &dir)?;
        match (known, id) {
            (Some(topic), Some(id)) if topic.id == id => {}
            (_, Some(id)) if replay.removed.contains_key(&id) => remove(folder, &dir)?,
            (Some(_), None) => {}
            _ => unknown.push(dir),
        }
    }
    if unknown.is_empty() {
        return Ok(());
    }
    let more = unknown.len().saturating_sub(NAMED_DIRS_MAX);
    unknown.truncate(NAMED_DIRS_MAX);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let names = format!("{}{more}", unknown.join(", "));
    Err(MetadataStartError::UnknownPartitions {
        path: folder.path().to_owned(),
        names,
    })
}

/// The topic id in `partition.metadata`; `None` when there is no such file or nothing in it.
fn directory_topic_id(folder: &DataFolder, dir: &str) -> Result<Option<Uuid>, MetadataStartError> {
    let path = folder.path().join(dir).join("partition.metadata");
    let io = |source| MetadataStartError::Io {
        path: path.clone(),
        source,
    };
    if !folder.fs().exists(&path).map_err(io)? {
        return Ok(None);
    }
    let bytes = folder.fs().read(&path).map_err(io)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text
        .lines()
        .find_map(|line| decode_uuid(line.strip_prefix("topic_id:")?.trim())))
}

/// Finishes a removal that was logged and interrupted: renamed first, so that half of it is never taken
/// for a partition.
fn remove(folder: &DataFolder, dir: &str) -> Result<(), MetadataStartError> {
    let (from, to) = (
        folder.path().join(dir),
        folder.path().join(format!("{dir}.-delete")),
    );
    let io = |source| MetadataStartError::Io {
        path: from.clone(),
        source,
    };
    tracing::info!(partition = dir, "removing what is left of a removed topic");
    folder.fs().rename(&from, &to).map_err(io)?;
    folder.fs().remove_dir_all(&to).map_err(io)
}
