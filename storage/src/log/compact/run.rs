//! One pass of compaction over a log, outside its lock (Kafka's `Cleaner.doClean`).

use std::collections::VecDeque;
use std::sync::Arc;

use super::error::CompactionError;
use super::filter::{Fate, Filter, Judged, LastOfProducer, Rules};
use super::group::group;
use super::map_build::fill;
use super::offset_map::{MapLimits, OffsetMap};
use super::output::{Output, Target};
use super::range::Cleanable;
use super::swap::CompactedSegment;
use super::transactions::Transactions;
use crate::batch::{BatchHeader, Codec, Compression, RecordsError, RetainRules, Scratch, retain_records};
use crate::fs::OpenMode;
use crate::log::errors::RESTORE;
use crate::log::scan::{Scan, checksum_is_right};
use crate::log::segment::{PartitionDir, Segment};
use crate::log::writer::{Log, Store};
use crate::log::{LogError, LogOptions, LogView, names, producer_snapshot};

/// Bytes that are read or written between two looks at whether to go on.
const IO_STEP_BYTES: usize = 64 << 10;
/// Least and most bytes of a read and of a write.
const BUFFER_BYTES_MIN: usize = 4 << 10;
const BUFFER_BYTES_MAX: usize = 64 << 20;

/// How a pass works.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompactionSettings {
    /// Most bytes for keys (`log.cleaner.dedupe.buffer.size` of one thread); taken as keys come, 16 bytes a key.
    pub map_bytes_max: u64,
    /// `log.cleaner.io.buffer.load.factor`.
    pub load_factor: f64,
    /// Bytes of the read buffer, and of the write buffer (`log.cleaner.io.buffer.size` of one thread, halved).
    pub buffer_bytes: usize,
    /// Random key of the hash of keys, so that nobody can choose keys that collide.
    pub hash_key: (u64, u64),
    /// `delete.retention.ms`.
    pub delete_retention_ms: i64,
    /// Now.
    pub now_ms: i64,
}

/// What a pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CompactionStats {
    /// Log bytes read to find the last offset of every key.
    pub map_bytes_read: u64,
    /// Keys found.
    pub keys: usize,
    /// Memory that they took.
    pub map_bytes: usize,
    /// Log bytes read to be compacted, and what was written.
    pub bytes_read: u64,
    /// What was left of them.
    pub bytes_written: u64,
    /// Records that stayed in batches that were judged record by record.
    pub records_kept: u64,
    /// Records without a key, which a compacted topic should not have; they went.
    pub keyless_records: u64,
}

/// What a pass works on: taken under the log's lock, used without.
#[derive(Debug)]
pub struct CompactionPlan {
    view: LogView,
    segments: Vec<Arc<Segment>>,
    first_dirty: i64,
    upper_bound: i64,
    last_of_producers: std::collections::BTreeMap<i64, LastOfProducer>,
    target: Target,
    options: LogOptions,
}

impl Log {
    /// What a pass over `cleanable` works on; `None` when there is nothing, or when closed segments are not synced
    /// and [checkpointed](Log::recovery_point): recovery must never take a gap that compaction made for lost batches.
    ///
    /// Sync the log to its end ([`Log::dirty`]) after the limits of `cleanable` were taken: what decides a transaction, or
    /// follows a producer's batch, must be on the disk before what it makes superfluous goes.
    pub fn plan_compaction(&self, cleanable: &Cleanable) -> Option<CompactionPlan> {
        let upper_bound = cleanable.first_uncleanable_offset;
        if upper_bound <= cleanable.first_dirty_offset || self.recovery_point() < upper_bound {
            return None;
        }
        // A swap that failed half-way: new `.cleaned` files would make its `.swap` void after a crash.
        if self.shared.segments.load().iter().any(|s| s.is_half_swapped()) {
            return None;
        }
        let target = match &self.store {
            Store::Disk(disk) if !keep_snapshot(&disk.dir, upper_bound) => return None,
            Store::Disk(disk) => Target::Disk(Arc::clone(&disk.dir)),
            Store::Memory(budget) => Target::Memory(Arc::clone(budget)),
        };
        let segments = self.shared.segments.load();
        let last_of = |state: &crate::log::ProducerState| LastOfProducer {
            data_offset: state.last_batch().map(|b| b.last_offset),
            epoch: state.epoch,
        };
        Some(CompactionPlan {
            view: self.view(),
            segments: segments
                .iter()
                .take_while(|s| s.base_offset < upper_bound)
                .cloned()
                .collect(),
            first_dirty: cleanable.first_dirty_offset,
            upper_bound,
            last_of_producers: self
                .producer_states()
                .map(|state| (state.producer_id, last_of(state)))
                .collect(),
            target,
            options: self.options.clone(),
        })
    }
}

/// Makes the producer snapshot at the end of what is compacted durable; the pass syncs its name. From an older one
/// recovery would miss what compaction takes out behind it, the end of a transaction say. False if there is none: the
/// log is compacted once a later segment is closed.
fn keep_snapshot(dir: &PartitionDir, offset: i64) -> bool {
    let (fs, path) = (dir.folder.fs(), dir.file(offset, names::SNAPSHOT));
    let content = fs.read(&path).ok();
    if content.is_none_or(|c| producer_snapshot::decode(&c).is_none()) {
        tracing::warn!("{} is missing or damaged: not compacted yet", path.display());
        return false;
    }
    let synced = fs.open(&path, OpenMode::Write).and_then(|file| file.sync_data());
    dir.folder.must_sync(synced).is_ok()
}

/// Counts what is read and written, so that the caller can throttle or stop.
pub(super) struct Io<'a> {
    pub read_bytes: usize,
    pending: usize,
    total: u64,
    go_on: &'a mut dyn FnMut(u64) -> bool,
}

impl Io<'_> {
    pub fn count(&mut self, bytes: usize) -> Result<(), CompactionError> {
        self.pending += bytes;
        self.total += bytes as u64;
        if self.pending >= IO_STEP_BYTES {
            let bytes = std::mem::take(&mut self.pending) as u64;
            if !(self.go_on)(bytes) {
                return Err(CompactionError::Stopped);
            }
        }
        Ok(())
    }
}

/// A pass that has begun: keys are known, groups of segments are compacted one after the other.
#[derive(Debug)]
pub struct Compaction {
    view: LogView,
    target: Target,
    options: LogOptions,
    buffer_bytes: usize,
    groups: VecDeque<Vec<Arc<Segment>>>,
    end_offset: i64,
    rules: Rules,
    transactions: Transactions,
    filter: Filter,
    scratch: Scratch,
    stats: CompactionStats,
}

impl Compaction {
    /// Reads the dirty part and remembers the last offset of its keys, as many as fit. `go_on` is told of bytes read
    /// and written now and then; it may sleep, and answers whether to go on.
    ///
    /// # Errors
    /// [`CompactionError`].
    pub fn start(
        plan: CompactionPlan,
        settings: &CompactionSettings,
        go_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<Compaction, CompactionError> {
        if let Target::Disk(dir) = &plan.target {
            // A swap that a killed process finished may not be on the disk yet: a power loss would bring its `.swap` back,
            // and new `.cleaned` files would make that void.
            let synced = dir.folder.fs().sync_dir(&dir.path);
            synced.map_err(|source| LogError::Io {
                path: dir.path.clone(),
                source,
            })?;
        }
        let buffer_bytes = settings.buffer_bytes.clamp(BUFFER_BYTES_MIN, BUFFER_BYTES_MAX);
        let limits = MapLimits {
            bytes_max: settings.map_bytes_max,
            load_factor: settings.load_factor,
            hash_key: settings.hash_key,
        };
        let mut map = OffsetMap::new(&limits, plan.first_dirty);
        let mut io = Io {
            read_bytes: buffer_bytes,
            pending: 0,
            total: 0,
            go_on,
        };
        fill(&mut map, &plan.view, &plan.segments, plan.upper_bound, &mut io)?;
        let end_offset = map.latest_offset() + 1;
        if end_offset <= plan.first_dirty {
            return Err(CompactionError::MapTooSmall {
                offset: plan.first_dirty,
                map_bytes: settings.map_bytes_max,
            });
        }
        let count = plan.segments.partition_point(|s| s.base_offset < end_offset);
        let segments = plan.segments.get(..count).unwrap_or_default();
        let bound = plan
            .segments
            .get(count)
            .map_or(plan.upper_bound, |next| next.base_offset);
        Ok(Compaction {
            groups: group(segments, &plan.options, bound).into(),
            view: plan.view,
            target: plan.target,
            options: plan.options,
            buffer_bytes,
            end_offset,
            stats: CompactionStats {
                map_bytes_read: io.total,
                keys: map.len(),
                map_bytes: map.allocated_bytes(),
                ..CompactionStats::default()
            },
            rules: Rules {
                map,
                last_of_producers: plan.last_of_producers,
                upper_bound: plan.upper_bound,
                now_ms: settings.now_ms,
                delete_retention_ms: settings.delete_retention_ms,
            },
            transactions: Transactions::default(),
            filter: Filter::default(),
            scratch: Scratch::default(),
        })
    }

    /// Everything below is compacted once every group is swapped in: the next checkpoint.
    pub fn end_offset(&self) -> i64 {
        self.end_offset
    }

    /// What was done so far.
    pub fn stats(&self) -> CompactionStats {
        CompactionStats {
            keyless_records: self.filter.keyless,
            ..self.stats
        }
    }

    /// Compacts the next group of segments into one that is complete and durable, but not in the log yet: hand it to
    /// [`Log::replace_segments`]. `None` behind the last one.
    ///
    /// # Errors
    /// [`CompactionError`]; nothing is left behind then.
    pub fn next_segment(
        &mut self,
        go_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<Option<CompactedSegment>, CompactionError> {
        let Some(group) = self.groups.pop_front() else {
            return Ok(None);
        };
        let (Some(first), Some(last_segment)) = (group.first(), group.last()) else {
            return Ok(None);
        };
        let end_offset = last_segment.with_tail(|t| t.end_offset);
        let interval = self.options.index_interval_bytes;
        let mut output = Output::create(&self.target, first.base_offset, interval, self.buffer_bytes)?;
        let mut io = Io {
            read_bytes: self.buffer_bytes,
            pending: 0,
            total: 0,
            go_on,
        };
        let mut last = None;
        let mut copied = (group.iter()).try_for_each(|s| self.copy(s, &mut output, &mut last, &mut io));
        if copied.is_ok() {
            copied = output.show_gap(last.as_ref(), end_offset);
        }
        if let Err(error) = copied {
            output.discard();
            return Err(error);
        }
        let segment = Arc::new(output.finish(end_offset)?);
        // It is no younger for having been compacted.
        if let Ok(written_ms) = last_segment.written_ms() {
            segment.note_written(written_ms);
        }
        self.stats.bytes_written += u64::from(segment.len());
        Ok(Some(CompactedSegment {
            segment,
            replaces: group,
        }))
    }

    /// Copies what stays of a segment; `last` becomes its last batch.
    fn copy(
        &mut self,
        from: &Segment,
        to: &mut Output,
        last: &mut Option<BatchHeader>,
        io: &mut Io<'_>,
    ) -> Result<(), CompactionError> {
        let end_offset = from.with_tail(|t| t.end_offset);
        let aborted = self.view.aborted_transactions(from.base_offset, end_offset)?;
        self.transactions.add_aborted(&aborted);
        let mut scan = Scan::new(from, 0, from.len(), self.buffer_bytes);
        while let Some((position, header, bytes)) = scan.next_batch()? {
            io.count(bytes.len())?;
            self.stats.bytes_read += bytes.len() as u64;
            *last = Some(header);
            // A batch that is written anew gets a new checksum; that must not make damage look sound.
            if !checksum_is_right(&header, bytes) {
                return Err(damaged(
                    from,
                    position,
                    "a batch with a wrong checksum".to_owned(),
                ));
            }
            let judged = self
                .filter
                .judge(
                    &header,
                    bytes,
                    &self.rules,
                    &mut self.transactions,
                    &mut self.scratch,
                )
                .map_err(|error| damaged(from, position, error.to_string()))?;
            self.stats.records_kept += judged.records_kept as u64;
            if let Some(aborted) = judged.aborted {
                to.push_aborted(aborted);
            }
            let written = match &judged.fate {
                Fate::Copied => to.push(&header, bytes)?,
                Fate::Dropped => 0,
                Fate::Emptied | Fate::Rewritten { .. } => {
                    let new = rewrite(&header, bytes, &judged, self.filter.kept(), &mut self.scratch)
                        .map_err(|error| damaged(from, position, error.to_string()))?;
                    to.push(&new.header, &new.bytes)?
                }
            };
            io.count(written)?;
        }
        Ok(())
    }
}

fn rewrite(
    header: &BatchHeader,
    bytes: &[u8],
    judged: &Judged,
    kept: &[bool],
    scratch: &mut Scratch,
) -> Result<crate::batch::Retained, RecordsError<std::convert::Infallible>> {
    let delete_horizon_ms = match judged.fate {
        Fate::Rewritten { delete_horizon_ms } => delete_horizon_ms,
        _ => None,
    };
    let rules = RetainRules {
        compression: Compression::of(header.codec().unwrap_or(Codec::None)),
        delete_horizon_ms,
        max_bytes: i32::MAX as usize,
    };
    let mut marks = kept.iter();
    retain_records(bytes, &rules, scratch, |_| {
        Ok(judged.fate != Fate::Emptied && marks.next() == Some(&true))
    })
}

pub(super) fn damaged(segment: &Segment, position: u32, what: String) -> CompactionError {
    CompactionError::Log(LogError::Damaged {
        path: segment.path(names::LOG),
        position: u64::from(position),
        what,
        advice: RESTORE,
    })
}
