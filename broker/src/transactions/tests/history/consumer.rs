//! Consumers of both levels: they take out what was aborted as Kafka's client does.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::rc::Rc;

use storage::{Batches, ControlType, Scratch, for_each_record};

use super::model::{Followed, Seen};
use super::world::{Checked, OUT, PARTITIONS, World, pause};
use super::{calls, upkeep};

/// A partition from an offset on.
#[derive(Debug)]
pub struct Read {
    pub records: Seen,
    /// Where to read on.
    pub next: i64,
    pub last_stable: i64,
    pub high_watermark: i64,
    /// First offsets of transactions that are open in what was read, by producer.
    open: BTreeMap<i64, i64>,
}

/// Reads what there is; `None` when the broker died.
pub async fn read(world: &World, partition: i32, from: i64, committed: bool) -> Option<Result<Read, String>> {
    let answer = calls::fetch(world, partition, from, committed).await?;
    Some(answer.map_err(|error| format!("{error:?}")).and_then(|answer| {
        let mut bytes = Vec::new();
        for chunk in &answer.records {
            bytes.extend_from_slice(&chunk.to_bytes().map_err(|error| error.to_string())?);
        }
        let mut aborted: Vec<(i64, i64)> = (answer.aborted_transactions.iter().flatten())
            .map(|aborted| (aborted.first_offset, aborted.producer_id))
            .collect();
        aborted.sort_unstable();
        let mut read = Read {
            records: Vec::new(),
            next: from,
            last_stable: answer.last_stable_offset,
            high_watermark: answer.high_watermark,
            open: BTreeMap::new(),
        };
        read.take(&bytes, from, aborted)?;
        Ok(read)
    }))
}

impl Read {
    fn take(&mut self, bytes: &[u8], from: i64, aborted: Vec<(i64, i64)>) -> Checked {
        let mut aborted = aborted.into_iter().peekable();
        let mut void = HashSet::new();
        for (header, batch) in Batches::new(bytes) {
            while let Some((_, id)) = aborted.next_if(|(first, _)| *first <= header.last_offset()) {
                void.insert(id);
            }
            self.next = header.next_offset();
            let mut found = Vec::new();
            let mut is_abort = false;
            for_each_record(batch, &mut Scratch::default(), |record| {
                if header.is_control() {
                    is_abort = record.key.and_then(ControlType::from_key) == Some(ControlType::Abort);
                } else if record.offset >= from {
                    let text = String::from_utf8_lossy(record.value.unwrap_or_default());
                    found.push((record.offset, text.into_owned()));
                }
                Ok::<(), String>(())
            })
            .map_err(|error| format!("{error:?}"))?;
            if header.is_control() {
                self.open.remove(&header.producer_id);
                if is_abort {
                    void.remove(&header.producer_id);
                }
            } else {
                // What compaction has emptied is decided.
                if header.record_count > 0 {
                    let first = header.base_offset.max(from);
                    self.open.entry(header.producer_id).or_insert(first);
                }
                if !void.contains(&header.producer_id) {
                    self.records.append(&mut found);
                }
            }
        }
        Ok(())
    }
}

/// Follows a partition for as long as the test runs; what it saw, the end must confirm.
pub async fn follow(world: Rc<World>) -> Checked {
    let partition = i32::try_from(world.below(3)).unwrap();
    let committed = !world.one_in(3);
    let at = {
        let mut model = world.model.borrow_mut();
        model.followed.push(Followed {
            of: (partition, committed),
            records: Vec::new(),
            next: 0,
        });
        model.followed.len() - 1
    };
    let mut next = upkeep::start(&world, partition).unwrap_or(0);
    for _ in 0..12 {
        match read(&world, partition, next, committed).await {
            Some(Ok(mut read)) => {
                next = read.next;
                world.note(|| format!("{OUT}-{partition} committed {committed}: {:?}", read.records));
                let followed = &mut world.model.borrow_mut().followed;
                followed[at].records.append(&mut read.records);
                followed[at].next = next;
            }
            // Records were deleted meanwhile.
            Some(Err(_)) if upkeep::start(&world, partition).is_some_and(|start| start > next) => {
                next = upkeep::start(&world, partition).unwrap_or(next);
                continue;
            }
            Some(Err(error)) => world.excused(Err(format!("{OUT}-{partition} from {next}: {error}")))?,
            None => {}
        }
        for _ in 0..world.below(12) {
            pause().await;
        }
    }
    Ok(())
}

/// Compares last stable offsets with what the logs say.
pub async fn look_at_stable(world: &World) -> Checked {
    let mut seen = BTreeSet::new();
    for partition in 0..PARTITIONS {
        let start = upkeep::start(world, partition).unwrap_or(0);
        let Some(read) = read(world, partition, start, false).await else {
            return Ok(());
        };
        let read = read?;
        let stable = read.open.values().min().copied().unwrap_or(read.high_watermark);
        // Of an open transaction nothing may be left.
        let right = read.last_stable == stable || read.last_stable == start && start > 0;
        if !right || read.next != read.high_watermark {
            return Err(format!(
                "{OUT}-{partition} from {start}: stable up to {stable}, but the broker says {read:?}"
            ));
        }
        seen.insert(partition);
    }
    Ok(())
}
