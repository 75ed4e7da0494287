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
/// Most bytes that one batch may decompress to.
pub(super) const DECOMPRESSED_BYTES_MAX: usize = 256 * 1024 * 1024;
/// The same for zstd frames with a larger window than `ZSTD_WINDOW_LOG_USUAL`: it bounds the memory they touch.
pub(super) const DECOMPRESSED_WIDE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// 8 MiB, what zstd's levels up to 19 use.
const ZSTD_WINDOW_LOG_USUAL: u32 = 23;
/// 128 MiB, what zstd itself (and so Kafka) takes at most.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;
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
    /// Runs `walk` over the decompressed bytes of `body`; its second argument is memory for a large record.
    pub(super) fn decompress<T, E: From<BatchError>>(
        &mut self,
        codec: Codec,
        body: &[u8],
        walk: impl FnOnce(&mut Stream<'_>, &mut Vec<u8>) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.window.len() != WINDOW_BYTES {
            self.window = vec![0; WINDOW_BYTES];
        }
        let mut limit = DECOMPRESSED_BYTES_MAX;
        let wide = codec == Codec::Zstd && zstd_window(body) > 1 << ZSTD_WINDOW_LOG_USUAL;
        if wide {
            limit = DECOMPRESSED_WIDE_BYTES_MAX;
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
                    set_window(context, wide).map_err(|reason| BatchError::undecodable(codec, reason))?;
                    Box::new(zstd::stream::read::Decoder::with_context(body, context))
                }
            };
            walk(
                &mut Stream::new(codec, &mut *reader, &mut self.window, limit),
                &mut self.record,
            )
        };
        self.give_back(wide);
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

    fn give_back(&mut self, wide: bool) {
        if wide {
            self.zstd = None;
        }
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

fn set_window(context: &mut DCtx<'static>, wide: bool) -> Result<(), &'static str> {
    let window_log = if wide {
        ZSTD_WINDOW_LOG_MAX
    } else {
        ZSTD_WINDOW_LOG_USUAL
    };
    context
        .reset(ResetDirective::SessionOnly)
        .map_err(zstd::zstd_safe::get_error_name)?;
    context
        .set_parameter(DParameter::WindowLogMax(window_log))
        .map_err(zstd::zstd_safe::get_error_name)?;
    Ok(())
}

/// Window size that the first frame declares (RFC 8878 §3.1.1.1), 0 if it is none. Later frames of the same body
/// are held to the bound that this one chose.
fn zstd_window(body: &[u8]) -> u64 {
    let Some([0x28, 0xb5, 0x2f, 0xfd, descriptor, window, ..]) = body.first_chunk::<14>() else {
        return 0;
    };
    if descriptor & 0x20 == 0 {
        let base = 1u64 << (10 + u32::from(window >> 3));
        return base + base / 8 * u64::from(window & 7);
    }
    // A single segment: its window is its content, whose size stands behind the dictionary id.
    let dictionary_len = [0, 1, 2, 4]
        .get(usize::from(descriptor & 3))
        .copied()
        .unwrap_or(0);
    let size = body.get(5 + dictionary_len..).unwrap_or_default();
    let byte = |index: usize| u64::from(size.get(index).copied().unwrap_or(0)) << (8 * index);
    match descriptor >> 6 {
        0 | 1 => 0,
        2 => (0..4).map(byte).sum(),
        _ => (0..8).map(byte).sum(),
    }
}
