//! The table of docs/BENCHMARKS.md: what was wanted, what was measured, what follows.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::broker::Site;
use crate::results::Results;
use crate::{idle_partitions, proc, report_groups, report_transactions};

/// What a figure of Ottla must reach.
#[derive(Clone, Copy)]
pub enum Reach {
    /// So many times the subject's figure, or more.
    AtLeast(f64, &'static str),
    /// So many times the subject's figure, or less.
    AtMost(f64, &'static str),
    /// The subject's figure plus so much, or less.
    Plus(f64, &'static str),
    /// So many times the sum of the echo (same placement, without sync) and a bare fdatasync.
    OverSyncedEcho(f64),
    Below(f64),
    Above(f64),
    Open,
}

pub struct Line {
    label: String,
    metric: String,
    unit: &'static str,
    maximum: bool,
    reach: Reach,
}

pub fn line(label: &str, metric: &str, unit: &'static str, reach: Reach) -> Line {
    Line {
        label: label.to_owned(),
        metric: metric.to_owned(),
        unit,
        maximum: false,
        reach,
    }
}

fn lines() -> Vec<Line> {
    use Reach::{AtLeast, AtMost, Below, Open, OverSyncedEcho, Plus};
    let mut all = vec![
        line(
            "process start to first acknowledged record, topic auto-created",
            "start.first_ack",
            "ms",
            Below(10.0),
        ),
        line("idle resident memory", "idle.memory", "MiB", Below(10.0)),
    ];
    for (name, words) in [
        ("100x1", "100 B, 1 partition"),
        ("100x16", "100 B, 16 partitions"),
        ("1kx1", "1 KiB, 1 partition"),
        ("1kx16", "1 KiB, 16 partitions"),
    ] {
        let produce = format!("produce{name}");
        let consume = format!("consume{name}");
        all.push(line(
            &format!("produce {words}"),
            &format!("{produce}.rate"),
            "records/s",
            AtLeast(2.0, "kafka"),
        ));
        all.push(line(
            &format!("produce {words}, broker CPU per GiB"),
            &format!("{produce}.cpu"),
            "s",
            AtMost(1.0 / 8.0, "kafka"),
        ));
        let floor = if name.starts_with("1k") {
            AtMost(2.0, "floor")
        } else {
            Open
        };
        all.push(line(
            "… beside the floor (receive, CRC, write)",
            &format!("{produce}.cpu"),
            "s",
            floor,
        ));
        all.push(line(
            &format!("consume {words}"),
            &format!("{consume}.rate"),
            "records/s",
            AtLeast(1.3, "kafka"),
        ));
        all.push(line(
            &format!("consume {words}, broker CPU per GiB"),
            &format!("{consume}.cpu"),
            "s",
            AtMost(1.0 / 8.0, "kafka"),
        ));
    }
    all.push(line(
        "50 librdkafka producers at once, 100 B",
        "fan-in.rate",
        "records/s",
        AtLeast(10.0, "kafka"),
    ));
    all.push(line(
        "… broker CPU per record",
        "fan-in.cpu",
        "µs",
        AtMost(1.0 / 40.0, "kafka"),
    ));
    for (place, words) in [
        ("shared", "client and broker on one core"),
        ("apart", "a core each"),
    ] {
        let os = format!("latency-os-{place}");
        let fsync = format!("latency-fsync-{place}");
        all.push(line(
            &format!("one record, {words}, p50"),
            &format!("{os}.p50"),
            "µs",
            Plus(6.0, "echo"),
        ));
        all.push(line("… p99", &format!("{os}.p99"), "µs", AtMost(1.5, "echo")));
        all.push(line(
            "… broker CPU per request",
            &format!("{os}.cpu"),
            "µs",
            Plus(12.0, "echo"),
        ));
        all.push(line(
            "… beside an echo on the same runtime, p50",
            &format!("{os}.p50"),
            "µs",
            Plus(6.0, "echo-tokio"),
        ));
        all.push(line(
            &format!("one record with fsync, {words}, p50"),
            &format!("{fsync}.p50"),
            "µs",
            OverSyncedEcho(1.3),
        ));
        all.push(line("… p99", &format!("{fsync}.p99"), "µs", OverSyncedEcho(1.3)));
    }
    all.push(line(
        "create topic, produce 10, consume 10 in a new group, delete topic",
        "cycle.time",
        "ms",
        Below(80.0),
    ));
    all.push(Line {
        maximum: true,
        ..line("… the slowest", "cycle.time", "ms", Below(200.0))
    });
    all.push(line(
        "subscribe to first assignment of a new classic group",
        "join.time",
        "ms",
        Below(57.0),
    ));
    for (row, words) in [("many", "empty"), ("many-written", "one record in each")] {
        all.push(line(
            &format!("1,000 topics × 10 partitions, {words}: create until all serve"),
            &format!("{row}.create"),
            "s",
            Below(2.0),
        ));
        if row == "many-written" {
            all.push(line(
                "… a first record into each partition",
                "many-written.first_records",
                "s",
                Open,
            ));
        }
        all.push(line(
            "… restart after a clean stop",
            &format!("{row}.restart"),
            "s",
            Below(0.5),
        ));
        all.push(line(
            "… restart after kill -9",
            &format!("{row}.recover"),
            "s",
            Below(2.0),
        ));
        all.push(line(
            "… resident memory when idle",
            &format!("{row}.idle"),
            "MiB",
            Below(64.0),
        ));
    }
    let others = [report_groups::lines(), report_transactions::lines()];
    all.extend(others.into_iter().flatten());
    all.extend(idle_partitions::lines().chain(heavy_lines()));
    all.push(line(
        "peak memory, 4 GiB produced and consumed",
        "memory.peak",
        "MiB",
        Below(128.0),
    ));
    all.push(line("release binary, stripped", "size.binary", "MB", Below(15.0)));
    all
}

fn heavy_lines() -> Vec<Line> {
    use Reach::{AtLeast, AtMost, Open};
    [
        (
            "restart after kill -9, 10 GiB in 100 partitions, files in the page cache",
            "recover.time",
            "s",
            AtMost(1.0 / 5.0, "kafka"),
        ),
        ("… peak memory", "recover.peak", "MiB", Open),
        (
            "compaction of 1 GiB, 1 M keys: wish until cleaned",
            "compact.time",
            "s",
            AtMost(1.0 / 2.0, "kafka"),
        ),
        ("… broker CPU", "compact.cpu", "s", Open),
        (
            "… memory taken meanwhile (Kafka's map of 128 MiB is there from its start on)",
            "compact.memory",
            "MiB",
            Open,
        ),
        (
            "… peak memory of the process",
            "compact.peak",
            "MiB",
            AtMost(1.0 / 4.0, "kafka"),
        ),
        ("… left of the log", "compact.left", "%", Open),
        (
            "consume 4 GiB from the disk, 1 partition, broker CPU per GiB",
            "cold.cpu",
            "s",
            AtMost(1.0 / 5.0, "kafka"),
        ),
        ("… speed", "cold.rate", "MiB/s", Open),
        (
            "append to a log beside plain writes of the same bytes, 100 KiB batches",
            "append.rate",
            "MiB/s",
            AtLeast(0.8, "plain"),
        ),
    ]
    .map(|(label, metric, unit, reach)| line(label, metric, unit, reach))
    .into()
}

/// The figure of what the line is held against, with its words.
fn against(line: &Line, results: &Results) -> Option<(f64, String)> {
    let of = |subject: &str| results.median(&line.metric, subject);
    match line.reach {
        Reach::AtLeast(times, subject) => {
            Some((of(subject)? * times, format!("≥ {} × {subject}", fraction(times))))
        }
        Reach::AtMost(times, subject) => {
            Some((of(subject)? * times, format!("≤ {} × {subject}", fraction(times))))
        }
        Reach::Plus(more, subject) => Some((
            of(subject)? + more,
            format!("≤ {subject} + {more:.0} {}", line.unit),
        )),
        Reach::OverSyncedEcho(times) => {
            let echo = results.median(&line.metric.replace("fsync", "os"), "echo")?;
            let (_, what) = line.metric.rsplit_once('.')?;
            let sync = results.median(&format!("latency-fsync.{what}"), "fdatasync")?;
            Some(((echo + sync) * times, format!("≤ {times} × (echo + fdatasync)")))
        }
        Reach::Below(bound) => Some((bound, format!("< {bound} {}", line.unit))),
        Reach::Above(bound) => Some((bound, format!("≥ {} {}", figure(bound), line.unit))),
        Reach::Open => None,
    }
}

fn fraction(times: f64) -> String {
    if times < 1.0 {
        format!("1/{:.0}", 1.0 / times)
    } else {
        format!("{times}")
    }
}

fn figure(value: f64) -> String {
    match value {
        value if value >= 10_000.0 => format!("{:.0} k", value / 1000.0),
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

/// One table row, and whether Ottla falls short.
fn row(line: &Line, results: &Results) -> (String, bool) {
    let of = |subject: &str| {
        if line.maximum {
            results.maximum(&line.metric, subject)
        } else {
            results.median(&line.metric, subject)
        }
    };
    let cell = |subject: &str| of(subject).map_or("–".to_owned(), figure);
    let beside: Vec<String> = ["floor", "echo", "echo-tokio", "plain", "alone", "mock"]
        .iter()
        .filter_map(|subject| Some(format!("{subject} {}", figure(of(subject)?))))
        .collect();
    let ratio = of("ottla")
        .zip(of("kafka"))
        .map_or("–".to_owned(), |(ottla, kafka)| {
            format!("{} ×", figure(ottla / kafka))
        });
    let held = against(line, results);
    let met = of("ottla")
        .zip(held.as_ref())
        .map(|(got, (bound, _))| match line.reach {
            Reach::AtLeast(..) | Reach::Above(_) => got >= *bound,
            _ => got <= *bound,
        });
    let verdict = met.map_or("", |met| if met { "yes" } else { "**no**" });
    let wanted = held.map_or(String::new(), |(bound, words)| {
        if matches!(line.reach, Reach::Below(_) | Reach::Above(_)) {
            words
        } else {
            format!("{words} = {}", figure(bound))
        }
    });
    let text = format!(
        "| {} | {} | {} | {} | {ratio} | {} | {wanted} | {verdict} |\n",
        line.label,
        line.unit,
        cell("ottla"),
        cell("kafka"),
        if beside.is_empty() {
            "–".to_owned()
        } else {
            beside.join(", ")
        }
    );
    (text, met == Some(false))
}

/// Writes the document.
pub fn write(site: &Site, results: &Results, path: &Path, notes: &Path) -> Result<()> {
    let mut text = String::from(
        "# Benchmarks\n\nMade by `scripts/bench` (figures in `bench-results.tsv`, medians of the rounds there; the remarks come from `bench-notes.md`).\n\
         Ottla and Apache Kafka 4.3.1 run in turn on the same machine with the same clients, each round on an empty folder; Kafka gets the JVM\n\
         options of its own start script and a warm-up. `floor` is a program that receives the same bytes, takes their CRC32C and writes them;\n\
         `echo` a blocking TCP echo of the same sizes, `echo-tokio` one on tokio's multi-thread runtime, `mock` librdkafka's own mock of a\n\
         cluster, in memory and in a process of its own. CPU is the broker's, user and system,\n\
         from `/proc`. Below 1.00 × in the column Ottla / Kafka means less.\n\n",
    );
    text.push_str(&facts(site));
    text.push_str("\n| What | Unit | Ottla | Kafka | Beside | Ottla / Kafka | Wanted | Reached |\n|---|---|--:|--:|--:|--:|---|---|\n");
    let mut short = Vec::new();
    for line in lines() {
        let (row, falls_short) = row(&line, results);
        text.push_str(&row);
        if falls_short {
            short.push(format!("- {} (`{}`)\n", line.label, line.metric));
        }
    }
    if !short.is_empty() {
        text.push_str("\n## What falls short\n\n");
        text.push_str(&short.concat());
    }
    text.push_str("\n## Remarks\n\n");
    text.push_str(&fs::read_to_string(notes).unwrap_or_default());
    Ok(fs::write(path, text)?)
}

fn facts(site: &Site) -> String {
    let said = |program: &str, args: &[&str]| {
        let done = Command::new(program).args(args).output();
        done.map(|done| match done.stdout.is_empty() {
            true => String::from_utf8_lossy(&done.stderr).into_owned(),
            false => String::from_utf8_lossy(&done.stdout).into_owned(),
        })
        .unwrap_or_default()
    };
    let first = |text: String| text.lines().next().unwrap_or_default().trim().to_owned();
    format!(
        "- Machine: {}\n- Java: {}\n- Ottla: {}, commit {}\n- Last run: {}\n",
        proc::machine(),
        first(said("java", &["-version"])),
        first(said(&site.ottla.display().to_string(), &["--version"])),
        first(said("git", &["rev-parse", "--short", "HEAD"])),
        first(said("date", &["+%F"])),
    )
}
