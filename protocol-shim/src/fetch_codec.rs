//! How a Fetch response becomes the pieces of a frame, and back.

use bytes::BytesMut;

use crate::fetch::{EpochEndOffset, FetchPartitionResponse, FetchResponse, FetchTopicResponse, RecordsChunk};
use crate::leader::{LeaderIdAndEpoch, NodeEndpoint, write_topic};
use crate::response::{Piece, Reply};
use crate::wire::{WireError, WireResult, Writer};

/// Room for everything of a partition but aborted transactions, tagged fields and records.
const PARTITION_BYTES: usize = 56;
/// Room for everything of a topic but its name and partitions.
const TOPIC_BYTES: usize = 24;

impl<R> FetchResponse<R> {
    /// Length in bytes of the encoded parts, roughly; too small costs a second allocation, nothing else.
    fn size_hint(&self) -> usize {
        let partition = |partition: &FetchPartitionResponse<R>| {
            PARTITION_BYTES + 17 * partition.aborted_transactions.as_ref().map_or(0, Vec::len)
        };
        let topic = |topic: &FetchTopicResponse<R>| {
            TOPIC_BYTES + topic.name.len() + topic.partitions.iter().map(partition).sum::<usize>()
        };
        64 + self.topics.iter().map(topic).sum::<usize>()
    }
}

/// Encodes the answer as a whole frame: all small parts go to one buffer, which is cut where records belong.
pub(crate) fn encode<R: RecordsChunk>(
    start: impl FnOnce(&mut BytesMut),
    flexible: bool,
    version: i16,
    mut response: FetchResponse<R>,
) -> WireResult<Reply<R>> {
    let mut buf = BytesMut::with_capacity(response.size_hint());
    start(&mut buf);
    let mut w = Writer::new(buf, flexible);
    let partitions = response.topics.iter().map(|topic| topic.partitions.len()).sum();
    let mut cuts: Vec<(usize, Vec<R>)> = Vec::with_capacity(partitions);
    w.i32(response.throttle_time_ms);
    if version >= 7 {
        w.i16(response.error_code);
        w.i32(response.session_id);
    }
    w.length(Some(response.topics.len()))?;
    for topic in &mut response.topics {
        write_topic(&mut w, version >= 13, &topic.name, topic.topic_id)?;
        w.length(Some(topic.partitions.len()))?;
        for partition in &mut topic.partitions {
            partition.write_head(&mut w, version)?;
            let records = std::mem::take(&mut partition.records);
            let bytes = records.iter().map(R::len).fold(0usize, usize::saturating_add);
            w.length(Some(bytes))?;
            if bytes > 0 {
                cuts.push((w.position(), records));
            }
            partition.write_tags(&mut w);
        }
        w.no_tags();
    }
    NodeEndpoint::write_tag(&mut w, version >= 16, &response.node_endpoints)?;
    join(w.into_inner(), cuts)
}

/// Sets the length prefix and lays the records between the parts of `buf`.
fn join<R: RecordsChunk>(mut buf: BytesMut, cuts: Vec<(usize, Vec<R>)>) -> WireResult<Reply<R>> {
    let records = cuts
        .iter()
        .flat_map(|(_, chunks)| chunks)
        .map(R::len)
        .fold(0usize, usize::saturating_add);
    let total = buf.len().saturating_add(records);
    crate::response::set_length(&mut buf, total)?;
    let chunks: usize = cuts.iter().map(|(_, chunks)| chunks.len()).sum();
    let mut pieces = Vec::with_capacity(1 + cuts.len() + chunks);
    let mut rest = buf.freeze();
    let mut done = 0;
    for (position, chunks) in cuts {
        if position - done > rest.len() {
            return Err(WireError::Other("a cut lies outside the response"));
        }
        pieces.push(Piece::Bytes(rest.split_to(position - done)));
        pieces.extend(
            chunks
                .into_iter()
                .filter(|chunk| !chunk.is_empty())
                .map(Piece::Records),
        );
        done = position;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Bytes(rest));
    }
    Ok(Reply { pieces })
}

impl<R> FetchPartitionResponse<R> {
    fn write_head(&self, w: &mut Writer, version: i16) -> WireResult<()> {
        w.i32(self.index);
        w.i16(self.error_code);
        w.i64(self.high_watermark);
        w.i64(self.last_stable_offset);
        if version >= 5 {
            w.i64(self.log_start_offset);
        }
        w.nullable_array(self.aborted_transactions.as_deref(), |w, aborted| {
            w.i64(aborted.producer_id);
            w.i64(aborted.first_offset);
            w.no_tags();
            Ok(())
        })?;
        if version >= 11 {
            w.i32(self.preferred_read_replica);
        }
        Ok(())
    }

    /// Tag 0 is the diverging epoch, 1 the current leader, 2 the snapshot.
    fn write_tags(&self, w: &mut Writer) {
        let nothing = EpochEndOffset::default();
        let (diverging, leader) = (self.diverging_epoch, self.current_leader);
        if diverging == nothing && self.snapshot_id == nothing && leader == LeaderIdAndEpoch::default() {
            w.no_tags();
            return;
        }
        let mut epoch_bytes = [0; 13];
        let mut snapshot_bytes = [0; 13];
        put(
            &mut epoch_bytes,
            &[
                &diverging.epoch.to_be_bytes(),
                &diverging.end_offset.to_be_bytes(),
            ],
        );
        let snapshot = self.snapshot_id;
        put(
            &mut snapshot_bytes,
            &[&snapshot.end_offset.to_be_bytes(), &snapshot.epoch.to_be_bytes()],
        );
        let leader_bytes = leader.tag_bytes();
        let mut fields: Vec<(u32, &[u8])> = Vec::with_capacity(3);
        if diverging != nothing {
            fields.push((0, &epoch_bytes));
        }
        if leader != LeaderIdAndEpoch::default() {
            fields.push((1, &leader_bytes));
        }
        if snapshot != nothing {
            fields.push((2, &snapshot_bytes));
        }
        w.tags(&fields);
    }
}

/// Fills `to` with the parts; what they leave stays zero (the empty list of tagged fields).
fn put(to: &mut [u8], parts: &[&[u8]]) {
    for (to, from) in to.iter_mut().zip(parts.iter().copied().flatten()) {
        *to = *from;
    }
}

#[cfg(feature = "client")]
mod client {
    use bytes::Bytes;

    use super::*;
    use crate::fetch::AbortedTransaction;
    use crate::leader::read_topic;
    use crate::wire::Reader;

    impl FetchResponse<Bytes> {
        pub(crate) fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
            let throttle_time_ms = r.i32()?;
            let (error_code, session_id) = if version >= 7 {
                (r.i16()?, r.i32()?)
            } else {
                (0, 0)
            };
            let topics = r.array(3, |r| {
                let (name, topic_id) = read_topic(r, version >= 13)?;
                let partitions = r.array(24, |r| FetchPartitionResponse::read(r, version))?;
                r.skip_tags()?;
                Ok(FetchTopicResponse {
                    name,
                    topic_id,
                    partitions,
                })
            })?;
            let node_endpoints = NodeEndpoint::read_tag(r)?;
            Ok(Self {
                throttle_time_ms,
                error_code,
                session_id,
                topics,
                node_endpoints,
            })
        }
    }

    impl FetchPartitionResponse<Bytes> {
        fn read(r: &mut Reader, version: i16) -> WireResult<Self> {
            let mut partition = Self {
                index: r.i32()?,
                error_code: r.i16()?,
                high_watermark: r.i64()?,
                last_stable_offset: r.i64()?,
                ..Self::default()
            };
            if version >= 5 {
                partition.log_start_offset = r.i64()?;
            }
            partition.aborted_transactions = r.nullable_array(16, |r| {
                let aborted = AbortedTransaction {
                    producer_id: r.i64()?,
                    first_offset: r.i64()?,
                };
                r.skip_tags()?;
                Ok(aborted)
            })?;
            if version >= 11 {
                partition.preferred_read_replica = r.i32()?;
            }
            partition.records = r
                .nullable_bytes()?
                .filter(|bytes| !bytes.is_empty())
                .into_iter()
                .collect();
            r.tags(|tag, r| {
                match tag {
                    0 => {
                        partition.diverging_epoch = EpochEndOffset {
                            epoch: r.i32()?,
                            end_offset: r.i64()?,
                        }
                    }
                    1 => partition.current_leader = LeaderIdAndEpoch::read(r)?,
                    2 => {
                        let end_offset = r.i64()?;
                        partition.snapshot_id = EpochEndOffset {
                            epoch: r.i32()?,
                            end_offset,
                        };
                    }
                    _ => {}
                }
                Ok(())
            })?;
            Ok(partition)
        }
    }
}
