//! Throughput and processor time of produced and consumed streams, with Apache's own performance programs.

use std::process::Command;

use anyhow::{Context, Result};

use crate::broker::{Broker, Kind, Site};
use crate::floor::{measure_sink, warm_page_cache};
use crate::proc;
use crate::results::Results;
use crate::wire::Wire;

const GIB: f64 = (1u64 << 30) as f64;
const CLIENT_JVM: [&str; 3] = ["-Xmx1g", "-Xms1g", "-Xshare:auto"];

/// One row pair: produce and then consume.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    pub name: &'static str,
    pub record_size: u64,
    pub partitions: i32,
    /// Payload bytes of one round.
    pub bytes: u64,
}

pub const STREAMS: [Stream; 4] = [
    Stream {
        name: "100x1",
        record_size: 100,
        partitions: 1,
        bytes: 400 << 20,
    },
    Stream {
        name: "100x16",
        record_size: 100,
        partitions: 16,
        bytes: 400 << 20,
    },
    Stream {
        name: "1kx1",
        record_size: 1024,
        partitions: 1,
        bytes: 1 << 30,
    },
    Stream {
        name: "1kx16",
        record_size: 1024,
        partitions: 16,
        bytes: 1 << 30,
    },
];

impl Stream {
    fn records(&self) -> u64 {
        self.bytes / self.record_size
    }
}

/// One round on a fresh broker that has seen a tenth of the records before (Java compiles what it runs often).
pub fn round(site: &Site, kind: Kind, stream: &Stream, results: &mut Results) -> Result<()> {
    let broker = Broker::start_new(site, kind, false)?;
    let topic = format!("stream-{}", stream.name);
    let mut wire = Wire::connect(&broker.address)?;
    for name in ["warm", &topic] {
        create(&mut wire, name, stream.partitions)?;
    }
    produce(site, &broker, "warm", stream.records() / 10, stream.record_size)?;
    consume(site, &broker, "warm", stream.records() / 10)?;
    let gib = stream.bytes as f64 / GIB;

    warm_page_cache(&site.work, stream.bytes)?;
    let before = proc::cpu_seconds(broker.pid())?;
    let rate = produce(site, &broker, &topic, stream.records(), stream.record_size)?;
    let cpu = proc::cpu_seconds(broker.pid())? - before;
    results.add(&format!("produce{}.rate", stream.name), kind.name(), rate);
    results.add(&format!("produce{}.cpu", stream.name), kind.name(), cpu / gib);

    let before = proc::cpu_seconds(broker.pid())?;
    let rate = consume(site, &broker, &topic, stream.records())?;
    let cpu = proc::cpu_seconds(broker.pid())? - before;
    results.add(&format!("consume{}.rate", stream.name), kind.name(), rate);
    results.add(&format!("consume{}.cpu", stream.name), kind.name(), cpu / gib);
    Ok(())
}

/// The floor program on the same bytes.
pub fn floor(site: &Site, stream: &Stream, results: &mut Results) -> Result<()> {
    let cpu = measure_sink(&site.work, stream.bytes)?;
    results.add(&format!("produce{}.cpu", stream.name), "floor", cpu);
    Ok(())
}

/// The most memory a broker takes while so many bytes are produced at full speed and consumed.
pub fn memory(site: &Site, kind: Kind, bytes: u64, results: &mut Results) -> Result<()> {
    let broker = Broker::start_new(site, kind, false)?;
    create(&mut Wire::connect(&broker.address)?, "big", 1)?;
    produce(site, &broker, "big", bytes / 1024, 1024)?;
    consume(site, &broker, "big", bytes / 1024)?;
    results.add(
        "memory.peak",
        kind.name(),
        proc::memory_mib(broker.pid(), "VmHWM")?,
    );
    Ok(())
}

/// Creates a topic and waits until it can be used.
pub fn create(wire: &mut Wire, name: &str, partitions: i32) -> Result<()> {
    let names = [name.to_owned()];
    wire.create_topics(&names, partitions)?;
    while !wire.metadata(Some(&names), false)?.0 {
        proc::pause(5);
    }
    Ok(())
}

/// Records per second of one ProducerPerformance run.
fn produce(site: &Site, broker: &Broker, topic: &str, records: u64, size: u64) -> Result<f64> {
    let mut command = site.java(&CLIENT_JVM);
    command.arg("org.apache.kafka.tools.ProducerPerformance");
    command.args([
        "--bootstrap-server",
        &broker.address,
        "--topic",
        topic,
        "--throughput",
        "-1",
        "--reporting-interval",
        "600000",
    ]);
    command.args([
        "--num-records",
        &records.to_string(),
        "--record-size",
        &size.to_string(),
    ]);
    command.args(["--command-property", "acks=all", "batch.size=65536"]);
    let output = run(command)?;
    // "1000000 records sent, 123456.7 records/sec (…), …"
    let line = output
        .lines()
        .rev()
        .find(|line| line.contains("records/sec"))
        .with_context(|| output.clone())?;
    let rate = line
        .split(", ")
        .nth(1)
        .and_then(|part| part.split(' ').next())
        .context("no rate")?;
    Ok(rate.parse()?)
}

/// Records per second of one ConsumerPerformance run, the time to join the group left out.
fn consume(site: &Site, broker: &Broker, topic: &str, records: u64) -> Result<f64> {
    let mut command = site.java(&CLIENT_JVM);
    command.arg("org.apache.kafka.tools.ConsumerPerformance");
    command.args([
        "--bootstrap-server",
        &broker.address,
        "--topic",
        topic,
        "--hide-header",
        "--timeout",
        "60000",
    ]);
    command.args([
        "--num-records",
        &records.to_string(),
        "--reporting-interval",
        "600000",
    ]);
    let output = run(command)?;
    // start, end, MB, MB/s, records, records/s, rebalance ms, fetch ms, fetch MB/s, fetch records/s
    let line = output
        .lines()
        .rev()
        .find(|line| line.split(", ").count() >= 10)
        .with_context(|| output.clone())?;
    let fields: Vec<&str> = line.split(", ").collect();
    let got: u64 = fields.get(4).context("no count")?.trim().parse()?;
    anyhow::ensure!(got >= records, "consumed {got} of {records}");
    Ok(fields.get(9).context("no rate")?.trim().parse()?)
}

fn run(mut command: Command) -> Result<String> {
    let done = command.output().context("java")?;
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    anyhow::ensure!(
        done.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    Ok(text)
}
