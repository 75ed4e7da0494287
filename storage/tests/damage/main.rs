//! One file of a data folder is damaged between a stop and a start: what the start makes of it, what the table in
//! `docs/FORMAT.md` says it does, and what `ottla log verify` says before.
//!
//! `CASES=20000 cargo test -p storage --test damage` tries more, `CASE=17` one, and says what it does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test"
)]

mod agree;
#[allow(dead_code, reason = "histories use the rest")]
#[path = "../histories/batches.rs"]
mod batches;
mod check;
mod harm;
mod outcome;
#[allow(dead_code, reason = "histories use the rest")]
#[path = "../histories/rng.rs"]
mod rng;
mod world;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use harm::Harm;
use outcome::Outcome;
use rng::Rng;
use world::World;

/// Cases of one run, unless the environment asks for others.
const CASES: u64 = 1500;
const WORLDS: u64 = 8;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Damages a file of one of `worlds`: what was done, and what came of it, or what should not have.
struct Done {
    harm: Harm,
    clean: bool,
    outcome: Result<Outcome, String>,
}

fn run(case: u64, worlds: &[World]) -> Done {
    let mut rng = Rng(case.wrapping_mul(0x5851_F42D_4C95_7F2D));
    let world = &worlds[rng.below(worlds.len() as u64) as usize];
    let fs = world.fs.killed();
    let harm = Harm::choose(&fs, &mut rng);
    if number("CASE").is_some() {
        println!(
            "{} folder: {harm:?}",
            if world.clean { "clean" } else { "killed" }
        );
    }
    harm.inflict(&fs);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let told = agree::verify(&fs);
        let (outcome, each) = check::check(world, &fs, &harm);
        agree::compare(&told, &each, &harm);
        outcome
    }));
    Done {
        harm,
        clean: world.clean,
        outcome: outcome.map_err(|panic| text_of(&*panic)),
    }
}

fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("?");
    text.replace('\n', " ").chars().take(400).collect()
}

#[test]
fn no_damage_makes_wrong_data_or_is_passed_over_in_silence() {
    let worlds: Vec<World> = (0..WORLDS).map(World::new).collect();
    if let Some(case) = number("CASE") {
        println!("{:?}", run(case, &worlds).outcome);
        return;
    }
    let cases = number("CASES").unwrap_or(CASES);
    // A thousand traces help nobody; what failed is told at the end.
    std::panic::set_hook(Box::new(|_| ()));
    let done: Vec<(u64, Done)> = (0..cases).map(|case| (case, run(case, &worlds))).collect();
    let _ = std::panic::take_hook();
    let (mut seen, mut failed) = (Vec::new(), 0);
    for (case, Done { harm, clean, outcome }) in done {
        match outcome {
            Ok(outcome) => seen.push((harm.row(), clean, outcome)),
            Err(text) => {
                failed += 1;
                let state = if clean { "clean" } else { "killed" };
                println!(
                    "case {case}, {state}, {}, {:?}: {text}",
                    harm.path.display(),
                    harm.kind
                );
            }
        }
    }
    assert_eq!(
        failed, 0,
        "run one of these again with CASE=NUMBER cargo test -p storage --test damage"
    );
    let count = |wanted| seen.iter().filter(|(.., outcome)| *outcome == wanted).count();
    println!(
        "{cases} cases: {} whole, {} back, {} believed, {} cut, {} left to the reader, {} refused",
        count(Outcome::Whole),
        count(Outcome::Back),
        count(Outcome::Believed),
        count(Outcome::Cut),
        count(Outcome::AtTheReader),
        count(Outcome::Refused)
    );
    outcome::compare(&outcome::table(), &seen);
}
