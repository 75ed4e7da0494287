//! What the metadata know of this broker's data folders: which are in use, and which are cordoned (KIP-1066).

use uuid::Uuid;

use super::error::TopicError;
use super::handle::{MetadataWriter, Shared, Topics};
use crate::config::Config;
use crate::partition::Folders;
use crate::records::metadata::MetadataRecord;
use crate::records::metadata_broker::BrokerChange;

impl Topics {
    /// Notes in the log which data folders are in use, after one failed.
    ///
    /// # Errors
    /// When the metadata log cannot be written.
    pub async fn register_folders(&self) -> Result<(), TopicError> {
        let shared = self.shared();
        shared.note_folders(&mut *shared.writer.lock().await)
    }
}

impl Shared {
    /// Ids of the data folders in use; none in memory.
    pub(super) fn online_directories(&self) -> Vec<Uuid> {
        let folders = self.maker.store.folders();
        folders.map(Folders::online_ids).unwrap_or_default()
    }

    /// Ids of the data folders that are cordoned, in the order of `log.dirs`.
    pub(super) fn cordoned_directories(&self, config: &Config) -> Vec<Uuid> {
        let folders = self.maker.store.folders();
        let named = config.settings().list("cordoned.log.dirs");
        folders
            .map(|folders| folders.cordoned(&named))
            .unwrap_or_default()
    }

    /// Ids of the data folders that take new partitions, and whether they do so only when a partition is put on this
    /// broker by hand.
    pub(super) fn directories_for_new(&self, config: &Config) -> (Vec<Uuid>, bool) {
        if self.maker.store.folders().is_none() {
            return (vec![Uuid::nil()], false);
        }
        let (online, cordoned) = (self.online_directories(), self.cordoned_directories(config));
        let free: Vec<Uuid> = online
            .iter()
            .filter(|id| !cordoned.contains(id))
            .copied()
            .collect();
        match free.is_empty() {
            // Without any in use the write of the record fails, with the reason.
            true => (online, !cordoned.is_empty()),
            false => (free, false),
        }
    }

    /// Brings this broker's registration up to date.
    pub(super) fn note_folders(&self, writer: &mut MetadataWriter) -> Result<(), TopicError> {
        let id = self.maker.node_id;
        let Some(registered) = writer.state.brokers.get(&id) else {
            return Ok(());
        };
        let directories = self.online_directories();
        let cordoned = self.cordoned_directories(&self.image.load().config);
        let change = BrokerChange {
            id,
            epoch: registered.epoch,
            cordoned: (registered.cordoned.as_deref().unwrap_or_default() != cordoned).then_some(cordoned),
            // None stands for no change.
            directories: match registered.directories == directories {
                true => Vec::new(),
                false => directories,
            },
            ..BrokerChange::default()
        };
        if change.cordoned.is_none() && change.directories.is_empty() {
            return Ok(());
        }
        self.change(writer, vec![MetadataRecord::BrokerChange(change)])
    }
}
