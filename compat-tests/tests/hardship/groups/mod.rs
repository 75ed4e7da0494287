//! A dozen members, a process each, in groups of every kind: the broker is killed, members are killed, leave and join.

mod kills;
mod ledger;
mod member;
mod scale;

/// How many rounds a test of kills takes: `COMPAT_ROUNDS`, else so many.
pub fn rounds(default: usize) -> usize {
    std::env::var("COMPAT_ROUNDS").map_or(default, |rounds| {
        rounds.parse().expect("COMPAT_ROUNDS is a number")
    })
}
