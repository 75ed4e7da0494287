//! The scenarios of `contract.md`: what has to be there before, what is left behind.

use compat_tests::batch::{Batch, Codec, Record};
use compat_tests::errors::COORDINATOR_LOAD_IN_PROGRESS;
use compat_tests::transactions::Producer;
use compat_tests::wire::Client;
use compat_tests::{eventually_some, groups, ops};

use crate::checks::{admin, consuming, producing, transactions};

/// One scenario.
pub struct Scenario {
    pub name: &'static str,
    /// Which of a row's two brokers it needs.
    pub world: World,
    pub topics: &'static [Topic],
    /// Makes what else has to be there; told the scenario's topic.
    pub prepare: fn(&mut Client, &str),
    /// Fails as a test does when what should have been left behind is not; told the scenario's topic.
    pub check: fn(&mut Client, &str),
}

/// A broker's properties, as scenarios need them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// Keeps nothing, makes topics on first use.
    Memory,
    /// Keeps its data over a kill, makes no topics by itself.
    Disk,
}

/// A topic that is there before.
pub struct Topic {
    /// Behind the scenario's own name.
    suffix: &'static str,
    partitions: i32,
    configs: &'static [(&'static str, &'static str)],
    /// Records written to it.
    filled: usize,
    /// Timestamp of record i, where that matters.
    timestamp: Option<fn(usize) -> i64>,
}

const TOPIC: Topic = Topic {
    suffix: "",
    partitions: 1,
    configs: &[],
    filled: 0,
    timestamp: None,
};

/// For timestamps of long ago: a topic that deletes nothing for its age.
const LASTING: Topic = Topic {
    configs: &[("retention.ms", "-1")],
    ..TOPIC
};

const fn of(partitions: i32) -> Topic {
    Topic { partitions, ..TOPIC }
}

const fn filled(partitions: i32, filled: usize) -> Topic {
    Topic {
        partitions,
        filled,
        ..TOPIC
    }
}

const fn scenario(name: &'static str, topics: &'static [Topic], check: fn(&mut Client, &str)) -> Scenario {
    Scenario {
        name,
        world: World::Memory,
        topics,
        prepare: nothing,
        check,
    }
}

fn nothing(_: &mut Client, _: &str) {}

/// All of them, in the contract's order.
pub static ALL: &[Scenario] = &[
    scenario("acks", &[of(3)], producing::acks),
    scenario("codec-gzip", &[TOPIC], |client, topic| {
        producing::codec(client, topic, Codec::Gzip)
    }),
    scenario("codec-snappy", &[TOPIC], |client, topic| {
        producing::codec(client, topic, Codec::Snappy)
    }),
    scenario("codec-lz4", &[TOPIC], |client, topic| {
        producing::codec(client, topic, Codec::Lz4)
    }),
    scenario("codec-zstd", &[TOPIC], |client, topic| {
        producing::codec(client, topic, Codec::Zstd)
    }),
    scenario("keys", &[of(4)], producing::keys),
    scenario("headers", &[TOPIC], producing::headers),
    scenario("headers-null", &[TOPIC], producing::headers_null),
    scenario("nulls", &[TOPIC], producing::nulls),
    scenario("timestamps", &[LASTING], producing::timestamps),
    scenario("idempotence", &[TOPIC], producing::idempotence),
    scenario(
        "large",
        &[Topic {
            configs: &[("max.message.bytes", "8388608")],
            ..TOPIC
        }],
        producing::large,
    ),
    scenario(
        "too-large",
        &[Topic {
            configs: &[("max.message.bytes", "10000")],
            ..TOPIC
        }],
        producing::too_large,
    ),
    scenario("bulk", &[of(4)], producing::bulk),
    scenario("many-partitions", &[of(100)], producing::many_partitions),
    scenario("auto-create", &[], producing::auto_create),
    Scenario {
        world: World::Disk,
        ..scenario("unknown-topic", &[], producing::unknown_topic)
    },
    scenario("txn-commit", &[of(2)], transactions::commit),
    scenario("txn-abort", &[TOPIC], transactions::abort),
    scenario("txn-fence", &[TOPIC], transactions::fence),
    scenario(
        "txn-copy",
        &[
            Topic {
                suffix: "-in",
                filled: 10,
                ..TOPIC
            },
            Topic {
                suffix: "-out",
                ..TOPIC
            },
        ],
        transactions::copy,
    ),
    Scenario {
        prepare: decided_and_open,
        ..scenario("read-committed", &[TOPIC], nothing)
    },
    scenario("group", &[filled(4, 100)], consuming::group),
    scenario("resume", &[filled(1, 10)], consuming::resume),
    scenario("rebalance", &[of(4)], consuming::nobody_left),
    scenario("static-member", &[of(2)], consuming::static_member),
    scenario("cooperative", &[of(4)], consuming::nobody_left),
    scenario("kip848", &[of(4)], consuming::kip848),
    scenario("pause", &[filled(2, 20)], nothing),
    scenario("seek", &[filled(1, 10)], nothing),
    scenario(
        "seek-time",
        &[Topic {
            timestamp: Some(|i| 1_600_000_000_000 + 1000 * i as i64),
            filled: 10,
            ..LASTING
        }],
        nothing,
    ),
    scenario(
        "pattern",
        &[
            Topic {
                suffix: "-a",
                filled: 1,
                ..TOPIC
            },
            Topic {
                suffix: "-b",
                filled: 1,
                ..TOPIC
            },
        ],
        nothing,
    ),
    scenario("many-groups", &[filled(1, 10)], consuming::many_groups),
    scenario("offset-reset", &[filled(1, 5)], consuming::offset_reset),
    Scenario {
        world: World::Disk,
        ..scenario("restart", &[TOPIC], consuming::restart)
    },
    scenario(
        "admin-topics",
        &[Topic {
            suffix: "-gone",
            ..TOPIC
        }],
        admin::topics,
    ),
    scenario("admin-configs", &[TOPIC], admin::configs),
    Scenario {
        prepare: two_groups,
        ..scenario("admin-groups", &[filled(1, 10)], admin::groups)
    },
    Scenario {
        prepare: one_group,
        ..scenario("admin-offsets", &[filled(1, 10)], admin::offsets)
    },
    scenario("admin-cluster", &[], nothing),
];

impl Scenario {
    /// The name of its topic, group and transactional id.
    pub fn topic(&self, prefix: &str) -> String {
        format!("{prefix}-{}", self.name)
    }

    /// Makes what the contract says is there before.
    pub fn set_up(&self, client: &mut Client, prefix: &str) {
        let name = self.topic(prefix);
        for topic in self.topics {
            topic.create(client, &format!("{name}{}", topic.suffix));
        }
        (self.prepare)(client, &name);
    }
}

impl Topic {
    fn create(&self, client: &mut Client, name: &str) {
        ops::create_topic(client, name, self.partitions, self.configs);
        let records: Vec<Record> = (0..self.filled).map(|i| self.record(i)).collect();
        let step = self.partitions as usize;
        for partition in 0..step.min(self.filled) {
            let part: Vec<Record> = records.iter().skip(partition).step_by(step).cloned().collect();
            ops::produce(client, name, partition as i32, &Batch::new(Codec::None, &part));
        }
    }

    fn record(&self, i: usize) -> Record {
        let record = record(i);
        match self.timestamp {
            Some(timestamp) => record.at(timestamp(i)),
            None => record,
        }
    }
}

/// Record i of the contract.
pub fn record(i: usize) -> Record {
    Record::keyed(format!("k{i}"), format!("v{i}"))
}

/// The values of a range of records.
pub fn values(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|i| format!("v{i}")).collect()
}

/// 0–4 committed, 5–9 aborted, 10–14 committed, 15 in a transaction that stays open.
fn decided_and_open(client: &mut Client, topic: &str) {
    for (range, commit) in [
        (0..5, Some(true)),
        (5..10, Some(false)),
        (10..15, Some(true)),
        (15..16, None),
    ] {
        let id = format!("{topic}-{}", range.start);
        let records: Vec<Record> = range.map(record).collect();
        let mut producer = Producer::init_with_timeout(client, &id, 600_000);
        producer.write_batch(client, topic, 0, Batch::new(Codec::None, &records));
        if let Some(commit) = commit {
            assert_eq!(producer.end(client, 3, commit), 0, "the end of {id}");
        }
    }
}

fn one_group(client: &mut Client, topic: &str) {
    committed(client, topic, topic);
}

/// Commits offset 3; the coordinators of a fresh Kafka load one by one.
fn committed(client: &mut Client, group: &str, topic: &str) {
    let code = eventually_some("a coordinator", || {
        let code = groups::commit(client, group, topic, 0, 3);
        (code != COORDINATOR_LOAD_IN_PROGRESS).then_some(code)
    });
    assert_eq!(code, 0, "the offset of {group}");
}

fn two_groups(client: &mut Client, topic: &str) {
    one_group(client, topic);
    committed(client, &format!("{topic}-gone"), topic);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_names_the_same_scenarios_in_the_same_order() {
        let contract = include_str!("../../../contract.md");
        let rows = contract.lines().filter(|line| line.starts_with("| `"));
        let named: Vec<&str> = rows
            .filter_map(|line| line.split('|').nth(1))
            .flat_map(|cell| cell.split('`').skip(1).step_by(2))
            .collect();
        let table: Vec<&str> = ALL.iter().map(|scenario| scenario.name).collect();
        assert_eq!(named, table);
    }
}
