//! Entries of indexes, and producers of a snapshot.

use std::path::Path;

use storage::inspect::{Entry, EntryKind, read_entries, read_snapshot};
use storage::{BATCH_HEADER_LEN, BatchHeader, FileSystem as _, OpenMode, RealFs};

use super::batches::optional;
use super::command::{Show, unreadable};
use crate::Io;
use crate::wrong::Wrong;

/// Shows an index whose segment begins at `base`.
///
/// # Errors
/// A file that cannot be read, or with bytes of no entry.
pub(super) fn dump(
    path: &Path,
    kind: EntryKind,
    base: i64,
    show: &Show,
    faults: &mut Vec<String>,
    io: &mut Io<'_>,
) -> Result<(), Wrong> {
    let bytes = match RealFs.read(path) {
        // There is one only where a transaction was aborted.
        Err(error) if kind == EntryKind::Aborted && error.kind() == std::io::ErrorKind::NotFound => {
            Vec::new()
        }
        read => {
            if kind != EntryKind::Aborted {
                // Kafka's tool opens the log before its index.
                let log = path.with_extension("log");
                let opened = RealFs.open(&log, OpenMode::Read);
                opened.map_err(|error| unreadable(&log, &error))?;
            }
            read.map_err(|error| unreadable(path, &error))?
        }
    };
    if kind == EntryKind::Offset && bytes.is_empty() {
        io.say(format!("{} is empty.", path.display()));
        return Ok(());
    }
    if show.sanity_only && kind != EntryKind::Aborted {
        if bytes.len() % kind.entry_bytes() != 0 {
            let what = format!(
                "Index file {} is corrupt, found {} bytes",
                path.display(),
                bytes.len()
            );
            return Err(Wrong::thrown(
                "org.apache.kafka.storage.internals.log.CorruptIndexException",
                what,
            ));
        }
        io.say(format!("{} passed sanity check.", path.display()));
        return Ok(());
    }
    let mut differing = Vec::new();
    for (at, entry) in read_entries(kind, base, &bytes).enumerate() {
        let (line, offset) = shown(entry);
        // Room that was made for entries to come.
        if offset == Some(base) && at > 0 {
            break;
        }
        if let Entry::Offset { offset, position } = entry {
            let found = last_offset_at(path, position).ok_or_else(|| {
                Wrong::thrown("java.util.NoSuchElementException", "The log has no batch there.")
            })?;
            if found != offset {
                differing.push(format!("  Index offset: {offset}, log offset: {found}"));
            }
        }
        if !show.verify_only || offset.is_none() {
            io.say(line);
        }
    }
    if !differing.is_empty() {
        faults.push(format!("Mismatches in :{}", path.display()));
        faults.extend(differing.into_iter().rev());
    }
    Ok(())
}

/// An entry as a line, and the offset that it leads to.
fn shown(entry: Entry) -> (String, Option<i64>) {
    match entry {
        Entry::Offset { offset, position } => {
            (format!("offset: {offset} position: {position}"), Some(offset))
        }
        Entry::Time { timestamp, offset } => {
            (format!("timestamp: {timestamp} offset: {offset}"), Some(offset))
        }
        Entry::Aborted {
            version,
            producer_id,
            first_offset,
            last_offset,
            last_stable_offset,
        } => {
            let line = format!(
                "version: {version} producerId: {producer_id} firstOffset: {first_offset} lastOffset: {last_offset} \
                 lastStableOffset: {last_stable_offset}"
            );
            (line, None)
        }
    }
}

/// Last offset of the batch at this byte of the index's log.
fn last_offset_at(index: &Path, position: u64) -> Option<i64> {
    let log = RealFs.open(&index.with_extension("log"), OpenMode::Read).ok()?;
    let mut head = [0; BATCH_HEADER_LEN];
    let read = log.read_at(&mut head, position).ok()?;
    if read < head.len() {
        return None;
    }
    Some(BatchHeader::read(&head)?.last_offset())
}

/// Shows the producers of a snapshot.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn snapshot(path: &Path, io: &mut Io<'_>) -> Result<(), Wrong> {
    let bytes = RealFs.read(path).map_err(|error| unreadable(path, &error))?;
    let producers = match read_snapshot(&bytes) {
        Ok(producers) => producers,
        Err(what) => {
            io.complain(what);
            return Ok(());
        }
    };
    for producer in producers {
        let mut text = format!(
            "producerId: {} producerEpoch: {} coordinatorEpoch: {} currentTxnFirstOffset: {} lastTimestamp: {} ",
            producer.producer_id,
            producer.producer_epoch,
            producer.coordinator_epoch,
            optional(producer.open_since),
            producer.last_timestamp
        );
        if let Some((first, last, offset)) = producer.last_batch {
            // Sequence numbers go from the highest to 0.
            let delta = last.wrapping_sub(first) & i32::MAX;
            text.push_str(&format!(
                "firstSequence: {first} lastSequence: {last} lastOffset: {offset} offsetDelta: {delta} timestamp: {}",
                producer.last_timestamp
            ));
        }
        io.say(text);
    }
    Ok(())
}
