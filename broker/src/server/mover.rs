//! Carries out moves of partitions between data folders, one after the other.

use std::sync::Arc;

use tokio::runtime::Handle;

use crate::partition::{Folder, Move, MoveError, PartitionStore, blocking};
use crate::topics::Topics;

/// Pause before another attempt while retention or compaction has the partition.
const RETRY_MS: i64 = 100;

/// Runs until the task is aborted; [`Moves::stop`](crate::partition::Moves::stop) ends the copying.
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
        Err(MoveError::Busy) => return store.env().sleep_ms(RETRY_MS).await,
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
