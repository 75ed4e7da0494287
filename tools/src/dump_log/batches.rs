//! Batches and records of a log or a metadata snapshot.

use std::path::Path;

use storage::inspect::{BatchWalk, Walked};
use storage::{
    BatchHeader, FileSystem as _, OpenMode, RealFs, RecordRef, RecordsError, Scratch, TimestampType,
    crc_matches, for_each_record,
};

use super::command::{Show, unreadable};
use crate::records::control;
use crate::wrong::Wrong;
use crate::{Io, java};

/// Control records that show their content, with the word before it.
const CONTROLS: [(i16, &str); 5] = [
    (2, "LeaderChange: "),
    (3, "SnapshotHeader "),
    (4, "SnapshotFooter "),
    (5, "KRaftVersion "),
    (6, "KRaftVoters "),
];

/// A batch is looked for where more bytes than these are left: those up to its version.
const HEADER_BYTES: u64 = 17;

/// Shows the batches of a file.
///
/// # Errors
/// A file or a record that cannot be read.
pub(super) fn dump(path: &Path, show: &Show, faults: &mut Vec<String>, io: &mut Io<'_>) -> Result<(), Wrong> {
    let failed = |error: std::io::Error| unreadable(path, &error);
    let file = RealFs.open(path, OpenMode::Read).map_err(failed)?;
    let len = file.len().map_err(failed)?;
    let bytes_max = show.bytes_max.clone()?;
    let end = len.min(bytes_max);
    let mut walk = BatchWalk::new(file, end);
    let mut scratch = Scratch::default();
    let (mut valid, mut last, mut gaps) = (0, -1, Vec::new());
    while let Some(walked) = walk.next().map_err(failed)? {
        let (position, header, bytes) = match walked {
            Walked::Batch {
                position,
                header,
                bytes,
            } => (position, header, bytes),
            // Too few for another header are no batch, whatever they are.
            Walked::Zeros { position } if end - position <= HEADER_BYTES => break,
            Walked::Zeros { .. } => {
                let what = format!(
                    "Found record size 0 smaller than minimum record overhead (14) in file {}.",
                    path.display()
                );
                return Err(Wrong::thrown(
                    "org.apache.kafka.common.errors.CorruptRecordException",
                    what,
                ));
            }
            Walked::Fault { .. } => break,
        };
        valid = position + bytes.len() as u64;
        io.say(line(position, &header, bytes));
        if !show.records {
            continue;
        }
        let done = for_each_record(bytes, &mut scratch, |record| {
            if record.offset != last + 1 {
                gaps.push(format!("  {last} is followed by {}", record.offset));
            }
            last = record.offset;
            self::record(&header, &record, show, io)
        });
        match done {
            Ok(()) => {}
            Err(RecordsError::Stopped(wrong)) => return Err(wrong),
            Err(RecordsError::Damaged(what)) => {
                return Err(Wrong::thrown(
                    "org.apache.kafka.common.InvalidRecordException",
                    what.to_string(),
                ));
            }
        }
    }
    if bytes_max == u64::MAX && len > valid {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        io.say(format!(
            "Found {} invalid bytes at the end of {name}",
            len - valid
        ));
    }
    if !gaps.is_empty() {
        faults.push(format!("Non-consecutive offsets in {}", path.display()));
        faults.extend(gaps);
    }
    Ok(())
}

fn time_kind(header: &BatchHeader) -> &'static str {
    match header.timestamp_type() {
        TimestampType::LogAppendTime => "LogAppendTime",
        _ => "CreateTime",
    }
}

/// A number that may not be there, as Java prints it.
pub(super) fn optional(number: Option<i64>) -> String {
    number.map_or_else(
        || "OptionalLong.empty".to_owned(),
        |number| format!("OptionalLong[{number}]"),
    )
}

fn line(position: u64, header: &BatchHeader, bytes: &[u8]) -> String {
    format!(
        "baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} producerId: {} producerEpoch: {} \
         partitionLeaderEpoch: {} isTransactional: {} isControl: {} deleteHorizonMs: {} position: {position} {}: {} \
         size: {} magic: {} compresscodec: {} crc: {} isvalid: {}",
        header.base_offset,
        header.last_offset(),
        header.record_count,
        header.base_sequence,
        header.last_sequence(),
        header.producer_id,
        header.producer_epoch,
        header.partition_leader_epoch,
        header.is_transactional(),
        header.is_control(),
        optional(header.has_delete_horizon().then_some(header.base_timestamp)),
        time_kind(header),
        header.max_timestamp,
        header.size_in_bytes(),
        header.magic,
        header
            .codec()
            .map_or_else(|| header.codec_id().to_string(), |codec| codec.to_string()),
        header.crc,
        crc_matches(bytes),
    )
}

fn record(header: &BatchHeader, record: &RecordRef<'_>, show: &Show, io: &mut Io<'_>) -> Result<(), Wrong> {
    let mut text = String::new();
    let is_shown = show.contents && !header.is_control();
    let contents = is_shown.then(|| show.parser.parse(record)).transpose();
    if show.metadata {
        let size =
            |bytes: Option<&[u8]>| bytes.map_or_else(|| "-1".to_owned(), |bytes| bytes.len().to_string());
        let sequence = match header.base_sequence {
            first @ 0.. => (i64::from(first) + record.offset - header.base_offset) & i64::from(i32::MAX),
            _ => -1,
        };
        let headers = record
            .headers
            .map(|(key, _)| String::from_utf8_lossy(key).into_owned());
        text = format!(
            "| offset: {} {}: {} keySize: {} valueSize: {} sequence: {sequence} headerKeys: [{}]",
            record.offset,
            time_kind(header),
            record.timestamp,
            size(record.key),
            size(record.value),
            java::joined(headers, ",")
        );
        if header.is_control() {
            text.push(' ');
            text.push_str(&control_text(record));
        }
    }
    // What could not be parsed ends the line, and the tool.
    let contents = contents.inspect_err(|_| io.print(&text))?;
    if let Some((key, value)) = contents {
        let first = if show.metadata { " " } else { "| " };
        for (word, part) in [("key", key), ("payload", value)] {
            if let Some(part) = part {
                text.push_str(if text.is_empty() { first } else { " " });
                text.push_str(&format!("{word}: {part}"));
            }
        }
    }
    io.say(text);
    Ok(())
}

fn control_text(record: &RecordRef<'_>) -> String {
    let short = |bytes: &[u8], at: usize| Some(i16::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
    let id = record.key.and_then(|key| short(key, 2)).unwrap_or(-1);
    let value = record.value.unwrap_or_default();
    if let Some(kind) = ["ABORT", "COMMIT"].get(usize::try_from(id).unwrap_or(usize::MAX)) {
        let epoch = value.get(2..).and_then(|bytes| bytes.first_chunk());
        return format!(
            "endTxnMarker: {kind} coordinatorEpoch: {}",
            epoch.map_or(-1, |epoch| i32::from_be_bytes(*epoch))
        );
    }
    let known = CONTROLS.iter().find(|(known, _)| *known == id);
    match known.and_then(|(_, word)| Some((word, control(id, value)?))) {
        Some((word, json)) => format!("{word}{json}"),
        None => format!("controlType: UNKNOWN({id})"),
    }
}
