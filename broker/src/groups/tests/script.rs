//! Runs a golden script: commands in, every reply, record, state and deadline out.
//!
//! A line of a script is a command (`join g client=A`), or starts with `<` and is what the commands before it led
//! to, or with `#` and is for people. Ids made by the broker are written `A~01` for `A-<uuid 1>`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::script_args::{
    Args, assignment, commit_request, fetch_request, heartbeat_request, shorten, subscription,
};
use super::show::{show_fetched, show_group, show_record, show_reply};
use super::topics::{TestTopics, topic_id};
use crate::groups::admin::Filters;
use crate::groups::classic::Waiter;
use crate::groups::config::GroupsConfig;
use crate::groups::effects::{Effects, Now};
use crate::groups::shard::Shard;
use crate::groups::timers::TimerKey;
use crate::groups::types::*;
use crate::partition::KeyValue;
use crate::records::groups::GroupRecord;

const START_WALL_MS: i64 = 1_000_000;

/// The shard under test, its log and its clock.
pub struct World {
    pub config: Arc<GroupsConfig>,
    pub shard: Shard,
    pub log: Vec<KeyValue>,
    pub ms: i64,
    pub topics: TestTopics,
    pub(super) uuids: u128,
    waiters: u64,
    shown_groups: BTreeMap<String, String>,
    shown_timers: String,
}

impl World {
    pub fn new(config: GroupsConfig) -> World {
        let config = Arc::new(config);
        let topics = TestTopics::default();
        World {
            shard: Shard::new(config.clone(), Arc::new(topics.clone())),
            topics,
            config,
            log: Vec::new(),
            ms: 0,
            uuids: 0,
            waiters: 0,
            shown_groups: BTreeMap::new(),
            shown_timers: String::new(),
        }
    }

    pub fn now(&self) -> Now {
        Now {
            wall_ms: START_WALL_MS + self.ms,
            mono_ms: self.ms,
        }
    }

    /// A shard loaded from the log.
    pub fn reloaded(&self) -> Shard {
        let mut shard = Shard::new(self.config.clone(), Arc::new(self.topics.clone()));
        for record in &self.log {
            let decoded = GroupRecord::decode(record.key.as_ref().unwrap(), record.value.as_deref());
            shard.replay(decoded.unwrap().unwrap());
        }
        shard
    }

    fn settle(&mut self, mut effects: Effects, out: &mut String) {
        for record in &effects.records {
            writeln!(out, "< record {}", show_record(record)).unwrap();
            self.log.push(record.encode());
        }
        for record in std::mem::take(&mut effects.records) {
            self.shard.replay(record);
        }
        self.shard.finish(&mut effects);
        for (Waiter(id), reply) in effects.replies {
            writeln!(out, "< reply #{id} {}", show_reply(&reply)).unwrap();
        }
    }

    /// Lets everything due happen, in order.
    fn fire(&mut self, out: &mut String) {
        loop {
            let mut effects = Effects::default();
            if !self.shard.fire_timer(self.now(), &mut effects) {
                return;
            }
            self.settle(effects, out);
        }
    }

    fn advance(&mut self, ms: i64, out: &mut String) {
        let end = self.ms + ms;
        while let Some(at) = self.shard.next_deadline_ms().filter(|at| *at <= end) {
            self.ms = self.ms.max(at);
            self.fire(out);
        }
        self.ms = end;
    }

    /// Runs one command; gives back what it led to.
    pub fn run(&mut self, line: &str) -> String {
        let mut out = String::new();
        let mut words = line.split_whitespace();
        let (command, group) = (words.next().unwrap(), words.next().unwrap_or_default());
        let args = Args(words.map(|w| w.split_once('=').unwrap_or((w, ""))).collect());
        let mut effects = Effects::default();
        self.shard.observe(Arc::new(self.topics.clone()));
        let answer = self.command(command, group, &args, &mut effects, &mut out);
        self.settle(effects, &mut out);
        for line in answer.lines() {
            writeln!(out, "< {line}").unwrap();
        }
        self.fire(&mut out);
        self.show_changes(&mut out);
        shorten(&out)
    }

    fn command(
        &mut self,
        command: &str,
        group: &str,
        args: &Args<'_>,
        effects: &mut Effects,
        out: &mut String,
    ) -> String {
        let now = self.now();
        match command {
            "join" => self.join(group, args, effects),
            "sync" => self.sync(group, args, effects),
            "heartbeat" => format!(
                "{:?}",
                self.shard
                    .heartbeat(&heartbeat_request(group, args), now, effects)
            ),
            "leave" => {
                let one = |(m, i): &(String, String)| Leaving {
                    member_id: m.clone(),
                    instance_id: (!i.is_empty()).then(|| i.clone()),
                };
                let leaving: Vec<_> = args.pairs("m", "").iter().map(one).collect();
                format!("{:?}", self.shard.leave(group, &leaving, now, effects))
            }
            "commit" => format!(
                "{:?}",
                self.shard.commit(commit_request(group, args), now, effects)
            ),
            // Decided only: what it writes is appended apart.
            "commit-txn" => {
                let request = commit_request(group, args);
                let outcome = self.shard.commit_in_transaction(request, now, &mut Vec::new());
                format!("{outcome:?}")
            }
            "fetch" => match self.shard.fetch(fetch_request(group, args)) {
                Ok(fetched) => show_fetched(&fetched),
                Err(error) => format!("{error:?}"),
            },
            "list" => {
                let filter = |name| args.opt(name).map(|v| vec![v]).unwrap_or_default();
                let rows = self.shard.list(&Filters::new(&filter("state"), &filter("type")));
                rows.iter().map(|r| format!("{r:?}\n")).collect()
            }
            "describe" => format!("{:?}", self.shard.describe(group)),
            "delete" => format!("{:?}", self.shard.delete(group, now, effects)),
            "drop-topic" => {
                let id = topic_id(group, u8::try_from(args.number("version", 0)).unwrap());
                self.topics.remove(group);
                self.shard.topics_deleted(
                    &[DeletedTopic {
                        name: group.into(),
                        id,
                    }],
                    effects,
                );
                String::new()
            }
            "advance" => {
                self.advance(group.parse().unwrap(), out);
                String::new()
            }
            "restart" => {
                self.shard = self.reloaded();
                self.shard.loaded(now, effects);
                String::new()
            }
            "max-size" => {
                let size = group.parse().unwrap();
                self.config = Arc::new(GroupsConfig {
                    group_max_size: size,
                    ..(*self.config).clone()
                });
                String::new()
            }
            other => self.consumer_command(other, group, args, effects),
        }
    }

    fn waiter(&mut self) -> Waiter {
        self.waiters += 1;
        Waiter(self.waiters)
    }

    fn join(&mut self, group: &str, args: &Args<'_>, effects: &mut Effects) -> String {
        let protocol = |(name, metadata): (String, String)| Protocol {
            name,
            // `@t+u` is the subscription of a consumer to these topics, `@t/t-0` of one that owns a partition.
            metadata: match metadata.strip_prefix('@') {
                Some(topics) => subscription(topics),
                None => Bytes::from(metadata),
            },
        };
        let version = args.number("v", 3);
        let request = JoinRequest {
            group: group.into(),
            member_id: args.text("m", ""),
            instance_id: args.opt("instance"),
            client_id: args.text("client", "c"),
            client_host: "/1.2.3.4".into(),
            session_timeout_ms: args.number("session", 10_000),
            rebalance_timeout_ms: args.number("rebalance", 60_000),
            protocol_type: args.text("type", "consumer"),
            protocols: args
                .pairs("protocols", "range:x")
                .into_iter()
                .map(protocol)
                .collect(),
            requires_known_member_id: version >= 4,
            can_skip_assignment: version >= 9,
        };
        self.uuids += 1;
        let (waiter, now) = (self.waiter(), self.now());
        self.shard
            .join(request, waiter, Uuid::from_u128(self.uuids), now, effects);
        String::new()
    }

    fn sync(&mut self, group: &str, args: &Args<'_>, effects: &mut Effects) -> String {
        let assignments = args
            .pairs("assign", "")
            .into_iter()
            // `@t-0+t-1` is an assignment of a consumer.
            .map(|(m, a)| match a.strip_prefix('@') {
                Some(partitions) => (m, assignment(partitions)),
                None => (m, Bytes::from(a)),
            });
        let request = SyncRequest {
            group: group.into(),
            member_id: args.text("m", ""),
            instance_id: args.opt("instance"),
            generation: args.number("gen", 1),
            protocol_type: args.opt("type"),
            protocol_name: args.opt("protocol"),
            assignments: assignments.collect(),
        };
        let (waiter, now) = (self.waiter(), self.now());
        self.shard.sync(request, waiter, now, effects);
        String::new()
    }

    fn show_changes(&mut self, out: &mut String) {
        let groups: BTreeMap<_, _> = self
            .shard
            .groups()
            .map(|(id, group)| (id.to_string(), show_group(group)))
            .collect();
        let names: BTreeSet<_> = self.shown_groups.keys().chain(groups.keys()).cloned().collect();
        for name in names {
            match groups.get(&name) {
                Some(text) if self.shown_groups.get(&name) != Some(text) => {
                    writeln!(out, "< group {name} {text}").unwrap();
                }
                None => writeln!(out, "< group {name} gone").unwrap(),
                Some(_) => {}
            }
        }
        self.shown_groups = groups;
        let mut timers = String::new();
        for (at, key) in self
            .shard
            .timers()
            .iter()
            .filter(|(_, key)| !matches!(key, TimerKey::Expiry(_)))
        {
            let name = match key {
                TimerKey::Session(_, member) => format!("session({member})"),
                TimerKey::Join(group) => format!("join({group})"),
                TimerKey::Sync(group) => format!("sync({group})"),
                TimerKey::Expiry(_) => "expiry".into(),
                TimerKey::Revocation(_, member) => format!("revocation({member})"),
                TimerKey::ClassicJoin(_, member) => format!("join-again({member})"),
                TimerKey::ClassicSync(_, member) => format!("sync({member})"),
                TimerKey::Regex(group) => format!("regex({group})"),
                TimerKey::Converted(group, _) => format!("converted({group})"),
            };
            write!(timers, " {name}@{at}").unwrap();
        }
        if timers != self.shown_timers {
            writeln!(out, "< timers{timers}").unwrap();
            self.shown_timers = timers;
        }
    }
}
