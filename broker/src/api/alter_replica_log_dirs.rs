//! AlterReplicaLogDirs (key 34): moves partitions into other data folders, in the background and while they are in use.
//!
//! The answer says whether a move was accepted; DescribeLogDirs shows it until it is done. Asking for where a partition
//! is calls its move off.

use std::path::Path;

use protocol_shim::ErrorCode;
use protocol_shim::messages::alter_replica_log_dirs_response::{
    AlterReplicaLogDirPartitionResult, AlterReplicaLogDirTopicResult,
};
use protocol_shim::messages::{AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse};

use crate::by_topic::last_counts;
use crate::context::{Call, Context};
use crate::partition::Folder;

/// What Kafka's name of a copy adds to that of a partition directory: a dot, 32 digits, `-future`.
const FUTURE_NAME_BYTES: usize = 40;
/// Longest name of a directory.
const NAME_BYTES_MAX: usize = 255;

/// Answers every partition on its own. Of a partition that stands under several folders the last one counts.
pub async fn handle(
    context: &Context,
    _call: &Call,
    request: AlterReplicaLogDirsRequest,
) -> AlterReplicaLogDirsResponse {
    // Kafka leaves a topic without partitions out.
    let wanted = last_counts(request.dirs.iter().flat_map(|dir| {
        let topics = dir.topics.iter();
        topics.map(|topic| {
            (
                &topic.name,
                topic.partitions.iter().map(|index| (*index, &*dir.path)),
            )
        })
    }));
    let results = wanted.into_iter().map(|(name, partitions)| {
        let partitions = partitions.into_iter().map(|(index, path)| {
            let code = start(context, name, index, path).err().unwrap_or(ErrorCode::None);
            AlterReplicaLogDirPartitionResult::default()
                .with_partition_index(index)
                .with_error_code(code.code())
        });
        AlterReplicaLogDirTopicResult::default()
            .with_topic_name(name.clone())
            .with_partitions(partitions.collect())
    });
    AlterReplicaLogDirsResponse::default().with_results(results.collect())
}

/// The checks of Kafka's `ReplicaManager.alterReplicaLogDirs`, in their order.
fn start(context: &Context, topic: &str, index: i32, path: &str) -> Result<(), ErrorCode> {
    if topic.len() + 1 + index.to_string().len() + FUTURE_NAME_BYTES > NAME_BYTES_MAX {
        return Err(ErrorCode::InvalidTopicException);
    }
    let store = context.topics.store();
    let folders = store.folders().ok_or(ErrorCode::LogDirNotFound)?;
    let is_named = |folder: &Folder| folder.path().as_os_str() == Path::new(path).as_os_str();
    let target = folders
        .list()
        .iter()
        .position(is_named)
        .ok_or(ErrorCode::LogDirNotFound)?;
    let folder = folders.get(target).filter(|folder| folder.online().is_some());
    let folder = folder.ok_or(ErrorCode::KafkaStorageError)?;
    let image = context.topics.image();
    let cordoned = folders.cordoned(&image.config.settings().list("cordoned.log.dirs"));
    if cordoned.contains(&folder.id()) {
        return Err(ErrorCode::InvalidReplicaAssignment);
    }
    let topic = image.topic(topic).ok_or(ErrorCode::UnknownTopicOrPartition)?;
    let partition = topic.partition(index).ok_or(ErrorCode::UnknownTopicOrPartition)?;
    let here = topic.placement.get(usize::try_from(index).unwrap_or(usize::MAX));
    if !here.is_some_and(|state| state.placement.replicas.contains(&image.node_id)) {
        return Err(ErrorCode::ReplicaNotAvailable);
    }
    if partition.is_offline() {
        return Err(ErrorCode::KafkaStorageError);
    }
    store.ask_move(partition, target);
    Ok(())
}
