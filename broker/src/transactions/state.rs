//! One transactional id: its producer, its state, its partitions.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::records::transactions::{TopicPartitions, TransactionValue};

/// "No producer id", "no next producer id".
pub const NO_PRODUCER_ID: i64 = -1;
/// "No epoch yet".
pub const NO_EPOCH: i16 = -1;
/// The largest epoch that a client gets; one above is kept for fencing (`TransactionMetadata#isEpochExhausted`).
const EPOCH_MAX: i16 = i16::MAX - 1;

/// Where a transaction stands; the numbers are in the log and frozen (`TransactionState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TxnState {
    /// A producer registered, no transaction yet.
    Empty = 0,
    /// Partitions were added.
    Ongoing = 1,
    /// Decided to commit; markers are being written.
    PrepareCommit = 2,
    /// Decided to abort; markers are being written.
    PrepareAbort = 3,
    /// Committed, all markers are there.
    CompleteCommit = 4,
    /// Aborted, all markers are there.
    CompleteAbort = 5,
    /// Being forgotten. Never logged.
    Dead = 6,
    /// A producer is being fenced. Never logged.
    PrepareEpochFence = 7,
}

/// All states, by number.
pub const STATES: [TxnState; 8] = [
    TxnState::Empty,
    TxnState::Ongoing,
    TxnState::PrepareCommit,
    TxnState::PrepareAbort,
    TxnState::CompleteCommit,
    TxnState::CompleteAbort,
    TxnState::Dead,
    TxnState::PrepareEpochFence,
];

impl TxnState {
    /// The state with this number.
    pub fn from_id(id: i8) -> Option<TxnState> {
        STATES.get(usize::try_from(id).ok()?).copied()
    }

    /// Its number.
    pub fn id(self) -> i8 {
        self as i8
    }

    /// Kafka's name of it.
    pub fn name(self) -> &'static str {
        match self {
            TxnState::Empty => "Empty",
            TxnState::Ongoing => "Ongoing",
            TxnState::PrepareCommit => "PrepareCommit",
            TxnState::PrepareAbort => "PrepareAbort",
            TxnState::CompleteCommit => "CompleteCommit",
            TxnState::CompleteAbort => "CompleteAbort",
            TxnState::Dead => "Dead",
            TxnState::PrepareEpochFence => "PrepareEpochFence",
        }
    }

    /// The state that Kafka calls so.
    pub fn from_name(name: &str) -> Option<TxnState> {
        STATES.into_iter().find(|state| state.name() == name)
    }

    /// Decided, and markers may be missing.
    pub fn is_prepared(self) -> bool {
        matches!(self, TxnState::PrepareCommit | TxnState::PrepareAbort)
    }

    /// Nothing is open: the id may expire.
    pub fn is_settled(self) -> bool {
        matches!(
            self,
            TxnState::Empty | TxnState::CompleteCommit | TxnState::CompleteAbort
        )
    }
}

/// `transaction.version`: what a client, or the cluster, can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TxnVersion {
    /// Plain records, explicit adding of partitions.
    #[default]
    V0,
    /// Flexible records (KIP-915).
    V1,
    /// The epoch rises with every end, partitions are added by producing to them (KIP-890).
    V2,
}

impl TxnVersion {
    /// The version with this feature level.
    pub fn from_level(level: i16) -> TxnVersion {
        match level {
            i16::MIN..=0 => TxnVersion::V0,
            1 => TxnVersion::V1,
            _ => TxnVersion::V2,
        }
    }

    /// Its feature level.
    pub fn level(self) -> i16 {
        self as i16
    }

    /// Whether the end of a transaction raises the producer's epoch.
    pub fn bumps_epoch(self) -> bool {
        self == TxnVersion::V2
    }
}

/// A partition by name: what the transaction log holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicPartition {
    /// Topic name.
    pub topic: Arc<str>,
    /// Partition index.
    pub partition: i32,
}

/// Who produces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerIdAndEpoch {
    /// Producer id.
    pub id: i64,
    /// Its epoch.
    pub epoch: i16,
}

/// What is known of one transactional id (`TransactionMetadata`). Changed only by replay of its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Producer id in use.
    pub producer_id: i64,
    /// Producer id before the last change.
    pub previous_producer_id: i64,
    /// Producer id of the next transaction when epochs are used up, else -1.
    pub next_producer_id: i64,
    /// Epoch in use.
    pub epoch: i16,
    /// Epoch before the last bump, as far as this broker has seen it; -1 when unknown. Not logged.
    pub last_epoch: i16,
    /// Longest life of a transaction in milliseconds.
    pub timeout_ms: i32,
    /// Where it stands.
    pub state: TxnState,
    /// Partitions of the open transaction.
    pub partitions: BTreeSet<TopicPartition>,
    /// When the transaction began, milliseconds since the epoch; -1 without one.
    pub start_ms: i64,
    /// When this was last changed, milliseconds since the epoch.
    pub last_update_ms: i64,
    /// What the client can do.
    pub client_version: TxnVersion,
}

impl Transaction {
    /// A transactional id that nobody used yet.
    pub fn new(producer_id: i64, timeout_ms: i32, now_ms: i64) -> Transaction {
        Transaction {
            producer_id,
            previous_producer_id: NO_PRODUCER_ID,
            next_producer_id: NO_PRODUCER_ID,
            epoch: NO_EPOCH,
            last_epoch: NO_EPOCH,
            timeout_ms,
            state: TxnState::Empty,
            partitions: BTreeSet::new(),
            start_ms: -1,
            last_update_ms: now_ms,
            client_version: TxnVersion::V0,
        }
    }

    /// Producer id and epoch in use.
    pub fn producer(&self) -> ProducerIdAndEpoch {
        ProducerIdAndEpoch {
            id: self.producer_id,
            epoch: self.epoch,
        }
    }

    /// Whether the next bump needs another producer id.
    pub fn is_epoch_exhausted(&self) -> bool {
        is_epoch_exhausted(self.epoch)
    }

    /// Whether its end moves it to another producer id, or just did: a repetition of that end is known by the id before.
    pub fn is_rotating(&self) -> bool {
        let moved = ![NO_PRODUCER_ID, self.producer_id].contains(&self.previous_producer_id);
        self.client_version.bumps_epoch() && (moved || self.next_producer_id != NO_PRODUCER_ID)
    }

    /// Wall time at which an open transaction is aborted.
    pub fn deadline_ms(&self) -> i64 {
        self.start_ms.saturating_add(i64::from(self.timeout_ms))
    }

    /// A copy to be changed, which remembers the producer id of this one.
    pub(super) fn next(&self, state: TxnState, now_ms: i64) -> Transaction {
        Transaction {
            state,
            previous_producer_id: self.producer_id,
            last_update_ms: now_ms,
            ..self.clone()
        }
    }

    /// As a record's value.
    pub fn to_value(&self) -> TransactionValue {
        TransactionValue {
            producer_id: self.producer_id,
            previous_producer_id: self.previous_producer_id,
            next_producer_id: self.next_producer_id,
            producer_epoch: self.epoch,
            next_producer_epoch: NO_EPOCH,
            timeout_ms: self.timeout_ms,
            status: self.state.id(),
            partitions: (self.state != TxnState::Empty).then(|| by_topic(&self.partitions)),
            last_update_ms: self.last_update_ms,
            start_ms: self.start_ms,
            client_transaction_version: self.client_version.level(),
        }
    }

    /// From a record's value; `None` when its state is unknown.
    pub fn from_value(value: TransactionValue) -> Option<Transaction> {
        let topics = value.partitions.unwrap_or_default().into_iter();
        let partitions = topics.flat_map(|topic| {
            let name: Arc<str> = topic.topic.into();
            topic.partitions.into_iter().map(move |partition| TopicPartition {
                topic: Arc::clone(&name),
                partition,
            })
        });
        Some(Transaction {
            producer_id: value.producer_id,
            previous_producer_id: value.previous_producer_id,
            next_producer_id: value.next_producer_id,
            epoch: value.producer_epoch,
            last_epoch: NO_EPOCH,
            timeout_ms: value.timeout_ms,
            state: TxnState::from_id(value.status)?,
            partitions: partitions.collect(),
            start_ms: value.start_ms,
            last_update_ms: value.last_update_ms,
            client_version: TxnVersion::from_level(value.client_transaction_version),
        })
    }
}

/// Whether a bump of this epoch needs another producer id.
pub fn is_epoch_exhausted(epoch: i16) -> bool {
    epoch >= EPOCH_MAX
}

fn by_topic(partitions: &BTreeSet<TopicPartition>) -> Vec<TopicPartitions> {
    let mut topics: Vec<TopicPartitions> = Vec::new();
    for TopicPartition { topic, partition } in partitions {
        match topics.last_mut() {
            Some(last) if *last.topic == **topic => last.partitions.push(*partition),
            _ => topics.push(TopicPartitions {
                topic: topic.to_string(),
                partitions: vec![*partition],
            }),
        }
    }
    topics
}
