//! A whole data folder, or one partition of it.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use super::finding::{DROP_CHECKPOINT, Finding, Severity};
use super::partition::{Hints, PartitionReport, verify_partition};
use super::segment::unreadable;
use crate::folder::{MetaProperties, OffsetCheckpoint, split_dir_name, well_known};
use crate::fs::{FileLock, FileSystem};
use crate::log::names;

/// What was found in a data folder beside its partitions.
#[derive(Debug, Default)]
pub struct FolderReport {
    /// The folder.
    pub path: PathBuf,
    /// The process that uses it, if one does: what it is just writing cannot be judged then.
    pub holder: Option<String>,
    /// The last shutdown was clean.
    pub clean: bool,
    /// Partitions checked.
    pub partitions: u64,
    /// Those with damage.
    pub damaged: u64,
    /// Batches, records and log bytes in all partitions.
    pub batches: u64,
    /// Records in them.
    pub records: u64,
    /// Bytes of all log files.
    pub bytes: u64,
    /// Findings of the folder's own files.
    pub findings: Vec<Finding>,
}

impl FolderReport {
    /// Whether something needs somebody.
    pub fn is_damaged(&self) -> bool {
        self.damaged > 0
            || self
                .findings
                .iter()
                .any(|finding| finding.severity == Severity::Damage)
    }
}

/// Checks every file of the data folder at `path`, or of the one partition directory that `path` is, and changes none.
/// `each` gets a partition's report as soon as it is there. Brokers are held off meanwhile, unless one is running.
///
/// # Errors
/// When the folder cannot be listed, or is neither.
pub fn verify(
    fs: &dyn FileSystem,
    path: &Path,
    each: &mut dyn FnMut(&PartitionReport),
) -> io::Result<FolderReport> {
    let path = fs.absolute(path);
    let listing = fs.list(&path)?;
    let is_file = |wanted: &dyn Fn(&str) -> bool| listing.iter().any(|e| !e.is_dir && wanted(&e.name));
    let is_partition = is_file(&|name| names::parse(name, names::LOG).is_some());
    let dirs: Vec<String> = listing
        .iter()
        .filter(|e| e.is_dir)
        .map(|e| e.name.clone())
        .collect();
    let has_partitions = dirs.iter().any(|name| split_dir_name(name).is_some());
    if !is_partition && !has_partitions && !is_file(&|name| name == well_known::META_PROPERTIES) {
        let what = "neither a data folder (no meta.properties) nor a partition (no .log file)";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    let root = match path.parent().filter(|_| is_partition) {
        Some(parent) => parent.to_owned(),
        None => path.clone(),
    };
    let mut report = FolderReport {
        path: path.clone(),
        ..FolderReport::default()
    };
    let _lock = hold_off(fs, &root, &mut report);
    report.clean = report.holder.is_none() && fs.exists(&root.join(well_known::CLEAN_SHUTDOWN))?;
    let checkpoints = Checkpoints::read(fs, &root, &mut report);
    let mut check = |dir: &Path, report: &mut FolderReport| {
        let hints = checkpoints.hints(dir, report);
        match verify_partition(fs, dir, hints) {
            Ok(found) => {
                report.partitions += 1;
                report.damaged += u64::from(found.is_damaged());
                report.batches += found.batches;
                report.records += found.records;
                report.bytes += found.bytes;
                each(&found);
            }
            Err(error) if hints.live && error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => report.findings.push(unreadable(dir, &error)),
        }
    };
    if is_partition {
        check(&path, &mut report);
        return Ok(report);
    }
    identity(fs, &root, &mut report);
    for name in &dirs {
        if split_dir_name(name).is_some() {
            check(&path.join(name), &mut report);
        } else if name.ends_with("-delete") || name.ends_with("-future") || name.ends_with("-stray") {
            let what = "a partition that was being deleted or moved";
            let advice = "nothing: the next start finishes what was begun";
            report
                .findings
                .push(Finding::note(&path.join(name), None, what, advice));
        }
    }
    Ok(report)
}

/// Keeps brokers from starting, if the folder has ever seen one and none is running.
fn hold_off(fs: &dyn FileSystem, root: &Path, report: &mut FolderReport) -> Option<Box<dyn FileLock>> {
    let path = root.join(well_known::LOCK);
    if !fs.exists(&path).unwrap_or(false) {
        return None;
    }
    match fs.lock_shared(&path) {
        Ok(lock) => Some(lock),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            report.holder = Some(error.to_string());
            None
        }
        // Looking on a medium that cannot be locked is fine.
        Err(_) => None,
    }
}

fn identity(fs: &dyn FileSystem, root: &Path, report: &mut FolderReport) {
    let path = root.join(well_known::META_PROPERTIES);
    let advice = "restore it from a copy, or write version=1, cluster.id and node.id into it";
    match fs.read(&path) {
        Ok(bytes) => {
            if let Err(error) = MetaProperties::parse(&bytes) {
                let what = format!("{error:?}");
                report.findings.push(Finding::damage(&path, 0, what, advice));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            report
                .findings
                .push(Finding::damage(&path, None, "the file is missing", advice));
        }
        Err(error) => report.findings.push(unreadable(&path, &error)),
    }
}

type Offsets = HashMap<(String, i32), i64>;

/// The folder's checkpoint files.
struct Checkpoints {
    recovery_point: Offsets,
    log_start: Offsets,
    high_watermark: Offsets,
}

impl Checkpoints {
    fn read(fs: &dyn FileSystem, root: &Path, report: &mut FolderReport) -> Checkpoints {
        let mut one = |name: &str| {
            let path = root.join(name);
            let bytes = match fs.read(&path) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Offsets::new(),
                Err(error) => {
                    report.findings.push(unreadable(&path, &error));
                    return Offsets::new();
                }
            };
            if bytes.is_empty() {
                return Offsets::new(); // as Kafka makes it, before it first writes it
            }
            let Some(checkpoint) = OffsetCheckpoint::parse(&bytes) else {
                let what = "no list of topics, partitions and offsets";
                report
                    .findings
                    .push(Finding::damage(&path, None, what, DROP_CHECKPOINT));
                return Offsets::new();
            };
            let entries = checkpoint.entries.into_iter();
            entries
                .map(|(topic, partition, offset)| ((topic, partition), offset))
                .collect()
        };
        let checkpoints = Checkpoints {
            recovery_point: one(well_known::RECOVERY_POINT),
            log_start: one(well_known::LOG_START),
            high_watermark: one(well_known::HIGH_WATERMARK),
        };
        one(well_known::CLEANER);
        checkpoints
    }

    fn hints(&self, dir: &Path, report: &FolderReport) -> Hints {
        let name = dir.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let of = |offsets: &Offsets| {
            let (topic, partition) = split_dir_name(name)?;
            offsets.get(&(topic.to_owned(), partition)).copied()
        };
        Hints {
            clean: report.clean,
            live: report.holder.is_some(),
            recovery_point: of(&self.recovery_point),
            log_start: of(&self.log_start),
            high_watermark: of(&self.high_watermark),
        }
    }
}
