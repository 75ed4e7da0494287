//! From the start of the process to the first acknowledged record, with a client that is already trying; memory at rest.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::broker::{Broker, Kind, Site};
use crate::proc;
use crate::results::Results;
use crate::wire::Wire;

const LIMIT: Duration = Duration::from_secs(60);
const BETWEEN_TRIES: Duration = Duration::from_micros(100);

/// Milliseconds to the first acknowledged record of an auto-created topic.
pub fn first_ack(site: &Site, kind: Kind, results: &mut Results) -> Result<()> {
    let mut broker = Broker::prepare(site, kind, false)?;
    let begun = Instant::now();
    broker.spawn(site)?;
    let topics = ["first".to_owned()];
    while !matches!(attempt(&broker.address, &topics), Ok(true)) {
        ensure!(begun.elapsed() < LIMIT, "no record acknowledged in {LIMIT:?}");
        broker.still_runs()?;
        std::thread::sleep(BETWEEN_TRIES);
    }
    results.add(
        "start.first_ack",
        kind.name(),
        begun.elapsed().as_secs_f64() * 1e3,
    );
    Ok(())
}

/// One connection's tries; an error means that it has to connect again.
fn attempt(address: &str, topics: &[String]) -> std::io::Result<bool> {
    let mut wire = Wire::connect(address)?;
    let begun = Instant::now();
    while begun.elapsed() < LIMIT {
        if wire.metadata(Some(topics), true)?.0 && wire.produce("first", 1, b"hello")? == 0 {
            return Ok(true);
        }
        std::thread::sleep(BETWEEN_TRIES);
    }
    Ok(false)
}

/// MiB resident some seconds after the start, when nobody asks anything.
pub fn idle(site: &Site, kind: Kind, results: &mut Results) -> Result<()> {
    let broker = Broker::start_new(site, kind, false)?;
    proc::pause(if kind == Kind::Kafka { 5000 } else { 2000 });
    results.add(
        "idle.memory",
        kind.name(),
        proc::memory_mib(broker.pid(), "VmRSS")?,
    );
    Ok(())
}
