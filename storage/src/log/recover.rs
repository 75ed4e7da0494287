//! Opening a partition directory.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use uuid::Uuid;

use super::active::load_active;
use super::epochs::Epochs;
use super::errors::RESTORE;
use super::leftovers::{clean_up, drop_trimmed};
use super::producers::Producers;
use super::replay::Replay;
use super::rescan::{Rescan, rebuild_indexes, rescan};
use super::scan::{SCAN_WINDOW_BYTES, Scan};
use super::segment::{PartitionDir, Segment};
use super::snapshots::Snapshots;
use super::tail::Tail;
use super::topic_id::check_topic_id;
use super::txn_index::ENTRY_BYTES as ABORTED_BYTES;
use super::{LogError, LogOptions, RecoveryReport, names};
use crate::folder::OpenHint;

/// What opening found; the default is an empty log that does not exist on disk.
#[derive(Debug, Default)]
pub(super) struct Opened {
    pub segments: Vec<Arc<Segment>>,
    pub log_start: i64,
    pub log_end: i64,
    pub recovery_point: i64,
    pub producers: Producers,
    pub epochs: Epochs,
    pub report: RecoveryReport,
    pub exists: bool,
    pub snapshot: Option<i64>,
    pub touched: bool,
}

/// Reads a partition directory and brings it into order (design: recovery in `docs/FORMAT.md`).
pub(super) fn open_partition(
    dir: &Arc<PartitionDir>,
    topic_id: Uuid,
    options: &LogOptions,
    mut hint: OpenHint,
    now_ms: i64,
) -> Result<Opened, LogError> {
    if hint.recovery_point <= hint.log_start_offset {
        // Nothing that is left was ever synced.
        hint.recovery_point = 0;
    }
    let fs = dir.folder.fs();
    let io = |source| LogError::Io {
        path: dir.path.clone(),
        source,
    };
    let listing = match fs.list(&dir.path) {
        Ok(listing) => listing,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return without_directory(dir, &hint),
        Err(e) => return Err(io(e)),
    };
    check_topic_id(dir, topic_id)?;
    let mut opened = Opened {
        exists: true,
        ..Opened::default()
    };
    let mut files = clean_up(dir, listing, &mut opened.report)?;
    drop_trimmed(dir, &mut files, hint.log_start_offset)?;
    let bases: Vec<i64> = files
        .keys()
        .filter_map(|name| names::parse(name, names::LOG))
        .collect();
    for base in &bases {
        let len = file_len(&files, *base, names::LOG);
        if len > i32::MAX as u64 {
            return Err(LogError::Damaged {
                path: dir.file(*base, names::LOG),
                position: i32::MAX as u64,
                what: format!("{len} bytes are more than a segment can have"),
                advice: RESTORE,
            });
        }
    }
    let mut opener = Opener {
        dir,
        options,
        hint,
        files,
        bases,
        opened,
        replay: Replay::default(),
    };
    opener.run(now_ms)?;
    Ok(opener.opened)
}

/// A log without a directory: nothing was appended to it since its start, or it is lost.
fn without_directory(dir: &PartitionDir, hint: &OpenHint) -> Result<Opened, LogError> {
    let start = hint.log_start_offset;
    // The name of the directory was synced before the recovery point moved.
    if hint.recovery_point > start {
        return Err(LogError::Missing {
            path: dir.path.clone(),
            end_offset: hint.recovery_point,
        });
    }
    let (log_start, log_end, recovery_point) = (start, start, start);
    Ok(Opened {
        log_start,
        log_end,
        recovery_point,
        ..Opened::default()
    })
}

pub(super) struct Opener<'a> {
    pub(super) dir: &'a Arc<PartitionDir>,
    options: &'a LogOptions,
    pub(super) hint: OpenHint,
    pub(super) files: BTreeMap<String, u64>,
    pub(super) bases: Vec<i64>,
    pub(super) opened: Opened,
    pub(super) replay: Replay,
}

impl Opener<'_> {
    fn run(&mut self, now_ms: i64) -> Result<(), LogError> {
        let epochs_path = self.dir.path.join(names::EPOCHS);
        let stored_epochs = self
            .dir
            .folder
            .fs()
            .read(&epochs_path)
            .ok()
            .and_then(|b| Epochs::parse(&b))
            .filter(|epochs| self.reaches_back(epochs));
        let epochs_known = stored_epochs.is_some();
        self.replay.epochs = stored_epochs.unwrap_or_default();
        let before = self.replay.epochs.clone();

        let first_unsure = self.open_trusted_segments()?;
        let mut snapshots = Snapshots::find(self.dir, &self.files);
        let sure_end = first_unsure.map_or_else(|| self.end_of_segments(), |i| self.base(i));
        let first = self.bases.first().copied().unwrap_or(self.hint.log_start_offset);
        let snapshot = snapshots.load(first..=sure_end, self.options.producer_id_expiration_ms, now_ms);
        let from = match &snapshot {
            Some((offset, _)) => *offset,
            None => self.bases.first().copied().unwrap_or_default(),
        };
        self.replay.producers_to = from;
        self.replay.producers = snapshot.map(|(_, producers)| producers).unwrap_or_default();
        // Without epochs on file every batch is asked; else only those behind the snapshot.
        let replay_from = if epochs_known { from } else { i64::MIN };
        self.replay_trusted(replay_from, &mut snapshots)?;
        if let Some(first) = first_unsure {
            self.rescan_from(first, &mut snapshots)?;
        }
        self.opened.log_end = self.end_of_segments();
        self.settle_ends()?;
        snapshots.remove_strays(&self.bases, self.opened.log_end);
        self.opened.snapshot = snapshots.newest();
        self.replay
            .producers
            .expire(now_ms, self.options.producer_id_expiration_ms);
        self.replay.epochs.cut_end(self.opened.log_end);
        if !epochs_known {
            self.replay.epochs.reach_back_to(self.opened.log_start);
        }
        if self.opened.log_start > 0 {
            self.replay.epochs.cut_start(self.opened.log_start);
        }
        if self.replay.epochs != before || (!epochs_known && self.opened.log_end > 0) {
            let text = self.replay.epochs.to_text();
            let written = self.dir.folder.fs().write_unsynced(&epochs_path, text.as_bytes());
            written.map_err(|source| LogError::Io {
                path: epochs_path,
                source,
            })?;
        }
        self.opened.producers = std::mem::take(&mut self.replay.producers);
        self.opened.epochs = std::mem::take(&mut self.replay.epochs);
        Ok(())
    }

    /// Whether the epochs go back to the log start: they are cut when it moves, which a crash can take back.
    fn reaches_back(&self, epochs: &Epochs) -> bool {
        let Some(first) = self.bases.first() else {
            return true;
        };
        let start = self.hint.log_start_offset.max(*first);
        epochs.epoch_at(start).is_some()
    }

    fn base(&self, i: usize) -> i64 {
        self.bases.get(i).copied().unwrap_or(i64::MAX)
    }

    fn end_of_segments(&self) -> i64 {
        let last = self.opened.segments.last();
        last.map_or(self.hint.log_start_offset, |s| s.with_tail(|t| t.end_offset))
    }

    /// Opens the segments whose log bytes need no check. Returns the first that does.
    fn open_trusted_segments(&mut self) -> Result<Option<usize>, LogError> {
        let last = self.bases.len().saturating_sub(1);
        let unsure = if self.hint.clean {
            None
        } else {
            // The segment that holds the recovery point, or the first.
            let next = self
                .bases
                .partition_point(|base| *base <= self.hint.recovery_point);
            (!self.bases.is_empty()).then_some(next.saturating_sub(1))
        };
        for i in 0..unsure.unwrap_or(self.bases.len()) {
            let base = self.base(i);
            let len = file_len(&self.files, base, names::LOG) as u32;
            let index_lens = (
                self.index_len(base, names::INDEX, 8),
                self.index_len(base, names::TIME_INDEX, 12),
            );
            let mut tail = Tail::empty(base);
            tail.len = len;
            tail.end_offset = self.base(i + 1);
            tail.note_aborted_file(self.index_len(base, names::TXN_INDEX, ABORTED_BYTES as u64));
            let (Some(index), Some(time_index)) = index_lens else {
                if i == last {
                    return Ok(Some(i));
                }
                let segment = Segment::on_disk(self.dir, base, tail);
                rebuild_indexes(&segment, len, self.options.index_interval_bytes)?;
                segment.with_tail_mut(|t| t.end_offset = self.base(i + 1));
                self.opened.report.rebuilt_indexes += 2;
                self.opened.segments.push(Arc::new(segment));
                continue;
            };
            tail.index.stored = index;
            tail.time_index.stored = time_index;
            tail.max_checked = false;
            let segment = Segment::on_disk(self.dir, base, tail);
            if i == last && !load_active(&segment, len, self.options.index_interval_bytes)? {
                return Ok(Some(i));
            }
            self.opened.segments.push(Arc::new(segment));
        }
        Ok(unsure)
    }

    /// Entries of an index file; `None` when it is missing or no whole number of entries.
    fn index_len(&self, base: i64, suffix: &str, entry_bytes: u64) -> Option<u32> {
        let len = *self.files.get(&names::file_name(base, suffix))?;
        (len % entry_bytes == 0).then(|| (len / entry_bytes) as u32)
    }

    /// Reads the headers of trusted batches from `from` on.
    fn replay_trusted(&mut self, from: i64, snapshots: &mut Snapshots) -> Result<(), LogError> {
        for segment in self.opened.segments.clone() {
            let (end_offset, len) = segment.with_tail(|t| (t.end_offset, t.len));
            if end_offset <= from || len == 0 {
                continue;
            }
            self.snapshot_at(segment.base_offset, snapshots);
            let start = segment
                .find(from)
                .map_err(LogError::from)?
                .map_or(len, |at| at.position);
            let mut scan = Scan::new(&segment, start, len, SCAN_WINDOW_BYTES);
            while let Some((position, header)) = scan.next_header()? {
                let control: &[u8] = if header.is_control() {
                    scan.bytes_of(position, &header)?
                } else {
                    &[]
                };
                self.replay.note(&header, control);
            }
        }
        Ok(())
    }

    /// Checks every byte from segment `first` on, cuts the torn end, rebuilds indexes and state.
    fn rescan_from(&mut self, first: usize, snapshots: &mut Snapshots) -> Result<(), LogError> {
        self.opened.touched = true;
        let mut next_offset = self.end_of_segments();
        for i in first..self.bases.len() {
            let base = self.base(i);
            if base < next_offset && i > 0 {
                return Err(LogError::Damaged {
                    path: self.dir.file(base, names::LOG),
                    position: 0,
                    what: format!("it starts below offset {next_offset}, where the segment before it ends"),
                    advice: RESTORE,
                });
            }
            self.snapshot_at(base, snapshots);
            let segment = Segment::on_disk(self.dir, base, Tail::empty(base));
            let len = file_len(&self.files, base, names::LOG) as u32;
            let last = i + 1 == self.bases.len();
            let task = Rescan {
                len,
                next_base: self.bases.get(i + 1).copied(),
                recovery_point: self.hint.recovery_point,
                // Gaps that Kafka's compaction made show only in its checkpoint.
                settled: self.hint.recovery_point.max(self.hint.compacted_to),
                interval: self.options.index_interval_bytes,
                preallocate: self.options.preallocate,
            };
            let found = rescan(&segment, &task, &mut self.replay)?;
            self.opened.report.scanned_bytes += u64::from(segment.len());
            self.opened.report.rebuilt_indexes += 2;
            next_offset = segment.with_tail(|t| t.end_offset);
            self.opened.segments.push(Arc::new(segment));
            if let Some(cut) = found.cut {
                self.opened.report.cut_bytes += cut.bytes;
                self.opened.report.cut_reason = Some(cut.reason);
                self.remove_behind(i)?;
                break;
            }
            if let Some(next) = found.lost_before {
                self.opened.report.cut_reason = Some(format!(
                    "the batches from offset {next_offset} up to {next} never reached the disk"
                ));
                self.remove_behind(i)?;
                break;
            }
            if !last && let Some(segment) = self.opened.segments.last() {
                segment.with_tail_mut(Tail::seal);
                segment.close_files();
            }
        }
        self.finish_cut(first)?;
        self.check_durable_end(next_offset)
    }

    /// What was durable must be there.
    fn check_durable_end(&self, next_offset: i64) -> Result<(), LogError> {
        if self.hint.recovery_point > next_offset {
            let path = self
                .dir
                .file(self.bases.last().copied().unwrap_or_default(), names::LOG);
            return Err(LogError::Damaged {
                path,
                position: 0,
                what: format!(
                    "the log ends at offset {next_offset}, but it was durable up to {}",
                    self.hint.recovery_point
                ),
                advice: "Restore the missing end from a copy, or accept the loss by removing \
                         recovery-point-offset-checkpoint from the data folder",
            });
        }
        Ok(())
    }

    /// Writes the producer snapshot that belongs to the start of a segment, if it is missing.
    fn snapshot_at(&mut self, base: i64, snapshots: &mut Snapshots) {
        if self.bases.first().is_some_and(|first| base > *first) && base >= self.replay.producers_to {
            snapshots.write_missing(base, &self.replay.producers);
        }
    }
}

pub(super) fn file_len(files: &BTreeMap<String, u64>, base: i64, suffix: &str) -> u64 {
    files.get(&names::file_name(base, suffix)).copied().unwrap_or(0)
}
