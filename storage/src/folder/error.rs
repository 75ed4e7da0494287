//! Why a data folder cannot be used.

use std::io;
use std::path::PathBuf;

/// Why a data folder cannot be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another broker has it open.
    #[error("data folder {path} is in use by {holder}; stop that one, or choose another folder")]
    Locked {
        /// The folder.
        path: PathBuf,
        /// Who holds the lock, as far as known.
        holder: String,
    },
    /// The folder cannot be made or written.
    #[error("data folder {path} cannot be used: {source}; choose one that this user can make and write")]
    NotUsable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file in the folder could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder was written by a newer release.
    #[error(
        "{path} has format version {version}; this release reads version 1 only, so start the newer release that wrote it"
    )]
    NewerFormat {
        /// `meta.properties`.
        path: PathBuf,
        /// The version it names.
        version: String,
    },
    /// `meta.properties` makes no sense.
    #[error("{path} is damaged: {what}; restore it, or move the folder away to start afresh")]
    DamagedMeta {
        /// `meta.properties`.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The folder belongs to another cluster.
    #[error(
        "{path} belongs to cluster {found}, but cluster {wanted} is configured; use the right folder or cluster id"
    )]
    ClusterMismatch {
        /// `meta.properties`.
        path: PathBuf,
        /// Cluster id in the file.
        found: String,
        /// Cluster id wanted.
        wanted: String,
    },
    /// The folder belongs to another node.
    #[error("{path} belongs to node {found}, but node.id is {wanted}; use the right folder or node id")]
    NodeMismatch {
        /// `meta.properties`.
        path: PathBuf,
        /// Node id in the file.
        found: i32,
        /// Node id wanted.
        wanted: i32,
    },
}
