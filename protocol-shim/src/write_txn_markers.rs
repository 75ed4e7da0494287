//! WriteTxnMarkers (key 27), versions 1 and 2: by hand because of the transaction version in v2 (KIP-1228).

use kafka_protocol::protocol::StrBytes;

use crate::wire::{Reader, WireResult, Writer};

/// First version with the version of the transaction.
const TRANSACTION_VERSION: i16 = 2;

/// A request of a transaction coordinator to end transactions on partitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteTxnMarkersRequest {
    /// One marker a transaction.
    pub markers: Vec<WritableTxnMarker>,
}

/// A marker of a [`WriteTxnMarkersRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WritableTxnMarker {
    /// Producer id of the transaction.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// Committed (true) or aborted.
    pub committed: bool,
    /// Where the marker is written.
    pub topics: Vec<WritableTxnMarkerTopic>,
    /// Leader epoch of the coordinator's partition.
    pub coordinator_epoch: i32,
    /// `transaction.version` of the transaction; 0 below v2.
    pub transaction_version: i8,
}

/// A topic of a [`WritableTxnMarker`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WritableTxnMarkerTopic {
    /// Name.
    pub name: StrBytes,
    /// Partition indexes.
    pub partition_indexes: Vec<i32>,
}

/// What became of a [`WriteTxnMarkersRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteTxnMarkersResponse {
    /// Results by marker.
    pub markers: Vec<WritableTxnMarkerResult>,
}

/// What became of a marker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WritableTxnMarkerResult {
    /// Producer id of the marker.
    pub producer_id: i64,
    /// Results by topic.
    pub topics: Vec<WritableTxnMarkerTopicResult>,
}

/// A topic of a [`WritableTxnMarkerResult`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WritableTxnMarkerTopicResult {
    /// Name.
    pub name: StrBytes,
    /// Partition index and error code, 0 when the marker is written.
    pub partitions: Vec<(i32, i16)>,
}

impl WriteTxnMarkersRequest {
    pub(crate) fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
        let markers = r.array(17, |r| WritableTxnMarker::read(r, version))?;
        r.skip_tags()?;
        Ok(Self { markers })
    }

    #[cfg(feature = "client")]
    pub(crate) fn write(&self, w: &mut Writer, version: i16) -> WireResult<()> {
        w.array(&self.markers, |w, marker| marker.write(w, version))?;
        w.no_tags();
        Ok(())
    }
}

impl WritableTxnMarker {
    fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
        let marker = Self {
            producer_id: r.i64()?,
            producer_epoch: r.i16()?,
            committed: r.bool()?,
            topics: r.array(3, |r| {
                let topic = WritableTxnMarkerTopic {
                    name: r.string()?,
                    partition_indexes: r.array(4, Reader::i32)?,
                };
                r.skip_tags()?;
                Ok(topic)
            })?,
            coordinator_epoch: r.i32()?,
            transaction_version: if version >= TRANSACTION_VERSION {
                r.i8()?
            } else {
                0
            },
        };
        r.skip_tags()?;
        Ok(marker)
    }

    #[cfg(feature = "client")]
    fn write(&self, w: &mut Writer, version: i16) -> WireResult<()> {
        w.i64(self.producer_id);
        w.i16(self.producer_epoch);
        w.bool(self.committed);
        w.array(&self.topics, |w, topic| {
            w.string(&topic.name)?;
            w.array(&topic.partition_indexes, |w, index| {
                w.i32(*index);
                Ok(())
            })?;
            w.no_tags();
            Ok(())
        })?;
        w.i32(self.coordinator_epoch);
        if version >= TRANSACTION_VERSION {
            w.i8(self.transaction_version);
        }
        w.no_tags();
        Ok(())
    }
}

impl WriteTxnMarkersResponse {
    pub(crate) fn write(&self, w: &mut Writer, _version: i16) -> WireResult<()> {
        w.array(&self.markers, |w, marker| {
            w.i64(marker.producer_id);
            w.array(&marker.topics, |w, topic| {
                w.string(&topic.name)?;
                w.array(&topic.partitions, |w, (index, code)| {
                    w.i32(*index);
                    w.i16(*code);
                    w.no_tags();
                    Ok(())
                })?;
                w.no_tags();
                Ok(())
            })?;
            w.no_tags();
            Ok(())
        })?;
        w.no_tags();
        Ok(())
    }

    #[cfg(feature = "client")]
    pub(crate) fn read(r: &mut Reader, _version: i16) -> WireResult<Self> {
        let markers = r.array(10, |r| {
            let producer_id = r.i64()?;
            let topics = r.array(3, |r| {
                let name = r.string()?;
                let partitions = r.array(7, |r| {
                    let row = (r.i32()?, r.i16()?);
                    r.skip_tags()?;
                    Ok(row)
                })?;
                r.skip_tags()?;
                Ok(WritableTxnMarkerTopicResult { name, partitions })
            })?;
            r.skip_tags()?;
            Ok(WritableTxnMarkerResult { producer_id, topics })
        })?;
        r.skip_tags()?;
        Ok(Self { markers })
    }
}
