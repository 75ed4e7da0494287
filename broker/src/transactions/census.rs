//! How many transactions there are, for those who watch the broker.

use super::handle::Transactions;
use super::shard::Shard;
use super::state::{STATES, TxnState};

/// All transactional ids counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransactionsCensus {
    /// Transactional ids by the number of their state.
    by_state: [u64; STATES.len()],
    /// When the oldest transaction began that is open, milliseconds since the epoch.
    pub oldest_open_ms: Option<i64>,
    /// Shards that could not be read, and whose ids are not counted.
    pub unread_shards: u64,
}

impl TransactionsCensus {
    /// Transactional ids in this state.
    pub fn in_state(&self, state: TxnState) -> u64 {
        let index = usize::try_from(state.id()).ok();
        index
            .and_then(|index| self.by_state.get(index))
            .copied()
            .unwrap_or(0)
    }

    /// Transactions that hold readers of committed records up: going on, or decided with markers missing.
    pub fn open(&self) -> u64 {
        let open = STATES.into_iter().filter(|state| is_open(*state));
        open.map(|state| self.in_state(state)).sum()
    }

    fn add(&mut self, shard: &Shard) {
        for (_, transaction) in shard.iter() {
            let index = usize::try_from(transaction.state.id()).ok();
            if let Some(count) = index.and_then(|index| self.by_state.get_mut(index)) {
                *count += 1;
            }
            if is_open(transaction.state) && transaction.start_ms >= 0 {
                let oldest = self.oldest_open_ms.unwrap_or(i64::MAX);
                self.oldest_open_ms = Some(oldest.min(transaction.start_ms));
            }
        }
    }
}

fn is_open(state: TxnState) -> bool {
    state == TxnState::Ongoing || state.is_prepared()
}

impl Transactions {
    /// Counts all transactional ids.
    ///
    /// A shard that is not loaded is read from its log. The start reads all of them anyway, for their deadlines; this one
    /// may only come first, or come after a failure. Passing over it would tell that nothing is open when something is.
    pub fn census(&self) -> TransactionsCensus {
        let mut census = TransactionsCensus::default();
        if !self.0.parts.log.exists() {
            return census;
        }
        for slot in &self.0.slots {
            if slot.peek(|shard| census.add(shard)).is_none()
                && self.decide_in(slot, |shard, _, _| census.add(shard)).is_err()
            {
                census.unread_shards += 1;
            }
        }
        census
    }
}
