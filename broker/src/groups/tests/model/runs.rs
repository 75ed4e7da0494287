//! Histories by the hundred. `GROUPS_SEEDS=100000` runs more of them; `GROUPS_SEED=17` runs one of each kind and
//! prints what happened.

use super::sim::{Checked, Kinds, Sim};
use super::spoil::Fault;

const SHAKES: usize = 60;
const SEEDS: u64 = 250;

fn play(seed: u64, kinds: Kinds, fault: Option<Fault>, trace: bool) -> Checked {
    let mut sim = Sim::new(seed, kinds, fault);
    sim.keeps_trace = trace;
    let mut run = || {
        for _ in 0..SHAKES {
            sim.shake()?;
        }
        sim.calm()
    };
    let outcome = run();
    for line in &sim.trace {
        println!("{line}");
    }
    outcome
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

fn histories(kinds: Kinds) {
    if let Some(seed) = setting("GROUPS_SEED") {
        let outcome = play(seed, kinds, None, true);
        assert!(outcome.is_ok(), "{kinds:?} {seed}: {}", outcome.unwrap_err());
        return;
    }
    for seed in 0..setting("GROUPS_SEEDS").unwrap_or(SEEDS) {
        println!("seed {seed}");
        if let Err(why) = play(seed, kinds, None, false) {
            panic!("GROUPS_SEED={seed} shows how {kinds:?} came to this: {why}");
        }
    }
}

#[test]
fn eager_classic_members() {
    histories(Kinds::Eager);
}

#[test]
fn cooperative_classic_members() {
    histories(Kinds::Cooperative);
}

#[test]
fn newer_members() {
    histories(Kinds::Newer);
}

#[test]
fn newer_and_eager_members() {
    histories(Kinds::Mixed { cooperative: false });
}

#[test]
fn newer_and_cooperative_members() {
    histories(Kinds::Mixed { cooperative: true });
}

#[test]
fn every_fault_is_noticed() {
    let faults = [
        (Fault::FreesEarly, Kinds::Newer),
        (Fault::ForgetsSessions, Kinds::Eager),
        (Fault::ForgetsSessions, Kinds::Newer),
        (Fault::GivesAnothersAssignment, Kinds::Eager),
        (Fault::TakesAnyCommit, Kinds::Cooperative),
        (Fault::LosesRecords, Kinds::Eager),
        (Fault::LosesRecords, Kinds::Newer),
        (Fault::ForgetsReplies, Kinds::Cooperative),
        (Fault::ForgetsRebalances, Kinds::Eager),
        (Fault::LosesPartOfTarget, Kinds::Newer),
    ];
    for (fault, kinds) in faults {
        let noticed = (0..400).find_map(|seed| play(seed, kinds, Some(fault), false).err());
        assert!(noticed.is_some(), "{fault:?} of {kinds:?} members goes unnoticed");
    }
}
