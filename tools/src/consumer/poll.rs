//! The consumer itself: polling.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use regex::Regex;
use storage::Scratch;

use super::batches::{Fetched, Record};
use super::config::ConsumerConfig;
use super::group::Member;
use super::topics::Topic;
use crate::client::{Client, ClientError};

/// How often topics are asked for that are not there yet.
const MISSING_AGE: Duration = Duration::from_millis(200);
/// Wait when there is nobody to fetch from.
const IDLE: Duration = Duration::from_millis(20);
/// So many records are handed out between two looks at heartbeats and commits.
const RECORDS_A_LOOK: u32 = 500;

/// What is read.
#[derive(Clone, Debug)]
pub(crate) enum Subscription {
    /// Topics, as a member of a group.
    Topics(Vec<String>),
    /// Topics that match whole, as a member of a group.
    Pattern(Regex),
    /// Partitions that were named with [`Consumer::assign`].
    Partitions,
}

/// A consumer; see the module.
///
/// Invariant: nothing is fetched while records of an earlier fetch are left, so that `positions` says what was handed
/// out.
pub(crate) struct Consumer {
    pub(super) client: Client,
    pub(super) config: ConsumerConfig,
    pub(super) subscription: Subscription,
    pub(super) member: Member,
    /// What is assigned; `None` while it is not known where to read.
    pub(super) positions: BTreeMap<(String, i32), Option<i64>>,
    /// Partitions whose committed offset was asked for.
    pub(super) looked_up: BTreeSet<(String, i32)>,
    /// Times to begin at, as ListOffsets has them.
    pub(super) resets: BTreeMap<(String, i32), i64>,
    /// What is not committed yet.
    pub(super) read_to: BTreeMap<(String, i32), i64>,
    pub(super) topics: BTreeMap<String, Topic>,
    pub(super) topics_at: Option<Instant>,
    pub(super) group_counts: BTreeMap<String, i32>,
    pub(super) fetched: VecDeque<Fetched>,
    pub(super) committed_at: Instant,
    pub(super) turn: usize,
    scratch: Scratch,
    until_look: u32,
}

impl Consumer {
    /// A consumer that connects with its first poll.
    pub(crate) fn new(client: Client, config: ConsumerConfig, subscription: Subscription) -> Consumer {
        Consumer {
            client,
            config,
            subscription,
            member: Member::new(),
            positions: BTreeMap::new(),
            looked_up: BTreeSet::new(),
            resets: BTreeMap::new(),
            read_to: BTreeMap::new(),
            topics: BTreeMap::new(),
            topics_at: None,
            group_counts: BTreeMap::new(),
            fetched: VecDeque::new(),
            committed_at: crate::env::now(),
            turn: 0,
            scratch: Scratch::default(),
            until_look: 0,
        }
    }

    /// Reads this partition from an offset, or from where ListOffsets puts -1 (the end) or -2 (the beginning).
    pub(crate) fn assign(&mut self, topic: &str, partition: i32, offset: i64) {
        let key = (topic.to_owned(), partition);
        if offset < 0 {
            self.resets.insert(key.clone(), offset);
        }
        self.positions.insert(key, (offset >= 0).then_some(offset));
    }

    /// The partitions that are assigned at the moment.
    pub(crate) fn assigned(&self) -> impl Iterator<Item = &(String, i32)> {
        self.positions.keys()
    }

    /// The next record; `None` when none came in this time, or `pause` says that it is enough: it is asked whenever
    /// nothing is there and the network has to be waited for.
    ///
    /// # Errors
    /// What does not pass by itself.
    pub(crate) fn poll(
        &mut self,
        wait: Duration,
        pause: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Record>, ClientError> {
        let deadline = crate::env::now().checked_add(wait);
        loop {
            if let Some(record) = self.next_fetched()? {
                return Ok(Some(record));
            }
            if pause() {
                return Ok(None);
            }
            self.look_around()?;
            let now = crate::env::now();
            let left = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(now));
            let any = self.fetch(left.min(self.config.fetch_wait))?;
            if !any {
                std::thread::sleep(left.min(IDLE));
            }
            if left.is_zero() && self.fetched.is_empty() {
                return Ok(None);
            }
        }
    }

    fn next_fetched(&mut self) -> Result<Option<Record>, ClientError> {
        while let Some(fetched) = self.fetched.front_mut() {
            let Some((record, behind)) = fetched.next(&mut self.scratch)? else {
                self.fetched.pop_front();
                continue;
            };
            let key = (fetched.topic.clone(), fetched.partition);
            if self.config.auto_commit {
                self.read_to.insert(key.clone(), behind);
            }
            self.positions.insert(key, Some(behind));
            let Some(record) = record else {
                continue;
            };
            self.until_look = self.until_look.saturating_sub(1);
            if self.until_look == 0 {
                self.until_look = RECORDS_A_LOOK;
                self.keep_alive()?;
            }
            return Ok(Some(record));
        }
        Ok(None)
    }

    /// Heartbeat and commit, when due.
    fn keep_alive(&mut self) -> Result<(), ClientError> {
        if !self.is_member() {
            return Ok(());
        }
        self.heartbeat()?;
        let uncommitted = crate::env::now().saturating_duration_since(self.committed_at);
        if self.config.auto_commit && !self.member.must_join && uncommitted >= self.config.commit_interval {
            self.commit()?;
        }
        Ok(())
    }

    /// Everything that is to be done between two fetches.
    fn look_around(&mut self) -> Result<(), ClientError> {
        let age = self
            .topics_at
            .map(|at| crate::env::now().saturating_duration_since(at));
        let limit = match self.lacks_topics() {
            true => MISSING_AGE.min(self.config.metadata_max_age),
            false => self.config.metadata_max_age,
        };
        if age.is_none_or(|age| age >= limit) {
            self.learn_topics()?;
        }
        if self.is_member() {
            self.keep_alive()?;
            self.join()?;
        }
        self.find_positions()
    }
}
