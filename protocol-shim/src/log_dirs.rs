//! DescribeLogDirs (key 35), versions 1 to 5: the data folders of a broker and what they hold. v3 adds an error of the
//! whole, v4 the room on the volume, v5 whether a folder is cordoned.

use kafka_protocol::protocol::StrBytes;

use crate::wire::{Reader, WireResult, Writer};

/// First version with an error of the whole.
const ERROR: i16 = 3;
/// First version with total and usable bytes.
const VOLUME: i16 = 4;
/// First version that says whether a folder is cordoned.
const CORDONED: i16 = 5;

/// A request for the data folders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DescribeLogDirsRequest {
    /// Partitions asked for; `None` for all.
    pub topics: Option<Vec<DescribableLogDirTopic>>,
}

/// A topic of a [`DescribeLogDirsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DescribableLogDirTopic {
    /// Name.
    pub topic: StrBytes,
    /// Partitions asked for.
    pub partitions: Vec<i32>,
}

/// Answer to a [`DescribeLogDirsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DescribeLogDirsResponse {
    /// How long the client was throttled, in milliseconds.
    pub throttle_time_ms: i32,
    /// Error of the whole; not sent below v3.
    pub error_code: i16,
    /// The data folders.
    pub results: Vec<DescribeLogDirsResult>,
}

/// A data folder of a [`DescribeLogDirsResponse`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribeLogDirsResult {
    /// Error of the folder.
    pub error_code: i16,
    /// Absolute path.
    pub log_dir: StrBytes,
    /// What it holds.
    pub topics: Vec<DescribeLogDirsTopic>,
    /// Bytes of the volume, -1 when unknown; not sent below v4.
    pub total_bytes: i64,
    /// Bytes that can still be written, -1 when unknown; not sent below v4.
    pub usable_bytes: i64,
    /// Whether new partitions keep away; not sent below v5.
    pub is_cordoned: bool,
}

impl Default for DescribeLogDirsResult {
    fn default() -> Self {
        Self {
            error_code: 0,
            log_dir: StrBytes::new(),
            topics: Vec::new(),
            total_bytes: -1,
            usable_bytes: -1,
            is_cordoned: false,
        }
    }
}

/// A topic of a [`DescribeLogDirsResult`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DescribeLogDirsTopic {
    /// Name.
    pub name: StrBytes,
    /// Its partitions in the folder.
    pub partitions: Vec<DescribeLogDirsPartition>,
}

/// A partition of a [`DescribeLogDirsTopic`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DescribeLogDirsPartition {
    /// Number.
    pub partition_index: i32,
    /// Bytes of its log files.
    pub partition_size: i64,
    /// Records behind: the high watermark for the log in use, the log in use for a future one.
    pub offset_lag: i64,
    /// Whether it is a copy that will replace the log in use.
    pub is_future_key: bool,
}

impl DescribeLogDirsRequest {
    pub(crate) fn read(r: &mut Reader, _version: i16) -> WireResult<Self> {
        let topics = r.nullable_array(3, |r| {
            let topic = DescribableLogDirTopic {
                topic: r.string()?,
                partitions: r.array(4, Reader::i32)?,
            };
            r.skip_tags()?;
            Ok(topic)
        })?;
        r.skip_tags()?;
        Ok(Self { topics })
    }

    #[cfg(feature = "client")]
    pub(crate) fn write(&self, w: &mut Writer, _version: i16) -> WireResult<()> {
        w.nullable_array(self.topics.as_deref(), |w, topic| {
            w.string(&topic.topic)?;
            w.array(&topic.partitions, |w, index| {
                w.i32(*index);
                Ok(())
            })?;
            w.no_tags();
            Ok(())
        })?;
        w.no_tags();
        Ok(())
    }
}

impl DescribeLogDirsPartition {
    fn write(&self, w: &mut Writer) {
        w.i32(self.partition_index);
        w.i64(self.partition_size);
        w.i64(self.offset_lag);
        w.bool(self.is_future_key);
        w.no_tags();
    }

    #[cfg(feature = "client")]
    fn read(r: &mut Reader) -> WireResult<Self> {
        let partition = Self {
            partition_index: r.i32()?,
            partition_size: r.i64()?,
            offset_lag: r.i64()?,
            is_future_key: r.bool()?,
        };
        r.skip_tags()?;
        Ok(partition)
    }
}

impl DescribeLogDirsResult {
    fn write(&self, w: &mut Writer, version: i16) -> WireResult<()> {
        w.i16(self.error_code);
        w.string(&self.log_dir)?;
        w.array(&self.topics, |w, topic| {
            w.string(&topic.name)?;
            w.array(&topic.partitions, |w, partition| {
                partition.write(w);
                Ok(())
            })?;
            w.no_tags();
            Ok(())
        })?;
        if version >= VOLUME {
            w.i64(self.total_bytes);
            w.i64(self.usable_bytes);
        }
        if version >= CORDONED {
            w.bool(self.is_cordoned);
        }
        w.no_tags();
        Ok(())
    }

    #[cfg(feature = "client")]
    fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
        let error_code = r.i16()?;
        let log_dir = r.string()?;
        let topics = r.array(3, |r| {
            let topic = DescribeLogDirsTopic {
                name: r.string()?,
                partitions: r.array(21, DescribeLogDirsPartition::read)?,
            };
            r.skip_tags()?;
            Ok(topic)
        })?;
        let (total_bytes, usable_bytes) = match version >= VOLUME {
            true => (r.i64()?, r.i64()?),
            false => (-1, -1),
        };
        let is_cordoned = version >= CORDONED && r.bool()?;
        r.skip_tags()?;
        Ok(Self {
            error_code,
            log_dir,
            topics,
            total_bytes,
            usable_bytes,
            is_cordoned,
        })
    }
}

impl DescribeLogDirsResponse {
    pub(crate) fn write(&self, w: &mut Writer, version: i16) -> WireResult<()> {
        w.i32(self.throttle_time_ms);
        if version >= ERROR {
            w.i16(self.error_code);
        }
        w.array(&self.results, |w, result| result.write(w, version))?;
        w.no_tags();
        Ok(())
    }

    #[cfg(feature = "client")]
    pub(crate) fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
        let throttle_time_ms = r.i32()?;
        let error_code = if version >= ERROR { r.i16()? } else { 0 };
        let results = r.array(5, |r| DescribeLogDirsResult::read(r, version))?;
        r.skip_tags()?;
        Ok(Self {
            throttle_time_ms,
            error_code,
            results,
        })
    }
}
