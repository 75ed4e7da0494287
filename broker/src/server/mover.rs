//! Carries out moves of partitions between data folders, several at once.

use std::sync::Arc;

use tokio::runtime::Handle;

use crate::partition::{Folder, Move, MoveError, PartitionStore, blocking};
use crate::topics::Topics;

/// Pause before another attempt while retention or compaction has the partition.
const RETRY_MS: i64 = 100;

/// Most moves at once, whatever `num.replica.alter.log.dirs.threads` says.
const AT_ONCE_MAX: usize = 64;

/// How many moves run at once in a store (Kafka: `KafkaConfig.getNumReplicaAlterLogDirsThreads`).
pub fn moves_at_once(store: &PartitionStore, configured: Option<i64>) -> usize {
    let folders = store.folders().map_or(0, |folders| folders.list().len());
    let wanted = configured.map_or(folders, |n| usize::try_from(n).unwrap_or_default());
    wanted.clamp(1, AT_ONCE_MAX)
}

/// One move after the other. Runs until the task is aborted; [`Moves::stop`](crate::partition::Moves::stop) ends the copying.
pub async fn run_moves(store: Arc<PartitionStore>, topics: Topics) {
    loop {
        match store.moves().next() {
            Some(next) => carry_out(&store, &topics, &next).await,
            None => store.moves().asked().await,
        }
    }
}

async fn carry_out(store: &PartitionStore, topics: &Topics, this: &Arc<Move>) {
    let result = blocking(|| attempt(store, topics, this));
    let partition = this.partition.id().dir_name();
    let to = store.folders().and_then(|folders| folders.get(this.target));
    let to = to.map_or_else(String::new, |folder| folder.path().display().to_string());
    match result {
        Err(MoveError::Busy) => {
            store.env().sleep_ms(RETRY_MS).await;
            return store.moves().put_back(this);
        }
        Ok(()) => {
            tracing::info!(partition, to, "moved a partition to another data folder");
            // The new folder has to know where the log starts before the old one forgets it.
            if let Err(error) = blocking(|| store.write_checkpoints()) {
                tracing::warn!(%error, "could not write the checkpoints; trying again later");
            }
        }
        Err(MoveError::Cancelled) => {
            tracing::info!(partition, to, "a move to another data folder was called off")
        }
        Err(error) => {
            tracing::error!(partition, to, %error, "a partition could not be moved; it stays where it was")
        }
    }
    store.moves().finished(this);
}

fn attempt(store: &PartitionStore, topics: &Topics, this: &Arc<Move>) -> Result<(), MoveError> {
    let folder = store.folders().and_then(|folders| folders.get(this.target));
    let directory = folder.map(Folder::id).unwrap_or_default();
    this.carry_out(|swap| {
        Handle::current().block_on(topics.commit_move(this.partition.id(), directory, swap))
    })
}
