//! The metadata log on disk: `__cluster_metadata-0` with its snapshots, as Kafka lays it out.
//!
//! Invariants: one batch per change, so a change is there as a whole or not at all; what `append` answered
//! meets the flush policy; a snapshot never covers records that the log could lose.

use std::path::PathBuf;
use std::sync::Arc;

use storage::{
    BatchBuilder, CheckedBatch, Chunk, ControlRecord, DataFolder, FileSystem, Log, LogOptions, control_batch,
};
use uuid::Uuid;

use super::error::{TopicError, TopicErrorKind};
use super::name::CLUSTER_METADATA;
use super::replay::Replay;
use super::snapshot::{self, SnapshotId};
use super::start_error::MetadataStartError;
use super::state::MetadataState;
use crate::partition::blocking;
use crate::records::metadata::MetadataRecord;

/// Id of Kafka's metadata topic (`Uuid.METADATA_TOPIC_ID`).
const TOPIC_ID: Uuid = Uuid::from_u128(1);
/// Log bytes since the last snapshot after which a new one is written (Kafka:
/// `metadata.log.max.record.bytes.between.snapshots`).
const SNAPSHOT_BYTES: u64 = 20 << 20;
/// The same at a clean stop: the next start then has little to replay.
const SNAPSHOT_BYTES_AT_STOP: u64 = 1 << 20;
/// Segment size; a larger change is refused.
const SEGMENT_BYTES: u64 = 32 << 20;
/// Bytes that one read of the replay takes.
const READ_BYTES: usize = 4 << 20;

/// The metadata log's writer.
#[derive(Debug)]
pub struct MetadataLog {
    place: LogPlace,
    epoch: i32,
    end_offset: i64,
    last_timestamp: i64,
}

#[derive(Debug)]
enum LogPlace {
    Memory,
    Disk(Box<DiskLog>),
}

#[derive(Debug)]
struct DiskLog {
    folder: Arc<DataFolder>,
    dir: PathBuf,
    log: Log,
    /// Sync every change before it is answered.
    sync: bool,
    /// Log bytes that the newest snapshot does not cover.
    since_snapshot: u64,
    /// Why nothing can be written any more.
    failed: Option<String>,
}

impl MetadataLog {
    /// A log that keeps nothing.
    pub fn in_memory() -> MetadataLog {
        MetadataLog {
            place: LogPlace::Memory,
            epoch: 0,
            end_offset: 0,
            last_timestamp: -1,
        }
    }

    /// Opens the log of a data folder (made when missing) and replays snapshot and log.
    ///
    /// # Errors
    /// When a file cannot be read or is damaged anywhere but at its torn end.
    pub fn open(
        folder: &Arc<DataFolder>,
        sync: bool,
        now_ms: i64,
    ) -> Result<(MetadataLog, Replay), MetadataStartError> {
        let dir_name = format!("{CLUSTER_METADATA}-0");
        let dir = folder.path().join(&dir_name);
        let options = LogOptions {
            segment_bytes: SEGMENT_BYTES,
            segment_ms: i64::MAX,
            ..LogOptions::default()
        };
        let hint = folder.open_hint(&dir_name);
        let (log, report) = Log::open(folder, &dir_name, TOPIC_ID, options, hint, now_ms)?;
        if report.cut_bytes > 0 || report.cut_reason.is_some() {
            let reason = report.cut_reason.as_deref().unwrap_or("a torn write");
            tracing::warn!(
                cut_bytes = report.cut_bytes,
                reason,
                "cut the torn end of the metadata log"
            );
        }
        let mut disk = DiskLog {
            folder: Arc::clone(folder),
            dir,
            log,
            sync,
            since_snapshot: 0,
            failed: None,
        };
        let mut replay = Replay {
            last_timestamp: -1,
            ..Replay::default()
        };
        disk.load_snapshot(&mut replay)?;
        disk.replay_log(&mut replay)?;
        let (epoch, end_offset) = (replay.epoch, disk.log.log_end_offset());
        let last_timestamp = replay.last_timestamp;
        Ok((
            MetadataLog {
                place: LogPlace::Disk(Box::new(disk)),
                epoch,
                end_offset,
                last_timestamp,
            },
            replay,
        ))
    }

    /// Offset of the next record.
    pub fn end_offset(&self) -> i64 {
        self.end_offset
    }

    /// Leader epoch of the next record.
    pub fn epoch(&self) -> i32 {
        self.epoch
    }

    /// Starts a new leader epoch with its control record.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin_epoch(&mut self, leader: i32, now_ms: i64) -> Result<(), TopicError> {
        self.epoch = self.epoch.saturating_add(1);
        self.append_control(&[ControlRecord::LeaderChange { leader }], now_ms)
    }

    /// Appends control records as one batch.
    ///
    /// # Errors
    /// As [`MetadataLog::append`].
    pub fn append_control(&mut self, records: &[ControlRecord], now_ms: i64) -> Result<(), TopicError> {
        self.append_batch(&control_batch(records, now_ms), now_ms)
    }

    /// Appends records, in their form of a metadata.version, as one batch and makes them as durable as the flush policy
    /// asks.
    ///
    /// # Errors
    /// When they cannot be written; they are not in the log then. After a failed sync nothing can be
    /// written any more.
    pub fn append(&mut self, records: &[MetadataRecord], level: i16, now_ms: i64) -> Result<(), TopicError> {
        if records.is_empty() {
            return Ok(());
        }
        let mut builder = BatchBuilder::new(now_ms);
        for record in records {
            builder.push(now_ms, None, Some(&record.encode(level)), &[]);
        }
        if builder.size_in_bytes() as u64 > SEGMENT_BYTES {
            return Err(TopicError::new(
                TopicErrorKind::PolicyViolation,
                "Unable to perform excessively large batch operation.",
            ));
        }
        self.append_batch(&builder.build(), now_ms)
    }

    fn append_batch(&mut self, batch: &CheckedBatch, now_ms: i64) -> Result<(), TopicError> {
        if let LogPlace::Disk(disk) = &mut self.place {
            disk.append(batch, self.epoch, now_ms)?;
        }
        self.end_offset += batch.header().next_offset();
        self.last_timestamp = now_ms;
        Ok(())
    }

    /// Makes everything durable, whatever the flush policy.
    ///
    /// # Errors
    /// As [`MetadataLog::append`].
    pub fn sync(&mut self) -> Result<(), TopicError> {
        match &mut self.place {
            LogPlace::Memory => Ok(()),
            LogPlace::Disk(disk) => disk.sync_now().map_err(TopicError::storage),
        }
    }

    /// Writes a snapshot of `state` when enough was logged since the last one, or at a stop when the leader epochs in
    /// force are above the logged ones.
    ///
    /// A failure costs nothing but a log line: the log holds everything.
    pub fn maybe_snapshot(&mut self, state: &MetadataState, at_stop: bool, now_ms: i64) {
        let (bound, least_leader_epoch) = match at_stop {
            false => (SNAPSHOT_BYTES, 0),
            // Kafka, which may own the folder next, knows no leader epochs but the logged ones.
            true if state.has_leader_epoch_below(self.epoch) => (0, self.epoch),
            true => (SNAPSHOT_BYTES_AT_STOP, self.epoch),
        };
        self.snapshot_above(bound, least_leader_epoch, state, now_ms);
    }

    fn snapshot_above(&mut self, bound: u64, least_leader_epoch: i32, state: &MetadataState, now_ms: i64) {
        let id = SnapshotId {
            end_offset: self.end_offset,
            epoch: self.epoch,
        };
        let LogPlace::Disk(disk) = &mut self.place else {
            return;
        };
        if disk.since_snapshot < bound || disk.failed.is_some() || state.pending.is_some() {
            return;
        }
        let written = blocking(|| {
            let bytes = snapshot::encode(state, self.epoch, least_leader_epoch, self.last_timestamp, now_ms);
            disk.write_snapshot(id, &bytes)
        });
        if let Err(error) = written {
            tracing::warn!(%error, snapshot = id.file_name(), "could not write a snapshot of the metadata");
        }
    }

    /// Closes the log; nothing may be appended afterwards.
    ///
    /// # Errors
    /// When files cannot be written; the next start then recovers.
    pub fn close(&mut self) -> Result<(), MetadataStartError> {
        match &mut self.place {
            LogPlace::Memory => Ok(()),
            LogPlace::Disk(disk) => {
                disk.sync_now()
                    .map_err(|error| MetadataStartError::Write(error.to_string()))?;
                disk.failed.get_or_insert_with(|| "the broker is stopping".into());
                Ok(disk.log.close()?)
            }
        }
    }
}

impl DiskLog {
    fn append(&mut self, batch: &CheckedBatch, epoch: i32, now_ms: i64) -> Result<(), TopicError> {
        if let Some(reason) = &self.failed {
            return Err(TopicError::storage(reason));
        }
        self.log
            .append(batch, epoch, now_ms)
            .map_err(TopicError::storage)?;
        self.since_snapshot += batch.size_in_bytes() as u64;
        if self.sync {
            self.sync_now().map_err(TopicError::storage)?;
        }
        Ok(())
    }

    /// A failed sync is never retried: the kernel may have dropped the pages.
    fn sync_now(&mut self) -> std::io::Result<()> {
        let dirty = self.log.dirty();
        for file in &dirty.files {
            if let Err(error) = blocking(|| file.sync_data()) {
                let reason = format!("syncing {} failed: {error}", self.dir.display());
                self.folder.mark_offline(&reason);
                self.failed = Some(reason);
                return Err(error);
            }
        }
        self.log.synced(&dirty);
        Ok(())
    }

    fn fs(&self) -> &dyn FileSystem {
        &**self.folder.fs()
    }

    fn snapshots(&self) -> std::io::Result<Vec<SnapshotId>> {
        if !self.fs().exists(&self.dir)? {
            return Ok(Vec::new());
        }
        let entries = self.fs().list(&self.dir)?;
        let mut found: Vec<SnapshotId> = entries
            .iter()
            .filter_map(|entry| SnapshotId::parse(&entry.name))
            .collect();
        found.sort_unstable();
        Ok(found)
    }

    fn write_snapshot(&mut self, id: SnapshotId, bytes: &[u8]) -> Result<(), MetadataStartError> {
        let path = self.dir.join(id.file_name());
        let io = |source| MetadataStartError::Io {
            path: path.clone(),
            source,
        };
        self.sync_now().map_err(io)?;
        self.fs().write_atomic(&path, bytes).map_err(io)?;
        self.since_snapshot = 0;
        // The snapshot is what stands for the log start here, and nobody else reads this log.
        let (_, retired) = self.log.trim(id.end_offset)?;
        retired.rename()?.remove().map_err(io)?;
        for old in self.snapshots().map_err(io)?.into_iter().filter(|old| *old < id) {
            self.fs()
                .remove_file(&self.dir.join(old.file_name()))
                .map_err(io)?;
        }
        Ok(())
    }

    fn load_snapshot(&self, replay: &mut Replay) -> Result<(), MetadataStartError> {
        let listed = self.snapshots();
        let listed = listed.map_err(|source| MetadataStartError::Io {
            path: self.dir.clone(),
            source,
        })?;
        let Some(newest) = listed.last() else {
            return Ok(());
        };
        let path = self.dir.join(newest.file_name());
        let bytes = self.fs().read(&path);
        let bytes = bytes.map_err(|source| MetadataStartError::Io {
            path: path.clone(),
            source,
        })?;
        let whole = |replay: &Replay| {
            replay
                .saw_footer
                .then_some(())
                .ok_or("its end is missing".to_owned())
        };
        let read = replay
            .batches(&bytes)
            .and_then(|()| whole(replay))
            .and_then(|()| replay.finish());
        read.map_err(|what| MetadataStartError::Damaged { path, what })?;
        replay.next_offset = newest.end_offset;
        replay.epoch = replay.epoch.max(newest.epoch);
        Ok(())
    }

    fn replay_log(&mut self, replay: &mut Replay) -> Result<(), MetadataStartError> {
        let damaged = |what| MetadataStartError::Damaged {
            path: self.dir.clone(),
            what,
        };
        let view = self.log.view();
        let (start, end) = (view.log_start_offset(), view.log_end_offset());
        if replay.next_offset < start {
            return Err(damaged(format!(
                "it starts at offset {start} and the snapshot before it is missing"
            )));
        }
        if replay.next_offset > end {
            return Err(damaged(format!(
                "it ends at offset {end}, before its snapshot's end at {}",
                replay.next_offset
            )));
        }
        while replay.next_offset < end {
            let offset = replay.next_offset;
            let read = view.read(offset, READ_BYTES, end, true);
            let read = read.map_err(|error| damaged(error.to_string()))?;
            let bytes = gather(&read.chunks).map_err(|error| damaged(error.to_string()))?;
            replay.batches(whole_batches(&bytes)).map_err(damaged)?;
            if replay.next_offset == offset {
                return Err(damaged(format!("no record can be read at offset {offset}")));
            }
            self.since_snapshot += bytes.len() as u64;
        }
        replay.finish().map_err(damaged)
    }
}

fn gather(chunks: &[Chunk]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for chunk in chunks {
        bytes.extend_from_slice(&chunk.to_bytes()?);
    }
    Ok(bytes)
}

/// What a read holds up to the end of its last whole batch: the rest comes with the next read.
fn whole_batches(bytes: &[u8]) -> &[u8] {
    let mut end = 0;
    while let Some(rest) = bytes.get(end..)
        && let Some(header) = storage::BatchHeader::read(rest)
        && header.size_in_bytes() <= rest.len()
    {
        end += header.size_in_bytes();
    }
    bytes.get(..end).unwrap_or_default()
}
