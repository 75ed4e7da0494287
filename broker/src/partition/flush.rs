//! `flush.messages` and `flush.ms`: syncs that the flush policy `os` alone would leave to the operating system.
//!
//! After `flush.messages` records the append waits for a sync, as Kafka's does; `flush.ms` after the first record that
//! is not synced a sync comes in the background. Under `fsync` every append is synced anyway, and memory has nothing to
//! sync: there neither changes a thing. Partitions that owe a sync stand in one queue by due time, so nobody looks
//! through idle ones.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, Weak};

use tokio::sync::Notify;

use super::writer::{Slot, Writer};
use super::{Flusher, Partition, PartitionStore, blocking, lock};
use crate::config::TopicConfig;

/// The longest sleep, so that a clock that a test or a user moved is noticed.
const SLEEP_MS_MAX: i64 = 60_000;

/// Due time (monotonic milliseconds) and order of arrival.
type Place = (i64, u64);

/// What one partition's writer knows of its flushes.
#[derive(Debug)]
pub(super) struct FlushState {
    /// `flush.messages`; `i64::MAX` = never by count.
    messages: i64,
    /// `flush.ms`; `i64::MAX` = never by time.
    ms: i64,
    /// Where the partition stands in the queue, if it does.
    due: Option<Place>,
}

impl Default for FlushState {
    fn default() -> Self {
        FlushState {
            messages: i64::MAX,
            ms: i64::MAX,
            due: None,
        }
    }
}

impl FlushState {
    /// As the topic's configuration says.
    pub(super) fn of(config: &TopicConfig) -> FlushState {
        FlushState {
            messages: config.flush_messages,
            ms: config.flush_ms,
            due: None,
        }
    }

    /// Whether there is anything to do at an append at all: the one test on its way when nothing is set.
    pub(super) fn is_set(&self) -> bool {
        self.messages.min(self.ms) != i64::MAX
    }
}

/// Partitions that want a sync by a time, and the thread that syncs for those who must not wait themselves.
#[derive(Debug, Default)]
pub(super) struct Flushes {
    queue: Mutex<Queue>,
    /// Told when a sync is due sooner than any before it.
    sooner: Notify,
    /// Started by the first append that needs it; `None` inside when it could not be.
    thread: OnceLock<Option<Flusher>>,
}

#[derive(Debug, Default)]
struct Queue {
    /// Each partition stands here at most once, so the number of partitions bounds it.
    waiting: BTreeMap<Place, Weak<Partition>>,
    arrived: u64,
}

impl Flushes {
    /// The flusher for appends that `flush.messages` makes wait.
    fn flusher(&self) -> Option<&Flusher> {
        let start = || {
            let started = Flusher::start();
            started
                .inspect_err(|error| tracing::warn!(%error, "no flusher thread: appends sync by themselves"))
                .ok()
        };
        self.thread.get_or_init(start).as_ref()
    }

    fn push(&self, partition: &Arc<Partition>, due_ms: i64) -> Place {
        let mut queue = lock(&self.queue);
        let first = queue.waiting.keys().next().is_none_or(|(due, _)| due_ms < *due);
        queue.arrived += 1;
        let place = (due_ms, queue.arrived);
        queue.waiting.insert(place, Arc::downgrade(partition));
        drop(queue);
        if first {
            self.sooner.notify_one();
        }
        place
    }

    fn remove(&self, place: Place) {
        lock(&self.queue).waiting.remove(&place);
    }

    pub(super) fn next_due_ms(&self) -> Option<i64> {
        lock(&self.queue).waiting.keys().next().map(|(due, _)| *due)
    }

    fn take_due(&self, now_ms: i64) -> Vec<Arc<Partition>> {
        let mut queue = lock(&self.queue);
        let later = queue.waiting.split_off(&(now_ms.saturating_add(1), 0));
        let due = std::mem::replace(&mut queue.waiting, later);
        drop(queue);
        due.into_values()
            .filter_map(|partition| partition.upgrade())
            .collect()
    }
}

/// What the append just made asks for.
pub(super) enum FlushNow<'a> {
    /// Nothing now.
    No,
    /// A sync before it counts as done, through this flusher or, without one, by the caller.
    Yes(Option<&'a Flusher>),
}

impl Partition {
    /// Whether an append that took the log to `end` waits for a sync; if not, one by `flush.ms` is on its way.
    pub(super) fn flush_at(self: &Arc<Self>, writer: &mut Writer, end: i64) -> FlushNow<'_> {
        let unflushed = match &writer.slot {
            Slot::Open(log) => end - log.recovery_point(),
            _ => 0,
        };
        if unflushed >= writer.flush.messages {
            return FlushNow::Yes(self.store.flushes.flusher());
        }
        if unflushed > 0 && writer.flush.due.is_none() {
            self.flush_later(writer);
        }
        FlushNow::No
    }

    fn flush_later(self: &Arc<Self>, writer: &mut Writer) {
        if writer.flush.ms < i64::MAX {
            let now_ms = self.store.env().clock.monotonic_ms();
            let due_ms = now_ms.saturating_add(writer.flush.ms.max(0));
            writer.flush.due = Some(self.store.flushes.push(self, due_ms));
        }
    }

    /// Takes changed settings into use: what waits for a sync now waits for no longer than they allow.
    pub(super) fn set_flush(self: &Arc<Self>, writer: &mut Writer, config: &TopicConfig) {
        if (writer.flush.messages, writer.flush.ms) == (config.flush_messages, config.flush_ms) {
            return;
        }
        if let Some(place) = writer.flush.due.take() {
            self.store.flushes.remove(place);
        }
        writer.flush = FlushState::of(config);
        let owes = matches!(&writer.slot, Slot::Open(log) if log.recovery_point() < log.log_end_offset());
        if owes && !self.store.syncs_appends() {
            self.flush_later(writer);
        }
    }

    /// Syncs what its time has come for.
    fn flush_due(&self) {
        let owes = {
            let mut writer = lock(&self.writer);
            writer.flush.due = None;
            matches!(&writer.slot, Slot::Open(log) if log.recovery_point() < log.log_end_offset())
        };
        if owes {
            self.sync();
        }
    }
}

/// The background task that keeps `flush.ms`.
#[derive(Debug)]
pub struct TimedFlushes {
    store: Arc<PartitionStore>,
}

impl TimedFlushes {
    /// Over the partitions of `store`; nothing happens before [`TimedFlushes::run`].
    pub fn new(store: Arc<PartitionStore>) -> TimedFlushes {
        TimedFlushes { store }
    }

    /// Runs until the task is aborted.
    pub async fn run(self) {
        loop {
            let flushes = &self.store.flushes;
            let now_ms = self.store.env().clock.monotonic_ms();
            let wait_ms = flushes
                .next_due_ms()
                .map_or(SLEEP_MS_MAX, |due| due.saturating_sub(now_ms))
                .clamp(0, SLEEP_MS_MAX);
            tokio::select! {
                () = self.store.env().sleep_ms(wait_ms) => {}
                () = flushes.sooner.notified() => continue,
            }
            blocking(|| self.pass());
        }
    }

    /// Syncs what is due now.
    pub fn pass(&self) {
        let now_ms = self.store.env().clock.monotonic_ms();
        for partition in self.store.flushes.take_due(now_ms) {
            partition.flush_due();
        }
    }
}
