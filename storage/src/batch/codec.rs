//! The codecs that a batch's records may be packed with.

use std::fmt;

use super::header::CODEC_MASK;

/// How the records behind the header are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Not at all.
    None,
    /// RFC 1952, several members allowed.
    Gzip,
    /// Blocks in snappy-java's frame, or one raw block (librdkafka).
    Snappy,
    /// The LZ4 frame format with independent blocks (Kafka refuses dependent ones).
    Lz4,
    /// Zstandard frames, without a dictionary.
    Zstd,
}

impl Codec {
    /// The codec of an attributes field; `None` for the ids 5–7, which mean nothing.
    pub fn of(attributes: i16) -> Option<Codec> {
        match attributes & CODEC_MASK {
            0 => Some(Codec::None),
            1 => Some(Codec::Gzip),
            2 => Some(Codec::Snappy),
            3 => Some(Codec::Lz4),
            4 => Some(Codec::Zstd),
            _ => None,
        }
    }

    /// Its number in the header's attributes.
    pub fn id(self) -> i16 {
        match self {
            Codec::None => 0,
            Codec::Gzip => 1,
            Codec::Snappy => 2,
            Codec::Lz4 => 3,
            Codec::Zstd => 4,
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Codec::None => "none",
            Codec::Gzip => "gzip",
            Codec::Snappy => "snappy",
            Codec::Lz4 => "lz4",
            Codec::Zstd => "zstd",
        })
    }
}
