//! Decompressors as streams. Each reads what Apache's Java client and librdkafka write.

use std::io::{self, Read};

use super::attributes::Codec;

/// Start of a stream in Xerial's framing.
const XERIAL_MAGIC: [u8; 8] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];
/// Magic, version and compatible version.
const XERIAL_HEADER_LEN: usize = 16;
/// Snappy's best: a 64-byte copy in 3 bytes. A block that announces more than this lies.
const SNAPPY_RATIO_MAX: usize = 32;

/// A reader of decompressed records. `None` for [`Codec::None`].
pub(super) fn open<'a>(codec: Codec, body: &'a [u8]) -> io::Result<Option<Box<dyn Read + 'a>>> {
    Ok(match codec {
        Codec::None => None,
        Codec::Gzip => Some(Box::new(flate2::bufread::MultiGzDecoder::new(body))),
        Codec::Snappy => Some(Box::new(SnappyReader::new(body))),
        Codec::Lz4 => Some(Box::new(lz4_flex::frame::FrameDecoder::new(body))),
        Codec::Zstd => Some(Box::new(zstd::stream::read::Decoder::with_buffer(body)?)),
    })
}

/// Snappy blocks, one decompressed at a time.
struct SnappyReader<'a> {
    rest: &'a [u8],
    framed: bool,
    block: Vec<u8>,
    at: usize,
}

impl<'a> SnappyReader<'a> {
    fn new(body: &'a [u8]) -> SnappyReader<'a> {
        let framed = body.starts_with(&XERIAL_MAGIC) && body.len() >= XERIAL_HEADER_LEN;
        let rest = if framed {
            body.get(XERIAL_HEADER_LEN..).unwrap_or_default()
        } else {
            body
        };
        SnappyReader {
            rest,
            framed,
            block: Vec::new(),
            at: 0,
        }
    }

    fn take_block(&mut self) -> io::Result<&'a [u8]> {
        if !self.framed {
            return Ok(std::mem::take(&mut self.rest));
        }
        let (len, rest) = self
            .rest
            .split_first_chunk::<4>()
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        let len = usize::try_from(i32::from_be_bytes(*len)).map_err(|_| io::ErrorKind::InvalidData)?;
        let (block, rest) = rest.split_at_checked(len).ok_or(io::ErrorKind::UnexpectedEof)?;
        self.rest = rest;
        Ok(block)
    }

    fn next_block(&mut self) -> io::Result<()> {
        let packed = self.take_block()?;
        let len = snap::raw::decompress_len(packed)?;
        if len > packed.len().saturating_mul(SNAPPY_RATIO_MAX) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.block.resize(len, 0);
        self.at = 0;
        let filled = snap::raw::Decoder::new().decompress(packed, &mut self.block)?;
        self.block.truncate(filled);
        Ok(())
    }
}

impl Read for SnappyReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.at == self.block.len() {
            if self.rest.is_empty() {
                return Ok(0);
            }
            self.next_block()?;
        }
        let left = self.block.get(self.at..).unwrap_or_default();
        let n = left.len().min(buf.len());
        buf[..n].copy_from_slice(&left[..n]);
        self.at += n;
        Ok(n)
    }
}
