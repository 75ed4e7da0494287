//! The attribute bits of a batch (Kafka's `DefaultRecordBatch`).

/// How the records of a batch are compressed: bits 0–2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Not at all.
    None,
    /// RFC 1952; several members may follow each other.
    Gzip,
    /// Xerial's framing, or one raw block.
    Snappy,
    /// The LZ4 frame format.
    Lz4,
    /// RFC 8878.
    Zstd,
}

/// Where the timestamps of a batch come from: bit 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampType {
    /// The producer.
    CreateTime,
    /// The broker, at the append: the whole batch bears `max_timestamp`.
    LogAppendTime,
}

pub(super) const CODEC_MASK: i16 = 0b111;
pub(super) const LOG_APPEND_TIME: i16 = 1 << 3;
pub(super) const TRANSACTIONAL: i16 = 1 << 4;
pub(super) const CONTROL: i16 = 1 << 5;
pub(super) const DELETE_HORIZON: i16 = 1 << 6;

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
}
