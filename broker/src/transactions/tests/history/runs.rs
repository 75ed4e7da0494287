//! Histories by the thousand. `TRANSACTIONS_SEEDS=100000` runs more of them; `TRANSACTIONS_SEED=17` runs one and prints
//! what happened.

use super::broker::Fault;
use super::world::{Checked, World};
use crate::config::Flush;

fn play(seed: u64, flush: Flush, fault: Option<Fault>, trace: bool) -> Checked {
    let world = World::new(seed, flush, fault, trace);
    let run = || {
        for _ in 0..2 + world.below(3) {
            world.live(80 + world.below(500))?;
            world.kill();
        }
        world.conclude()
    };
    let outcome = run();
    for line in world.trace.iter().flat_map(|trace| trace.take()) {
        println!("{line}");
    }
    outcome
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

fn histories(flush: Flush, seeds: u64) {
    if let Some(seed) = setting("TRANSACTIONS_SEED") {
        let outcome = play(seed, flush, None, true);
        assert!(outcome.is_ok(), "{flush:?} {seed}: {}", outcome.unwrap_err());
        return;
    }
    for seed in 0..setting("TRANSACTIONS_SEEDS").unwrap_or(seeds) {
        println!("seed {seed}");
        if let Err(why) = play(seed, flush, None, false) {
            panic!("TRANSACTIONS_SEED={seed} shows how {flush:?} came to this: {why}");
        }
    }
}

#[test]
fn nothing_is_lost_doubled_or_leaked_when_the_power_goes() {
    histories(Flush::Fsync, 700);
}

#[test]
fn nothing_is_lost_doubled_or_leaked_when_the_broker_is_killed() {
    histories(Flush::Os, 300);
}

/// After how many seeds a fault is noticed, and how.
fn noticed(fault: Fault, seeds: u64) {
    for seed in 0..seeds {
        if let Err(why) = play(seed, Flush::Fsync, Some(fault), false) {
            println!("{fault:?} is noticed with seed {seed}: {why}");
            return;
        }
    }
    panic!("{fault:?} is not noticed in {seeds} histories");
}

#[test]
fn markers_before_the_decision_are_noticed() {
    noticed(Fault::MarksEarly, 200);
}

#[test]
fn an_overlooked_open_transaction_is_noticed() {
    noticed(Fault::OverlooksOldest, 20);
}

#[test]
fn producer_ids_given_twice_are_noticed() {
    noticed(Fault::GivesIdsTwice, 300);
}

#[test]
fn compaction_of_what_is_undecided_is_noticed() {
    noticed(Fault::CompactsUndecided, 50);
}

#[test]
fn log_starts_that_are_not_written_down_are_noticed() {
    noticed(Fault::ForgetsStarts, 50);
}

#[test]
fn an_aborted_list_that_lacks_an_entry_is_noticed() {
    noticed(Fault::ForgetsAborted, 20);
}

#[test]
fn an_abort_marker_that_is_not_written_is_noticed() {
    noticed(Fault::DropsAborts, 20);
}
