//! Compacted segments that are about to take the place of others: `.swap` files.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::inspect::{BatchWalk, Walked};
use super::offset_index::OffsetEntry;
use super::scan::checksum_is_right;
use super::segment::PartitionDir;
use super::time_index::TimeEntry;
use super::{LogError, names};
use crate::fs::{DirEntry, FileSystem, OpenMode};

fn bases(listing: &[DirEntry], added: &str) -> BTreeSet<i64> {
    let files = listing.iter().filter(|e| !e.is_dir);
    files
        .filter_map(|e| names::parse(e.name.strip_suffix(added)?, names::LOG))
        .collect()
}

/// Where the first compacted segment that is not complete begins. Every `.swap` from there on is void: its compaction
/// had not got so far, and the old segments stay.
pub(super) fn void_from<'a>(names: impl Iterator<Item = &'a str>) -> Option<i64> {
    names
        .filter_map(|name| name.strip_suffix(names::CLEANED)?.get(..20)?.parse().ok())
        .min()
}

/// Where the compacted logs begin that are to take the place of others, without void ones.
pub(super) fn in_force(listing: &[DirEntry]) -> BTreeSet<i64> {
    let files = listing.iter().filter(|e| !e.is_dir);
    let void_from = void_from(files.map(|e| e.name.as_str())).unwrap_or(i64::MAX);
    let swaps = bases(listing, names::SWAP).into_iter();
    swaps.filter(|base| *base < void_from).collect()
}

/// The segments whose place a compacted one takes.
struct Replaced {
    /// Where the last of them ends, if they are there up to the next segment.
    known_end: Option<i64>,
    /// All of them have their own names still.
    are_in_place: bool,
}

impl Replaced {
    fn find(
        fs: &dyn FileSystem,
        dir: &Path,
        listing: &[DirEntry],
        base: i64,
        end: i64,
    ) -> io::Result<Replaced> {
        let (plain, gone) = (bases(listing, ""), bases(listing, names::DELETED));
        let range = base..end.max(base + 1);
        let last = plain.range(range.clone()).next_back().copied();
        let last_gone = gone.range(range).next_back().copied();
        let known_end = match last.filter(|last| last_gone.is_none_or(|gone| gone <= *last)) {
            Some(last) => {
                let end_of_last = end_of_plain(fs, dir, last)?;
                let next = plain.range(last + 1..).next();
                next.is_none_or(|next| *next == end_of_last)
                    .then_some(end_of_last)
            }
            None => None,
        };
        let are_in_place =
            known_end.is_some() && plain.contains(&base) && gone.range(base..).next().is_none();
        Ok(Replaced {
            known_end,
            are_in_place,
        })
    }
}

/// The offset behind the last whole batch of a log file.
fn end_of_plain(fs: &dyn FileSystem, dir: &Path, base: i64) -> io::Result<i64> {
    let file = fs.open(&dir.join(names::file_name(base, names::LOG)), OpenMode::Read)?;
    let len = file.len()?;
    let mut walk = BatchWalk::new(file, len);
    let mut end = base;
    while let Some(Walked::Batch { header, .. }) = walk.next()? {
        end = header.next_offset();
    }
    Ok(end)
}

/// Sets aside each `.swap` that is damaged, or ends before what it replaces, while all that it replaces is still in
/// place: then nothing is lost, and compaction comes again.
///
/// # Errors
/// When one is damaged, and what it replaces has begun to go.
pub(super) fn set_damaged_swaps_aside(dir: &PartitionDir, listing: &mut [DirEntry]) -> Result<(), LogError> {
    let fs = dir.folder.fs();
    let io = |source| LogError::Io {
        path: dir.path.clone(),
        source,
    };
    for base in in_force(listing) {
        let judged = end_of_swapped(&**fs, &dir.path, listing, base);
        let end = *judged.as_ref().unwrap_or(&base);
        let replaced = Replaced::find(&**fs, &dir.path, listing, base, end).map_err(io)?;
        let is_short = replaced.known_end.is_some_and(|known| end < known);
        if !replaced.are_in_place || !(is_short || judged.is_err()) {
            judged?;
            continue;
        }
        let name = names::file_name(base, names::LOG);
        let (swap, cleaned) = (name.clone() + names::SWAP, name + names::CLEANED);
        tracing::warn!(
            "{}: {swap} is damaged or ends early; what it was to replace stays",
            dir.path.display()
        );
        // Under this name it makes the other files of the swap void.
        fs.rename(&dir.path.join(&swap), &dir.path.join(&cleaned))
            .and_then(|()| fs.sync_dir(&dir.path))
            .map_err(io)?;
        if let Some(entry) = listing.iter_mut().find(|entry| entry.name == swap) {
            entry.name = cleaned;
        }
    }
    Ok(())
}

/// The offset behind the last batch of a swapped log. It was complete and durable before it got that name, so whatever
/// is wrong with it is damage; what it replaces is not removed then.
pub(super) fn end_of_swapped(
    fs: &dyn FileSystem,
    dir: &Path,
    listing: &[DirEntry],
    base: i64,
) -> Result<i64, LogError> {
    let path = dir.join(names::file_name(base, names::LOG) + names::SWAP);
    let io = |source| LogError::Io {
        path: path.clone(),
        source,
    };
    let damaged = |position, what| {
        Err(LogError::Damaged {
            path: path.clone(),
            position,
            what,
            advice: "Restore the file from a copy, or remove all .swap files of that offset if the segments that it \
                     replaces are still there under their own names",
        })
    };
    let file = fs.open(&path, OpenMode::Read).map_err(io)?;
    let len = file.len().map_err(io)?;
    if len == 0 {
        return damaged(0, "it is empty".to_owned());
    }
    let mut walk = BatchWalk::new(file, len);
    let mut end = base;
    while let Some(walked) = walk.next().map_err(io)? {
        match walked {
            Walked::Batch {
                position,
                header,
                bytes,
            } => {
                let relative = header.last_offset().saturating_sub(base);
                let is_wrong = header.base_offset < end || relative > i64::from(i32::MAX);
                if is_wrong || !checksum_is_right(&header, bytes) {
                    return damaged(position, "a batch with a wrong checksum or offset".to_owned());
                }
                end = header.next_offset();
            }
            Walked::Fault { position, what } => return damaged(position, what),
            Walked::Zeros { position } => return damaged(position, "zeros behind the last batch".to_owned()),
        }
    }
    if let Some(index) = names_more(fs, dir, base, end, len) {
        return damaged(
            len,
            format!("it ends before offset {end}, but {index}.swap names more"),
        );
    }
    let replaced = Replaced::find(fs, dir, listing, base, end).map_err(io)?;
    match replaced.known_end {
        Some(known) if end > known => damaged(
            len,
            format!("it goes on to offset {end}, and what it replaces ends at {known}"),
        ),
        _ => Ok(end),
    }
}

/// The name of an index that knows of batches behind the end of a swapped log of `len` bytes.
fn names_more(fs: &dyn FileSystem, dir: &Path, base: i64, end: i64, len: u64) -> Option<String> {
    for (suffix, entry_bytes) in [(names::INDEX, 8), (names::TIME_INDEX, 12)] {
        let name = names::file_name(base, suffix);
        let index = fs.read(&dir.join(name.clone() + names::SWAP)).unwrap_or_default();
        let (offset, position) = match index.rchunks_exact(entry_bytes).next() {
            None => continue,
            Some(entry) if entry_bytes == 8 => {
                OffsetEntry::read(entry).map_or((0, 0), |e| (e.relative_offset, e.position))
            }
            Some(entry) => (TimeEntry::read(entry).map_or(0, |e| e.relative_offset), 0),
        };
        if base + i64::from(offset) >= end || u64::from(position) >= len.max(1) {
            return Some(name);
        }
    }
    None
}
