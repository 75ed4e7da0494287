//! A dozen members, a process each, in groups of every kind: the broker is killed, members are killed, leave and join.

mod kills;
mod ledger;
mod member;
mod scale;

use compat_tests::errors::NONE;
use compat_tests::groups::commit;
use compat_tests::wire::Client;

/// Commits offset 0 everywhere before members come. Without a committed offset librdkafka asks for the first one; when
/// the broker dies or the partition is paused meanwhile, it may ask again half a second later, from a timer that it
/// does not stop, and goes back to the first record although it has read on.
pub fn begin_at_zero(client: &mut Client, group: &str, topic: &str, partitions: i32) {
    for partition in 0..partitions {
        assert_eq!(commit(client, group, topic, partition, 0), NONE);
    }
}

/// How many rounds a test of kills takes: `COMPAT_ROUNDS`, else so many.
pub fn rounds(default: usize) -> usize {
    std::env::var("COMPAT_ROUNDS").map_or(default, |rounds| {
        rounds.parse().expect("COMPAT_ROUNDS is a number")
    })
}
