//! Opening a partition directory.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use uuid::Uuid;

use super::epochs::Epochs;
use super::errors::RESTORE;
use super::leftovers::{clean_up, drop_trimmed, lost_logs, remove_indexes};
use super::producers::Producers;
use super::replay::Replay;
use super::rescan::{Rescan, rescan};
use super::scan::{SCAN_WINDOW_BYTES, Scan};
use super::segment::{PartitionDir, Segment};
use super::snapshots::Snapshots;
use super::swapped::set_damaged_swaps_aside;
use super::tail::Tail;
use super::topic_id::check_topic_id;
use super::trusted_epochs::epochs_fit;
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
    let mut listing = match fs.list(&dir.path) {
        Ok(listing) => listing,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return without_directory(dir, &hint),
        Err(e) => return Err(io(e)),
    };
    check_topic_id(dir, topic_id)?;
    let mut opened = Opened {
        exists: true,
        ..Opened::default()
    };
    set_damaged_swaps_aside(dir, &mut listing)?;
    let lost = lost_logs(
        &**fs,
        &dir.path,
        &listing,
        hint.log_start_offset,
        hint.recovery_point,
    )?;
    let mut files = clean_up(dir, listing, &lost, &mut opened.report)?;
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
        lost,
        opened,
        replay: Replay::default(),
    };
    opener.run(now_ms)?;
    for base in &opener.lost {
        remove_indexes(dir, *base, &mut opener.opened.report)?;
    }
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

/// A directory on its way to be a log.
pub(super) struct Opener<'a> {
    pub dir: &'a Arc<PartitionDir>,
    pub options: &'a LogOptions,
    pub hint: OpenHint,
    pub files: BTreeMap<String, u64>,
    pub bases: Vec<i64>,
    /// Log files that seem to be missing, unless another one has their batches.
    pub lost: Vec<i64>,
    pub opened: Opened,
    pub replay: Replay,
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
        self.missing_in(0..self.base(0))?;
        let first_unsure = self.open_trusted_segments()?;
        let mut snapshots = Snapshots::find(self.dir, &self.files);
        let sure_end = first_unsure.map_or_else(|| self.end_of_segments(), |i| self.base(i));
        let (segments, start) = (&self.opened.segments, self.sure_start());
        let stored_epochs = stored_epochs.filter(|epochs| epochs_fit(epochs, segments, start, sure_end));
        let epochs_known = stored_epochs.is_some();
        self.replay.epochs = stored_epochs.unwrap_or_default();
        let before = self.replay.epochs.clone();
        if first_unsure.is_some() {
            self.replay.epochs.cut_end(sure_end);
        }
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
        self.missing_in(self.opened.log_end..i64::MAX)?;
        self.check_durable_end(self.opened.log_end)?;
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
        self.bases.is_empty() || epochs.epoch_at(self.sure_start()).is_some()
    }

    fn sure_start(&self) -> i64 {
        let first = self.bases.first().copied().unwrap_or_default();
        self.hint.log_start_offset.max(first)
    }

    pub(super) fn base(&self, i: usize) -> i64 {
        self.bases.get(i).copied().unwrap_or(i64::MAX)
    }

    fn end_of_segments(&self) -> i64 {
        let last = self.opened.segments.last();
        last.map_or(self.hint.log_start_offset, |s| s.with_tail(|t| t.end_offset))
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
                knows_durable: !self.hint.recovery_point_lost,
                lost: &self.lost,
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
            if let Some(next) = found.next_without_end {
                self.lost_before(next, next_offset)?;
                self.remove_behind(i)?;
                break;
            }
            if !last && let Some(segment) = self.opened.segments.last() {
                segment.with_tail_mut(Tail::seal);
                segment.close_files();
            }
        }
        self.finish_cut(first)
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
