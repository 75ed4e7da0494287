//! Appending: dedupe, roll, one write, publish.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::producer_state::TxnMarker;
use super::producers::Verdict;
use super::segment::Segment;
use super::writer::{Log, Store};
use super::{AppendError, names, producer_snapshot};
use crate::batch::{BATCH_HEADER_LEN, BatchHeader, CheckedBatch, Scratch, TimestampType, for_each_record};
use crate::folder::PartitionMetadata;

/// Where a batch went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Offset of its first record.
    pub base_offset: i64,
    /// Offset of its last record.
    pub last_offset: i64,
    /// Time that the broker gave the records; -1 when they keep the client's.
    pub log_append_time: i64,
    /// Log start offset at that moment.
    pub log_start_offset: i64,
    /// The batch was there already, at these offsets.
    pub duplicate: bool,
    /// A segment was closed before it.
    pub rolled: bool,
}

impl Log {
    /// Appends one batch under `leader_epoch`. `now_ms` only matters for segments without timestamps.
    ///
    /// # Errors
    /// The log is as before. After [`AppendError::Io`] what was written in part is cut off again, and
    /// a later append may succeed.
    pub fn append(
        &mut self,
        batch: &CheckedBatch,
        leader_epoch: i32,
        now_ms: i64,
    ) -> Result<Appended, AppendError> {
        if let Store::Disk(disk) = &self.store
            && let Some(reason) = disk.dir.folder.offline_reason()
        {
            return Err(AppendError::Offline(reason.to_owned()));
        }
        let size = batch.size_in_bytes();
        let segment_bytes = self.options.segment_bytes_max();
        if size as u64 > segment_bytes {
            return Err(AppendError::BatchTooLargeForSegment { size, segment_bytes });
        }
        if let Verdict::Duplicate(known) = self.producers.check(batch.header())? {
            return Ok(Appended {
                base_offset: known.first_offset(),
                last_offset: known.last_offset,
                log_append_time: known.timestamp,
                log_start_offset: self.log_start_offset(),
                duplicate: true,
                rolled: false,
            });
        }
        let base_offset = self.log_end_offset();
        let head = batch.head_for(base_offset, leader_epoch);
        let header = BatchHeader::read(&head)
            .filter(|header| {
                base_offset
                    .checked_add(i64::from(header.last_offset_delta))
                    .is_some()
            })
            .ok_or_else(|| io::Error::other("the log has no offsets left"))?;
        // In this order the first append writes the epoch file once.
        self.assign_epoch(leader_epoch)?;
        self.materialise()?;
        self.remove_unborn()?;
        let (active, rolled) = self.segment_for(&header, now_ms)?;
        active.append(&head, batch.body(), &header, self.options.index_interval_bytes)?;
        active.note_written(now_ms);
        if let Store::Disk(disk) = &mut self.store {
            disk.touched = true;
        }
        if let Some(aborted) = self.producers.note(&header, marker_of(batch, &header)) {
            active.push_aborted(aborted);
            if let Store::Disk(disk) = &mut self.store {
                // A segment without this file counts as one without aborted transactions.
                disk.names_since.note(base_offset);
            }
        }
        self.shared.log_end.store(header.next_offset(), Ordering::Release);
        debug_assert_eq!(active.with_tail(|t| t.end_offset), header.next_offset());
        Ok(Appended {
            base_offset,
            last_offset: header.last_offset(),
            log_append_time: match header.timestamp_type() {
                TimestampType::LogAppendTime => header.max_timestamp,
                TimestampType::CreateTime => -1,
            },
            log_start_offset: self.log_start_offset(),
            duplicate: false,
            rolled,
        })
    }

    /// Notes that batches from here on carry `epoch`; [`Log::append`] does it by itself.
    ///
    /// # Errors
    /// When the epoch file cannot be written; the epoch then does not count.
    pub fn assign_epoch(&mut self, epoch: i32) -> Result<(), AppendError> {
        let end = self.log_end_offset();
        if self
            .shared
            .epochs
            .load()
            .latest()
            .is_some_and(|latest| latest >= epoch)
        {
            return Ok(());
        }
        let mut epochs = (*self.epochs()).clone();
        if !epochs.assign(epoch, end) {
            return Ok(());
        }
        if let Store::Disk(disk) = &mut self.store
            && disk.exists
        {
            let path = disk.dir.path.join(names::EPOCHS);
            disk.dir
                .folder
                .fs()
                .write_unsynced(&path, epochs.to_text().as_bytes())?;
            disk.epochs_since.note(end);
            disk.names_since.note(end);
        }
        self.shared.epochs.store(Arc::new(epochs));
        Ok(())
    }

    /// Makes the directory and its small files before the first append. Nothing is synced here:
    /// [`Log::dirty`] names it all until it is.
    fn materialise(&mut self) -> Result<(), AppendError> {
        let (end, epochs) = (self.log_end_offset(), self.epochs());
        let Store::Disk(disk) = &mut self.store else {
            return Ok(());
        };
        if disk.exists {
            return Ok(());
        }
        let fs = disk.dir.folder.fs();
        disk.dir.folder.make_dir(&disk.dir.path)?;
        let metadata = PartitionMetadata {
            topic_id: disk.topic_id,
        };
        let path = disk.dir.path.join(PartitionMetadata::FILE_NAME);
        fs.write_unsynced(&path, metadata.to_text().as_bytes())?;
        if epochs.latest().is_some() {
            fs.write_unsynced(&disk.dir.path.join(names::EPOCHS), epochs.to_text().as_bytes())?;
            disk.epochs_since.note(end);
        }
        disk.exists = true;
        disk.touched = true;
        disk.dir_since.note(end);
        disk.names_since.note(end);
        Ok(())
    }

    /// The segment that takes a batch, and whether another one was closed for it.
    fn segment_for(
        &mut self,
        header: &BatchHeader,
        now_ms: i64,
    ) -> Result<(Arc<Segment>, bool), AppendError> {
        match self.active() {
            None => Ok((self.new_segment(now_ms)?, false)),
            Some(active) if self.must_roll(&active, header, now_ms)? => {
                Ok((self.roll(&active, now_ms)?, true))
            }
            Some(active) => Ok((active, false)),
        }
    }

    /// Kafka's `LogSegment#shouldRoll`.
    fn must_roll(&self, active: &Segment, header: &BatchHeader, now_ms: i64) -> Result<bool, AppendError> {
        let (len, index, time_index) =
            active.with_tail(|t| (t.len, t.index.entries(), t.time_index.entries()));
        if len == 0 {
            return Ok(false);
        }
        let first = active.first_timestamp().map_err(io::Error::other)?;
        let waited_ms = match first {
            0.. => header.max_timestamp.saturating_sub(first),
            _ => now_ms.saturating_sub(self.active_since_ms),
        };
        Ok(u64::from(len) + header.size_in_bytes() as u64 > self.roll_bytes()
            || waited_ms
                > self
                    .options
                    .segment_ms
                    .saturating_sub(self.jitter_ms(active.base_offset))
            || index >= self.options.offset_index_entries_max()
            || time_index >= self.options.time_index_entries_max()
            || header.last_offset() - active.base_offset > i64::from(i32::MAX))
    }

    /// Size that a batch must not take a segment above, unless it is the only one in it.
    fn roll_bytes(&self) -> u64 {
        let wanted = self.options.segment_bytes_max();
        match &self.store {
            Store::Disk(_) => wanted,
            Store::Memory(budget) => wanted.min(budget.segment_bytes_max()),
        }
    }

    /// A share of `segment_jitter_ms` that differs from partition to partition and segment to segment.
    fn jitter_ms(&self, base_offset: i64) -> i64 {
        let range = self.options.segment_jitter_ms.min(self.options.segment_ms);
        let Store::Disk(disk) = &self.store else { return 0 };
        if range <= 0 {
            return 0;
        }
        let mixed = crc32c::crc32c_append(base_offset as u32, disk.dir.path.as_os_str().as_encoded_bytes());
        i64::from(mixed) % range
    }

    pub(super) fn roll(&mut self, active: &Segment, now_ms: i64) -> Result<Arc<Segment>, AppendError> {
        active.finish_indexes()?;
        active.finish_aborted()?;
        // Batches below the recovery point are not read again after a crash, nor synced again before it: the
        // length that tells where they end must be on the disk by then.
        active.trim_log_file(self.recovery_point >= self.log_end_offset())?;
        self.sync_finished_indexes(active)?;
        self.write_snapshot()?;
        let segment = self.new_segment(now_ms)?;
        active.with_tail_mut(super::tail::Tail::seal);
        active.seal_memory();
        Ok(segment)
    }

    /// Syncs the indexes of a segment that is synced to its end: no later sync would name it, and after a
    /// crash its indexes would be trusted, and a missing one of aborted transactions not missed.
    fn sync_finished_indexes(&self, active: &Segment) -> io::Result<()> {
        let Store::Disk(disk) = &self.store else {
            return Ok(());
        };
        if self.recovery_point < self.log_end_offset() {
            return Ok(());
        }
        let mut files = active.index_files()?;
        if active.with_tail(|t| t.aborted_stored > 0) {
            files.push(disk.dir.folder.fs().open_dir(&disk.dir.path)?);
        }
        let synced = files.iter().try_for_each(|file| file.sync_data());
        disk.dir.folder.must_sync(synced)
    }

    /// Removes what a failed [`Log::new_segment`] left, durably.
    fn remove_unborn(&mut self) -> io::Result<()> {
        let Store::Disk(disk) = &mut self.store else {
            return Ok(());
        };
        let Some(base_offset) = disk.unborn else {
            return Ok(());
        };
        let fs = disk.dir.folder.fs();
        match fs.remove_file(&disk.dir.file(base_offset, names::LOG)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => disk.dir.folder.must_sync(fs.sync_dir(&disk.dir.path))?,
        }
        disk.unborn = None;
        Ok(())
    }

    fn new_segment(&mut self, now_ms: i64) -> Result<Arc<Segment>, AppendError> {
        let base_offset = self.log_end_offset();
        let segment = match &mut self.store {
            Store::Disk(disk) => {
                let reserve = self.options.preallocate.then(|| self.options.segment_bytes_max());
                disk.unborn = Some(base_offset);
                let segment = Segment::create_on_disk(&disk.dir, base_offset, reserve)?;
                disk.unborn = None;
                disk.names_since.note(base_offset);
                disk.touched = true;
                segment
            }
            Store::Memory(budget) => Segment::in_memory(base_offset, Arc::clone(budget)),
        };
        let segment = Arc::new(segment);
        let mut segments = Vec::clone(&self.shared.segments.load());
        segments.push(Arc::clone(&segment));
        self.shared.segments.store(Arc::new(segments));
        self.active_since_ms = now_ms;
        Ok(segment)
    }

    /// Writes the producer snapshot for the log end unless it is there.
    pub(super) fn write_snapshot(&mut self) -> io::Result<()> {
        let end = self.log_end_offset();
        if let Store::Disk(disk) = &mut self.store
            && disk.snapshot != Some(end)
        {
            let path = disk.dir.file(end, names::SNAPSHOT);
            disk.dir
                .folder
                .fs()
                .write_unsynced(&path, &producer_snapshot::encode(&self.producers))?;
            disk.snapshot = Some(end);
        }
        Ok(())
    }
}

fn marker_of(batch: &CheckedBatch, header: &BatchHeader) -> Option<TxnMarker> {
    if !header.is_control() {
        return None;
    }
    let mut bytes = Vec::with_capacity(batch.size_in_bytes());
    bytes.extend_from_slice(&batch.head_for(header.base_offset, header.partition_leader_epoch));
    debug_assert_eq!(bytes.len(), BATCH_HEADER_LEN);
    bytes.extend_from_slice(batch.body());
    marker_in(&bytes)
}

/// The marker in a control batch.
pub(super) fn marker_in(batch: &[u8]) -> Option<TxnMarker> {
    let mut marker = None;
    let _ = for_each_record(batch, &mut Scratch::default(), |record| {
        marker = marker.or(TxnMarker::read(record.key, record.value));
        Ok::<(), std::convert::Infallible>(())
    });
    marker
}
