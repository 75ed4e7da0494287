//! Files that interrupted work left in a partition directory.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::doomed::doom_segment_files;
use super::segment::PartitionDir;
use super::swapped::{end_of_swapped, in_force, void_from};
use super::{Doomed, LogError, RecoveryReport, names};
use crate::fs::{DirEntry, FileSystem};

/// The indexes of a segment.
const INDEXES: [&str; 3] = [names::INDEX, names::TIME_INDEX, names::TXN_INDEX];

/// Base offsets of segments whose `.log` is gone though an index is there, and nothing in the directory says that they were
/// to go. Kafka and Ottla rename the log last, durably or beside a higher log start. Below `durable` an index without
/// entries counts too: behind that its log may never have been on the disk.
///
/// # Errors
/// When a compacted segment that is to take the place of others is damaged.
pub(super) fn lost_logs(
    fs: &dyn FileSystem,
    dir: &Path,
    listing: &[DirEntry],
    log_start: i64,
    durable: i64,
) -> Result<Vec<i64>, LogError> {
    let bases = |suffix: &'static str, added: &'static str| {
        let of =
            move |e: &DirEntry| names::parse(e.name.strip_suffix(added)?, suffix).map(|base| (base, e.len));
        listing.iter().filter(|e| !e.is_dir).filter_map(of)
    };
    let logs: BTreeSet<i64> = bases(names::LOG, "").map(|(base, _)| base).collect();
    let mut going: BTreeSet<i64> = bases(names::LOG, names::DELETED).map(|(base, _)| base).collect();
    for suffix in INDEXES {
        // The index was not renamed with that log: it is of the compacted one that came after it.
        let renamed: BTreeSet<i64> = bases(suffix, names::DELETED).map(|(base, _)| base).collect();
        for (base, _) in bases(suffix, "").filter(|(base, _)| renamed.contains(base)) {
            going.remove(&base);
        }
    }
    let mut replaced = Vec::new();
    for base in in_force(listing) {
        replaced.push(base..end_of_swapped(fs, dir, listing, base)?);
    }
    let indexed = INDEXES.map(|suffix| bases(suffix, ""));
    let lost: BTreeSet<i64> = indexed
        .into_iter()
        .flatten()
        .filter_map(|(base, len)| (len > 0 || base < durable).then_some(base))
        .filter(|base| !logs.contains(base) && !going.contains(base))
        .filter(|base| !replaced.iter().any(|range| range.contains(base)))
        .filter(|base| logs.range(base..).next().is_none_or(|next| *next > log_start))
        .collect();
    Ok(lost.into_iter().collect())
}

/// Removes what an interrupted deletion or compaction left, completes a replacement that had got as
/// far as `.swap`, and answers the remaining files with their lengths.
///
/// As Kafka's `LogLoader`: `.deleted`, `.tmp` and `.cleaned` go; a `.swap` is complete, and takes the
/// place of the segments whose offsets it covers, unless an unfinished `.cleaned` lies at or below it
/// (then the compaction had not got so far).
pub(super) fn clean_up(
    dir: &Arc<PartitionDir>,
    listing: Vec<DirEntry>,
    lost: &[i64],
    report: &mut RecoveryReport,
) -> Result<BTreeMap<String, u64>, LogError> {
    let mut files: BTreeMap<String, u64> = listing
        .into_iter()
        .filter(|e| !e.is_dir)
        .map(|e| (e.name, e.len))
        .collect();
    let base_of = |name: &str, suffix: &str| name.strip_suffix(suffix)?.get(..20)?.parse::<i64>().ok();
    let void_from = void_from(files.keys().map(String::as_str));
    let swap_is_void =
        |name: &str| base_of(name, names::SWAP).is_some_and(|b| void_from.is_some_and(|c| b >= c));
    let doomed = |name: &str| {
        let suffixes = [names::DELETED, names::TEMPORARY, names::CLEANED];
        // The note of a cut goes when the cut is on the disk.
        (name != names::CUT && suffixes.iter().any(|s| name.ends_with(s))) || swap_is_void(name)
    };
    let mut leaving: Vec<String> = files.keys().filter(|name| doomed(name)).cloned().collect();
    // Last what makes a .swap void.
    leaving.sort_by_key(|name| name.ends_with(names::CLEANED));
    for name in leaving {
        remove(dir, &name)?;
        files.remove(&name);
        report.removed_files += 1;
    }
    complete_swaps(dir, &mut files)?;
    // What tells of a missing log stays until the log is open.
    let stays = |name: &String| {
        lost.iter()
            .any(|base| name.starts_with(&names::file_name(*base, ".")))
    };
    for name in orphans(&files).into_iter().filter(|name| !stays(name)) {
        remove(dir, &name)?;
        files.remove(&name);
        report.removed_files += 1;
    }
    Ok(files)
}

/// Removes the files of a segment before the log is in use, in two steps all the same: after a crash in
/// between it is plain that they are to go.
pub(super) fn remove_now(dir: &PartitionDir, base_offset: i64) -> Result<(), LogError> {
    let doomed = doom_segment_files(&dir.path, dir.folder.fs(), base_offset)?;
    doomed.remove().map_err(|source| LogError::Io {
        path: dir.path.clone(),
        source,
    })
}

fn remove(dir: &PartitionDir, name: &str) -> Result<(), LogError> {
    let path = dir.path.join(name);
    match dir.folder.fs().remove_file(&path) {
        // Writing a small file anew replaces its temporary file.
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(LogError::Io { path, source }),
        Ok(()) => Ok(()),
    }
}

/// Index files without their log file.
fn orphans(files: &BTreeMap<String, u64>) -> Vec<String> {
    let is_orphan = |name: &&String| {
        INDEXES.iter().any(|suffix| {
            names::parse(name, suffix)
                .is_some_and(|base| !files.contains_key(&names::file_name(base, names::LOG)))
        })
    };
    files.keys().filter(is_orphan).cloned().collect()
}

fn complete_swaps(dir: &Arc<PartitionDir>, files: &mut BTreeMap<String, u64>) -> Result<(), LogError> {
    let fs = dir.folder.fs();
    let swapped: Vec<String> = files
        .keys()
        .filter(|n| n.ends_with(names::SWAP))
        .cloned()
        .collect();
    // Which segments does each swapped log replace?
    for name in &swapped {
        let Some(base) = name
            .strip_suffix(names::SWAP)
            .and_then(|n| names::parse(n, names::LOG))
        else {
            continue;
        };
        let listing = fs.list(&dir.path).map_err(|source| LogError::Io {
            path: dir.path.clone(),
            source,
        })?;
        let end = end_of_swapped(&**fs, &dir.path, &listing, base)?;
        let replaced: Vec<i64> = files.keys().filter_map(|n| names::parse(n, names::LOG)).collect();
        for old in replaced.into_iter().filter(|old| (base..end).contains(old)) {
            // The snapshot at the start of the new segment is as good as before.
            let kept = (old == base).then(|| names::file_name(old, names::SNAPSHOT));
            remove_replaced(dir, old, kept.is_none())?;
            files.retain(|n, _| {
                n.ends_with(names::SWAP)
                    || kept.as_ref() == Some(n)
                    || !n.starts_with(&names::file_name(old, "."))
            });
        }
    }
    if swapped.is_empty() {
        return Ok(());
    }
    // Without a .swap nobody knows any more what it replaced: that must be gone for good before.
    sync_names(dir)?;
    for name in swapped {
        let Some(plain) = name.strip_suffix(names::SWAP) else {
            continue;
        };
        let path = dir.path.join(&name);
        fs.rename(&path, &dir.path.join(plain))
            .map_err(|source| LogError::Io { path, source })?;
        if let Some(len) = files.remove(&name) {
            files.insert(plain.to_owned(), len);
        }
    }
    sync_names(dir)
}

fn sync_names(dir: &PartitionDir) -> Result<(), LogError> {
    let synced = dir.folder.fs().sync_dir(&dir.path);
    synced.map_err(|source| LogError::Io {
        path: dir.path.clone(),
        source,
    })
}

/// Removes the files of a segment that a compacted one replaces.
fn remove_replaced(dir: &PartitionDir, base_offset: i64, with_snapshot: bool) -> Result<(), LogError> {
    if with_snapshot {
        return remove_now(dir, base_offset);
    }
    let suffixes = [names::INDEX, names::TIME_INDEX, names::TXN_INDEX, names::LOG];
    let doomed = Doomed::segment_files(&dir.path, dir.folder.fs(), base_offset, &suffixes)?;
    doomed.remove().map_err(|source| LogError::Io {
        path: dir.path.clone(),
        source,
    })
}

/// Removes the index files of a segment whose log is gone.
pub(super) fn remove_indexes(
    dir: &PartitionDir,
    base: i64,
    report: &mut RecoveryReport,
) -> Result<(), LogError> {
    for suffix in INDEXES {
        let path = dir.file(base, suffix);
        match dir.folder.fs().remove_file(&path) {
            Ok(()) => report.removed_files += 1,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(LogError::Io { path, source }),
        }
    }
    Ok(())
}

/// Removes segments wholly below the log start: what trimming removes, had it come so far. They were
/// not synced any more, so nothing can be said of what they hold.
pub(super) fn drop_trimmed(
    dir: &PartitionDir,
    files: &mut BTreeMap<String, u64>,
    log_start: i64,
) -> Result<(), LogError> {
    let bases: Vec<i64> = files
        .keys()
        .filter_map(|name| names::parse(name, names::LOG))
        .collect();
    let followers = bases.iter().skip(1);
    for (base, _) in bases
        .iter()
        .zip(followers)
        .filter(|(_, next)| **next <= log_start)
    {
        remove_now(dir, *base)?;
        files.retain(|name, _| !name.starts_with(&names::file_name(*base, ".")));
    }
    Ok(())
}
