//! Checking a segment batch by batch after an unclean shutdown.

use super::errors::RESTORE;
use super::recover::Replay;
use super::scan::{SCAN_WINDOW_BYTES, Scan, checksum_is_right};
use super::segment::Segment;
use super::tail::Tail;
use super::{LogError, ReadError, names};
use crate::batch::{BATCH_HEADER_LEN, BatchHeader};

/// How far behind a bad batch a good one is looked for.
const SEARCH_BYTES_MAX: u32 = 4 << 20;
/// What a disk writes at once: a lost write leaves zeros of this size and alignment.
const SECTOR_BYTES: usize = 512;

/// What to check.
pub(super) struct Rescan {
    /// Length of the log file.
    pub len: u32,
    /// Base offset of the next segment.
    pub next_base: Option<i64>,
    /// Everything below was durable.
    pub recovery_point: i64,
    pub interval: u32,
    /// No batch will follow in this segment.
    pub closed: bool,
}

/// Where a log was cut, and why.
#[derive(Debug)]
pub(super) struct Cut {
    pub position: u32,
    pub reason: String,
}

/// Checks every batch, feeds `replay`, rebuilds both indexes. A torn end is cut off the file.
///
/// A bad batch counts as torn only if it was not durable yet and no write seems to lie behind it, or
/// it shows the zeros of a write that the disk lost; all else is [`LogError::Damaged`].
pub(super) fn rescan(segment: &Segment, task: &Rescan, replay: &mut Replay) -> Result<Option<Cut>, LogError> {
    let base = segment.base_offset;
    segment.with_tail_mut(|t| *t = Tail::empty(base));
    let mut scan = Scan::new(segment, 0, task.len, SCAN_WINDOW_BYTES);
    let bad = loop {
        let position = scan.position();
        let next_offset = segment.with_tail(|t| t.end_offset);
        match scan.next_batch() {
            Ok(None) => break None,
            Ok(Some((_, header, bytes))) => {
                if !checksum_is_right(&header, bytes) {
                    break Some((
                        position,
                        format!("the batch at offset {} has a wrong checksum", header.base_offset),
                    ));
                }
                if header.base_offset < next_offset
                    || task.next_base.is_some_and(|next| header.last_offset() >= next)
                {
                    let what = format!("offset {} where {next_offset} should follow", header.base_offset);
                    return Err(damaged(segment, position, what));
                }
                replay.note(&header, bytes);
                segment.with_tail_mut(|t| t.note(base, &header, task.interval));
                store_if_full(segment)?;
            }
            Err(ReadError::Corrupt { position, what, .. }) => break Some((position as u32, what)),
            Err(e) => return Err(e.into()),
        }
    };
    let cut = match bad {
        None => None,
        Some((position, reason)) => {
            judge(segment, task, position, &reason)?;
            let cut = segment.cut_log_file(position);
            cut.map_err(|source| LogError::Io {
                path: segment.path(names::LOG),
                source,
            })?;
            Some(Cut { position, reason })
        }
    };
    finish(segment, task.closed && cut.is_none())?;
    Ok(cut)
}

/// Rebuilds the indexes of a closed segment whose log bytes are trusted.
pub(super) fn rebuild_indexes(segment: &Segment, len: u32, interval: u32) -> Result<(), LogError> {
    let base = segment.base_offset;
    segment.with_tail_mut(|t| *t = Tail::empty(base));
    let mut scan = Scan::new(segment, 0, len, SCAN_WINDOW_BYTES);
    while let Some((_, header)) = scan.next_header()? {
        segment.with_tail_mut(|t| t.note(base, &header, interval));
        store_if_full(segment)?;
    }
    finish(segment, true)?;
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
        segment.finish_indexes()
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
fn judge(segment: &Segment, task: &Rescan, position: u32, what: &str) -> Result<(), LogError> {
    let next_offset = segment.with_tail(|t| t.end_offset);
    if what.contains("old format") {
        return Err(LogError::Damaged {
            path: segment.path(names::LOG),
            position: u64::from(position),
            what: what.to_owned(),
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
    let search_len = (task.len - position).min(SEARCH_BYTES_MAX) as usize;
    let mut bytes = vec![0; search_len];
    let read = segment.read_at(&mut bytes, u64::from(position))?;
    bytes.truncate(read);
    let behind = batch_behind(&bytes, next_offset);
    if behind.is_none() && task.next_base.is_none() {
        return Ok(());
    }
    let bad_bytes = bytes.get(..behind.unwrap_or(bytes.len())).unwrap_or_default();
    if has_lost_sector(bad_bytes, position) || (behind.is_none() && is_short(&bytes)) {
        return Ok(());
    }
    Err(damaged(
        segment,
        position,
        format!("{what}, and whole batches lie behind it"),
    ))
}

/// Whether the file just ends within the batch: the disk lost the end of the file.
fn is_short(bytes: &[u8]) -> bool {
    match BatchHeader::read(bytes) {
        None => true,
        Some(header) => header.magic == 2 && header.size_in_bytes() > bytes.len(),
    }
}

/// Whether an aligned sector (of the file) holds only zeros.
fn has_lost_sector(bytes: &[u8], position: u32) -> bool {
    let to_boundary = (SECTOR_BYTES - position as usize % SECTOR_BYTES) % SECTOR_BYTES;
    let zeros = |sector: &[u8]| sector.iter().all(|b| *b == 0);
    let aligned = bytes.get(to_boundary..).unwrap_or_default();
    let head = bytes.get(..to_boundary.min(bytes.len())).unwrap_or_default();
    // The part before the first boundary shares its sector with whole batches, unless it is new.
    (head.len() >= BATCH_HEADER_LEN && zeros(head)) || aligned.chunks(SECTOR_BYTES).any(zeros)
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
