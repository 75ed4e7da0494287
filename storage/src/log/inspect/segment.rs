//! One segment: every batch of its log, and its indexes against them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::batch_check::batch_faults;
use super::entries::EntryKind;
use super::finding::{Finding, RESTORE, Severity};
use super::index_check::IndexCheck;
use super::walk::{BatchWalk, Walked};
use crate::batch::{BatchHeader, Scratch};
use crate::fs::{File, FileSystem, OpenMode, read_exact_at};
use crate::log::epochs::Epochs;
use crate::log::{names, rescan};

/// Bytes of the largest index file that is read.
const INDEX_BYTES_MAX: u64 = 256 << 20;
/// Findings told of one log file; behind, only their number.
const FINDINGS_MAX: usize = 20;
const CUT: &str = "nothing: the next start cuts the log here if nothing durable is lost by it, and otherwise says what to do";

/// What is known about a partition before its segments are read.
pub(super) struct Expected {
    /// The last shutdown was clean, and no broker runs.
    pub clean: bool,
    /// Everything below was durable.
    pub recovery_point: i64,
    /// `leader-epoch-checkpoint`, when it can be read.
    pub epochs: Option<Epochs>,
}

/// Totals of a segment.
#[derive(Debug, Default)]
pub(super) struct SegmentFacts {
    pub batches: u64,
    pub records: u64,
    pub bytes: u64,
    pub index_entries: u64,
    /// Offset behind the last sound batch.
    pub end_offset: i64,
    pub findings: Vec<Finding>,
}

/// Checks the segment that begins at `base`. Its offsets must lie below `next_base`.
///
/// # Errors
/// When the log file cannot be read.
pub(super) fn check_segment(
    fs: &dyn FileSystem,
    dir: &Path,
    files: &BTreeMap<String, u64>,
    base: i64,
    next_base: Option<i64>,
    expected: &Expected,
) -> io::Result<SegmentFacts> {
    let path = dir.join(names::file_name(base, names::LOG));
    let file = fs.open(&path, OpenMode::Read)?;
    let len = file.len()?;
    let scanned = !expected.clean && next_base.is_none_or(|next| next > expected.recovery_point);
    let mut facts = SegmentFacts {
        bytes: len,
        end_offset: base,
        ..SegmentFacts::default()
    };
    let mut indexes = open_indexes(fs, dir, files, base, scanned, &mut facts.findings);
    facts.index_entries = indexes.iter().map(|index| index.entries() as u64).sum();
    let mut log = LogCheck {
        path,
        next_base,
        expected,
        doubtful: Vec::new(),
        untold: 0,
    };
    log.walk(
        &mut BatchWalk::new(Arc::clone(&file), len),
        &mut indexes,
        &mut facts,
    )?;
    log.settle(&*file, &mut facts)?;
    for index in indexes {
        facts.findings.extend(index.finish(base, facts.end_offset, len));
    }
    Ok(facts)
}

fn open_indexes(
    fs: &dyn FileSystem,
    dir: &Path,
    files: &BTreeMap<String, u64>,
    base: i64,
    scanned: bool,
    findings: &mut Vec<Finding>,
) -> Vec<IndexCheck> {
    let severity = if scanned { Severity::Note } else { Severity::Damage };
    let kinds = [
        (EntryKind::Offset, names::INDEX),
        (EntryKind::Time, names::TIME_INDEX),
        (EntryKind::Aborted, names::TXN_INDEX),
    ];
    let mut out = Vec::new();
    for (kind, suffix) in kinds {
        let name = names::file_name(base, suffix);
        let path = dir.join(&name);
        match files.get(&name) {
            None if kind == EntryKind::Aborted => continue,
            // Files come with their first entry, and the next start writes the indexes of this segment in any case.
            None if scanned => continue,
            None => {
                let advice = "nothing: the next start writes it anew";
                findings.push(Finding::note(&path, None, "the file is missing", advice));
                continue;
            }
            Some(len) if *len > INDEX_BYTES_MAX => {
                let what = format!("{len} bytes, more than any index has");
                findings.push(Finding::damage(&path, None, what, super::finding::REBUILD));
                continue;
            }
            Some(_) => {}
        }
        match fs.read(&path) {
            Ok(bytes) => out.push(IndexCheck::new(path, kind, base, &bytes, severity)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => findings.push(unreadable(&path, &error)),
        }
    }
    out
}

/// A file that the machine does not hand out.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Finding {
    let advice = "look at the machine's log: the disk or the rights are at fault, not the file's content";
    Finding::damage(path, None, format!("it cannot be read: {error}"), advice)
}

struct LogCheck<'a> {
    path: PathBuf,
    next_base: Option<i64>,
    expected: &'a Expected,
    /// Wrong batches with no sound one behind them so far: position and what is wrong.
    doubtful: Vec<(u64, String)>,
    untold: usize,
}

impl LogCheck<'_> {
    fn walk(
        &mut self,
        walk: &mut BatchWalk,
        indexes: &mut [IndexCheck],
        facts: &mut SegmentFacts,
    ) -> io::Result<()> {
        let mut scratch = Scratch::default();
        while let Some(walked) = walk.next()? {
            match walked {
                Walked::Zeros { position } => {
                    let zeros = facts.bytes - position;
                    let what = format!("{zeros} bytes of zeros behind the last batch");
                    // Writes that were lost show in the offsets that are missing.
                    if self.next_base.is_none_or(|next| next == facts.end_offset) {
                        let advice = "nothing: room kept for the segment, which is cut off when it is closed";
                        facts
                            .findings
                            .push(Finding::note(&self.path, position, what, advice));
                    } else {
                        self.doubtful.push((position, what));
                    }
                }
                Walked::Fault { position, what } => {
                    let unread = facts.bytes - position;
                    self.doubtful.push((
                        position,
                        format!("{what}; the last {unread} bytes of the file cannot be read"),
                    ));
                }
                Walked::Batch {
                    position,
                    header,
                    bytes,
                } => {
                    let mut faults = batch_faults(&header, bytes, &mut scratch);
                    faults.extend(self.misplaced(&header, facts.end_offset));
                    if faults.is_empty() {
                        self.believe(facts);
                        facts.batches += 1;
                        facts.records += u64::try_from(header.record_count).unwrap_or(0);
                        facts.end_offset = header.next_offset();
                        indexes
                            .iter_mut()
                            .for_each(|index| index.batch(position, &header));
                    }
                    let offset = header.base_offset;
                    let faults = faults.into_iter();
                    self.doubtful.extend(
                        faults.map(|fault| (position, format!("the batch at offset {offset} has {fault}"))),
                    );
                }
            }
            if self.doubtful.len() > FINDINGS_MAX {
                self.untold += self.doubtful.len() - FINDINGS_MAX;
                self.doubtful.truncate(FINDINGS_MAX);
            }
        }
        Ok(())
    }

    /// Why a batch cannot stand where it does, though it may be whole.
    fn misplaced(&self, header: &BatchHeader, end: i64) -> Option<String> {
        if header.base_offset < end {
            return Some(format!("an offset where at least {end} must follow"));
        }
        // Compaction leaves the growing segment alone.
        if header.base_offset > end
            && self.next_base.is_none()
            && header.base_offset >= self.expected.recovery_point
        {
            return Some(format!("an offset where {end} must follow"));
        }
        let next = self.next_base.filter(|next| header.last_offset() >= *next);
        if let Some(next) = next {
            return Some(format!(
                "offsets up to {}, beyond the next segment's start at {next}",
                header.last_offset()
            ));
        }
        let durable = self.expected.clean || header.base_offset < self.expected.recovery_point;
        let epochs = self.expected.epochs.as_ref().filter(|_| durable)?;
        let (written, noted) = (header.partition_leader_epoch, epochs.epoch_at(header.base_offset));
        (written >= 0 && noted.is_some_and(|noted| noted != written)).then(|| {
            format!(
                "leader epoch {written}, but leader-epoch-checkpoint says {}",
                noted.unwrap_or(-1)
            )
        })
    }

    /// A sound batch follows: what was doubtful is no torn end.
    fn believe(&mut self, facts: &mut SegmentFacts) {
        for (position, what) in self.doubtful.drain(..) {
            if facts.findings.len() < FINDINGS_MAX {
                facts
                    .findings
                    .push(Finding::damage(&self.path, position, what, RESTORE));
            } else {
                self.untold += 1;
            }
        }
    }

    /// The end of the file: is it the torn end of what a crash interrupted?
    fn settle(mut self, file: &dyn File, facts: &mut SegmentFacts) -> io::Result<()> {
        let may_be_torn = !self.expected.clean && facts.end_offset >= self.expected.recovery_point;
        if !may_be_torn || !self.looks_torn(file, facts)? {
            self.believe(facts);
        }
        for (position, what) in self.doubtful {
            facts.findings.push(Finding::note(
                &self.path,
                position,
                format!("an unfinished end: {what}"),
                CUT,
            ));
        }
        if self.untold > 0 {
            let what = format!("… and {} more", self.untold);
            facts
                .findings
                .push(Finding::damage(&self.path, None, what, RESTORE));
        }
        Ok(())
    }

    fn looks_torn(&self, file: &dyn File, facts: &SegmentFacts) -> io::Result<bool> {
        let Some((position, _)) = self.doubtful.first() else {
            return Ok(true);
        };
        let len = (facts.bytes - position).min(u64::from(rescan::SEARCH_BYTES_MAX));
        let mut bytes = vec![0; len as usize];
        let whole = read_exact_at(file, &mut bytes, *position)?;
        let position = u32::try_from(*position).unwrap_or(u32::MAX);
        Ok(whole && rescan::looks_torn(&bytes, position, facts.end_offset, self.next_base.is_some()))
    }
}
