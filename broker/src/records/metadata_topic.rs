//! PartitionRecord and PartitionChangeRecord of the metadata log.

use super::codec::{CodecError, Reader, Writer};
use super::metadata::MetadataRecord;
use uuid::Uuid;

/// "The leader did not change" in a PartitionChangeRecord.
pub const LEADER_UNCHANGED: i32 = -2;

/// A tagged field of TopicRecord that Kafka does not have and passes over: far from the tags that it may come to use.
pub(super) const WANTED_REPLICAS_TAG: u32 = 10_000;

/// A TopicRecord.
pub(super) fn decode_topic(version: u32, r: &mut Reader<'_>) -> Result<MetadataRecord, CodecError> {
    known(version, 0)?;
    let (name, id) = (r.string(true)?, r.uuid()?);
    let mut wanted_replicas = None;
    r.tagged_fields(|tag, r| {
        if tag == WANTED_REPLICAS_TAG {
            wanted_replicas = Some(r.i16()?);
        }
        Ok(())
    })?;
    Ok(MetadataRecord::Topic {
        name,
        id,
        wanted_replicas,
    })
}

/// PartitionRecord: everything about a partition that is new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartitionRecord {
    /// Partition number, from 0.
    pub index: i32,
    /// Topic id.
    pub topic_id: Uuid,
    /// Broker ids, the preferred leader first.
    pub replicas: Vec<i32>,
    /// Replicas that are in sync.
    pub isr: Vec<i32>,
    /// Replicas that a reassignment removes.
    pub removing: Vec<i32>,
    /// Replicas that a reassignment adds.
    pub adding: Vec<i32>,
    /// Leader, or -1.
    pub leader: i32,
    /// 1 while recovering from an unclean election.
    pub recovery_state: i8,
    /// Leader epoch.
    pub leader_epoch: i32,
    /// Counts every change of the partition.
    pub partition_epoch: i32,
    /// Data folder of each replica, in the order of `replicas`; empty when unknown.
    pub directories: Vec<Uuid>,
    /// Eligible leader replicas (KIP-966).
    pub eligible: Option<Vec<i32>>,
    /// Last known eligible leader replicas.
    pub last_eligible: Option<Vec<i32>>,
}

impl PartitionRecord {
    /// The newest version.
    pub const VERSION: u32 = 2;

    pub(super) fn encode(&self, version: u32, w: &mut Writer) {
        w.i32(self.index);
        w.uuid(self.topic_id);
        for ids in [&self.replicas, &self.isr, &self.removing, &self.adding] {
            w.vec(true, ids, |w, id| w.i32(*id));
        }
        w.i32(self.leader);
        w.i32(self.leader_epoch);
        w.i32(self.partition_epoch);
        if version >= 1 {
            w.vec(true, &self.directories, |w, id| w.uuid(*id));
        }
        let mut tags = Vec::new();
        if self.recovery_state != 0 {
            tags.push((0, one(|w| w.i8(self.recovery_state))));
        }
        push_ids(&mut tags, 1, self.eligible.as_deref());
        push_ids(&mut tags, 2, self.last_eligible.as_deref());
        w.tagged_fields(&tags);
    }

    pub(super) fn decode(version: u32, r: &mut Reader<'_>) -> Result<PartitionRecord, CodecError> {
        known(version, Self::VERSION)?;
        let mut record = PartitionRecord {
            index: r.i32()?,
            topic_id: r.uuid()?,
            replicas: r.vec(true, Reader::i32)?,
            isr: r.vec(true, Reader::i32)?,
            removing: r.vec(true, Reader::i32)?,
            adding: r.vec(true, Reader::i32)?,
            leader: r.i32()?,
            leader_epoch: r.i32()?,
            partition_epoch: r.i32()?,
            ..PartitionRecord::default()
        };
        if version >= 1 {
            record.directories = r.vec(true, Reader::uuid)?;
        }
        r.tagged_fields(|tag, r| {
            match tag {
                0 => record.recovery_state = r.i8()?,
                1 => record.eligible = r.nullable_array(true, Reader::i32)?,
                2 => record.last_eligible = r.nullable_array(true, Reader::i32)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(record)
    }
}

/// PartitionChangeRecord: only what changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionChange {
    /// Partition number.
    pub index: i32,
    /// Topic id.
    pub topic_id: Uuid,
    /// New in-sync replicas.
    pub isr: Option<Vec<i32>>,
    /// New leader, -1 for none, [`LEADER_UNCHANGED`]. A leader that is named, even the old one, raises the
    /// leader epoch.
    pub leader: i32,
    /// New replicas.
    pub replicas: Option<Vec<i32>>,
    /// New removing replicas.
    pub removing: Option<Vec<i32>>,
    /// New adding replicas.
    pub adding: Option<Vec<i32>>,
    /// New recovery state; -1 when it did not change.
    pub recovery_state: i8,
    /// New data folders.
    pub directories: Option<Vec<Uuid>>,
    /// New eligible leader replicas.
    pub eligible: Option<Vec<i32>>,
    /// New last known eligible leader replicas.
    pub last_eligible: Option<Vec<i32>>,
}

impl PartitionChange {
    /// The newest version.
    pub const VERSION: u32 = 2;

    /// A change of nothing.
    pub fn none(topic_id: Uuid, index: i32) -> PartitionChange {
        PartitionChange {
            index,
            topic_id,
            isr: None,
            leader: LEADER_UNCHANGED,
            replicas: None,
            removing: None,
            adding: None,
            recovery_state: -1,
            directories: None,
            eligible: None,
            last_eligible: None,
        }
    }

    pub(super) fn encode(&self, w: &mut Writer) {
        w.i32(self.index);
        w.uuid(self.topic_id);
        let mut tags = Vec::new();
        push_ids(&mut tags, 0, self.isr.as_deref());
        if self.leader != LEADER_UNCHANGED {
            tags.push((1, one(|w| w.i32(self.leader))));
        }
        push_ids(&mut tags, 2, self.replicas.as_deref());
        push_ids(&mut tags, 3, self.removing.as_deref());
        push_ids(&mut tags, 4, self.adding.as_deref());
        if self.recovery_state != -1 {
            tags.push((5, one(|w| w.i8(self.recovery_state))));
        }
        push_ids(&mut tags, 6, self.eligible.as_deref());
        push_ids(&mut tags, 7, self.last_eligible.as_deref());
        if let Some(directories) = &self.directories {
            tags.push((8, one(|w| w.vec(true, directories, |w, id| w.uuid(*id)))));
        }
        w.tagged_fields(&tags);
    }

    pub(super) fn decode(version: u32, r: &mut Reader<'_>) -> Result<PartitionChange, CodecError> {
        known(version, Self::VERSION)?;
        let index = r.i32()?;
        let mut record = PartitionChange::none(r.uuid()?, index);
        r.tagged_fields(|tag, r| {
            match tag {
                0 => record.isr = r.nullable_array(true, Reader::i32)?,
                1 => record.leader = r.i32()?,
                2 => record.replicas = r.nullable_array(true, Reader::i32)?,
                3 => record.removing = r.nullable_array(true, Reader::i32)?,
                4 => record.adding = r.nullable_array(true, Reader::i32)?,
                5 => record.recovery_state = r.i8()?,
                6 => record.eligible = r.nullable_array(true, Reader::i32)?,
                7 => record.last_eligible = r.nullable_array(true, Reader::i32)?,
                8 => record.directories = r.nullable_array(true, Reader::uuid)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(record)
    }
}

/// Refuses a version above the newest known.
pub(super) fn known(version: u32, newest: u32) -> Result<(), CodecError> {
    match version > newest {
        true => Err(CodecError::UnknownVersion(
            i32::try_from(version).unwrap_or(i32::MAX),
        )),
        false => Ok(()),
    }
}

/// The content of one tagged field.
pub(super) fn one(write: impl FnOnce(&mut Writer)) -> Writer {
    let mut w = Writer::new();
    write(&mut w);
    w
}

fn push_ids(tags: &mut Vec<(u32, Writer)>, tag: u32, ids: Option<&[i32]>) {
    if let Some(ids) = ids {
        tags.push((tag, one(|w| w.vec(true, ids, |w, id| w.i32(*id)))));
    }
}
