//! Asks Apache Kafka and Ottla (`kafka` profile) the same, in the same order, and tells every difference that is not
//! explained. Started by scripts/ring-differential.
//!   differential [PATTERN]    all cases, or those of a section; with `Section/v5/name` (`*` for any text) the answers
//!                             of both are shown too
// What cannot be asked at all ends the run, as in a test.
#![allow(clippy::panic, clippy::unwrap_used)]

mod brokers;
mod cases;
mod difference;
mod explained;
mod normal;
mod report;
mod script;
mod symbols;
mod world;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::brokers::Broker;
use crate::script::Step;
use crate::world::Transcript;

fn main() -> ExitCode {
    match run(std::env::args().nth(1).as_deref()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("differential: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(pattern: Option<&str>) -> Result<bool> {
    let mut steps = cases::all().steps;
    let whole = pattern.is_none();
    if let Some(pattern) = pattern {
        let section = pattern.split('/').next().unwrap_or_default();
        steps.retain(|step| step.id.split('/').next() == Some(section));
    }
    let dir = tempfile::tempdir()?;
    let dir = std::env::var("RUN_DIR").map_or(dir.path().to_owned(), Into::into);
    let (kafka, ottla) = (brokers::kafka(&dir)?, brokers::ottla(&dir)?);
    let ((left, kafka_took), right) = std::thread::scope(|scope| {
        let other = scope.spawn(|| timed(&ottla, &steps));
        let left = timed(&kafka, &steps);
        (left, other.join())
    });
    let (right, ottla_took) = right.map_err(|_| anyhow::anyhow!("the run against Ottla broke off"))?;
    let report = report::Report::of(&steps, &left, &right);
    if let Some(pattern) = pattern.filter(|pattern| pattern.contains('/')) {
        report::show(pattern, &steps, &left, &right);
    }
    Ok(report.print(&steps, whole, kafka_took, ottla_took))
}

fn timed(broker: &Broker, steps: &[Step]) -> (Transcript, Duration) {
    let begun = Instant::now();
    let transcript = world::run(broker, steps);
    (transcript, begun.elapsed())
}
