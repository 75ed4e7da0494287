//! Rows with gigabytes on disk: restart after kill -9, compaction, cold reads. Each removes its data at the end.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rustix::fs::Advice;

use crate::broker::{Broker, Kind, Site};
use crate::bulk::{Bulk, Shape, batch};
use crate::proc;
use crate::results::Results;
use crate::stream::create;
use crate::wire::{Wire, now_ms};

const GIB: f64 = (1u64 << 30) as f64;
/// Of the row `recover`.
const PARTITIONS: i32 = 100;
const LIMIT_S: f64 = 1200.0;
/// About 100 KiB a batch.
const BATCH: Shape = Shape {
    records: 100,
    value_size: 1014,
};
/// Segments of the row `compact`; the last one is never cleaned.
const CLEANED_SEGMENT_BYTES: u64 = 64 << 20;
/// Versions of each key in the row `compact`: with 1 GiB, 1 M keys of values of about 256 bytes.
const VERSIONS: u64 = 4;
const KEYED: Shape = Shape {
    records: 400,
    value_size: 245,
};
/// Bytes of one record of [`KEYED`] on disk.
const KEYED_BYTES: u64 = 268;

/// Seconds from the start of the process, after kill -9, until every partition tells its end offset.
pub fn recover(site: &Site, kind: Kind, bytes: u64, results: &mut Results) -> Result<()> {
    let mut broker = Broker::start_new(site, kind, false)?;
    let names = ["recovered".to_owned()];
    create_serving(&broker, &names[0], PARTITIONS)?;
    let sent = fill(&broker, &names[0], PARTITIONS, bytes)?;
    let records = i64::try_from(sent)? * i64::from(BATCH.records);
    broker.kill();
    each_file(&broker.data(), &mut equalise)?;
    let begun = Instant::now();
    broker.spawn(site)?;
    broker.wait_serving()?;
    let mut wire = Wire::connect(&broker.address)?;
    loop {
        ensure!(
            begun.elapsed().as_secs_f64() < LIMIT_S,
            "not all partitions are served"
        );
        if let Ok((true, _)) = wire.metadata(Some(&names), false)
            && let Some(end) = wire.end_offsets(&names, PARTITIONS)?
        {
            ensure!(end == records, "{end} records of {records} are left");
            break;
        }
        proc::pause(1);
    }
    results.add("recover.time", kind.name(), begun.elapsed().as_secs_f64());
    results.add(
        "recover.peak",
        kind.name(),
        proc::memory_mib(broker.pid(), "VmHWM")?,
    );
    Ok(())
}

/// Seconds from the wish to compact until the cleaner's checkpoint has reached the active segment, and memory meanwhile.
pub fn compact(site: &Site, kind: Kind, bytes: u64, results: &mut Results) -> Result<()> {
    let mut broker = Broker::prepare_with(site, kind, false, &[("log.cleaner.backoff.ms", "100")])?;
    broker.spawn(site)?;
    broker.wait_serving()?;
    let topic = "cleaned";
    let mut wire = create_serving(&broker, topic, 1)?;
    let segment = CLEANED_SEGMENT_BYTES.min(bytes / 8).max(1 << 20).to_string();
    wire.alter_topic(topic, &[("segment.bytes", &segment)])?;
    let keys = (bytes / KEYED_BYTES / VERSIONS).max(1);
    let mut bulk = Bulk::connect(&broker.address)?;
    let mut number = 0u64;
    while number * KEYED_BYTES < bytes {
        let keyed = batch(&KEYED, now_ms(), |index| {
            // Every key once before any comes again, in an order without pattern.
            let version = number + u64::from(index);
            Some((version % keys).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes())
        });
        bulk.produce(topic, 0, &keyed)?;
        number += u64::from(KEYED.records);
    }
    bulk.finish()?;
    let dir = broker.data().join(format!("{topic}-0"));
    each_file(&dir, &mut equalise)?;
    let active = fs::read_dir(&dir)?
        .filter_map(|entry| {
            entry
                .ok()?
                .file_name()
                .to_str()?
                .strip_suffix(".log")?
                .parse::<i64>()
                .ok()
        })
        .max()
        .context("no segment")?;
    ensure!(active > 0, "only one segment was written");
    let before = log_bytes(&dir)?;
    // Makes VmHWM begin anew.
    fs::write(format!("/proc/{}/clear_refs", broker.pid()), "5")?;
    let (resident, cpu) = (
        proc::memory_mib(broker.pid(), "VmRSS")?,
        proc::cpu_seconds(broker.pid())?,
    );
    let begun = Instant::now();
    let wish = [
        ("cleanup.policy", "compact"),
        ("min.cleanable.dirty.ratio", "0.001"),
    ];
    wire.alter_topic(topic, &wish)?;
    let checkpoint = broker.data().join("cleaner-offset-checkpoint");
    while cleaned_to(&checkpoint, topic) < active {
        ensure!(begun.elapsed().as_secs_f64() < LIMIT_S, "not cleaned");
        broker.still_runs()?;
        proc::pause(2);
    }
    results.add("compact.time", kind.name(), begun.elapsed().as_secs_f64());
    let peak = proc::memory_mib(broker.pid(), "VmHWM")?;
    results.add("compact.memory", kind.name(), (peak - resident).max(0.0));
    results.add("compact.peak", kind.name(), peak);
    results.add("compact.cpu", kind.name(), proc::cpu_seconds(broker.pid())? - cpu);
    results.add(
        "compact.left",
        kind.name(),
        log_bytes(&dir)? as f64 / before as f64 * 100.0,
    );
    Ok(())
}

/// Bytes of the segments in force.
fn log_bytes(dir: &Path) -> Result<u64> {
    let mut sum = 0;
    each_file(dir, &mut |path| {
        if path.extension().is_some_and(|extension| extension == "log") {
            sum += fs::metadata(path)?.len();
        }
        Ok(())
    })?;
    Ok(sum)
}

fn cleaned_to(checkpoint: &Path, topic: &str) -> i64 {
    let text = fs::read_to_string(checkpoint).unwrap_or_default();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{topic} 0 ")));
    line.and_then(|offset| offset.trim().parse().ok()).unwrap_or(-1)
}

/// Broker CPU and speed of one consumer that reads what no page cache holds.
pub fn cold(site: &Site, kind: Kind, bytes: u64, results: &mut Results) -> Result<()> {
    let broker = Broker::start_new(site, kind, false)?;
    let topic = "cold";
    create_serving(&broker, topic, 1)?;
    let batches = fill(&broker, topic, 1, bytes)?;
    let end = i64::try_from(batches)? * i64::from(BATCH.records);
    let mut bulk = Bulk::connect(&broker.address)?;
    // Once over a part, so that Java has compiled what it runs.
    let mut offset = 0;
    while offset < end / 8 {
        offset = bulk.fetch(topic, offset)?.1;
    }
    each_file(&broker.data(), &mut evict)?;
    let cpu = proc::cpu_seconds(broker.pid())?;
    let begun = Instant::now();
    let (mut offset, mut read) = (0, 0);
    while offset < end {
        let (got, next) = bulk.fetch(topic, offset)?;
        ensure!(next > offset || got == 0, "no whole batch in a fetch");
        (offset, read) = (next, read + got);
    }
    let gib = read as f64 / GIB;
    results.add(
        "cold.rate",
        kind.name(),
        gib * 1024.0 / begun.elapsed().as_secs_f64(),
    );
    results.add(
        "cold.cpu",
        kind.name(),
        (proc::cpu_seconds(broker.pid())? - cpu) / gib,
    );
    Ok(())
}

/// Creates a topic and waits until each partition tells its end offset: metadata run ahead of a broker's leaders.
fn create_serving(broker: &Broker, topic: &str, partitions: i32) -> Result<Wire> {
    let mut wire = Wire::connect(&broker.address)?;
    create(&mut wire, topic, partitions)?;
    let (names, begun) = ([topic.to_owned()], Instant::now());
    while wire.end_offsets(&names, partitions)?.is_none() {
        ensure!(begun.elapsed().as_secs_f64() < LIMIT_S, "{topic} is not served");
        proc::pause(5);
    }
    Ok(wire)
}

/// Writes so many bytes in batches of about 100 KiB, round robin over the partitions; answers the batches.
fn fill(broker: &Broker, topic: &str, partitions: i32, bytes: u64) -> Result<u64> {
    let mut bulk = Bulk::connect(&broker.address)?;
    let one = batch(&BATCH, now_ms(), |_| None);
    let batches = bytes.div_ceil(one.len() as u64);
    for number in 0..batches {
        let partition = i32::try_from(number % partitions as u64)?;
        bulk.produce(topic, partition, &one)?;
    }
    bulk.finish()?;
    Ok(batches)
}

/// Brings a file to the same state for every broker: on the disk, and in the page cache.
fn equalise(path: &Path) -> Result<()> {
    let mut file = File::open(path)?;
    file.sync_all()?;
    let mut block = vec![0; 1 << 20];
    while file.read(&mut block)? > 0 {}
    Ok(())
}

/// Writes a file to the disk and takes it out of the page cache.
fn evict(path: &Path) -> Result<()> {
    let file = File::open(path)?;
    file.sync_all()?;
    rustix::fs::fadvise(&file, 0, None, Advice::DontNeed)?;
    Ok(())
}

/// Calls `each` with every file below a folder. Files that go meanwhile are passed over.
fn each_file(dir: &Path, each: &mut dyn FnMut(&Path) -> Result<()>) -> Result<()> {
    let mut dirs: Vec<PathBuf> = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        let Ok(entries) = fs::read_dir(&dir) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                dirs.push(path);
            } else if let Err(error) = each(&path)
                && path.exists()
            {
                return Err(error);
            }
        }
    }
    Ok(())
}
