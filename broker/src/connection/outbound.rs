//! Replies to the socket: encoded parts and file ranges laid behind each other in one buffer.

use std::io;
use std::sync::{Mutex, PoisonError};

use storage::Chunk;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::direct::{send_file, write_before_more};
use crate::dispatch::{Piece, ReplyFrame};

/// Bytes gathered before they are handed to the socket.
const BUFFER_BYTES: usize = 256 * 1024;
/// Shorter file ranges are gathered, wherever they are: sent by themselves they wake the client too often.
const DIRECT_BYTES_MIN: usize = 128 * 1024;
/// Behind a file range that was not in the page cache so much goes directly to the socket, without a look: it is being
/// read ahead, so it may be there, but copying what nobody has touched yet is dear.
const COLD_BYTES: u64 = 4 << 30;
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
    /// Bytes of files that are still taken to be on the disk only.
    cold_bytes: u64,
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
        let mut may_go_directly = left >= DIRECT_BYTES_MIN;
        while left > 0 {
            if may_go_directly && self.cold_bytes > 0 {
                self.cold_bytes = self.cold_bytes.saturating_sub(left as u64);
                let sent = self.send_directly(stream, &*file, position, left).await?;
                position += sent as u64;
                left -= sent;
                may_go_directly = false;
                continue;
            }
            let room = self.room(stream).await?;
            let n = room.len().min(left);
            let read = match file.try_read_at(&mut room[..n], position)? {
                Some(read) if read > 0 => read,
                // Not in the page cache: then what follows is not either.
                None if may_go_directly => {
                    self.cold_bytes = COLD_BYTES;
                    continue;
                }
                // As before (or a short read at a page's edge): read where blocking is allowed.
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

    /// Sends what is gathered, and behind it what the system sends of a file by itself.
    async fn send_directly(
        &mut self,
        stream: &mut TcpStream,
        file: &dyn storage::File,
        position: u64,
        len: usize,
    ) -> io::Result<usize> {
        write_before_more(stream, &self.buffer[..self.filled]).await?;
        self.filled = 0;
        give_buffer(std::mem::take(&mut self.buffer));
        send_file(stream, file, position, len).await
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
