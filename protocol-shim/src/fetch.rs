//! Fetch responses (key 1), versions 4 to 18. Records are laid between the encoded parts, never copied.

use bytes::{Bytes, BytesMut};
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use crate::leader::{LeaderIdAndEpoch, NodeEndpoint, write_topic};
use crate::response::{Piece, Reply};
use crate::wire::{WireError, WireResult, Writer};

/// A stretch of record bytes that something else holds: memory, or a range of a file.
pub trait RecordsChunk {
    /// Length in bytes; must be exactly what will be sent, because it is announced before.
    fn len(&self) -> usize;

    /// Whether there is nothing to send.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl RecordsChunk for Bytes {
    fn len(&self) -> usize {
        Bytes::len(self)
    }
}

/// Answer to a Fetch request; `R` holds the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchResponse<R> {
    /// How long the client was throttled, in milliseconds.
    pub throttle_time_ms: i32,
    /// Error of the whole request or its fetch session (since v7).
    pub error_code: i16,
    /// Fetch session (KIP-227), 0 for none (since v7).
    pub session_id: i32,
    /// Results by topic.
    pub topics: Vec<FetchTopicResponse<R>>,
    /// Addresses of the leaders that [`FetchPartitionResponse::current_leader`] names (since v16).
    pub node_endpoints: Vec<NodeEndpoint>,
}

/// A topic of a [`FetchResponse`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchTopicResponse<R> {
    /// Name, sent up to v12.
    pub name: StrBytes,
    /// Id, sent since v13.
    pub topic_id: Uuid,
    /// Results by partition.
    pub partitions: Vec<FetchPartitionResponse<R>>,
}

/// A partition of a [`FetchResponse`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchPartitionResponse<R> {
    /// Partition index.
    pub index: i32,
    /// Error code.
    pub error_code: i16,
    /// End of what is committed, -1 when unknown.
    pub high_watermark: i64,
    /// End of what a `read_committed` consumer may see, -1 when unknown.
    pub last_stable_offset: i64,
    /// First offset of the log, -1 when unknown (since v5).
    pub log_start_offset: i64,
    /// Where the log of the asker left this one; sent when it is not the default (since v12).
    pub diverging_epoch: EpochEndOffset,
    /// The leader to turn to; sent when it is not the default (since v12).
    pub current_leader: LeaderIdAndEpoch,
    /// Snapshot to fetch instead; sent when it is not the default (since v12). For raft replicas only.
    pub snapshot_id: EpochEndOffset,
    /// Aborted transactions in the records: `Some` for `read_committed`, `None` else.
    pub aborted_transactions: Option<Vec<AbortedTransaction>>,
    /// Replica to read from instead, -1 for none (since v11).
    pub preferred_read_replica: i32,
    /// Whole batches one behind the other. None are sent as length 0, never as null, which librdkafka refuses.
    pub records: Vec<R>,
}

/// An epoch and the offset where it ends; -1 and -1 (the default) say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochEndOffset {
    /// Leader epoch.
    pub epoch: i32,
    /// First offset behind the epoch.
    pub end_offset: i64,
}

/// A transaction that was aborted: the consumer drops its records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AbortedTransaction {
    /// Producer id of the transaction.
    pub producer_id: i64,
    /// Offset of its first record.
    pub first_offset: i64,
}

impl Default for EpochEndOffset {
    fn default() -> Self {
        Self {
            epoch: -1,
            end_offset: -1,
        }
    }
}

impl<R> Default for FetchResponse<R> {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            session_id: 0,
            topics: Vec::new(),
            node_endpoints: Vec::new(),
        }
    }
}

impl<R> Default for FetchTopicResponse<R> {
    fn default() -> Self {
        Self {
            name: StrBytes::new(),
            topic_id: Uuid::nil(),
            partitions: Vec::new(),
        }
    }
}

impl<R> Default for FetchPartitionResponse<R> {
    fn default() -> Self {
        Self {
            index: 0,
            error_code: 0,
            high_watermark: 0,
            last_stable_offset: -1,
            log_start_offset: -1,
            diverging_epoch: EpochEndOffset::default(),
            current_leader: LeaderIdAndEpoch::default(),
            snapshot_id: EpochEndOffset::default(),
            aborted_transactions: None,
            preferred_read_replica: -1,
            records: Vec::new(),
        }
    }
}

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
    let mut cuts: Vec<(usize, Vec<R>)> = Vec::new();
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
    use super::*;
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
