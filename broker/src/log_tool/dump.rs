//! `ottla log dump`: which file it is, and the tables of the small ones.

use std::io::Write;
use std::path::Path;

use storage::inspect::{self, Entry, EntryKind};
use storage::{FileSystem as _, RealFs, encode_uuid};

use super::batches;
use super::command::DumpArgs;
use super::format::{count, time};

/// Endings of files on their way in or out, behind which the real kind stands.
const PASSING: [&str; 3] = [".deleted", ".cleaned", ".swap"];
/// Small files above this are not what their name says.
const SMALL_FILE_BYTES_MAX: u64 = 512 << 20;

/// Shows the file; answers whether it is sound.
pub(super) fn run(args: &DumpArgs, out: &mut dyn Write) -> anyhow::Result<bool> {
    let shown = args.file.display();
    let file = RealFs.open(&args.file, storage::OpenMode::Read);
    let file = file.map_err(|error| anyhow::anyhow!("cannot read {shown}: {error}."))?;
    let len = file.len()?;
    let name = args
        .file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let name = PASSING
        .iter()
        .fold(name.as_str(), |name, end| name.strip_suffix(end).unwrap_or(name));
    writeln!(out, "{shown}: {} bytes", count(len))?;
    if name.ends_with(".log") || is_metadata_snapshot(name) {
        return batches::dump(args, file, len, out);
    }
    if len > SMALL_FILE_BYTES_MAX {
        anyhow::bail!("{shown} has {len} bytes, which no index or checkpoint has.");
    }
    let bytes = RealFs.read(&args.file)?;
    let limit = args.limit.unwrap_or(usize::MAX);
    if let Some(kind) = EntryKind::of(name) {
        return index(kind, name, &bytes, limit, out);
    }
    if bytes.is_empty() {
        writeln!(out, "nothing is in it")?;
        return Ok(true);
    }
    let dumped = match name {
        _ if name.ends_with(".snapshot") => snapshot(&bytes, limit, out)?,
        "leader-epoch-checkpoint" => epochs(&bytes, limit, out)?,
        "partition.metadata" => topic_id(&bytes, out)?,
        _ if name.ends_with("-checkpoint") => checkpoint(&bytes, limit, out)?,
        "meta.properties" | ".kafka_cleanshutdown" | "quorum-state" | ".lock" => text(&bytes, out)?,
        _ => anyhow::bail!(
            "{shown} is no file that this command knows: it shows .log, .index, .timeindex, .txnindex, .snapshot, \
             checkpoints, partition.metadata and meta.properties."
        ),
    };
    if let Err(what) = &dumped {
        writeln!(out, "DAMAGED: {what}")?;
    }
    Ok(dumped.is_ok())
}

/// `<end offset>-<epoch>.checkpoint` and `bootstrap.checkpoint` hold batches.
fn is_metadata_snapshot(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "checkpoint")
}

type Shown = std::io::Result<Result<(), String>>;

fn index(
    kind: EntryKind,
    name: &str,
    bytes: &[u8],
    limit: usize,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let base: i64 = name.get(..20).and_then(|digits| digits.parse().ok()).unwrap_or(0);
    match kind {
        EntryKind::Offset => writeln!(out, "{:>8} {:>20} {:>12}", "entry", "offset", "byte")?,
        EntryKind::Time => writeln!(out, "{:>8} {:>24} {:>20}", "entry", "latest time", "up to offset")?,
        EntryKind::Aborted => writeln!(
            out,
            "{:>8} {:>20} {:>20} {:>20} {:>20} {:>7}",
            "entry", "producer", "first offset", "last offset", "last stable", "version"
        )?,
    }
    for (number, entry) in inspect::read_entries(kind, base, bytes).take(limit).enumerate() {
        match entry {
            Entry::Offset { offset, position } => writeln!(out, "{number:>8} {offset:>20} {position:>12}")?,
            Entry::Time { timestamp, offset } => {
                writeln!(out, "{number:>8} {:>24} {offset:>20}", time(timestamp))?;
            }
            Entry::Aborted {
                version,
                producer_id,
                first_offset,
                last_offset,
                last_stable_offset,
            } => writeln!(
                out,
                "{number:>8} {producer_id:>20} {first_offset:>20} {last_offset:>20} {last_stable_offset:>20} {version:>7}"
            )?,
        }
    }
    let over = bytes.len() % kind.entry_bytes();
    if over > 0 {
        writeln!(out, "DAMAGED: {over} bytes behind the last whole entry")?;
    }
    Ok(over == 0)
}

fn snapshot(bytes: &[u8], limit: usize, out: &mut dyn Write) -> Shown {
    let producers = match inspect::read_snapshot(bytes) {
        Ok(producers) => producers,
        Err(what) => return Ok(Err(what)),
    };
    writeln!(
        out,
        "{:>20} {:>6} {:>12} {:>20} {:>20} {:>24} {:>18}",
        "producer", "epoch", "coordinator", "last sequences", "last offset", "last time", "transaction since"
    )?;
    let dash = || "-".to_owned();
    for producer in producers.iter().take(limit) {
        let sequences = producer
            .last_batch
            .map_or_else(dash, |(first, last, _)| format!("{first}-{last}"));
        let offset = producer
            .last_batch
            .map_or_else(dash, |(_, _, offset)| offset.to_string());
        writeln!(
            out,
            "{:>20} {:>6} {:>12} {sequences:>20} {offset:>20} {:>24} {:>18}",
            producer.producer_id,
            producer.producer_epoch,
            producer.coordinator_epoch,
            time(producer.last_timestamp),
            producer.open_since.map_or_else(dash, |since| since.to_string())
        )?;
    }
    Ok(Ok(()))
}

fn epochs(bytes: &[u8], limit: usize, out: &mut dyn Write) -> Shown {
    let Some(epochs) = inspect::read_epochs(bytes) else {
        text(bytes, out)?.ok();
        return Ok(Err(
            "no list of epochs and their start offsets, both rising".to_owned()
        ));
    };
    writeln!(out, "{:>10} {:>20}", "epoch", "from offset")?;
    for (epoch, start) in epochs.iter().take(limit) {
        writeln!(out, "{epoch:>10} {start:>20}")?;
    }
    Ok(Ok(()))
}

fn checkpoint(bytes: &[u8], limit: usize, out: &mut dyn Write) -> Shown {
    let Some(entries) = inspect::read_checkpoint(bytes) else {
        text(bytes, out)?.ok();
        return Ok(Err("no list of topics, partitions and offsets".to_owned()));
    };
    let widest = entries
        .iter()
        .map(|(topic, ..)| topic.len())
        .max()
        .unwrap_or(0)
        .max(5);
    writeln!(out, "{:<widest$} {:>9} {:>20}", "topic", "partition", "offset")?;
    for (topic, partition, offset) in entries.iter().take(limit) {
        writeln!(out, "{topic:<widest$} {partition:>9} {offset:>20}")?;
    }
    Ok(Ok(()))
}

fn topic_id(bytes: &[u8], out: &mut dyn Write) -> Shown {
    match inspect::read_topic_id(bytes) {
        Ok(Some(id)) => writeln!(out, "topic id {} ({id})", encode_uuid(id)).map(Ok),
        Ok(None) => writeln!(out, "nothing is in it; the next start writes it").map(Ok),
        Err(what) => Ok(Err(what)),
    }
}

fn text(bytes: &[u8], out: &mut dyn Write) -> Shown {
    for line in String::from_utf8_lossy(bytes).lines() {
        let printable: String = line
            .chars()
            .map(|c| if c.is_control() { '�' } else { c })
            .collect();
        writeln!(out, "  {printable}")?;
    }
    Ok(std::str::from_utf8(bytes)
        .map(|_| ())
        .map_err(|_| "not text".to_owned()))
}
