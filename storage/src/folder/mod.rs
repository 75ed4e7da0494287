//! One data folder: its lock, identity, checkpoints and clean-shutdown marker.

mod checkpoint;
mod cleaner;
mod data_folder;
mod error;
mod identity;
mod in_place;
mod kafka_uuid;
mod meta_properties;
mod open_hint;
mod partition_metadata;
#[cfg(test)]
mod tests;
pub(crate) mod well_known;

pub(crate) use checkpoint::split_dir_name;
pub use checkpoint::{CheckpointEntry, OffsetCheckpoint, fuzz_checkpoint};
pub use data_folder::{DataFolder, FolderIds};
pub use error::FolderError;
pub use kafka_uuid::{decode_uuid, encode_uuid};
pub use meta_properties::{MetaProperties, fuzz_meta_properties};
pub use open_hint::OpenHint;
pub(crate) use partition_metadata::PartitionMetadata;
