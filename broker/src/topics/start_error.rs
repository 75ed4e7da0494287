//! Why the metadata cannot be taken into use at start-up.

use std::path::PathBuf;

use storage::{FolderError, LogError};

/// Each says what is wrong, where, and what to do. Nothing was deleted or overwritten.
#[derive(Debug, thiserror::Error)]
pub enum MetadataStartError {
    /// The metadata log cannot be opened.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The data folder cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The metadata log or a snapshot is damaged.
    #[error(
        "{path} is damaged: {what}. It says which topics there are, so nothing can be guessed: restore it from a \
         copy of the data folder, or start with another data folder"
    )]
    Damaged {
        /// The file or directory.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The folder holds partitions that its metadata does not know.
    #[error(
        "{path} holds partition directories that its metadata does not know: {names}. Nothing was deleted. Move \
         them out of the folder to start without them; to import the data of a Kafka, bring its \
         __cluster_metadata-0 directory along"
    )]
    UnknownPartitions {
        /// The data folder.
        path: PathBuf,
        /// The directories, the first few by name.
        names: String,
    },
    /// A new cluster cannot start with the features asked for.
    #[error("{0}")]
    Features(String),
    /// The first records could not be written.
    #[error("the metadata log could not be written: {0}")]
    Write(String),
}
