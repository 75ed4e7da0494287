//! What decisions go by besides the state: configuration, brokers, chance.

use std::cell::RefCell;
use std::collections::HashSet;

use uuid::Uuid;

use super::error::{TopicError, TopicErrorKind};
use super::state::{FolderLoad, MetadataState};
use crate::config::Config;
use crate::records::metadata_topic::PartitionRecord;

/// Most partitions that one request may make (Kafka: `MAX_PARTITIONS_PER_BATCH`).
pub const PARTITIONS_PER_REQUEST_MAX: usize = 10_000;

/// Kafka's words when nothing can be placed.
const NO_BROKER: &str = "All brokers are currently fenced, or have all their log directories cordoned.";

/// What decisions go by besides the state.
#[derive(Debug)]
pub struct Rules<'a> {
    /// The effective broker configuration.
    pub config: &'a Config,
    /// This broker, for as long as none is registered.
    pub node_id: i32,
    /// Its data folders that take new partitions: those in use and not cordoned, or all in use for partitions that are
    /// put here by hand although all are cordoned; in memory one of nil.
    pub directories: Vec<Uuid>,
    /// Whether all its data folders are cordoned.
    pub cordoned: bool,
    /// What the decisions so far put into data folders, on top of the state.
    pub placed: RefCell<FolderLoad>,
    /// Accept replication factors above the number of brokers and take what there is.
    pub cap_replicas: bool,
}

impl Rules<'_> {
    /// Brokers that can be named as replicas, in order.
    pub fn brokers(&self, state: &MetadataState) -> Vec<i32> {
        match state.brokers.is_empty() {
            true => vec![self.node_id],
            false => state.brokers.keys().copied().collect(),
        }
    }

    /// Those of them that new partitions are placed on.
    fn brokers_with_room(&self, state: &MetadataState) -> Vec<i32> {
        let has_room = |id: &i32| *id != self.node_id || !self.cordoned;
        self.brokers(state).into_iter().filter(has_room).collect()
    }

    /// The folder of this broker with the fewest partitions, the first of equals (Kafka: `LogManager.nextLogDirs`).
    fn next_directory(&self, state: &MetadataState) -> Uuid {
        let [directory] = self.directories[..] else {
            let mut placed = self.placed.borrow_mut();
            let load = |id: &&Uuid| state.folders.of(**id) + placed.of(**id);
            let directory = self
                .directories
                .iter()
                .min_by_key(load)
                .copied()
                .unwrap_or_default();
            placed.add(&[directory]);
            return directory;
        };
        directory
    }

    /// Replicas for partition `index`, the leader first: brokers in turn.
    ///
    /// # Errors
    /// When there are too few brokers (Kafka: `StripedReplicaPlacer`).
    pub fn place(
        &self,
        state: &MetadataState,
        index: usize,
        factor: usize,
        cap: bool,
    ) -> Result<Vec<i32>, TopicError> {
        let brokers = self.brokers_with_room(state);
        if brokers.is_empty() {
            return Err(TopicError::new(
                TopicErrorKind::InvalidReplicationFactor,
                NO_BROKER,
            ));
        }
        if factor > brokers.len() && !cap {
            return Err(TopicError::new(
                TopicErrorKind::InvalidReplicationFactor,
                format!(
                    "The target replication factor of {factor} cannot be reached because only {} broker(s) are \
                     registered or some brokers have all their log directories cordoned.",
                    brokers.len()
                ),
            ));
        }
        let count = brokers.len();
        Ok(brokers
            .iter()
            .cycle()
            .skip(index % count.max(1))
            .take(factor.min(count))
            .copied()
            .collect())
    }

    /// Checks the replicas of one manual assignment (Kafka: `validateManualPartitionAssignment`).
    ///
    /// # Errors
    /// When a broker is unknown or named twice, or the number differs from `factor`.
    pub fn check_manual(
        &self,
        state: &MetadataState,
        replicas: &[i32],
        factor: Option<usize>,
    ) -> Result<(), TopicError> {
        let refuse = |text: String| Err(TopicError::new(TopicErrorKind::InvalidAssignment, text));
        if replicas.is_empty() {
            return refuse("The manual partition assignment includes an empty replica list.".into());
        }
        let brokers = self.brokers(state);
        let mut sorted = replicas.to_vec();
        sorted.sort_unstable();
        let mut seen = HashSet::new();
        for id in sorted {
            if !brokers.contains(&id) {
                return refuse(format!(
                    "The manual partition assignment includes broker {id}, but no such broker is registered."
                ));
            }
            if !seen.insert(id) {
                return refuse(format!(
                    "The manual partition assignment includes the broker {id} more than once."
                ));
            }
        }
        match factor {
            Some(factor) if factor != replicas.len() => refuse(format!(
                "The manual partition assignment includes a partition with {} replica(s), but this is not consistent \
                 with previous partitions, which have {factor} replica(s).",
                replicas.len()
            )),
            _ => Ok(()),
        }
    }

    /// The record of a new partition that the first replica leads.
    pub fn partition(
        &self,
        state: &MetadataState,
        topic_id: Uuid,
        index: i32,
        replicas: Vec<i32>,
    ) -> PartitionRecord {
        let directory = |id: &i32| {
            if *id == self.node_id {
                return self.next_directory(state);
            }
            let other = state.brokers.get(id);
            let first = other.and_then(|broker| broker.directories.first());
            first.copied().unwrap_or_default()
        };
        PartitionRecord {
            index,
            topic_id,
            directories: replicas.iter().map(directory).collect(),
            isr: replicas.clone(),
            leader: replicas.first().copied().unwrap_or(-1),
            replicas,
            ..PartitionRecord::default()
        }
    }
}

/// A topic id as Kafka's `Uuid.randomUuid` makes them: its text form does not begin with a dash.
pub fn topic_id(mut chance: impl FnMut() -> Uuid) -> Uuid {
    loop {
        let id = chance();
        let begins_with_dash = id.as_bytes().first().is_some_and(|b| b >> 2 == 62);
        if !begins_with_dash && id.as_u128() > 1 {
            return id;
        }
    }
}
