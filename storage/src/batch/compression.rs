//! Packing records: a codec with its level, and the bounded writers behind it.

use std::io::{self, Write};

use super::codec::Codec;
use super::lz4::Lz4Writer;
use super::snappy::SnappyWriter;

/// Largest zstd window that is written (8 MiB): readers take it without asking for more, and the memory of the
/// highest levels stays bounded.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;
/// From this level on zstd would take a larger window.
const ZSTD_WIDE_LEVEL: i32 = 20;

/// How to pack the records of a batch (`compression.type` and the level of that codec).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression {
    codec: Codec,
    level: i32,
}

impl Compression {
    /// Not at all.
    pub const NONE: Compression = Compression {
        codec: Codec::None,
        level: 0,
    };

    /// A codec at a level of its own scale: gzip 1 to 9 or -1, lz4 1 to 17, zstd -131072 to 22; a level outside
    /// becomes the nearest one. The others have no levels.
    pub fn new(codec: Codec, level: i32) -> Compression {
        let level = match codec {
            Codec::None | Codec::Snappy => 0,
            Codec::Gzip if level == -1 => -1,
            Codec::Gzip => level.clamp(1, 9),
            Codec::Lz4 => level.clamp(1, 17),
            Codec::Zstd => level.clamp(-131_072, 22),
        };
        Compression { codec, level }
    }

    /// A codec at Kafka's default level (`CompressionType.defaultLevel`).
    pub fn of(codec: Codec) -> Compression {
        let level = match codec {
            Codec::None | Codec::Snappy => 0,
            Codec::Gzip => -1,
            Codec::Lz4 => super::lz4::FAST_LEVEL,
            Codec::Zstd => 3,
        };
        Compression { codec, level }
    }

    /// The codec.
    pub fn codec(self) -> Codec {
        self.codec
    }

    /// The level on the codec's own scale; 0 where there are none.
    pub fn level(self) -> i32 {
        self.level
    }

    /// Packs `records` whole; `None` when they cannot be packed into `max_bytes`.
    pub(super) fn pack(self, records: &[u8], max_bytes: usize) -> Option<Vec<u8>> {
        let mut packer = Packer::new(self, Some(records.len()), max_bytes).ok()?;
        packer.write_all(records).ok()?;
        packer.finish().ok()
    }
}

/// Packs what is written to it, in memory that the codec bounds, into at most so many bytes: beyond them every write
/// fails with [`io::ErrorKind::FileTooLarge`].
pub(super) enum Packer {
    None(Bounded),
    Gzip(flate2::write::GzEncoder<Bounded>),
    Snappy(Box<SnappyWriter>),
    Lz4(Lz4Writer),
    Zstd(zstd::stream::write::Encoder<'static, Bounded>),
}

impl Packer {
    /// `size` is the number of bytes that will be written, if known: it must be right then.
    pub fn new(compression: Compression, size: Option<usize>, max_bytes: usize) -> io::Result<Packer> {
        let out = Bounded {
            bytes: Vec::new(),
            max_bytes,
        };
        Ok(match compression.codec {
            Codec::None => Packer::None(out),
            Codec::Gzip => {
                let level = u32::try_from(compression.level).map(flate2::Compression::new);
                Packer::Gzip(flate2::write::GzEncoder::new(out, level.unwrap_or_default()))
            }
            Codec::Snappy => Packer::Snappy(Box::new(SnappyWriter::new(out)?)),
            Codec::Lz4 => Packer::Lz4(Lz4Writer::new(out, compression.level)?),
            Codec::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(out, compression.level)?;
                if compression.level >= ZSTD_WIDE_LEVEL {
                    encoder.window_log(ZSTD_WINDOW_LOG_MAX)?;
                }
                // Known sizes make small batches cheap: the encoder takes no more memory than they need.
                encoder.set_pledged_src_size(size.map(|size| size as u64))?;
                Packer::Zstd(encoder)
            }
        })
    }

    /// Ends the stream and hands over the packed bytes.
    pub fn finish(self) -> io::Result<Vec<u8>> {
        let out = match self {
            Packer::None(out) => out,
            Packer::Gzip(encoder) => encoder.finish()?,
            Packer::Snappy(writer) => writer.finish()?,
            Packer::Lz4(writer) => writer.finish()?,
            Packer::Zstd(encoder) => encoder.finish()?,
        };
        Ok(out.bytes)
    }
}

impl Write for Packer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Packer::None(out) => out.write(bytes),
            Packer::Gzip(encoder) => encoder.write(bytes),
            Packer::Snappy(writer) => writer.write(bytes),
            Packer::Lz4(writer) => writer.write(bytes),
            Packer::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Memory that takes a bounded number of bytes.
pub(super) struct Bounded {
    bytes: Vec<u8>,
    max_bytes: usize,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.max_bytes - self.bytes.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
