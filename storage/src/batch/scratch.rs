//! Reusable memory for decompression, and the one place that opens a decoder.

use std::fmt;
use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;
use lz4_flex::frame::FrameDecoder;
use zstd::zstd_safe::{DCtx, DParameter, ResetDirective};

use super::codec::Codec;
use super::error::BatchError;
use super::snappy::SnappyReader;
use super::stream::Stream;

/// Decompressed bytes that are held at a time; a record above this is skipped through, never held.
pub(super) const WINDOW_BYTES: usize = 64 * 1024;
/// 128 MiB, what zstd itself (and so Kafka) takes at most.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;
/// A decoder that took more than this is given back after a batch: 8 MiB of window, what zstd's levels up to 19 use,
/// and its buffers.
const ZSTD_KEPT_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Buffers above this are given back after a batch.
const KEPT_BYTES_MAX: usize = 1024 * 1024;

/// Reusable decompression buffers of one worker: nothing until the first compressed batch, then
/// 64 KiB and what the codec keeps. Not shared; results never depend on what it was used for before.
#[derive(Default)]
pub struct Scratch {
    window: Vec<u8>,
    record: Vec<u8>,
    block: Vec<u8>,
    zstd: Option<DCtx<'static>>,
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scratch")
            .field("block_capacity", &self.block.capacity())
            .finish_non_exhaustive()
    }
}

impl Scratch {
    /// Runs `walk` over the decompressed bytes of `body`, however many they are: what is held is a window of them. The
    /// second argument of `walk` is memory for a large record.
    pub(super) fn decompress<T, E: From<BatchError>>(
        &mut self,
        codec: Codec,
        body: &[u8],
        walk: impl FnOnce(&mut Stream<'_>, &mut Vec<u8>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.decompress_up_to(usize::MAX, codec, body, walk)
    }

    /// The same over at most `limit` bytes.
    pub(super) fn decompress_up_to<T, E: From<BatchError>>(
        &mut self,
        limit: usize,
        codec: Codec,
        body: &[u8],
        walk: impl FnOnce(&mut Stream<'_>, &mut Vec<u8>) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.window.len() != WINDOW_BYTES {
            self.window = vec![0; WINDOW_BYTES];
        }
        let mut source = Source {
            rest: body,
            starved: false,
        };
        let result = {
            let mut reader: Box<dyn Read + '_> = match codec {
                Codec::None => Box::new(body),
                Codec::Gzip => Box::new(MultiGzDecoder::new(body)),
                Codec::Snappy => Box::new(SnappyReader::new(body, &mut self.block)),
                Codec::Lz4 => {
                    check_lz4(body).map_err(|reason| BatchError::undecodable(codec, reason))?;
                    Box::new(FrameDecoder::new(&mut source))
                }
                Codec::Zstd => {
                    let context = self.zstd.get_or_insert_with(DCtx::create);
                    prepare(context).map_err(|reason| BatchError::undecodable(codec, reason))?;
                    Box::new(zstd::stream::read::Decoder::with_context(body, context))
                }
            };
            walk(
                &mut Stream::new(codec, &mut *reader, &mut self.window, limit),
                &mut self.record,
            )
        };
        self.give_back();
        // The LZ4 decoder takes a missing end mark for an end; Java's does not.
        if result.is_ok() && source.starved {
            return Err(BatchError::undecodable(codec, "the frame is cut short").into());
        }
        result
    }

    /// Bytes that are held between batches, for tests.
    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> usize {
        let zstd = self.zstd.as_ref().map_or(0, DCtx::sizeof);
        self.window.capacity() + self.record.capacity() + self.block.capacity() + zstd
    }

    fn give_back(&mut self) {
        self.zstd
            .take_if(|context| context.sizeof() > ZSTD_KEPT_BYTES_MAX);
        for buffer in [&mut self.record, &mut self.block] {
            buffer.clear();
            buffer.shrink_to(KEPT_BYTES_MAX);
        }
    }
}

/// The whole input; remembers whether the decoder asked for more than there is.
struct Source<'a> {
    rest: &'a [u8],
    starved: bool,
}

impl Read for Source<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() && !buf.is_empty() {
            self.starved = true;
        }
        self.rest.read(buf)
    }
}

/// Kafka's LZ4 reader: the current frame format, version 01, independent blocks.
fn check_lz4(body: &[u8]) -> Result<(), &'static str> {
    match body.first_chunk::<5>() {
        Some([0x04, 0x22, 0x4d, 0x18, flags]) if flags >> 6 == 1 && flags & 0x20 != 0 => Ok(()),
        Some([0x04, 0x22, 0x4d, 0x18, _]) => Err("dependent blocks or an unknown version"),
        _ => Err("not an LZ4 frame"),
    }
}

fn prepare(context: &mut DCtx<'static>) -> Result<(), &'static str> {
    context
        .reset(ResetDirective::SessionOnly)
        .map_err(zstd::zstd_safe::get_error_name)?;
    context
        .set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG_MAX))
        .map_err(zstd::zstd_safe::get_error_name)?;
    Ok(())
}
