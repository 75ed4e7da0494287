//! The batches of a log file or a metadata snapshot, one a line.

use std::io::Write;
use std::sync::Arc;

use storage::inspect::{BatchWalk, Walked, batch_faults};
use storage::{BatchHeader, File, RecordsError, Scratch, TimestampType, for_each_record};

use super::command::DumpArgs;
use super::format::time;
use super::record::{Topic, show};

/// Shows the batches; answers whether all of them are sound.
pub(super) fn dump(
    args: &DumpArgs,
    file: Arc<dyn File>,
    len: u64,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let topic = Topic::of(&args.file);
    let mut walk = BatchWalk::new(file, len);
    let mut scratch = Scratch::default();
    let (mut left, mut sound) = (args.limit.unwrap_or(usize::MAX), true);
    head(out)?;
    while left > 0 {
        let Some(walked) = walk.next()? else { break };
        left -= 1;
        match walked {
            Walked::Zeros { position } => writeln!(out, "{position:>10} zeros up to the end of the file")?,
            Walked::Fault { position, what } => {
                writeln!(out, "{position:>10} DAMAGED: {what}")?;
                sound = false;
            }
            Walked::Batch {
                position,
                header,
                bytes,
            } => {
                let faults = batch_faults(&header, bytes, &mut scratch);
                line(position, &header, faults.is_empty(), out)?;
                for fault in &faults {
                    writeln!(out, "{:>10} DAMAGED: {fault}", "")?;
                }
                sound &= faults.is_empty();
                if args.records {
                    records(&topic, &header, bytes, &mut scratch, out)?;
                }
            }
        }
    }
    Ok(sound)
}

fn head(out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(
        out,
        "{:>10} {:>23} {:>7} {:>9} {:>6} {:>24} {:>5} {:>12} {:>15} {:>8} {:>5} flags",
        "byte",
        "offsets",
        "records",
        "bytes",
        "codec",
        "latest time",
        "epoch",
        "producer",
        "sequences",
        "crc",
        ""
    )
}

fn line(position: u64, header: &BatchHeader, sound: bool, out: &mut dyn Write) -> std::io::Result<()> {
    let producer = match header.has_producer_id() {
        true => format!("{}/{}", header.producer_id, header.producer_epoch),
        false => "-".to_owned(),
    };
    let sequences = match header.base_sequence {
        -1 => "-".to_owned(),
        first => format!("{first}-{}", header.last_sequence()),
    };
    let codec = header
        .codec()
        .map_or_else(|| header.codec_id().to_string(), |codec| codec.to_string());
    writeln!(
        out,
        "{position:>10} {:>23} {:>7} {:>9} {codec:>6} {:>24} {:>5} {producer:>12} {sequences:>15} {:08x} {:>5} {}",
        format!("{}-{}", header.base_offset, header.last_offset()),
        header.record_count,
        header.size_in_bytes(),
        time(header.max_timestamp),
        header.partition_leader_epoch,
        header.crc,
        if sound { "ok" } else { "WRONG" },
        flags(header)
    )
}

fn flags(header: &BatchHeader) -> String {
    let mut flags = Vec::new();
    if header.timestamp_type() == TimestampType::LogAppendTime {
        flags.push("append-time".to_owned());
    }
    if header.is_transactional() {
        flags.push("transactional".to_owned());
    }
    if header.is_control() {
        flags.push("control".to_owned());
    }
    if header.has_delete_horizon() {
        flags.push(format!("delete-horizon={}", time(header.base_timestamp)));
    }
    if flags.is_empty() {
        "-".to_owned()
    } else {
        flags.join(",")
    }
}

fn records(
    topic: &Topic,
    header: &BatchHeader,
    bytes: &[u8],
    scratch: &mut Scratch,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let done = for_each_record(bytes, scratch, |record| {
        writeln!(out, "{:>10} | {}", "", show(topic, header, &record))
    });
    match done {
        Ok(()) => Ok(()),
        Err(RecordsError::Stopped(error)) => Err(error),
        Err(RecordsError::Damaged(what)) => writeln!(out, "{:>10} | DAMAGED: {what}", ""),
    }
}
