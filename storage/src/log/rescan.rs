//! Checking a segment batch by batch after an unclean shutdown.

use super::errors::RESTORE;
use super::replay::Replay;
use super::scan::{SCAN_WINDOW_BYTES, Scan, checksum_is_right};
use super::segment::Segment;
use super::tail::Tail;
use super::{LogError, ReadError, names};
use crate::batch::{BATCH_HEADER_LEN, BatchHeader};

/// How far behind a bad batch a good one is looked for.
pub(super) const SEARCH_BYTES_MAX: u32 = 4 << 20;
/// What a disk writes at once: a lost write leaves zeros of this size and alignment.
const SECTOR_BYTES: usize = 512;

/// What to check.
pub(super) struct Rescan<'a> {
    /// Length of the log file.
    pub len: u32,
    /// Base offset of the next segment.
    pub next_base: Option<i64>,
    /// Everything below was durable.
    pub recovery_point: i64,
    /// No gap that ends here or below is one of lost batches.
    pub settled: i64,
    /// What lies above the recovery point was not durable.
    pub knows_durable: bool,
    /// Log files that seem to be missing.
    pub lost: &'a [i64],
    pub interval: u32,
    /// Room may have been reserved behind the last batch.
    pub preallocate: bool,
}

/// What a check found.
#[derive(Debug)]
pub(super) struct Rescanned {
    pub cut: Option<Cut>,
    /// The next segment, if batches are missing between the end and it. A whole number of them: nothing else makes such
    /// a gap but compaction, which shows, for then others are missing before.
    pub next_without_end: Option<i64>,
}

/// Where a log was cut, and why.
#[derive(Debug)]
pub(super) struct Cut {
    /// Bytes of what may have been batches; reserved room does not count.
    pub bytes: u64,
    pub reason: String,
}

/// What lies behind the last good batch.
enum Rest {
    /// So many bytes of a write that was torn.
    Torn(u64),
    /// Room that was reserved and never written.
    Reserved,
}

/// Checks every batch, feeds `replay`, rebuilds both indexes. A torn end is cut off the file.
///
/// A bad batch counts as torn only if it was not durable yet and no write seems to lie behind it, or
/// it shows the zeros of a write that the disk lost; all else is [`LogError::Damaged`].
pub(super) fn rescan(
    segment: &Segment,
    task: &Rescan<'_>,
    replay: &mut Replay,
) -> Result<Rescanned, LogError> {
    let base = segment.base_offset;
    segment.with_tail_mut(|t| *t = Tail::empty(base));
    segment.reset_aborted().map_err(|source| LogError::Io {
        path: segment.path(names::TXN_INDEX),
        source,
    })?;
    let mut scan = Scan::new(segment, 0, task.len, SCAN_WINDOW_BYTES);
    let mut gapless = true;
    let bad = loop {
        let position = scan.position();
        let next_offset = segment.with_tail(|t| t.end_offset);
        match scan.next_batch() {
            Ok(None) => break None,
            Ok(Some((_, header, bytes))) => {
                if !checksum_is_right(&header, bytes) {
                    let what = format!("the batch at offset {} has a wrong checksum", header.base_offset);
                    break Some((position, what));
                }
                if task.is_out_of_place(&header, next_offset) {
                    // The checksum does not cover the offset, so a lost sector can show here too.
                    let what = format!("offset {} where {next_offset} should follow", header.base_offset);
                    break Some((position, what));
                }
                if task.next_base.is_some_and(|next| header.last_offset() >= next) {
                    let what = format!("offset {}, which is in the next segment", header.last_offset());
                    return Err(damaged(segment, position, what));
                }
                gapless &= header.base_offset == next_offset
                    && i64::from(header.record_count) == i64::from(header.last_offset_delta) + 1;
                let aborted = replay.note(&header, bytes);
                segment.with_tail_mut(|t| t.note(base, &header, task.interval));
                if let Some(aborted) = aborted {
                    segment.push_aborted(aborted);
                }
                store_if_full(segment)?;
            }
            Err(ReadError::Corrupt { position, what, .. }) => break Some((position as u32, what)),
            Err(e) => return Err(e.into()),
        }
    };
    let cut = match bad {
        None => None,
        Some((position, reason)) => {
            let rest = judge(segment, task, position, &reason)?;
            let cut = segment.cut_log_file(position);
            cut.map_err(|source| LogError::Io {
                path: segment.path(names::LOG),
                source,
            })?;
            match rest {
                Rest::Torn(bytes) => Some(Cut { bytes, reason }),
                Rest::Reserved => None,
            }
        }
    };
    let next_without_end = task.next_without_end(segment, gapless && cut.is_none());
    let closed = task.next_base.is_some() && cut.is_none() && next_without_end.is_none();
    finish(segment, closed)?;
    Ok(Rescanned {
        cut,
        next_without_end,
    })
}

impl Rescan<'_> {
    /// Whether a batch cannot follow the offset before `next_offset`.
    fn is_out_of_place(&self, header: &BatchHeader, next_offset: i64) -> bool {
        // Compaction leaves the growing segment alone, and what was not durable.
        let may_leap = self.next_base.is_some() || !self.knows_durable || header.base_offset < self.settled;
        header.base_offset < next_offset || (header.base_offset > next_offset && !may_leap)
    }

    /// The next segment, if batches before it are missing. `gapless`: none is missing in the segment, which was not cut.
    fn next_without_end(&self, segment: &Segment, gapless: bool) -> Option<i64> {
        let (end, next) = (segment.with_tail(|t| t.end_offset), self.next_base?);
        let file_is_missing = self.lost.iter().any(|base| (end..next).contains(base));
        let lost = next > end && gapless && next > self.settled;
        if lost && !self.knows_durable {
            let path = segment.path(names::LOG);
            tracing::warn!(
                "{}: offsets {end} to {next} behind it were compacted away, or they are lost: what was durable is not known",
                path.display()
            );
        }
        (file_is_missing || (lost && self.knows_durable)).then_some(next)
    }
}

/// Rebuilds the indexes of a closed segment whose log bytes are trusted. Synced, for nothing else will sync them, and
/// half of an index would not be noticed.
pub(super) fn rebuild_indexes(segment: &Segment, len: u32, interval: u32) -> Result<(), LogError> {
    let base = segment.base_offset;
    segment.with_tail_mut(|t| {
        let before = std::mem::replace(t, Tail::empty(base));
        t.aborted_stored = before.aborted_stored;
        t.aborted_unchecked = before.aborted_unchecked;
        t.aborted_unknown_to = before.aborted_unknown_to;
    });
    let mut scan = Scan::new(segment, 0, len, SCAN_WINDOW_BYTES);
    while let Some((_, header)) = scan.next_header()? {
        segment.with_tail_mut(|t| t.note(base, &header, interval));
        store_if_full(segment)?;
    }
    finish(segment, true)?;
    let synced = segment
        .index_files()
        .and_then(|files| files.iter().try_for_each(|file| file.sync_data()));
    synced.map_err(|source| LogError::Io {
        path: segment.path(names::INDEX),
        source,
    })?;
    segment.with_tail_mut(Tail::seal);
    Ok(())
}

fn store_if_full(segment: &Segment) -> Result<(), LogError> {
    if segment.with_tail(|t| t.index.pending.len() < super::index::PENDING_ENTRIES_MAX) {
        return Ok(());
    }
    segment.store_indexes().map_err(|source| LogError::Io {
        path: segment.path(names::INDEX),
        source,
    })
}

fn finish(segment: &Segment, closed: bool) -> Result<(), LogError> {
    let stored = if closed {
        segment.finish_indexes().and_then(|()| segment.finish_aborted())
    } else {
        segment.store_indexes()
    };
    stored
        .and_then(|()| segment.trim_index_files())
        .map_err(|source| LogError::Io {
            path: segment.path(names::INDEX),
            source,
        })
}

/// `Ok` when the log may be cut at `position`.
fn judge(segment: &Segment, task: &Rescan<'_>, position: u32, what: &str) -> Result<Rest, LogError> {
    let next_offset = segment.with_tail(|t| t.end_offset);
    let search_len = (task.len - position).min(SEARCH_BYTES_MAX) as usize;
    let mut bytes = vec![0; search_len];
    let read = segment.read_at(&mut bytes, u64::from(position))?;
    bytes.truncate(read);
    if is_old_format(&bytes) {
        return Err(LogError::Damaged {
            path: segment.path(names::LOG),
            position: u64::from(position),
            what: "a message in an old format (v0 or v1)".to_owned(),
            advice: "Let a Kafka 3.x broker rewrite the topic in format v2 first",
        });
    }
    if next_offset < task.recovery_point {
        let what = format!(
            "{what}, though everything below offset {} was durable",
            task.recovery_point
        );
        return Err(damaged(segment, position, what));
    }
    let written = bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
    // Nothing is missing before the next segment; or nothing was written here, as far as one can know.
    if written == 0
        && task
            .next_base
            .map_or(task.preallocate, |next| next == next_offset)
    {
        return Ok(Rest::Reserved);
    }
    let torn = Rest::Torn(match task.preallocate {
        true => written as u64,
        false => u64::from(task.len - position),
    });
    if looks_torn(&bytes, position, next_offset, task.next_base.is_some()) {
        return Ok(torn);
    }
    Err(damaged(
        segment,
        position,
        format!("{what}, and whole batches lie behind it"),
    ))
}

/// Whether `bytes`, from a bad batch at `position` on, look like the end of what was being written: nothing whole follows, or
/// a write was lost. A segment with a later one (`followed`) must show where its end went.
pub(super) fn looks_torn(bytes: &[u8], position: u32, next_offset: i64, followed: bool) -> bool {
    let behind = batch_behind(bytes, next_offset);
    if behind.is_none() && !followed {
        return true;
    }
    let bad_len = behind.unwrap_or(bytes.len());
    has_lost_sector(bytes, bad_len, position, next_offset) || (behind.is_none() && is_short(bytes))
}

/// Whether the bytes start with a whole message of format v0 or v1: offset, size, CRC-32 of the rest.
fn is_old_format(bytes: &[u8]) -> bool {
    let field = |at: usize| {
        let (field, _) = bytes.get(at..)?.split_first_chunk::<4>()?;
        Some(u32::from_be_bytes(*field))
    };
    let (Some(size), Some(crc), Some(0 | 1)) = (field(8), field(12), bytes.get(16)) else {
        return false;
    };
    let Some(covered) = (size as usize).checked_add(12).and_then(|end| bytes.get(16..end)) else {
        return false;
    };
    let mut sum = flate2::Crc::new();
    sum.update(covered);
    covered.len() > 1 && sum.sum() == crc
}

/// Whether the file just ends within the batch: the disk lost the end of the file.
fn is_short(bytes: &[u8]) -> bool {
    match BatchHeader::read(bytes) {
        None => true,
        Some(header) => header.magic == 2 && header.size_in_bytes() > bytes.len(),
    }
}

/// Whether an aligned sector (of the file) holds only zeros where the batch at `next_offset` should be:
/// in the first `bad_len` of `bytes`, which start at `position`.
fn has_lost_sector(bytes: &[u8], bad_len: usize, position: u32, next_offset: i64) -> bool {
    let to_boundary = (SECTOR_BYTES - position as usize % SECTOR_BYTES) % SECTOR_BYTES;
    let zeros = |bytes: &[u8]| bytes.iter().all(|b| *b == 0);
    let (head, aligned) = bytes.split_at(to_boundary.min(bad_len));
    // The first sector begins with good batches. If it was written before, but not since, zeros follow:
    // where the offset and the length of the batch should be, which are not zero both.
    let expected = next_offset.to_be_bytes();
    let shows = head.len() >= 12 || !zeros(expected.get(..head.len()).unwrap_or(&expected));
    let sectors = (bad_len - head.len()).div_ceil(SECTOR_BYTES);
    (!head.is_empty() && shows && zeros(head)) || aligned.chunks(SECTOR_BYTES).take(sectors).any(zeros)
}

/// Position of a whole batch with a later offset behind the first byte.
fn batch_behind(bytes: &[u8], next_offset: i64) -> Option<usize> {
    (1..bytes.len()).find(|from| {
        let rest = bytes.get(*from..).unwrap_or_default();
        // Cheap tests first: this looks at every byte.
        if rest.get(16) != Some(&2) {
            return false;
        }
        let Some(header) = BatchHeader::read(rest) else {
            return false;
        };
        let size = usize::try_from(header.batch_length).map_or(0, |len| len + 12);
        header.base_offset > next_offset
            && size >= BATCH_HEADER_LEN
            && rest
                .get(..size)
                .is_some_and(|batch| checksum_is_right(&header, batch))
    })
}

fn damaged(segment: &Segment, position: u32, what: String) -> LogError {
    let path = segment.path(names::LOG);
    LogError::Damaged {
        path,
        position: u64::from(position),
        what,
        advice: RESTORE,
    }
}
