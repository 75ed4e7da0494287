//! Bytes from the socket, cut into frames without copying.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::ready;

use bytes::{Buf, Bytes, BytesMut};
use protocol_shim::{FrameError, frame_len};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// Length prefix of a frame.
const PREFIX_BYTES: usize = 4;
/// Room for the first read of a connection whose habits are unknown.
const READ_BYTES_MIN: usize = 4 * 1024;
/// Room reserved ahead of the bytes that have come; beyond it the buffer grows as they come, so a
/// frame that announces 100 MiB and sends nothing costs nothing.
const READ_BYTES_MAX: usize = 1024 * 1024;

/// The receiving side of a connection. Holds no buffer while the socket is silent.
#[derive(Debug)]
pub(super) struct Inbound {
    buffer: BytesMut,
    frame_bytes_max: usize,
    /// Size of the last frame: the next one is likely to be as large.
    habit_bytes: usize,
}

impl Inbound {
    pub(super) fn new(frame_bytes_max: usize) -> Inbound {
        Inbound {
            buffer: BytesMut::new(),
            frame_bytes_max,
            habit_bytes: READ_BYTES_MIN,
        }
    }

    /// Length of the first frame's body, if its prefix is here.
    fn pending_len(&self) -> Result<Option<usize>, FrameError> {
        match self.buffer.first_chunk::<PREFIX_BYTES>() {
            None => Ok(None),
            Some(prefix) => frame_len(*prefix, self.frame_bytes_max).map(Some),
        }
    }

    /// API key of the next frame if the whole frame is here.
    pub(super) fn peek_api_key(&self) -> Result<Option<i16>, FrameError> {
        let Some(len) = self.pending_len()? else {
            return Ok(None);
        };
        if self.buffer.len() < PREFIX_BYTES + len {
            return Ok(None);
        }
        // A frame too short for a key is for the decoder to refuse: any key will do here.
        let key = self.buffer.get(PREFIX_BYTES..PREFIX_BYTES + 2.min(len));
        Ok(Some(
            key.and_then(|k| k.try_into().ok()).map_or(-1, i16::from_be_bytes),
        ))
    }

    /// Takes the next whole frame, without its length.
    pub(super) fn take_frame(&mut self) -> Result<Option<Bytes>, FrameError> {
        let Some(len) = self.pending_len()? else {
            return Ok(None);
        };
        if self.buffer.len() < PREFIX_BYTES + len {
            return Ok(None);
        }
        self.buffer.advance(PREFIX_BYTES);
        self.habit_bytes = (len + PREFIX_BYTES).clamp(READ_BYTES_MIN, READ_BYTES_MAX);
        Ok(Some(self.buffer.split_to(len).freeze()))
    }

    /// Whether bytes of an unfinished frame are here.
    pub(super) fn mid_frame(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Waits for bytes and reads them; 0 at the end of the stream. Safe to cancel.
    pub(super) async fn fill(&mut self, stream: &mut TcpStream) -> io::Result<usize> {
        poll_fn(|cx| {
            if self.buffer.is_empty() {
                ready!(stream.poll_read_ready(cx))?;
            }
            let room = self.room();
            self.buffer.reserve(room);
            let read = pin!(stream.read_buf(&mut self.buffer)).poll(cx);
            // Readiness can be a false alarm (a new socket's always is): then nothing is kept either.
            if read.is_pending() && self.buffer.is_empty() {
                self.buffer = BytesMut::new();
            }
            read
        })
        .await
    }

    /// Bytes to make room for: the rest of the frame that is coming, or as many as the last one had.
    fn room(&self) -> usize {
        let missing = match self.pending_len() {
            Ok(Some(len)) => (PREFIX_BYTES + len).saturating_sub(self.buffer.len()),
            _ => self.habit_bytes,
        };
        missing.min(READ_BYTES_MAX.max(self.buffer.len())).max(1)
    }
}
