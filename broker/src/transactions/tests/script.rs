//! Runs a golden scenario: commands in, every answer, record and deadline out.
//!
//! A line of a scenario is a command (`init t`), or starts with `<` and is what the command before it led to, or
//! with `#` and is for people. Times are milliseconds since the scenario began.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::partition::KeyValue;
use crate::records::transactions::TransactionRecord;
use crate::transactions::add;
use crate::transactions::config::Times;
use crate::transactions::end::{EndRequest, EndStep};
use crate::transactions::error::TxnError;
use crate::transactions::init::{InitRequest, InitStep};
use crate::transactions::shard::{Change, Due, Shard};
use crate::transactions::slot;
use crate::transactions::state::{ProducerIdAndEpoch, TopicPartition, Transaction, TxnVersion};

const TIMES: Times = Times {
    expiration_ms: 1_000_000,
    remove_interval_ms: 1,
    abort_interval_ms: 10_000,
};
const FIRST_PRODUCER_ID: i64 = 1000;

/// The shard under test, its log, its clock.
pub struct World {
    shard: Shard,
    log: Vec<KeyValue>,
    now_ms: i64,
    next_id: i64,
    version: TxnVersion,
    /// The next append fails: what was decided is lost.
    failing: bool,
}

fn partitions(words: &str) -> BTreeSet<TopicPartition> {
    let words = words.split(',').filter(|w| !w.is_empty());
    words
        .map(|word| {
            let (topic, index) = word.rsplit_once('-').unwrap();
            TopicPartition {
                topic: topic.into(),
                partition: index.parse().unwrap(),
            }
        })
        .collect()
}

/// `1000/3`
fn producer(word: &str) -> ProducerIdAndEpoch {
    let (id, epoch) = word.split_once('/').unwrap();
    ProducerIdAndEpoch {
        id: id.parse().unwrap(),
        epoch: epoch.parse().unwrap(),
    }
}

fn show(id: &str, to: Option<&Transaction>) -> String {
    let Some(t) = to else {
        return format!("{id} forgotten");
    };
    let mut out = format!("{id} {} {}/{}", t.state.name(), t.producer_id, t.epoch);
    let names: Vec<_> = t
        .partitions
        .iter()
        .map(|p| format!("{}-{}", p.topic, p.partition))
        .collect();
    if !names.is_empty() {
        write!(out, " [{}]", names.join(" ")).unwrap();
    }
    if t.start_ms >= 0 {
        write!(out, " since={}", t.start_ms).unwrap();
    }
    for (name, value) in [
        ("previous", t.previous_producer_id),
        ("next", t.next_producer_id),
        ("last", i64::from(t.last_epoch)),
    ] {
        if value >= 0 && !(name == "previous" && value == t.producer_id) {
            write!(out, " {name}={value}").unwrap();
        }
    }
    if t.client_version != TxnVersion::V0 {
        write!(out, " {:?}", t.client_version).unwrap();
    }
    out
}

fn shown<T: std::fmt::Debug>(result: Result<T, TxnError>) -> String {
    match result {
        Ok(value) => format!("< {value:?}\n"),
        Err(error) => format!("< {error:?}\n"),
    }
}

fn answer(producer: ProducerIdAndEpoch) -> String {
    format!("< {}/{}\n", producer.id, producer.epoch)
}

impl World {
    pub fn new() -> World {
        World {
            shard: Shard::new(TIMES),
            log: Vec::new(),
            now_ms: 0,
            next_id: FIRST_PRODUCER_ID,
            version: TxnVersion::V2,
            failing: false,
        }
    }

    fn fresh(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id - 1
    }

    /// The shard as its log says it.
    fn reload(&mut self) {
        self.shard = Shard::new(TIMES);
        for record in &self.log {
            let (key, value) = (record.key.as_deref().unwrap(), record.value.as_deref());
            let record = TransactionRecord::decode(key, value).unwrap().unwrap();
            self.shard.replay(Change {
                id: record.transactional_id.into(),
                to: record.value.map(|value| Transaction::from_value(value).unwrap()),
            });
        }
    }

    /// Appends and replays; `false` when the append fails.
    fn settle(&mut self, changes: Vec<Change>, out: &mut String) -> bool {
        if changes.is_empty() {
            return true;
        }
        if std::mem::take(&mut self.failing) {
            self.reload();
            out.push_str("< append failed\n");
            return false;
        }
        for change in changes {
            writeln!(out, "< log {}", show(&change.id, change.to.as_ref())).unwrap();
            self.log
                .push(slot::encoded(&change, self.version >= TxnVersion::V1));
            self.shard.replay(change);
        }
        true
    }

    /// Runs one command.
    pub fn run(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut out = String::new();
        match words.as_slice() {
            ["init", id, rest @ ..] => self.init(id, rest, &mut out),
            ["add", id, who, list, rest @ ..] => self.add(id, who, list, rest, &mut out),
            ["verify", id, who, list] => {
                let wanted = partitions(list);
                out = shown(add::verify(self.shard.get(id), producer(who), &wanted));
            }
            ["end", id, who, result, rest @ ..] => self.end(id, who, *result == "commit", rest, &mut out),
            ["claim", id] => {
                let claimed = self.shard.claim_markers(id).is_some();
                writeln!(out, "< {claimed}").unwrap();
            }
            ["release", id] => self.shard.release_markers(id, self.now_ms),
            ["markers", id] => {
                let mut changes = Vec::new();
                let claimed = self.shard.claim_markers(id).is_some();
                if claimed {
                    self.shard.complete(id, self.now_ms, &mut changes);
                    self.settle(changes, &mut out);
                    self.shard.release_markers(id, self.now_ms);
                }
            }
            ["advance", ms] => {
                self.now_ms += ms.parse::<i64>().unwrap();
                self.fire(&mut out);
            }
            ["version", level] => self.version = TxnVersion::from_level(level.parse().unwrap()),
            ["epoch", id, epoch] => {
                let mut to = self.shard.get(id).unwrap().clone();
                to.epoch = epoch.parse().unwrap();
                self.settle(
                    vec![Change {
                        id: (*id).into(),
                        to: Some(to),
                    }],
                    &mut out,
                );
            }
            ["fail"] => self.failing = true,
            ["restart"] => self.reload(),
            ["deadlines"] => {
                let next = self.shard.next_deadline_ms();
                writeln!(out, "< next {next:?}").unwrap();
            }
            ["show", id] => writeln!(out, "< {}", show(id, self.shard.get(id))).unwrap(),
            other => panic!("no such command: {other:?}"),
        }
        out
    }

    fn init(&mut self, id: &str, rest: &[&str], out: &mut String) {
        let mut request = InitRequest {
            timeout_ms: 60_000,
            expected: None,
        };
        for word in rest {
            match word.strip_prefix("timeout=") {
                Some(ms) => request.timeout_ms = ms.parse().unwrap(),
                None => request.expected = Some(producer(word)),
            }
        }
        let mut fresh = None;
        loop {
            let mut changes = Vec::new();
            let step = self
                .shard
                .init(id, request, fresh, self.version, self.now_ms, &mut changes);
            match step {
                Ok(InitStep::NeedsProducerId) => fresh = Some(self.fresh()),
                Ok(InitStep::Ready(ready)) => {
                    if self.settle(changes, out) {
                        out.push_str(&answer(ready.producer()));
                    }
                    return;
                }
                Ok(InitStep::AbortFirst(_)) => {
                    if self.settle(changes, out) {
                        out.push_str("< aborting; ConcurrentTransactions\n");
                    }
                    return;
                }
                Err(error) => return out.push_str(&shown::<()>(Err(error))),
            }
        }
    }

    fn add(&mut self, id: &str, who: &str, list: &str, rest: &[&str], out: &mut String) {
        let version = self.client_version(rest);
        let mut changes = Vec::new();
        let wanted = partitions(list);
        let added = self
            .shard
            .add(id, producer(who), &wanted, version, self.now_ms, &mut changes);
        if self.settle(changes, out) {
            out.push_str(&shown(added));
        }
    }

    fn client_version(&self, rest: &[&str]) -> TxnVersion {
        match rest.contains(&"v2") {
            true => TxnVersion::V2,
            false => TxnVersion::V0,
        }
    }

    fn end(&mut self, id: &str, who: &str, commit: bool, rest: &[&str], out: &mut String) {
        let request = EndRequest {
            producer: producer(who),
            commit,
            client_version: self.client_version(rest),
        };
        let mut fresh = None;
        loop {
            let mut changes = Vec::new();
            match self.shard.end(id, request, fresh, self.now_ms, &mut changes) {
                Ok(EndStep::NeedsProducerId) => fresh = Some(self.fresh()),
                Ok(EndStep::Done(producer)) => {
                    return out.push_str(&format!("< done before{}", &answer(producer)[1..]));
                }
                Ok(EndStep::Prepare(decided)) => {
                    if self.settle(changes, out) {
                        let next = crate::transactions::end::complete(&decided, 0);
                        out.push_str(&answer(next.producer()));
                    }
                    return;
                }
                Err(error) => return out.push_str(&shown::<()>(Err(error))),
            }
        }
    }

    fn fire(&mut self, out: &mut String) {
        let mut fresh = None;
        while self.shard.next_deadline_ms().is_some_and(|at| at <= self.now_ms) {
            let mut changes = Vec::new();
            let due = self.shard.pop_due(fresh, self.version, self.now_ms, &mut changes);
            match due {
                None => return,
                Some(Due::NeedsProducerId(id)) => {
                    fresh = Some(self.fresh());
                    self.shard.due_again(&id, self.now_ms);
                }
                Some(due) => {
                    writeln!(out, "< due {due:?}").unwrap();
                    self.settle(changes, out);
                }
            }
        }
    }
}
