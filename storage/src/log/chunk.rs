//! What a read hands out: the only currency between storage and socket.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use crate::fs::{File, read_exact_at};

/// A run of log bytes, in memory or by reference to a file.
#[derive(Clone, Debug)]
pub enum Chunk {
    /// Bytes in memory.
    Mem(Bytes),
    /// Bytes of an open file; they never change, and stay readable when the file is deleted.
    File {
        /// The file.
        file: Arc<dyn File>,
        /// First byte.
        position: u64,
        /// Number of bytes.
        len: u32,
    },
}

impl Chunk {
    /// Number of bytes.
    pub fn len(&self) -> usize {
        match self {
            Chunk::Mem(bytes) => bytes.len(),
            Chunk::File { len, .. } => *len as usize,
        }
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes themselves; reads the file (may block).
    ///
    /// # Errors
    /// When the file cannot be read or is shorter than promised.
    pub fn to_bytes(&self) -> io::Result<Bytes> {
        match self {
            Chunk::Mem(bytes) => Ok(bytes.clone()),
            Chunk::File { file, position, len } => {
                let mut buf = vec![0; *len as usize];
                if !read_exact_at(&**file, &mut buf, *position)? {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Ok(Bytes::from(buf))
            }
        }
    }
}
