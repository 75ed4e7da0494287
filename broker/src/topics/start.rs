//! Taking the metadata into use: replay, first records, directories that nobody knows.

use std::sync::Arc;

use storage::{DataFolder, decode_uuid, encode_uuid};
use uuid::Uuid;

use super::bootstrap_file;
use super::features;
use super::handle::{MetadataWriter, Topics};
use super::image::ImageMaker;
use super::log::MetadataLog;
use super::move_partition::{end_moves, found_in};
use super::name::CLUSTER_METADATA;
use super::quorum::{first_quorum, metadata_directory, quorum_entries};
use super::replay::Replay;
use super::rules::topic_id;
use super::start_error::MetadataStartError;
use super::state::{MetadataState, TopicState};
use crate::config::{Config, Flush};
use crate::env::Env;
use crate::partition::{Folders, PartitionStore};
use crate::records::metadata::MetadataRecord;
use crate::records::metadata_broker::{BrokerChange, BrokerEndpoint, RegisterBroker};
use crate::records::metadata_topic::PartitionChange;

/// Directories named in a refusal.
const NAMED_DIRS_MAX: usize = 5;

/// Records that a start writes in one batch.
const FIRST_RECORDS_MAX: usize = 10_000;

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
        let (mut log, mut replay, cluster_id, moved) = match store.folders() {
            None => {
                let fresh = encode_uuid(topic_id(|| env.uuid()));
                let cluster_id = config.cluster_id.clone().unwrap_or(fresh);
                (
                    MetadataLog::in_memory(),
                    Replay::default(),
                    cluster_id,
                    Vec::new(),
                )
            }
            Some(folders) => {
                let metadata = folders.metadata();
                let (log, replay) = MetadataLog::open(metadata, config.flush == Flush::Fsync, now_ms)?;
                if end_moves(folders, &replay, config.node_id)? {
                    store.find_again()?;
                }
                let moved = check_directories(folders, &replay, config.node_id)?;
                store.expect_dirs(|dir| is_known(dir, &replay));
                (log, replay, metadata.cluster_id().to_owned(), moved)
            }
        };
        let write = |error: super::TopicError| MetadataStartError::Write(error.to_string());
        log.begin_epoch(config.node_id, now_ms).map_err(write)?;
        if replay.state.features.is_empty()
            && replay.state.kraft_version() == 0
            && let Some(quorum) = first_quorum(&config, metadata_directory(&store))
        {
            log.append_control(&quorum, now_ms).map_err(write)?;
            replay.state.quorum.extend(quorum_entries(&quorum));
        }
        let metadata = store.folders().map(|folders| &**folders.metadata());
        let mut first = first_records(&replay, metadata, &config)?;
        first.extend(moved);
        first.extend(elections(&replay.state, config.node_id));
        let mut first = first.into_iter().peekable();
        while first.peek().is_some() {
            let mut batch: Vec<MetadataRecord> = first.by_ref().take(FIRST_RECORDS_MAX).collect();
            let level = features::metadata_level(&replay.state.features, &batch);
            batch.iter_mut().for_each(|record| record.fit(level));
            log.append(&batch, level, now_ms).map_err(write)?;
            for record in batch {
                let applied = replay.state.apply(record, &mut super::Touched::default());
                applied.map_err(|error| MetadataStartError::Write(error.to_string()))?;
            }
        }
        let maker = ImageMaker {
            cluster_id: cluster_id.into(),
            node_id: config.node_id,
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
        let id = shared.maker.node_id;
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
            directories: shared.online_directories(),
            cordoned: Some(shared.cordoned_directories(&shared.image.load().config)),
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
fn first_records(
    replay: &Replay,
    folder: Option<&DataFolder>,
    config: &Config,
) -> Result<Vec<MetadataRecord>, MetadataStartError> {
    let mut records = Vec::new();
    if replay.state.pending.is_some() {
        records.push(MetadataRecord::AbortTransaction {
            reason: Some("the controller restarted".into()),
        });
    }
    // Kafka writes the first records in a transaction: cut short, they are none.
    if !replay.state.features.contains_key(features::METADATA_VERSION) {
        records.extend(bootstrap_file::first_records(folder, config)?);
    }
    Ok(records)
}

/// Makes this node the leader of the partitions it holds that have none: Kafka takes their leader away when its last
/// replica stops, and gives it back when one comes.
fn elections(state: &MetadataState, node_id: i32) -> Vec<MetadataRecord> {
    let mut out = Vec::new();
    for topic in state.topics.values() {
        for (index, partition) in topic.partitions.iter() {
            let placed = &partition.placement;
            if placed.leader >= 0 || !placed.replicas.contains(&node_id) {
                continue;
            }
            let cleared = |ids: &Vec<i32>| (!ids.is_empty()).then(Vec::new);
            out.push(MetadataRecord::PartitionChange(PartitionChange {
                leader: node_id,
                isr: (!placed.isr.contains(&node_id)).then(|| vec![node_id]),
                eligible: cleared(&placed.eligible),
                last_eligible: cleared(&placed.last_eligible),
                ..PartitionChange::none(topic.id, index)
            }));
        }
    }
    out
}

/// Removes what is left of removed topics, and refuses to start over partitions that nobody knows. Answers the
/// records that say where partitions were found, if the metadata say otherwise: the directory on the disk wins.
fn check_directories(
    folders: &Folders,
    replay: &Replay,
    node_id: i32,
) -> Result<Vec<MetadataRecord>, MetadataStartError> {
    let mut moved = Vec::new();
    for folder in folders.list() {
        let Some(data) = folder.online() else { continue };
        let mut unknown = Vec::new();
        for dir in data.partition_dirs()? {
            match look_at(data, &dir, replay)? {
                Found::Unknown => unknown.push(dir),
                Found::Partition(topic, index) => {
                    moved.extend(found_in(topic, index, folder.id(), node_id));
                }
                Found::Nothing => {}
            }
        }
        refuse_unknown(data, unknown)?;
    }
    Ok(moved)
}

/// What a partition directory is to the metadata.
enum Found<'a> {
    Partition(&'a TopicState, i32),
    Unknown,
    Nothing,
}

fn look_at<'a>(folder: &DataFolder, dir: &str, replay: &'a Replay) -> Result<Found<'a>, MetadataStartError> {
    let Some((topic, index)) = dir
        .rsplit_once('-')
        .filter(|(topic, _)| *topic != CLUSTER_METADATA)
    else {
        return Ok(Found::Nothing);
    };
    let id = replay.state.names.get(topic);
    let known = id.and_then(|id| replay.state.topics.get(id)).and_then(|topic| {
        let index = index.parse().ok()?;
        topic.partitions.get(index).map(|_| (topic, index))
    });
    // Reading the id of every directory would cost every start; only a removed name can mislead.
    if let Some((known, index)) = known
        && !replay.removed.values().any(|name| &**name == topic)
    {
        return Ok(Found::Partition(known, index));
    }
    Ok(match (known, directory_topic_id(folder, dir)?) {
        (Some((topic, index)), Some(id)) if topic.id == id => Found::Partition(topic, index),
        (_, Some(id)) if replay.removed.contains_key(&id) => {
            remove(folder, dir)?;
            Found::Nothing
        }
        (Some((topic, index)), None) => Found::Partition(topic, index),
        _ => Found::Unknown,
    })
}

/// Whether a directory of this name can only be that of a partition that is there. Checkpoints name no topic id, so
/// they may mean an older topic whose name was free since.
fn is_known(dir: &str, replay: &Replay) -> bool {
    let partition = dir.rsplit_once('-').and_then(|(topic, index)| {
        let id = replay.state.names.get(topic)?;
        let index = index.parse().ok()?;
        replay.state.topics.get(id)?.partitions.get(index).map(|_| topic)
    });
    partition.is_some_and(|topic| !replay.removed.values().any(|name| &**name == topic))
}

fn refuse_unknown(folder: &DataFolder, mut unknown: Vec<String>) -> Result<(), MetadataStartError> {
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
