//! What the checkpoint files say about partitions before they are open.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use super::OffsetCheckpoint;
use super::well_known::{CLEANER, HIGH_WATERMARK, LOG_START, RECOVERY_POINT};
use crate::fs::FileSystem;

/// How one checkpoint file fills a hint.
type SetOffset = fn(&mut OpenHint, i64);

/// What the checkpoints say about a partition when it is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenHint {
    /// The last shutdown was clean: nothing needs to be scanned.
    pub clean: bool,
    /// Everything below was synced.
    pub recovery_point: i64,
    /// The file that said what was synced is damaged or gone: `recovery_point` is 0, but anything may have been.
    pub recovery_point_lost: bool,
    /// First offset that clients may read.
    pub log_start_offset: i64,
    /// High watermark when last written.
    pub high_watermark: i64,
    /// Everything below was compacted: batches may be missing there.
    pub compacted_to: i64,
}

/// Merges the checkpoint files by partition. A damaged file counts as missing: recovery then starts
/// earlier, which costs time and nothing else. Answers as well what to believe of other partitions.
pub(super) fn read_hints(
    fs: &dyn FileSystem,
    folder: &Path,
    clean: bool,
) -> (HashMap<String, OpenHint>, OpenHint) {
    let recovery_points = read_checkpoint(fs, folder, RECOVERY_POINT);
    let high_watermarks = read_checkpoint(fs, folder, HIGH_WATERMARK);
    let log_starts = read_checkpoint(fs, folder, LOG_START);
    // Whoever writes one of them writes all.
    let written = !matches!(high_watermarks, Content::Missing);
    let recovery_point_lost = match &recovery_points {
        Content::Damaged => true,
        Content::Missing => written,
        Content::Sound(_) => false,
    };
    if written && matches!(log_starts, Content::Missing) {
        tracing::warn!(
            "{} is missing, so logs start at their first segments",
            folder.join(LOG_START).display()
        );
    }
    let unknown = OpenHint {
        clean,
        recovery_point_lost,
        ..OpenHint::default()
    };
    let files: [(Content, SetOffset); 4] = [
        (read_checkpoint(fs, folder, CLEANER), |hint, offset| {
            hint.compacted_to = offset;
        }),
        (recovery_points, |hint, offset| hint.recovery_point = offset),
        (high_watermarks, |hint, offset| hint.high_watermark = offset),
        (log_starts, |hint, offset| hint.log_start_offset = offset),
    ];
    let mut hints: HashMap<String, OpenHint> = HashMap::new();
    for (content, set) in files {
        let Content::Sound(checkpoint) = content else {
            continue;
        };
        for (topic, partition, offset) in checkpoint.entries {
            let hint = hints.entry(format!("{topic}-{partition}"));
            set(hint.or_insert(unknown), offset);
        }
    }
    (hints, unknown)
}

/// What is in a checkpoint file.
enum Content {
    Missing,
    Damaged,
    Sound(OffsetCheckpoint),
}

fn read_checkpoint(fs: &dyn FileSystem, folder: &Path, name: &str) -> Content {
    let path = folder.join(name);
    let what = match fs.read(&path) {
        // As Kafka makes it, before it first writes it.
        Ok(bytes) if bytes.is_empty() => return Content::Missing,
        Ok(bytes) => match OffsetCheckpoint::parse(&bytes) {
            Some(checkpoint) => return Content::Sound(checkpoint),
            None => "no list of topics, partitions and offsets, or a wrong checksum".to_owned(),
        },
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Content::Missing,
        Err(e) => e.to_string(),
    };
    let instead = match name {
        CLEANER => "compaction begins at the log start",
        LOG_START => "logs start at their first segments",
        _ => "more of the logs is read",
    };
    tracing::warn!("{} is damaged and ignored, so {instead}: {what}", path.display());
    Content::Damaged
}
