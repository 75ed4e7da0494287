//! Ottla's log: Kafka's file layout, offsets, dedupe, epochs, indexes and recovery.

pub mod batch;
pub mod fs;

pub use fs::{DirEntry, File, FileLock, FileSystem, OpenMode};
