//! LZ4 frames as Java's `Lz4BlockOutputStream` writes them: independent blocks of 64 KiB, no checksum but the header's.

use std::io::{self, Write};

use lz4::block::CompressionMode;

use super::compression::Bounded;

/// Kafka's default level, which means the fast compressor; every other one is a level of the high compressor.
pub(super) const FAST_LEVEL: i32 = 9;
/// Levels above this mean the same to LZ4 (`LZ4HC_CLEVEL_MAX`).
const HIGH_LEVEL_MAX: i32 = 12;
const BLOCK_BYTES: usize = 64 * 1024;
/// Magic, version 1 with independent blocks, blocks of 64 KiB, and the second byte of those two bytes' XXH32.
const FRAME_HEADER: [u8; 7] = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82];
/// Set in a block's length when the block is stored as it is.
const STORED_BIT: u32 = 1 << 31;

/// Compresses block by block.
pub(super) struct Lz4Writer {
    out: Bounded,
    level: i32,
    block: Vec<u8>,
    packed: Vec<u8>,
}

impl Lz4Writer {
    /// `level` is 1 to 17.
    pub fn new(mut out: Bounded, level: i32) -> io::Result<Lz4Writer> {
        out.write_all(&FRAME_HEADER)?;
        Ok(Lz4Writer {
            out,
            level,
            block: Vec::new(),
            packed: Vec::new(),
        })
    }

    fn write_block(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        let max = lz4_flex::block::get_maximum_output_size(BLOCK_BYTES)
            .max(lz4::block::compress_bound(BLOCK_BYTES)?);
        self.packed.resize(max, 0);
        let len = if self.level == FAST_LEVEL {
            lz4_flex::block::compress_into(&self.block, &mut self.packed).map_err(io::Error::other)?
        } else {
            let mode = CompressionMode::HIGHCOMPRESSION(self.level.min(HIGH_LEVEL_MAX));
            lz4::block::compress_to_buffer(&self.block, Some(mode), false, &mut self.packed)?
        };
        match self.packed.get(..len).filter(|_| len < self.block.len()) {
            Some(packed) => {
                self.out.write_all(&(len as u32).to_le_bytes())?;
                self.out.write_all(packed)?;
            }
            None => {
                let stored = self.block.len() as u32 | STORED_BIT;
                self.out.write_all(&stored.to_le_bytes())?;
                self.out.write_all(&self.block)?;
            }
        }
        self.block.clear();
        Ok(())
    }

    /// The last block and the end mark.
    pub fn finish(mut self) -> io::Result<Bounded> {
        self.write_block()?;
        self.out.write_all(&[0; 4])?;
        Ok(self.out)
    }
}

impl Write for Lz4Writer {
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
