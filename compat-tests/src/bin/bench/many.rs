//! Many partitions: creation, memory, restart.

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::broker::{Broker, Kind, Site};
use crate::proc;
use crate::results::Results;
use crate::wire::Wire;

const PARTITIONS: i32 = 10;
const TOPICS_A_REQUEST: usize = 100;
const LIMIT_S: f64 = 300.0;

/// Creates the topics, writes one record into every partition if asked, restarts cleanly and after a kill.
pub fn round(site: &Site, kind: Kind, topics: usize, written: bool, results: &mut Results) -> Result<()> {
    let row = if written { "many-written" } else { "many" };
    let names: Vec<String> = (0..topics).map(|i| format!("many-{i:04}")).collect();
    let mut broker = Broker::start_new(site, kind, false)?;
    let mut wire = Wire::connect(&broker.address)?;
    let begun = Instant::now();
    for part in names.chunks(TOPICS_A_REQUEST) {
        wire.create_topics(part, PARTITIONS)?;
    }
    serving(&broker, &names, 0)?;
    results.add(
        &format!("{row}.create"),
        kind.name(),
        begun.elapsed().as_secs_f64(),
    );
    if written {
        let begun = Instant::now();
        for name in &names {
            ensure!(
                wire.produce(name, PARTITIONS, b"one record")? == 0,
                "not acknowledged"
            );
        }
        results.add(
            &format!("{row}.first_records"),
            kind.name(),
            begun.elapsed().as_secs_f64(),
        );
    }
    proc::pause(2000);
    results.add(
        &format!("{row}.idle"),
        kind.name(),
        proc::memory_mib(broker.pid(), "VmRSS")?,
    );
    let records = if written {
        topics as i64 * i64::from(PARTITIONS)
    } else {
        0
    };
    broker.stop()?;
    results.add(
        &format!("{row}.restart"),
        kind.name(),
        restart(site, &mut broker, &names, records)?,
    );
    broker.kill();
    results.add(
        &format!("{row}.recover"),
        kind.name(),
        restart(site, &mut broker, &names, records)?,
    );
    Ok(())
}

/// Seconds from the start of the process until every partition is served.
fn restart(site: &Site, broker: &mut Broker, names: &[String], records: i64) -> Result<f64> {
    let begun = Instant::now();
    broker.spawn(site)?;
    broker.wait_serving()?;
    serving(broker, names, records)?;
    Ok(begun.elapsed().as_secs_f64())
}

/// Waits until every partition has a leader that tells its end offset.
fn serving(broker: &Broker, names: &[String], records: i64) -> Result<()> {
    let wanted = names.len() * PARTITIONS as usize;
    let begun = Instant::now();
    let mut wire = Wire::connect(&broker.address)?;
    loop {
        ensure!(
            begun.elapsed().as_secs_f64() < LIMIT_S,
            "not all of {wanted} partitions are served"
        );
        if let Ok((true, seen)) = wire.metadata(Some(names), false)
            && seen == wanted
            && wire
                .end_offsets(names, PARTITIONS)?
                .is_some_and(|sum| sum == records)
        {
            return Ok(());
        }
        proc::pause(1);
    }
}
