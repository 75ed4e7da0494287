//! The consumer itself: polling.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use protocol_shim::ErrorCode;
use regex::Regex;
use storage::Scratch;

use super::batches::{Fetched, Record};
use super::config::ConsumerConfig;
use super::group::Member;
use super::topics::Topic;
use crate::client::{Client, ClientConfig, ClientError};
use crate::properties::Properties;

/// How often topics are asked for that are not there yet.
const MISSING_AGE: Duration = Duration::from_millis(200);
/// Wait when there is nobody to fetch from.
const IDLE: Duration = Duration::from_millis(20);
/// How long a look at the group and the topics may take at first: whoever wants to stop is to be heard. While it was too
/// short, it doubles, up to the time of a request.
const LOOK: Duration = Duration::from_secs(2);
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

impl Subscription {
    /// Topics whose whole name matches.
    ///
    /// # Errors
    /// What Java throws about a pattern that is none.
    pub(crate) fn matching(pattern: &str) -> Result<Subscription, ClientError> {
        let whole = Regex::new(&format!("^(?:{pattern})$"));
        whole.map(Subscription::Pattern).map_err(|error| {
            ClientError::foreign("java.util.regex.PatternSyntaxException", error.to_string())
        })
    }
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
    /// Since when a member has nothing assigned.
    pub(super) idle_since: Option<Instant>,
    /// How long that was, all times together.
    pub(super) rebalanced: Duration,
    look: Duration,
    scratch: Scratch,
    until_look: u32,
}

impl Consumer {
    /// A consumer that connects with its first poll.
    ///
    /// # Errors
    /// What is wrong with the settings or the addresses.
    pub(crate) fn new(
        bootstrap: &str,
        properties: &Properties,
        subscription: Subscription,
    ) -> Result<Consumer, ClientError> {
        let config = ConsumerConfig::new(properties)?;
        let client = ClientConfig::new(bootstrap, properties).map_err(|cause| {
            let message = format!("Failed to construct kafka consumer\nCaused by: {cause}");
            ClientError::foreign("org.apache.kafka.common.KafkaException", message)
        })?;
        Ok(Consumer {
            client: Client::new(client),
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
            idle_since: Some(crate::env::now()),
            rebalanced: Duration::ZERO,
            look: LOOK,
            scratch: Scratch::default(),
            until_look: 0,
        })
    }

    /// Reads this partition from an offset, or from where ListOffsets puts -1 (the end) or -2 (the beginning).
    pub(crate) fn assign(&mut self, topic: &str, partition: i32, offset: i64) {
        let key = (topic.to_owned(), partition);
        if offset < 0 {
            self.resets.insert(key.clone(), offset);
        }
        self.positions.insert(key, (offset >= 0).then_some(offset));
    }

    /// How long it took to get partitions, all rebalances together.
    pub(crate) fn rebalance_time(&self) -> Duration {
        self.rebalanced
    }

    /// The next record; `None` when none came in this time, which connecting and joining are part of, or `pause` says that
    /// it is enough: it is asked whenever nothing is there and the network has to be waited for, and told what kept the
    /// last look at group and topics from success.
    ///
    /// # Errors
    /// What does not pass by itself.
    pub(crate) fn poll(
        &mut self,
        wait: Duration,
        pause: &mut dyn FnMut(Option<&ClientError>) -> bool,
    ) -> Result<Option<Record>, ClientError> {
        let deadline = crate::env::now().checked_add(wait);
        let mut trouble = None;
        loop {
            if let Some(record) = self.next_fetched()? {
                return Ok(Some(record));
            }
            if pause(trouble.as_ref()) {
                return Ok(None);
            }
            trouble = self.look_around(deadline)?;
            let now = crate::env::now();
            let left = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(now));
            let any = self.fetch(left.min(self.config.fetch_wait), deadline)?;
            match &trouble {
                None if any => {}
                None => std::thread::sleep(left.min(IDLE)),
                Some(_) => std::thread::sleep(left.min(self.config.retry_backoff)),
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
                passing(self.keep_alive())?;
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

    /// Everything that is to be done between two fetches, until this deadline. What went wrong and may pass comes back.
    fn look_around(&mut self, deadline: Option<Instant>) -> Result<Option<ClientError>, ClientError> {
        let end = crate::env::now() + self.look;
        self.client.until = Some(deadline.map_or(end, |deadline| deadline.min(end)));
        let trouble = passing(self.look());
        self.client.until = None;
        self.look = match &trouble {
            Ok(None) => LOOK,
            _ if crate::env::now() < end => self.look,
            _ => (self.look * 2).min(self.client.config.request_timeout.max(LOOK)),
        };
        trouble
    }

    fn look(&mut self) -> Result<(), ClientError> {
        if self.member.asked.is_some() {
            // The group knows what this member wants by the topics that it knew when it asked.
            return self.join();
        }
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

/// An error that another attempt may end; one that none will end is an error.
fn passing(done: Result<(), ClientError>) -> Result<Option<ClientError>, ClientError> {
    match done {
        Ok(()) => Ok(None),
        Err(error) if error.code.is_some_and(ErrorCode::is_retriable) => Ok(Some(error)),
        Err(error) => Err(error),
    }
}
