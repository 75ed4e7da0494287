//! DescribeLogDirs (key 35): the data folders, how full they are, and what each partition takes.
//!
//! v3 adds an error of the whole, v4 the size of the volume, v5 whether a folder is cordoned (KIP-1066). A broker that
//! keeps all in memory tells one folder of that name, without a volume: Kafka's clients take an answer without folders for
//! one that was not allowed. The log of the cluster's metadata is not told, as in Kafka.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use protocol_shim::{
    DescribeLogDirsPartition, DescribeLogDirsRequest, DescribeLogDirsResponse, DescribeLogDirsResult,
    DescribeLogDirsTopic, ErrorCode, StrBytes,
};
use storage::DataFolder;

use crate::context::{Call, Context};
use crate::partition::{Folder, Folders, Move, Partition, blocking};
use crate::topics::{MetadataImage, Topic};

/// The path told for what is kept in memory.
const MEMORY: &str = "memory";

/// Answers with every folder, those without a partition that was asked for included.
pub async fn handle(
    context: &Context,
    _call: &Call,
    request: DescribeLogDirsRequest,
) -> DescribeLogDirsResponse {
    let store = context.topics.store();
    let image = context.topics.image();
    let Some(folders) = store.folders() else {
        return in_memory(&asked(&image, &request));
    };
    let moves = store.moves().all();
    let cordoned = folders.cordoned(&image.config.settings().list("cordoned.log.dirs"));
    // Looks into the directory of every partition that is not open.
    blocking(|| {
        let by_folder = by_folder(folders, &asked(&image, &request), &moves);
        let results = folders.list().iter().zip(by_folder).map(|(folder, topics)| {
            let log_dir = StrBytes::from_string(folder.path().display().to_string());
            match folder.online() {
                None => DescribeLogDirsResult {
                    error_code: ErrorCode::KafkaStorageError.code(),
                    log_dir,
                    ..DescribeLogDirsResult::default()
                },
                Some(data) => described(data, log_dir, topics, cordoned.contains(&folder.id())),
            }
        });
        DescribeLogDirsResponse {
            results: results.collect(),
            ..DescribeLogDirsResponse::default()
        }
    })
}

/// All that was asked for in one folder that is none.
fn in_memory(asked: &[(&Arc<Topic>, Vec<&Arc<Partition>>)]) -> DescribeLogDirsResponse {
    let topics = asked.iter().map(|(topic, partitions)| DescribeLogDirsTopic {
        name: StrBytes::from_string(topic.name.to_string()),
        partitions: partitions.iter().map(|partition| row(partition)).collect(),
    });
    let folder = DescribeLogDirsResult {
        log_dir: StrBytes::from_static_str(MEMORY),
        topics: topics.filter(|topic| !topic.partitions.is_empty()).collect(),
        total_bytes: -1,
        usable_bytes: -1,
        ..DescribeLogDirsResult::default()
    };
    DescribeLogDirsResponse {
        results: vec![folder],
        ..DescribeLogDirsResponse::default()
    }
}

/// The partitions asked for that are there, by topic; all without a list.
fn asked<'a>(
    image: &'a MetadataImage,
    request: &DescribeLogDirsRequest,
) -> Vec<(&'a Arc<Topic>, Vec<&'a Arc<Partition>>)> {
    let Some(topics) = &request.topics else {
        let all = image.sorted_topics().into_iter();
        return all
            .map(|topic| (topic, topic.partitions.iter().collect()))
            .collect();
    };
    let mut wanted: BTreeMap<&str, HashSet<i32>> = BTreeMap::new();
    for topic in topics {
        wanted.entry(&topic.topic).or_default().extend(&topic.partitions);
    }
    let known = wanted
        .into_iter()
        .filter_map(|(name, numbers)| Some((image.topic(name)?, numbers)));
    known
        .map(|(topic, numbers)| {
            let numbered = (0..).zip(&topic.partitions);
            let chosen = numbered.filter(|(index, _)| numbers.contains(index));
            (topic, chosen.map(|(_, partition)| partition).collect())
        })
        .collect()
}

/// For each folder the topics that it holds something of.
fn by_folder(
    folders: &Folders,
    asked: &[(&Arc<Topic>, Vec<&Arc<Partition>>)],
    moves: &[Arc<Move>],
) -> Vec<Vec<DescribeLogDirsTopic>> {
    // Looked up once: what moves meanwhile is in one folder, and not in both or in none.
    let placed = |partitions: &[&Arc<Partition>]| -> Vec<Option<usize>> {
        partitions
            .iter()
            .map(|partition| partition.folder_number())
            .collect()
    };
    let places: Vec<Vec<Option<usize>>> = asked.iter().map(|(_, partitions)| placed(partitions)).collect();
    let in_folder = |number: usize| {
        let topics =
            asked.iter().zip(&places).map(|((topic, partitions), places)| {
                let told = partitions.iter().zip(places).filter_map(|(partition, place)| {
                    match *place == Some(number) {
                        true => Some(row(partition)),
                        false => future(partition, number, moves),
                    }
                });
                DescribeLogDirsTopic {
                    name: StrBytes::from_string(topic.name.to_string()),
                    partitions: told.collect(),
                }
            });
        topics.filter(|topic| !topic.partitions.is_empty()).collect()
    };
    let online = |folder: &Folder| folder.online().is_some();
    (folders.list().iter().enumerate())
        .map(|(number, folder)| {
            if online(folder) {
                in_folder(number)
            } else {
                Vec::new()
            }
        })
        .collect()
}

fn row(partition: &Arc<Partition>) -> DescribeLogDirsPartition {
    DescribeLogDirsPartition {
        partition_index: partition.id().index,
        partition_size: i64::try_from(partition.size_in_bytes()).unwrap_or(i64::MAX),
        // The one replica is the leader: its high watermark is never behind its own log.
        offset_lag: 0,
        is_future_key: false,
    }
}

fn future(
    partition: &Arc<Partition>,
    folder: usize,
    moves: &[Arc<Move>],
) -> Option<DescribeLogDirsPartition> {
    let this = |one: &&Arc<Move>| one.target == folder && Arc::ptr_eq(&one.partition, partition);
    let one = moves.iter().find(this)?;
    Some(DescribeLogDirsPartition {
        partition_index: partition.id().index,
        partition_size: i64::try_from(one.size_in_bytes()).unwrap_or(i64::MAX),
        offset_lag: (partition.known_end_offset() - one.end_offset().max(0)).max(0),
        is_future_key: true,
    })
}

fn described(
    data: &DataFolder,
    log_dir: StrBytes,
    topics: Vec<DescribeLogDirsTopic>,
    is_cordoned: bool,
) -> DescribeLogDirsResult {
    let bytes = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let (total_bytes, usable_bytes) = match data.fs().space(data.path()) {
        Ok(space) => (bytes(space.total), bytes(space.available)),
        Err(error) => {
            tracing::warn!(%error, path = %data.path().display(), "the file system does not tell its size");
            (-1, -1)
        }
    };
    DescribeLogDirsResult {
        error_code: ErrorCode::None.code(),
        log_dir,
        topics,
        total_bytes,
        usable_bytes,
        is_cordoned,
    }
}
