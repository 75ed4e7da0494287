//! A hundred thousand partitions with a record in each that nobody uses: open files, memory, restart, stop.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::broker::{Broker, Kind, Site};
use crate::proc;
use crate::report::{Line, Reach, line};
use crate::results::Results;
use crate::wire::Wire;

/// Of each topic.
const PARTITIONS: i32 = 100;
const TOPICS_A_REQUEST: usize = 50;

/// Label, metric, unit, and the bound for each line of the table.
const LINES: [(&str, &str, &str, Option<f64>); 8] = [
    (
        "1,000 topics × 100 partitions, one record in each: a first record into each partition",
        "idle-partitions.first_records",
        "s",
        None,
    ),
    (
        "… memory per partition when all were written",
        "idle-partitions.memory_written",
        "KiB",
        None,
    ),
    (
        "… clean stop when all were written",
        "idle-partitions.stop_written",
        "s",
        None,
    ),
    (
        "… restart after a clean stop, until Metadata names all leaders and one partition is written",
        "idle-partitions.restart",
        "s",
        Some(2.0),
    ),
    ("… open files then", "idle-partitions.files", "files", Some(100.0)),
    (
        "… resident memory per partition then",
        "idle-partitions.memory",
        "KiB",
        Some(1.5),
    ),
    ("… clean stop then", "idle-partitions.stop", "s", None),
    (
        "… clean stop when each was asked for its end",
        "idle-partitions.stop_asked",
        "s",
        None,
    ),
];

/// What is wanted of this row.
pub fn lines() -> impl Iterator<Item = Line> {
    LINES.into_iter().map(|(label, metric, unit, below)| {
        line(label, metric, unit, below.map_or(Reach::Open, Reach::Below))
    })
}

/// Writes a record into every partition, stops, and looks at what comes back; Ottla only: Kafka maps two files for each
/// partition, more than Linux allows a process by default.
pub fn round(site: &Site, kind: Kind, topics: usize, results: &mut Results) -> Result<()> {
    if kind == Kind::Kafka {
        return Ok(());
    }
    let mut add =
        |what: &str, value: f64| results.add(&format!("idle-partitions.{what}"), kind.name(), value);
    let names: Vec<String> = (0..topics).map(|i| format!("idle-{i:04}")).collect();
    let partitions = names.len() as f64 * f64::from(PARTITIONS);
    let kib_each = |broker: &Broker| {
        Ok::<_, anyhow::Error>(proc::memory_mib(broker.pid(), "VmRSS")? * 1024.0 / partitions)
    };

    let mut broker = Broker::start_new(site, kind, false)?;
    add("first_records", fill(&broker, &names)?);
    add("memory_written", kib_each(&broker)?);
    add("stop_written", stop(&mut broker)?);

    let begun = Instant::now();
    broker.spawn(site)?;
    broker.wait_serving()?;
    let mut wire = Wire::connect(&broker.address)?;
    let (ready, seen) = wire.metadata(Some(&names), false)?;
    ensure!(
        ready && seen as f64 == partitions,
        "only {seen} partitions are served"
    );
    let last = names.last().context("a topic")?;
    ensure!(wire.produce(last, 1, b"another record")? == 0, "not acknowledged");
    add("restart", begun.elapsed().as_secs_f64());
    drop(wire);
    proc::pause(2000);
    add(
        "files",
        fs::read_dir(format!("/proc/{}/fd", broker.pid()))?.count() as f64,
    );
    add("memory", kib_each(&broker)?);
    add("stop", stop(&mut broker)?);

    broker.spawn(site)?;
    broker.wait_serving()?;
    let mut wire = Wire::connect(&broker.address)?;
    let mut records = 0;
    for part in names.chunks(TOPICS_A_REQUEST) {
        records += wire
            .end_offsets(part, PARTITIONS)?
            .context("not all are served")?;
    }
    ensure!(records as f64 == partitions + 1.0, "{records} records came back");
    drop(wire);
    add("stop_asked", stop(&mut broker)?);
    Ok(())
}

/// Seconds that the first records take.
fn fill(broker: &Broker, names: &[String]) -> Result<f64> {
    let mut wire = Wire::connect(&broker.address)?;
    for part in names.chunks(TOPICS_A_REQUEST) {
        wire.create_topics(part, PARTITIONS)?;
    }
    let begun = Instant::now();
    for name in names {
        ensure!(
            wire.produce(name, PARTITIONS, b"one record")? == 0,
            "not acknowledged"
        );
    }
    Ok(begun.elapsed().as_secs_f64())
}

fn stop(broker: &mut Broker) -> Result<f64> {
    let begun = Instant::now();
    broker.stop()?;
    Ok(begun.elapsed().as_secs_f64())
}
