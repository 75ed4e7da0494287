//! Snapshots of the state: Kafka's `<end offset>-<epoch>.checkpoint` files.

use storage::{BatchBuilder, CheckedBatch, ControlRecord, control_batch};

use super::features::{METADATA_VERSION, metadata_level};
use super::state::{MetadataState, Resource, ResourceKind};
use crate::records::metadata::MetadataRecord;
use crate::records::metadata_quota::ClientQuota;

/// Bytes of record values after which a snapshot's batch is closed.
const BATCH_BYTES: usize = 1 << 20;
const SUFFIX: &str = ".checkpoint";

/// Which part of the log a snapshot replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SnapshotId {
    /// First offset that is not in it.
    pub end_offset: i64,
    /// Leader epoch of the last record in it.
    pub epoch: i32,
}

impl SnapshotId {
    /// File name (Kafka: `Snapshots.filenameFromSnapshotId`).
    pub fn file_name(self) -> String {
        format!("{:020}-{:010}{SUFFIX}", self.end_offset, self.epoch)
    }

    /// Reads a file name; `None` when it is another file.
    pub fn parse(file_name: &str) -> Option<SnapshotId> {
        let (offset, epoch) = file_name.strip_suffix(SUFFIX)?.split_once('-')?;
        let digits = |text: &str, len: usize| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
        (digits(offset, 20) && digits(epoch, 10))
            .then(|| {
                Some(SnapshotId {
                    end_offset: offset.parse().ok()?,
                    epoch: epoch.parse().ok()?,
                })
            })
            .flatten()
    }
}

/// The bytes of a snapshot: header control batch, records, footer control batch; offsets count from 0. Leader epochs
/// of partitions are at least `least_leader_epoch`.
pub fn encode(
    state: &MetadataState,
    epoch: i32,
    least_leader_epoch: i32,
    last_timestamp: i64,
    now_ms: i64,
) -> Vec<u8> {
    let mut out = SnapshotWriter {
        bytes: Vec::new(),
        next_offset: 0,
        epoch,
    };
    out.put(&control_batch(
        &[ControlRecord::SnapshotHeader { last_timestamp }],
        now_ms,
    ));
    for (key, value) in state.quorum.values() {
        let mut builder = BatchBuilder::new(now_ms).control();
        builder.push(now_ms, Some(key), Some(value), &[]);
        out.put(&builder.build());
    }
    let mut builder = BatchBuilder::new(now_ms);
    let level = metadata_level(&state.features, &[]);
    for mut record in records(state) {
        record.fit(level);
        // What was in force, and so stands in batches and in the memory of clients: a broker that takes the folder
        // over must not begin below it.
        if let MetadataRecord::Partition(partition) = &mut record {
            partition.leader_epoch = partition.leader_epoch.max(least_leader_epoch);
        }
        builder.push(now_ms, None, Some(&record.encode(level)), &[]);
        if builder.size_in_bytes() >= BATCH_BYTES {
            out.put(&std::mem::replace(&mut builder, BatchBuilder::new(now_ms)).build());
        }
    }
    if !builder.is_empty() {
        out.put(&builder.build());
    }
    out.put(&control_batch(&[ControlRecord::SnapshotFooter], now_ms));
    out.bytes
}

struct SnapshotWriter {
    bytes: Vec<u8>,
    next_offset: i64,
    epoch: i32,
}

impl SnapshotWriter {
    fn put(&mut self, batch: &CheckedBatch) {
        self.bytes
            .extend_from_slice(&batch.head_for(self.next_offset, self.epoch));
        self.bytes.extend_from_slice(batch.body());
        self.next_offset += batch.header().next_offset();
    }
}

/// The records that make this state out of nothing. Replaying them gives an equal state.
pub fn records(state: &MetadataState) -> Vec<MetadataRecord> {
    // metadata.version first: readers must know the level before anything else.
    let first = |name: &String| name != METADATA_VERSION;
    let mut features: Vec<(&String, &i16)> = state.features.iter().collect();
    features.sort_by_key(|(name, _)| (first(name), *name));
    let mut out: Vec<MetadataRecord> = features
        .into_iter()
        .map(|(name, level)| MetadataRecord::FeatureLevel {
            name: name.clone(),
            level: *level,
        })
        .collect();
    out.extend(
        state
            .brokers
            .values()
            .cloned()
            .map(MetadataRecord::RegisterBroker),
    );
    let mut topics: Vec<_> = state.topics.values().collect();
    topics.sort_by_key(|topic| &topic.name);
    for topic in topics {
        out.push(MetadataRecord::Topic {
            name: topic.name.to_string(),
            id: topic.id,
            wanted_replicas: topic.wanted_replicas,
        });
        let partitions = topic.partitions.iter();
        out.extend(
            partitions.map(|(index, state)| MetadataRecord::Partition(state.to_record(topic.id, index))),
        );
    }
    for (
        Resource {
            kind: ResourceKind(resource_type),
            name: resource,
        },
        configs,
    ) in &state.configs
    {
        out.extend(configs.iter().map(|(name, value)| MetadataRecord::Config {
            resource_type: *resource_type,
            resource_name: resource.to_string(),
            name: name.clone(),
            value: Some(value.clone()),
        }));
    }
    for (entity, values) in &state.quotas {
        out.extend(values.iter().map(|(key, value)| {
            MetadataRecord::ClientQuota(ClientQuota {
                entity: entity.clone(),
                key: key.clone(),
                value: Some(*value),
            })
        }));
    }
    if state.next_producer_id > 0 {
        let (broker_id, broker_epoch) = (-1, -1);
        out.push(MetadataRecord::ProducerIds {
            broker_id,
            broker_epoch,
            next: state.next_producer_id,
        });
    }
    out.extend(state.carried.iter().cloned().map(MetadataRecord::Carried));
    out
}
