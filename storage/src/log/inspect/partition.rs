//! One partition directory: segments, snapshots, epochs, identity, leftovers.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::finding::{DROP_CHECKPOINT, Finding, REBUILD, RESTORE, Severity};
use super::segment::{Expected, check_segment, unreadable};
use super::small_files::read_snapshot;
use super::walk::{BatchWalk, Walked};
use crate::batch::{ControlType, Scratch, for_each_record};
use crate::folder::{PartitionMetadata, encode_uuid};
use crate::fs::{FileSystem, OpenMode};
use crate::log::epochs::Epochs;
use crate::log::leftovers::lost_logs;
use crate::log::names;

/// Suffix of a metadata snapshot.
const METADATA_SNAPSHOT: &str = ".checkpoint";

/// What the folder's checkpoints say about a partition.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hints {
    pub clean: bool,
    pub live: bool,
    pub recovery_point: Option<i64>,
    pub log_start: Option<i64>,
    pub high_watermark: Option<i64>,
}

/// What was found in one partition directory.
#[derive(Debug, Default)]
pub struct PartitionReport {
    /// The directory.
    pub path: PathBuf,
    /// Topic id, 22 characters, if `partition.metadata` tells it.
    pub topic_id: Option<String>,
    /// Segments.
    pub segments: u64,
    /// Sound batches.
    pub batches: u64,
    /// Records in them.
    pub records: u64,
    /// Bytes of the log files.
    pub bytes: u64,
    /// Index entries compared.
    pub index_entries: u64,
    /// First offset that clients may read.
    pub log_start: i64,
    /// Offset behind the last sound batch.
    pub log_end: i64,
    /// What is worth telling.
    pub findings: Vec<Finding>,
}

impl PartitionReport {
    /// Whether something in it needs somebody.
    pub fn is_damaged(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Damage)
    }
}

/// Checks everything in a partition directory.
///
/// # Errors
/// When it cannot be listed.
pub(super) fn verify_partition(
    fs: &dyn FileSystem,
    path: &Path,
    hints: Hints,
) -> io::Result<PartitionReport> {
    let listing = fs.list(path)?;
    // A damaged .swap is told of below.
    let (log_start, durable) = (hints.log_start.unwrap_or(0), hints.recovery_point.unwrap_or(0));
    let lost = lost_logs(fs, path, &listing, log_start, durable).unwrap_or_default();
    let files: BTreeMap<String, u64> = listing
        .into_iter()
        .filter(|e| !e.is_dir)
        .map(|e| (e.name, e.len))
        .collect();
    let mut report = PartitionReport {
        path: path.to_owned(),
        ..PartitionReport::default()
    };
    let mut check = Check {
        fs,
        path,
        files: &files,
        hints,
        report: &mut report,
        ranges: Vec::new(),
    };
    check.topic_id();
    let epochs = check.epochs();
    check.leftovers();
    check.swaps();
    check.segments(epochs);
    check.lost(&lost);
    check.snapshots();
    check.metadata_snapshots();
    check.compare_checkpoints();
    Ok(report)
}

pub(super) struct Check<'a> {
    pub fs: &'a dyn FileSystem,
    pub path: &'a Path,
    pub files: &'a BTreeMap<String, u64>,
    pub hints: Hints,
    pub report: &'a mut PartitionReport,
    /// Offsets that each segment holds.
    pub ranges: Vec<std::ops::Range<i64>>,
}

impl Check<'_> {
    pub(super) fn tell(&mut self, finding: Finding) {
        self.report.findings.push(finding);
    }

    /// The content of a file of the listing. A running broker may have removed it since.
    fn read(&mut self, name: &str) -> Option<Vec<u8>> {
        if !self.files.contains_key(name) {
            return None;
        }
        let path = self.path.join(name);
        match self.fs.read(&path) {
            Ok(bytes) => Some(bytes),
            Err(error) if self.hints.live && error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                self.tell(unreadable(&path, &error));
                None
            }
        }
    }

    fn topic_id(&mut self) {
        let path = self.path.join(PartitionMetadata::FILE_NAME);
        let advice = "nothing: the next start writes it for the topic of its name";
        let Some(bytes) = self.read(PartitionMetadata::FILE_NAME) else {
            if !self.files.contains_key(PartitionMetadata::FILE_NAME) {
                self.tell(Finding::note(&path, None, "the file is missing", advice));
            }
            return;
        };
        match PartitionMetadata::parse(&bytes) {
            Ok(Some(found)) => self.report.topic_id = Some(encode_uuid(found.topic_id)),
            Ok(None) => self.tell(Finding::note(&path, None, "there is nothing in it", advice)),
            Err(what) => {
                let advice =
                    "delete the file if the directory belongs to the topic of its name: it is written anew";
                self.tell(Finding::damage(&path, 0, what, advice));
            }
        }
    }

    fn epochs(&mut self) -> Option<Epochs> {
        let bytes = self.read(names::EPOCHS)?;
        if bytes.is_empty() {
            return None; // as Kafka makes it, before it first writes it
        }
        let epochs = Epochs::parse(&bytes);
        if epochs.is_none() {
            let what = "no list of epochs and their start offsets, both rising";
            self.tell(Finding::damage(
                &self.path.join(names::EPOCHS),
                None,
                what,
                REBUILD,
            ));
        }
        epochs
    }

    fn leftovers(&mut self) {
        let kinds = [
            (names::DELETED, "a removed file, not yet deleted"),
            (names::TEMPORARY, "a small file that was being written"),
            (names::CLEANED, "the unfinished result of a compaction"),
            (names::SWAP, "the result of a compaction, about to take its place"),
        ];
        for name in self.files.keys() {
            let Some((_, what)) = kinds.iter().find(|(suffix, _)| name.ends_with(suffix)) else {
                continue;
            };
            let advice = match self.hints.live {
                true => "nothing: the broker is at it",
                false => "nothing: the next start finishes what was begun",
            };
            self.report
                .findings
                .push(Finding::note(&self.path.join(name), None, *what, advice));
        }
    }

    fn segments(&mut self, epochs: Option<Epochs>) {
        let bases: Vec<i64> = self
            .files
            .keys()
            .filter_map(|name| names::parse(name, names::LOG))
            .collect();
        let expected = Expected {
            clean: self.hints.clean,
            recovery_point: self.hints.recovery_point.unwrap_or(0),
            epochs,
        };
        self.report.log_start = self
            .hints
            .log_start
            .unwrap_or(0)
            .max(bases.first().copied().unwrap_or(0));
        self.report.log_end = self.report.log_start;
        for (i, base) in bases.iter().enumerate() {
            let next = bases.get(i + 1).copied();
            match check_segment(self.fs, self.path, self.files, *base, next, &expected) {
                Ok(facts) => {
                    let report = &mut *self.report;
                    report.segments += 1;
                    report.batches += facts.batches;
                    report.records += facts.records;
                    report.bytes += facts.bytes;
                    report.index_entries += facts.index_entries;
                    report.log_end = report.log_end.max(facts.end_offset);
                    report.findings.extend(facts.findings);
                    self.ranges.push(*base..facts.end_offset);
                    self.gap(*base, facts.end_offset, next);
                }
                Err(error) if self.hints.live && error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    let path = self.path.join(names::file_name(*base, names::LOG));
                    self.tell(unreadable(&path, &error));
                }
            }
        }
        self.orphans(&bases);
    }

    /// Index files without their log.
    fn orphans(&mut self, bases: &[i64]) {
        for name in self.files.keys() {
            let suffixes = [names::INDEX, names::TIME_INDEX, names::TXN_INDEX];
            let base = suffixes.iter().find_map(|suffix| names::parse(name, suffix));
            if base.is_some_and(|base| !bases.contains(&base)) {
                let (what, advice) = (
                    "an index without its log file",
                    "nothing: the next start removes it",
                );
                self.report
                    .findings
                    .push(Finding::note(&self.path.join(name), None, what, advice));
            }
        }
    }

    fn snapshots(&mut self) {
        let bases: Vec<i64> = self
            .files
            .keys()
            .filter_map(|name| names::parse(name, names::SNAPSHOT))
            .collect();
        for base in bases {
            let name = names::file_name(base, names::SNAPSHOT);
            let Some(bytes) = self.read(&name) else { continue };
            let path = self.path.join(&name);
            match read_snapshot(&bytes) {
                Err(what) => self.tell(Finding::damage(&path, 0, what, REBUILD)),
                Ok(producers) => {
                    let ahead = producers.iter().find(|producer| {
                        let last = producer.last_batch.map_or(-1, |(_, _, last)| last);
                        last >= base || producer.open_since.is_some_and(|since| since >= base)
                    });
                    if let Some(producer) = ahead {
                        let what = format!(
                            "producer {} wrote at or behind offset {base}, which the snapshot stands before",
                            producer.producer_id
                        );
                        self.tell(Finding::damage(&path, None, what, REBUILD));
                    }
                }
            }
        }
    }

    /// Snapshots of the metadata log: batches, the last of which says that it is the end.
    fn metadata_snapshots(&mut self) {
        let names: Vec<&String> = self
            .files
            .keys()
            .filter(|name| name.ends_with(METADATA_SNAPSHOT))
            .collect();
        for name in names {
            let path = self.path.join(name);
            let advice = "restore the metadata directory from a copy";
            match metadata_snapshot_fault(self.fs, &path) {
                Ok(None) => {}
                Ok(Some((position, what))) => self.tell(Finding::damage(&path, position, what, advice)),
                Err(error) => self.tell(unreadable(&path, &error)),
            }
        }
    }

    fn compare_checkpoints(&mut self) {
        let end = self.report.log_end;
        let recovery_point = self
            .hints
            .recovery_point
            .filter(|point| *point > end && !self.hints.live);
        // The trouble that cut the log short was told already; so was a partition without files.
        if let Some(point) = recovery_point
            && !self.report.is_damaged()
        {
            let what = format!("the log ends at offset {end}, but it was durable up to {point}");
            self.tell(Finding::damage(self.path, None, what, RESTORE));
        }
        let start = self.hints.log_start.unwrap_or(0);
        if self.hints.high_watermark.is_some_and(|mark| mark < start) {
            let what = format!("the checkpoints put the log start {start} above the high watermark");
            self.tell(Finding::note(self.path, None, what, DROP_CHECKPOINT));
        }
    }
}

fn metadata_snapshot_fault(fs: &dyn FileSystem, path: &Path) -> io::Result<Option<(u64, String)>> {
    let file = fs.open(path, OpenMode::Read)?;
    let len = file.len()?;
    let mut walk = BatchWalk::new(file, len);
    let (mut scratch, mut saw_end, mut end) = (Scratch::default(), false, 0);
    while let Some(walked) = walk.next()? {
        let (position, header, bytes) = match walked {
            Walked::Fault { position, what } => return Ok(Some((position, what))),
            Walked::Zeros { position } => {
                return Ok(Some((position, "zeros behind the last batch".to_owned())));
            }
            Walked::Batch {
                position,
                header,
                bytes,
            } => (position, header, bytes),
        };
        if let Some(fault) = super::batch_check::batch_faults(&header, bytes, &mut scratch)
            .into_iter()
            .next()
        {
            return Ok(Some((
                position,
                format!("the batch at offset {} has {fault}", header.base_offset),
            )));
        }
        end = position;
        let read = for_each_record(bytes, &mut scratch, |record| {
            let kind = record
                .key
                .filter(|_| header.is_control())
                .and_then(ControlType::from_key);
            saw_end |= kind == Some(ControlType::SnapshotFooter);
            Ok::<(), std::convert::Infallible>(())
        });
        if read.is_err() {
            return Ok(Some((position, "records that cannot be read".to_owned())));
        }
    }
    Ok((!saw_end).then(|| (end, "its end is missing".to_owned())))
}
