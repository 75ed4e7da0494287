//! The long poll: read, and while there is too little, sleep until a tail moves or time is up.

use tokio::sync::watch;

use super::read::{FetchLimits, PartitionRead, find, read_once};
use super::want::Want;
use crate::env::Env;
use crate::partition::{Waiter, open_together};
use crate::topics::{MetadataImage, Topics};

/// Reads the wanted partitions; waits for `limits.min_bytes` up to `limits.max_wait_ms`.
///
/// Answers early when a partition has an error, or when the broker drains (`stopping` becomes true).
pub async fn fetch(
    env: &Env,
    topics: &Topics,
    stopping: &watch::Receiver<bool>,
    wants: &[Want],
    limits: &FetchLimits,
) -> Vec<PartitionRead> {
    open_wanted(&topics.image(), wants);
    let first = read_once(&topics.image(), wants, limits);
    if first.urgent || first.bytes >= limits.min_bytes || limits.max_wait_ms <= 0 || wants.is_empty() {
        return first.reads;
    }
    let mut stopping = stopping.clone();
    let deadline = env.deadline(limits.max_wait_ms);
    let sleep = tokio::time::sleep_until(deadline);
    tokio::pin!(sleep);
    loop {
        // Subscribed before the read that decides to sleep, so that no wake-up is lost. A new waiter
        // each time: subscriptions of the old one die with it.
        let waiter = Waiter::new();
        let image = topics.image();
        for want in wants {
            if let Ok(partition) = find(&image, &want.key) {
                partition.subscribe(&waiter);
            }
        }
        let pass = read_once(&topics.image(), wants, limits);
        if pass.urgent || pass.bytes >= limits.min_bytes || *stopping.borrow() {
            return pass.reads;
        }
        tokio::select! {
            () = waiter.woken() => {}
            () = &mut sleep => return read_once(&topics.image(), wants, limits).reads,
            _ = stopping.changed() => {}
        }
    }
}

/// Opens what is wanted, several logs at once, if the last of it was never used: then most of it was not.
fn open_wanted(image: &MetadataImage, wants: &[Want]) {
    let used = |want: &Want| find(image, &want.key).is_ok_and(|partition| partition.is_settled());
    if wants.len() < 2 || wants.last().is_none_or(used) {
        return;
    }
    let found: Vec<_> = wants
        .iter()
        .filter_map(|want| find(image, &want.key).ok())
        .collect();
    open_together(found.iter());
}
