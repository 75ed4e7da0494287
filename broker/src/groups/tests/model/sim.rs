//! The group, its log, its clients and what happens to them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use super::client::{Client, Partition, Phase};
use super::spoil::Fault;
use crate::config::ConsumerGroupTimes;
use crate::coordinator::Rng;
use crate::groups::classic::Waiter;
use crate::groups::config::{ConsumerConfig, GroupsConfig};
use crate::groups::effects::{Effects, Now, Reply};
use crate::groups::shard::Shard;
use crate::groups::tests::topics::{TestTopics, topic_id};
use crate::groups::topics_view::TopicsView;
use crate::groups::types::DeletedTopic;
use crate::partition::KeyValue;
use crate::records::groups::GroupRecord;

pub const GROUP: &str = "g";
pub const REBALANCE_MS: i32 = 10_000;
pub const SESSION_MS: i32 = 6_000;
const NEVER: i64 = i64::MAX / 2;

/// Which clients a history has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kinds {
    Eager,
    Cooperative,
    Newer,
    /// Classic ones of one kind, and newer ones.
    Mixed {
        cooperative: bool,
    },
}

/// What failed, and where.
pub type Checked = Result<(), String>;

pub struct Sim {
    pub rng: Rng,
    pub kinds: Kinds,
    pub fault: Option<Fault>,
    pub config: Arc<GroupsConfig>,
    pub shard: Shard,
    pub log: Vec<KeyValue>,
    pub topics: TestTopics,
    pub ms: i64,
    pub clients: Vec<Client>,
    pub inbox: HashMap<u64, Reply>,
    /// Who was given what in each generation of a classic group.
    pub claims: BTreeMap<i32, BTreeMap<Partition, String>>,
    pub committed: BTreeMap<(String, i32), i64>,
    pub commits: i64,
    /// Some subscribe with regular expressions; not in every history, since compiling them takes most of the time.
    pub matches: bool,
    /// Answers get lost now and then.
    pub rough: bool,
    pub trace: Vec<String>,
    pub keeps_trace: bool,
    /// Something was written since the owners were last counted.
    pub dirty: bool,
    /// The topics as the shard sees them.
    view: Arc<TestTopics>,
    made: BTreeMap<String, u8>,
    counter: u64,
}

impl Sim {
    pub fn new(seed: u64, kinds: Kinds, fault: Option<Fault>) -> Sim {
        let mut rng = Rng(seed);
        let config = Arc::new(GroupsConfig {
            initial_rebalance_delay_ms: if rng.one_in(4) { 3_000 } else { 0 },
            consumer: ConsumerConfig {
                times: ConsumerGroupTimes {
                    session_timeout_ms: SESSION_MS,
                    heartbeat_interval_ms: 2_000,
                    assignment_interval_ms: if rng.one_in(2) { 1_000 } else { 0 },
                    ..ConsumerConfig::default().times
                },
                regex_pause_ms: if rng.one_in(2) { 10_000 } else { 0 },
                ..ConsumerConfig::default()
            },
            ..GroupsConfig::default()
        });
        let topics = TestTopics::default();
        let matches = rng.one_in(3);
        let mut sim = Sim {
            matches,
            shard: Shard::new(config.clone(), Arc::new(topics.clone())),
            rng,
            kinds,
            fault,
            config,
            log: Vec::new(),
            topics,
            ms: 0,
            clients: Vec::new(),
            inbox: HashMap::new(),
            claims: BTreeMap::new(),
            committed: BTreeMap::new(),
            commits: 0,
            rough: true,
            trace: Vec::new(),
            keeps_trace: false,
            dirty: true,
            view: Arc::default(),
            made: BTreeMap::new(),
            counter: 0,
        };
        for _ in 0..2 + sim.rng.below(4) {
            sim.clients.push(Client::default());
        }
        sim.grow_topic();
        sim
    }

    pub fn note(&mut self, text: impl FnOnce() -> String) {
        if self.keeps_trace {
            self.trace.push(format!("{:>7} {}", self.ms, text()));
        }
    }

    pub fn now(&self) -> Now {
        Now {
            wall_ms: 1_000_000 + self.ms,
            mono_ms: self.ms,
        }
    }

    pub fn fresh(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    pub fn uuid(&mut self) -> Uuid {
        Uuid::from_u128(u128::from(self.fresh()))
    }

    /// Has the shard decide something, with all that follows.
    pub fn ask<R>(&mut self, decide: impl FnOnce(&mut Shard, Now, &mut Effects) -> R) -> R {
        self.observe();
        let mut effects = Effects::default();
        let now = self.now();
        let answer = decide(&mut self.shard, now, &mut effects);
        self.settle(effects);
        self.fire();
        answer
    }

    fn observe(&mut self) {
        if self.view.version() != self.topics.version() {
            self.view = Arc::new(self.topics.clone());
        }
        self.shard.observe(self.view.clone());
    }

    fn settle(&mut self, mut effects: Effects) {
        self.spoil(&mut effects);
        self.dirty |= !effects.records.is_empty();
        for record in std::mem::take(&mut effects.records) {
            let is_lost = self.fault == Some(Fault::LosesRecords) && self.rng.one_in(20);
            if !is_lost {
                self.log.push(record.encode());
            }
            self.note(|| format!("    {}", crate::groups::tests::show::show_record(&record)));
            self.shard.replay(record);
        }
        self.shard.finish(&mut effects);
        for (Waiter(id), reply) in effects.replies {
            let at = self.ms + self.rng.ms(1, 30);
            let waits = |c: &&mut Client| c.waiting.is_some_and(|(waiter, _)| waiter == id);
            if let Some(client) = self.clients.iter_mut().find(waits) {
                client.next_at = at.max(client.paused_until);
                self.inbox.insert(id, reply);
            }
        }
    }

    /// Everything that is due.
    fn fire(&mut self) {
        loop {
            let due = self
                .shard
                .timers()
                .iter()
                .next()
                .map(|(at, key)| (at, key.clone()));
            let Some((_, key)) = due.filter(|(at, _)| *at <= self.ms) else {
                return;
            };
            let mut effects = Effects::default();
            if self.overlooks(&key) {
                self.shard.timers.cancel(&key);
                continue;
            }
            self.note(|| format!("  due {key:?}"));
            self.shard.fire_timer(self.now(), &mut effects);
            self.settle(effects);
        }
    }

    /// Lets time pass: deadlines and clients in their order.
    pub fn advance(&mut self, ms: i64) -> Checked {
        let end = self.ms + ms;
        loop {
            let timer = self.shard.next_deadline_ms().unwrap_or(NEVER);
            let up = self.clients.iter().enumerate().filter(|(_, c)| c.up);
            let (act_at, at) = up.map(|(at, c)| (c.next_at, at)).min().unwrap_or((NEVER, 0));
            if timer.min(act_at) > end {
                self.ms = end;
                return Ok(());
            }
            self.ms = self.ms.max(timer.min(act_at));
            if timer <= act_at {
                self.observe();
                self.fire();
            } else {
                self.act(at)?;
            }
            self.check()?;
        }
    }

    fn act(&mut self, at: usize) -> Checked {
        if self.clients[at].newer {
            self.act_newer(at)
        } else {
            self.act_classic(at)
        }
    }

    /// One thing that nobody asked for.
    pub fn shake(&mut self) -> Checked {
        let at = self.rng.below(self.clients.len());
        let up = self.clients[at].up;
        match self.rng.below(24) {
            0..=6 if !up => self.start(at),
            0..=2 => self.commit(at)?,
            3 => self.pause(at),
            4 => {
                self.note(|| format!("crash {at}"));
                self.clients[at].stop();
            }
            5 => self.leave(at)?,
            6 => self.subscribe(at),
            7 | 8 => self.grow_topic(),
            9 => self.delete_topic(),
            10 => self.crash_broker(false)?,
            11 if self.rng.one_in(3) => self.crash_broker(true)?,
            _ => {}
        }
        self.check()?;
        let ms = self.rng.ms(10, 3_000);
        self.advance(ms)
    }

    fn start(&mut self, at: usize) {
        let newer = match self.kinds {
            Kinds::Eager | Kinds::Cooperative => false,
            Kinds::Newer => true,
            Kinds::Mixed { .. } => self.rng.one_in(2),
        };
        let cooperative = matches!(
            self.kinds,
            Kinds::Cooperative | Kinds::Mixed { cooperative: true }
        );
        // An instance id stays with its place; two places share one, so that they take it from each other.
        let instance = (at % 3 == 1).then(|| format!("i{}", at / 6));
        let mut client = Client {
            up: true,
            newer,
            cooperative: cooperative && !newer,
            instance,
            next_at: self.ms + self.rng.ms(0, 500),
            ..Client::default()
        };
        client.start_anew(false);
        if newer {
            client.member_id = format!("n{}", self.fresh());
        }
        self.clients[at] = client;
        self.subscribe(at);
        self.note(|| format!("start {at}"));
    }

    fn subscribe(&mut self, at: usize) {
        let topics = ["t1", "t2", "u"];
        let same = self.rng.one_in(2);
        let chosen = topics
            .iter()
            .filter(|t| **t == "t1" || (!same && self.rng.one_in(2)));
        let chosen: Vec<String> = chosen.map(|t| (*t).to_owned()).collect();
        let regex = match self.rng.below(8) {
            0 | 1 if self.matches && self.clients[at].newer => "t.*",
            2 if self.matches && self.clients[at].newer => "t.(",
            _ => "",
        };
        let client = &mut self.clients[at];
        // Nobody notices when a classic static member comes back with another subscription, as in Kafka.
        let chosen = match client.instance.is_some() && !client.newer {
            true => vec!["t1".into(), "t2".into()],
            false => chosen,
        };
        client.topics = if regex.is_empty() { chosen } else { Vec::new() };
        client.regex = regex.to_owned();
        if client.newer {
            client.full = true;
        } else if client.phase == Phase::In {
            client.phase = Phase::Out;
            client.next_at = self.ms.max(client.paused_until);
        } else {
            client.stale = true;
        }
    }

    fn pause(&mut self, at: usize) {
        let until = self.ms + self.rng.ms(1_000, 15_000);
        let client = &mut self.clients[at];
        client.paused_until = until;
        client.next_at = client.next_at.max(until);
        self.note(|| format!("pause {at} until {until}"));
    }

    fn grow_topic(&mut self) {
        let name = ["t1", "t2", "u", "tx"][self.rng.below(4)];
        let size = self.topics.by_name(name).map_or(0, |t| t.partitions);
        if size == 0 {
            *self.made.entry(name.to_owned()).or_default() += 1;
        }
        let more = i32::try_from(self.rng.below(3)).unwrap() + 1;
        if size < 6 {
            self.topics.put(name, size + more);
            self.note(|| format!("topic {name} has {} partitions", size + more));
        }
    }

    fn delete_topic(&mut self) {
        let name = ["t1", "t2", "u", "tx"][self.rng.below(4)];
        if self.topics.by_name(name).is_none() || !self.rng.one_in(3) {
            return;
        }
        self.note(|| format!("topic {name} is deleted"));
        self.topics.remove(name);
        let id = topic_id(name, self.made[name] - 1);
        let deleted = [DeletedTopic {
            name: name.into(),
            id,
        }];
        self.ask(|shard, _, effects| shard.topics_deleted(&deleted, effects));
        self.committed.retain(|(topic, _), _| topic != name);
    }

    /// A shard loaded from the log, or from what compaction makes of it.
    pub fn reloaded(&self, compacted: bool) -> Shard {
        let mut last = HashMap::new();
        for (at, record) in self.log.iter().enumerate() {
            last.insert(record.key.as_ref(), at);
        }
        let mut shard = Shard::new(self.config.clone(), Arc::new(self.topics.clone()));
        for (at, record) in self.log.iter().enumerate() {
            if compacted && (last[&record.key.as_ref()] != at || record.value.is_none()) {
                continue;
            }
            let decoded = GroupRecord::decode(record.key.as_ref().unwrap(), record.value.as_deref());
            shard.replay(decoded.unwrap().unwrap());
        }
        shard
    }

    /// The broker is gone and back at once; what was parked has lost its connection.
    fn crash_broker(&mut self, compacts: bool) -> Checked {
        self.note(|| format!("the broker crashes, compacted: {compacts}"));
        self.check_log()?;
        self.shard = self.reloaded(compacts);
        let now = self.now();
        self.ask(|shard, _, effects| shard.loaded(now, effects));
        self.inbox.clear();
        self.dirty = true;
        for client in self.clients.iter_mut().filter(|c| c.waiting.is_some()) {
            client.waiting = None;
            client.phase = Phase::Out;
            client.next_at = (self.ms + 100).max(client.paused_until);
        }
        Ok(())
    }
}
