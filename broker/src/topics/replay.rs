//! Reading record batches into the state: the same for the log and for snapshots.

use std::collections::HashMap;
use std::sync::Arc;

use storage::{
    BATCH_HEADER_LEN, BatchHeader, ControlType, RecordRef, RecordsError, Scratch, for_each_record,
};
use uuid::Uuid;

use super::state::{MetadataState, Touched};
use crate::records::metadata::MetadataRecord;

/// Version and type: what the key of a control record has at least.
const CONTROL_KEY_BYTES: usize = 4;
/// First byte that a batch's CRC covers.
const CRC_START: usize = 21;

/// A start-up replay in progress.
#[derive(Debug, Default)]
pub struct Replay {
    /// The state so far.
    pub state: MetadataState,
    /// Offset of the record that comes next.
    pub next_offset: i64,
    /// Highest leader epoch seen.
    pub epoch: i32,
    /// Timestamp of the last record, ms since the epoch; -1 before the first.
    pub last_timestamp: i64,
    /// Topics that were removed: what is left of their directories may go.
    pub removed: HashMap<Uuid, Arc<str>>,
    /// Whether a snapshot's end was seen.
    pub saw_footer: bool,
    pub(super) scratch: Scratch,
}

impl Replay {
    /// Applies whole batches, passing over records below `next_offset`.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the bytes.
    pub fn batches(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while !bytes.is_empty() {
            let header = BatchHeader::read(bytes).ok_or("it ends inside a batch header")?;
            let size = header.size_in_bytes();
            let batch = bytes
                .get(..size)
                .filter(|batch| batch.len() >= BATCH_HEADER_LEN)
                .ok_or("it ends inside a batch")?;
            self.batch(&header, batch)
                .map_err(|reason| format!("the batch at offset {}: {reason}", header.base_offset))?;
            bytes = bytes.get(size..).unwrap_or_default();
        }
        Ok(())
    }

    fn batch(&mut self, header: &BatchHeader, batch: &[u8]) -> Result<(), String> {
        if crc32c::crc32c(batch.get(CRC_START..).unwrap_or_default()) != header.crc {
            return Err("its checksum does not match".into());
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        let done = for_each_record(batch, &mut scratch, |record| match header.is_control() {
            true => self.control(&record),
            false => self.record(&record),
        });
        self.scratch = scratch;
        done.map_err(|error| match error {
            RecordsError::Damaged(reason) | RecordsError::Stopped(reason) => reason,
        })?;
        self.next_offset = self.next_offset.max(header.next_offset());
        self.epoch = self.epoch.max(header.partition_leader_epoch);
        self.last_timestamp = self.last_timestamp.max(header.max_timestamp);
        Ok(())
    }

    fn control(&mut self, record: &RecordRef<'_>) -> Result<(), String> {
        let key = record.key.unwrap_or_default();
        if key.len() < CONTROL_KEY_BYTES {
            return Err("the key of a control record is cut short".into());
        }
        let kind = ControlType::from_key(key);
        self.saw_footer |= kind == Some(ControlType::SnapshotFooter);
        if let Some(kind @ (ControlType::KRaftVersion | ControlType::KRaftVoters)) = kind {
            let record = (key.to_vec(), record.value.unwrap_or_default().to_vec());
            self.state.quorum.insert(kind as u8, record);
        }
        Ok(())
    }

    fn record(&mut self, record: &RecordRef<'_>) -> Result<(), String> {
        if record.offset < self.next_offset {
            return Ok(());
        }
        let at = |error: &dyn std::fmt::Display| format!("the record at offset {}: {error}", record.offset);
        let decoded = MetadataRecord::decode(record.value.unwrap_or_default()).map_err(|error| at(&error))?;
        if let MetadataRecord::RemoveTopic { id } = &decoded
            && let Some(topic) = self.state.topics.get(id)
        {
            self.removed.insert(*id, Arc::clone(&topic.name));
        }
        self.state
            .apply(decoded, &mut Touched::default())
            .map_err(|error| at(&error))
    }

    /// Checks what must hold once everything is read.
    ///
    /// # Errors
    /// When a topic lacks a partition in the middle.
    pub fn finish(&self) -> Result<(), String> {
        let broken = self
            .state
            .topics
            .values()
            .find_map(|t| Some((t, t.partitions.gap()?)));
        match broken {
            Some((topic, gap)) => Err(format!("topic {} has no partition {gap}", topic.name)),
            None => Ok(()),
        }
    }
}
