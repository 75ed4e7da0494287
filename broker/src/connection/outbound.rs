//! Replies to the socket: encoded parts and file ranges laid behind each other in one buffer.

use std::io;
use std::sync::{Mutex, PoisonError};

use storage::Chunk;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::dispatch::{Piece, ReplyFrame};

/// Bytes gathered before they are handed to the socket.
const BUFFER_BYTES: usize = 256 * 1024;
/// Buffers kept for reuse; more in use at once are made and dropped.
const POOL_BUFFERS_MAX: usize = 16;

static POOL: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// The sending side of a connection: gathers replies, so that several small ones leave in one write.
/// Holds no buffer while there is nothing to send.
#[derive(Debug, Default)]
pub(super) struct Outbound {
    /// Empty, or [`BUFFER_BYTES`] long; only the first `filled` bytes count.
    buffer: Vec<u8>,
    filled: usize,
}

impl Outbound {
    /// Adds a reply behind those gathered; writes whenever the buffer is full.
    pub(super) async fn push(&mut self, stream: &mut TcpStream, frame: ReplyFrame) -> io::Result<()> {
        for piece in frame.pieces {
            match piece {
                Piece::Bytes(bytes) => self.push_bytes(stream, &bytes).await?,
                Piece::Records(records) => match records.0 {
                    Chunk::Mem(bytes) => self.push_bytes(stream, &bytes).await?,
                    Chunk::File { file, position, len } => {
                        self.push_file(stream, file, position, len).await?
                    }
                },
            }
        }
        Ok(())
    }

    async fn push_bytes(&mut self, stream: &mut TcpStream, mut bytes: &[u8]) -> io::Result<()> {
        if bytes.len() >= BUFFER_BYTES {
            self.flush(stream).await?;
            return stream.write_all(bytes).await;
        }
        while !bytes.is_empty() {
            let room = self.room(stream).await?;
            let n = room.len().min(bytes.len());
            let (now, later) = bytes.split_at(n);
            room[..n].copy_from_slice(now);
            self.filled += n;
            bytes = later;
        }
        Ok(())
    }

    async fn push_file(
        &mut self,
        stream: &mut TcpStream,
        file: std::sync::Arc<dyn storage::File>,
        mut position: u64,
        len: u32,
    ) -> io::Result<()> {
        let mut left = len as usize;
        while left > 0 {
            let room = self.room(stream).await?;
            let n = room.len().min(left);
            let read = match file.try_read_at(&mut room[..n], position)? {
                Some(read) if read > 0 => read,
                // Not in the page cache (or a short read at a page's edge): read where blocking is allowed.
                _ => tokio::task::block_in_place(|| file.read_at(&mut room[..n], position))?,
            };
            if read == 0 {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "a log file ends before its published end",
                ));
            }
            self.filled += read;
            position += read as u64;
            left -= read;
        }
        Ok(())
    }

    /// Free room of the buffer, written out first when it is full.
    async fn room(&mut self, stream: &mut TcpStream) -> io::Result<&mut [u8]> {
        if self.buffer.is_empty() {
            self.buffer = take_buffer();
        }
        if self.filled == self.buffer.len() {
            stream.write_all(&self.buffer).await?;
            self.filled = 0;
        }
        Ok(&mut self.buffer[self.filled..])
    }

    /// Whether replies wait to be written.
    pub(super) fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// Writes what is gathered and gives the buffer back.
    pub(super) async fn flush(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        if self.filled > 0 {
            stream.write_all(&self.buffer[..self.filled]).await?;
            self.filled = 0;
        }
        give_buffer(std::mem::take(&mut self.buffer));
        Ok(())
    }
}

impl Drop for Outbound {
    fn drop(&mut self) {
        give_buffer(std::mem::take(&mut self.buffer));
    }
}

fn take_buffer() -> Vec<u8> {
    let pooled = POOL.lock().unwrap_or_else(PoisonError::into_inner).pop();
    pooled.unwrap_or_else(|| vec![0; BUFFER_BYTES])
}

fn give_buffer(buffer: Vec<u8>) {
    if buffer.len() == BUFFER_BYTES {
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() < POOL_BUFFERS_MAX {
            pool.push(buffer);
        }
    }
}
