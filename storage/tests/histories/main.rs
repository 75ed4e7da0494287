//! Random histories of a folder of logs against a model, on a simulated disk: same seed, same history.
//!
//! `SEEDS=10000 cargo test -p storage --test histories` runs more of them, `SECONDS_MAX=240` as many as fit
//! into that time (but `SEEDS` at least), `SEED=17` runs one and tells what happens in it.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test")]

mod appends;
mod batches;
mod compacted;
mod compaction;
mod model;
mod partition;
mod rebuilt;
mod rng;
mod starts;
mod upkeep;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use world::{Sabotage, World};

/// Histories of one run, unless the environment asks for others.
const SEEDS: u64 = 300;
/// How many seeds may fail before a run gives up: a few tell more than one.
const FAILURES_MAX: u64 = 3;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Whether one history is run, and told.
fn tracing() -> bool {
    number("SEED").is_some()
}

/// Tells what happens, when one seed is run.
#[macro_export]
macro_rules! trace {
    ($($what:tt)*) => {
        if $crate::tracing() {
            println!($($what)*);
        }
    };
}

/// Runs seeds with all processors: `least` of them, and more until `time` is over or `failures_max` have failed.
/// Answers how many, and which failed.
fn run(least: u64, time: Duration, failures_max: usize, sabotage: Sabotage) -> (u64, Vec<u64>) {
    let begun = Instant::now();
    let (next, failed) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while failed.lock().unwrap().len() < failures_max {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= least && begun.elapsed() >= time {
                        next.fetch_sub(1, Ordering::Relaxed);
                        break;
                    }
                    if catch_unwind(AssertUnwindSafe(|| World::new(seed, sabotage).run())).is_err() {
                        println!("seed {seed} fails");
                        failed.lock().unwrap().push(seed);
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort_unstable();
    (next.into_inner(), failed)
}

#[test]
fn every_history_keeps_what_was_promised() {
    if let Some(seed) = number("SEED") {
        World::new(seed, |_| {}).run();
        return;
    }
    let time = Duration::from_secs(number("SECONDS_MAX").unwrap_or(0));
    let failures_max = number("FAILURES_MAX").unwrap_or(FAILURES_MAX) as usize;
    let begun = Instant::now();
    let (seeds, failed) = run(number("SEEDS").unwrap_or(SEEDS), time, failures_max, |_| {});
    println!(
        "{seeds} seeds in {:.0} s, {} failed",
        begun.elapsed().as_secs_f32(),
        failed.len()
    );
    if let Some(seed) = failed.first() {
        panic!(
            "seeds {failed:?} fail; run one again with\n    \
             SEED={seed} cargo test -p storage --test histories every_history -- --nocapture"
        );
    }
}

/// A program that forgets a sync must be found out, or the histories prove nothing.
fn is_found_within(seeds: u64, what: &str, sabotage: Sabotage) {
    let (tried, failed) = run(seeds, Duration::ZERO, 1, sabotage);
    println!("without {what}: seed {failed:?} of {tried}");
    assert!(!failed.is_empty(), "nobody noticed in {tried} seeds: {what}");
}

#[test]
fn a_log_that_is_not_synced_is_found() {
    is_found_within(100, "the sync of log files", |fs| fs.skip_syncs_of(".log"));
}

#[test]
fn a_time_index_that_is_not_synced_is_found() {
    is_found_within(500, "the sync of time indexes", |fs| {
        fs.skip_syncs_of(".timeindex")
    });
}

#[test]
fn a_partition_whose_names_are_not_synced_is_found() {
    is_found_within(200, "the sync of a partition's names", |fs| {
        fs.skip_syncs_of("topic-0")
    });
}

#[test]
fn a_folder_whose_names_are_not_synced_is_found() {
    is_found_within(200, "the sync of the folder's names", |fs| {
        fs.skip_syncs_of("data")
    });
}

#[test]
fn a_checkpoint_that_is_not_synced_before_its_rename_is_found() {
    is_found_within(500, "the sync of a checkpoint", |fs| {
        fs.skip_syncs_of("log-start-offset-checkpoint.tmp");
    });
}

#[test]
fn a_compacted_segment_that_is_swapped_in_before_it_is_synced_is_found() {
    is_found_within(1000, "the sync before the swap", |fs| {
        fs.skip_syncs_of(".log.cleaned")
    });
}

/// Seeds that no short run comes to: a segment that could not be made (28443, 43059), checkpoints of a killed process
/// (18492), a compaction after a kill in a swap (82747), a failed write that was cut off and not synced (88465).
#[test]
fn histories_that_were_hard_once_keep_what_was_promised() {
    for seed in [18492, 28443, 43059, 82747, 88465] {
        World::new(seed, |_| {}).run();
    }
}
