//! Snappy as Java's `SnappyInputStream` reads it (snappy-java's frame of blocks, or one raw block) and as its
//! `SnappyOutputStream` writes it.

use std::io::{self, Read, Write};

use super::compression::Bounded;

const MAGIC: &[u8; 8] = b"\x82SNAPPY\0";
/// Magic, version and compatible version; Java looks at the magic only.
const HEADER_LEN: usize = 16;
/// Most bytes that one block may decompress to.
pub(super) const SNAPPY_BLOCK_BYTES_MAX: usize = 128 * 1024 * 1024;
/// A three-byte copy yields at most 64 bytes, nothing yields more per byte: larger claims are lies, found out
/// before memory is taken.
const EXPANSION_MAX: usize = 22;

/// Decompresses block by block into `block`, which grows to the largest block.
pub(super) struct SnappyReader<'a> {
    rest: &'a [u8],
    block: &'a mut Vec<u8>,
    at: usize,
    framed: bool,
}

impl<'a> SnappyReader<'a> {
    pub fn new(body: &'a [u8], block: &'a mut Vec<u8>) -> Self {
        block.clear();
        SnappyReader {
            rest: body,
            block,
            at: 0,
            framed: body.starts_with(MAGIC),
        }
    }

    /// Makes the next block ready; false at the end.
    fn next_block(&mut self) -> io::Result<bool> {
        if self.rest.is_empty() {
            return Ok(false);
        }
        if !self.framed {
            let body = std::mem::take(&mut self.rest);
            return self.open(body).map(|()| true);
        }
        // Frames may follow one another: the magic stands where a length would.
        if self.rest.starts_with(MAGIC) {
            self.rest = self.rest.get(HEADER_LEN..).ok_or_else(cut_short)?;
            return Ok(true);
        }
        let (len, rest) = self.rest.split_first_chunk::<4>().ok_or_else(cut_short)?;
        let len = u32::from_be_bytes(*len) as usize;
        let (chunk, rest) = rest.split_at_checked(len).ok_or_else(cut_short)?;
        self.rest = rest;
        self.open(chunk).map(|()| true)
    }

    fn open(&mut self, chunk: &[u8]) -> io::Result<()> {
        let len = snap::raw::decompress_len(chunk)?;
        if len > SNAPPY_BLOCK_BYTES_MAX || len > chunk.len().saturating_mul(EXPANSION_MAX) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "impossible block length",
            ));
        }
        self.at = 0;
        self.block.clear();
        self.block.resize(len, 0);
        snap::raw::Decoder::new().decompress(chunk, self.block)?;
        Ok(())
    }
}

impl Read for SnappyReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.at == self.block.len() {
            if !self.next_block()? {
                return Ok(0);
            }
        }
        let mut ready = self.block.get(self.at..).unwrap_or_default();
        let count = ready.read(buf)?;
        self.at += count;
        Ok(count)
    }
}

/// Bytes of a block that is written.
const BLOCK_BYTES: usize = 32 * 1024;
/// Magic, version 1, readable since version 1.
const FRAME_HEADER: &[u8; HEADER_LEN] = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01";

/// Compresses block by block into snappy-java's frame.
pub(super) struct SnappyWriter {
    out: Bounded,
    block: Vec<u8>,
    packed: Vec<u8>,
    encoder: snap::raw::Encoder,
}

impl SnappyWriter {
    pub fn new(mut out: Bounded) -> io::Result<SnappyWriter> {
        out.write_all(FRAME_HEADER)?;
        Ok(SnappyWriter {
            out,
            block: Vec::new(),
            packed: vec![0; snap::raw::max_compress_len(BLOCK_BYTES)],
            encoder: snap::raw::Encoder::new(),
        })
    }

    fn write_block(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        let len = self.encoder.compress(&self.block, &mut self.packed)?;
        let packed = self.packed.get(..len).unwrap_or_default();
        self.out.write_all(&(len as u32).to_be_bytes())?;
        self.out.write_all(packed)?;
        self.block.clear();
        Ok(())
    }

    /// The last block.
    pub fn finish(mut self) -> io::Result<Bounded> {
        self.write_block()?;
        Ok(self.out)
    }
}

impl Write for SnappyWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = BLOCK_BYTES - self.block.len();
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.block.extend_from_slice(taken);
        if self.block.len() == BLOCK_BYTES {
            self.write_block()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn cut_short() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "block is cut short")
}
