//! The matrix: every row of `clients/rows.toml` against the broker, and what came of it. Started by scripts/matrix.
//!   matrix CACHE [NAME...]    the rows or groups of these names; without one all, and then docs/COMPATIBILITY.md has to
//!                             agree (`UPDATE_DOCS=1` writes it). `BROKER=kafka` asks Apache Kafka instead; `JOBS=1`.
// What cannot be asked at all ends the run, as in a test.
#![allow(clippy::panic, clippy::unwrap_used)]

mod brokers;
mod checks;
mod program;
mod report;
mod rows;
mod run;
mod scenarios;
mod verdict;

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::brokers::Kind;
use crate::rows::Row;
use crate::verdict::Judged;

/// Rows that run at once where `JOBS` says nothing: on two cores three are quickest, as clients wait a lot.
const JOBS: usize = 3;

fn main() -> ExitCode {
    // A check fails as a test does; its words are shown with its row.
    std::panic::set_hook(Box::new(|_| {}));
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("matrix: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool> {
    let mut args = std::env::args().skip(1);
    let cache = std::path::absolute(args.next().context("a folder for what is installed")?)?;
    let names: Vec<String> = args.collect();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut rows = rows::read(&tests.join("clients/rows.toml"))?;
    for name in &names {
        ensure!(
            rows.iter().any(|row| row.is_called(name)),
            "no row and no group is called {name:?}"
        );
    }
    rows.retain(|row| names.is_empty() || names.iter().any(|name| row.is_called(name)));
    let kind = match std::env::var("BROKER").as_deref() {
        Ok("kafka") => Kind::Kafka,
        _ => Kind::Ottla,
    };
    let begun = Instant::now();
    let judged = all(&rows, &cache, kind);
    let mut good = report::print(&judged, begun.elapsed());
    if names.is_empty() && kind == Kind::Ottla {
        good &= report::page(&tests.join("../docs/COMPATIBILITY.md"), &judged)?;
    }
    Ok(good)
}

/// Runs the rows, some at a time, those first that may take longest; in the file's order again.
fn all(rows: &[Row], cache: &Path, kind: Kind) -> Vec<Judged> {
    let jobs = std::env::var("JOBS")
        .ok()
        .and_then(|jobs| jobs.parse().ok())
        .unwrap_or(JOBS);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&at| rows.get(at).map(|row| std::cmp::Reverse(row.seconds)));
    let queue = Mutex::new(VecDeque::from(order));
    // Two rows of one folder may share what they build: one installation at a time.
    let folders: HashMap<&str, Mutex<()>> = rows
        .iter()
        .map(|row| (row.folder.as_str(), Mutex::new(())))
        .collect();
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some((at, row)) = next.and_then(|at| Some((at, rows.get(at)?))) else {
                        return;
                    };
                    let judged = one(row, folders.get(row.folder.as_str()), cache, kind);
                    report::progress(&judged);
                    done.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push((at, judged));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, judged)| judged).collect()
}

fn one(row: &Row, folder: Option<&Mutex<()>>, cache: &Path, kind: Kind) -> Judged {
    let place = program::place(row, cache);
    let begun = Instant::now();
    let installed = {
        let _one_at_a_time = folder.map(|folder| folder.lock().unwrap_or_else(PoisonError::into_inner));
        place.install(row)
    };
    let install_took = begun.elapsed();
    if let Err(error) = installed {
        return Judged::not_installed(row, install_took, &format!("{error:#}"));
    }
    let ran = run::run(row, &place, kind, &row.runs());
    // What is said to fail on Apache Kafka as well is shown to.
    let excused: Vec<&str> = row.fails.keys().map(String::as_str).collect();
    let there =
        (kind == Kind::Ottla && !excused.is_empty()).then(|| run::run(row, &place, Kind::Kafka, &excused));
    Judged::new(row, install_took, ran, there)
}
