//! What happens to logs while transactions go on: compaction, retention, DeleteRecords, the removal of files.

use protocol_shim::ErrorCode;

use super::calls;
use super::world::{Checked, OUT, PARTITIONS, World};
use crate::coordinator::Rng;
use crate::partition::Cleaner;
use crate::topics::{ConfigChange, Resource, TRANSACTION_STATE};

/// What the topic that is written to keeps.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// The last value of every key only.
    pub compacted: bool,
    /// Segments are deleted by size, records by request.
    pub trimmed: bool,
}

impl Kept {
    pub fn drawn(rng: &mut Rng) -> Kept {
        Kept {
            compacted: rng.one_in(2),
            trimmed: rng.one_in(2),
        }
    }

    pub fn configs(self) -> Vec<(String, Option<String>)> {
        let policy = match self.compacted {
            true => "compact,delete",
            false => "delete",
        };
        let bytes = if self.trimmed { "1500" } else { "-1" };
        let configs = [
            ("cleanup.policy", policy),
            ("retention.bytes", bytes),
            ("retention.ms", "-1"),
            ("internal.segment.bytes", "600"),
        ];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), Some(value.to_owned()));
        configs.map(owned).into()
    }
}

/// Lets the cleaner find closed segments in an internal topic.
pub fn short_segments(topic: &str) -> ConfigChange {
    ConfigChange {
        resource: Resource::topic(topic),
        name: "internal.segment.bytes".to_owned(),
        value: Some("800".to_owned()),
    }
}

/// Where the log of a partition starts; `None` while the broker is down.
pub fn start(world: &World, partition: i32) -> Option<i64> {
    world.with_broker(|broker| {
        let image = broker.context.topics.image();
        let partition = image.topic(OUT).and_then(|topic| topic.partition(partition));
        partition.map_or(0, |p| p.tail().map_or(0, |tail| tail.log_start_offset))
    })
}

/// One of all that.
pub async fn one(world: &World) -> Checked {
    match world.below(4) {
        0 | 1 => compact(world),
        2 => retain(world),
        _ if world.kept.trimmed => trim(world).await,
        _ => Ok(()),
    }
}

fn compact(world: &World) -> Checked {
    let cleaned = world.with_broker(|broker| {
        let cleaner = broker.context.config.cleaner;
        let mut cleaner = Cleaner::new(broker.store.clone(), Box::new(move || cleaner));
        cleaner.pass().cleaned
    });
    world.note(|| format!("compaction of {OUT}, {TRANSACTION_STATE} and others: {cleaned:?}"));
    Ok(())
}

fn retain(world: &World) -> Checked {
    match world.with_broker(|broker| broker.store.retain_by_hand()) {
        Some(Err(error)) => Err(format!("retention: {error}")),
        _ => Ok(()),
    }
}

/// Deletes records up to anywhere in a log; nobody may bring back what was answered.
async fn trim(world: &World) -> Checked {
    let partition = i32::try_from(world.below(3)).unwrap() % PARTITIONS;
    let from = start(world, partition).unwrap_or(0);
    let to = from + i64::try_from(world.below(12)).unwrap();
    let answer = calls::delete_records(world, partition, to).await;
    world.note(|| format!("{OUT}-{partition} shall start at {to}: {answer:?}"));
    match answer {
        Some(Ok(start)) if start < to => Err(format!("the log should start at {to}, not {start}")),
        Some(Ok(start)) => {
            world.model.borrow_mut().trimmed(partition, start);
            Ok(())
        }
        Some(Err(ErrorCode::OffsetOutOfRange)) | None => Ok(()),
        Some(Err(error)) => Err(format!("DeleteRecords: {error:?}")),
    }
}
