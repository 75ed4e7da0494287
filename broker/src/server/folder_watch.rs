//! What happens when a data folder fails while the broker runs (Kafka: `ReplicaManager.handleLogDirFailure`).

use std::sync::Arc;

use tokio::sync::watch;

use crate::partition::PartitionStore;
use crate::topics::Topics;

/// Takes the partitions of each folder that fails offline, and tells `fatal` why the broker cannot go on, once it
/// cannot. Never ends by itself while data folders are in use.
pub async fn watch_folders(store: Arc<PartitionStore>, topics: Topics, fatal: watch::Sender<Option<String>>) {
    let Some(folders) = store.folders() else { return };
    let mut failures = folders.failures();
    let is_offline = |index: usize| folders.get(index).is_some_and(|f| f.offline_reason().is_some());
    let mut known: Vec<bool> = folders
        .list()
        .iter()
        .map(|folder| folder.data().is_none())
        .collect();
    loop {
        let mut changed = false;
        for (index, known) in known.iter_mut().enumerate() {
            if *known || !is_offline(index) {
                continue;
            }
            *known = true;
            changed = true;
            let partitions = store.give_up(index);
            if let Some(folder) = folders.get(index) {
                let (path, reason) = (
                    folder.path().display(),
                    folder.offline_reason().unwrap_or_default(),
                );
                tracing::error!(%path, reason, partitions, "a data folder failed: its partitions are offline until a restart");
            }
        }
        if let Some(reason) = folders.fatal_reason() {
            tracing::error!(reason, "the broker stops");
            fatal.send_replace(Some(reason));
            return;
        }
        if changed && let Err(error) = topics.register_folders().await {
            tracing::warn!(%error, "could not note in the metadata that a data folder failed");
        }
        if failures.changed().await.is_err() {
            return;
        }
    }
}
