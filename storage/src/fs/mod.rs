//! The file-system seam.

mod file_system;

pub use file_system::{DirEntry, File, FileLock, FileSystem, OpenMode};
