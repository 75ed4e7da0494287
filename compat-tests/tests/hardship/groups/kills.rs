//! Groups of every kind under load while the broker and members are killed. `COMPAT_ROUNDS=50` makes it a longer test.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use compat_tests::groups::{await_coordinator, committed, state};
use compat_tests::ops::{LATEST, create_topic, list_offset};
use compat_tests::rdkafka::{config, send};
use compat_tests::server::{Broker, Options};
use compat_tests::{DEADLINE, eventually};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::ledger::{Judged, judge};
use super::member::Member;
use super::{begin_at_zero, rounds};

const TOPIC: &str = "load";
const PARTITIONS: i32 = 8;
const MEMBERS: usize = 4;
const KEYS: usize = 100;
/// Records between two events of a group, at least.
const PROGRESS: i64 = 150;

/// A group of each kind.
const GROUPS: [&str; 3] = ["range", "cooperative", "consumer"];

/// What a classic member sets beside its assignor.
const CLASSIC: [(&str, &str); 2] = [("session.timeout.ms", "1500"), ("heartbeat.interval.ms", "100")];

/// A group of one kind of member.
struct Kind<'a> {
    group: &'static str,
    /// Of the members that join from now on.
    settings: Vec<(&'static str, &'static str)>,
    members: Vec<Member>,
    gone: Vec<Member>,
    bootstrap: String,
    dir: &'a Path,
    started: usize,
}

impl Kind<'_> {
    fn join(&mut self) {
        let mut settings = vec![
            ("group.id", self.group),
            ("auto.offset.reset", "earliest"),
            ("enable.auto.commit", "false"),
            ("socket.timeout.ms", "2000"),
            ("fetch.wait.max.ms", "50"),
        ];
        settings.extend(&self.settings);
        self.started += 1;
        let dir = self.dir.join(self.group);
        std::fs::create_dir_all(&dir).unwrap();
        self.members.push(Member::start(
            &self.bootstrap,
            TOPIC,
            &dir,
            self.started,
            &settings,
        ));
    }

    /// The oldest member dies or leaves, and another joins.
    fn replace(&mut self, by_kill: bool) {
        let mut member = self.members.remove(0);
        if by_kill {
            member.kill();
        } else {
            member.leave();
        }
        self.gone.push(member);
        self.join();
    }

    fn judged(&self) -> Judged {
        let events = self.gone.iter().chain(&self.members).flat_map(Member::events);
        judge(events.collect())
    }
}

/// Committed offsets of a group, added up.
fn progress(broker: &Broker, group: &str) -> i64 {
    let mut client = broker.client();
    await_coordinator(&mut client, group);
    (0..PARTITIONS)
        .map(|partition| committed(&mut client, group, TOPIC, partition).max(0))
        .sum()
}

fn await_progress(broker: &Broker, kinds: &[Kind<'_>]) {
    let before: Vec<i64> = kinds.iter().map(|kind| progress(broker, kind.group)).collect();
    for (kind, before) in kinds.iter().zip(before) {
        eventually(&format!("{} reads on", kind.group), || {
            progress(broker, kind.group) >= before + PROGRESS
        });
    }
}

/// Keyed records, about a thousand a second, until told to stop.
fn load(bootstrap: &str, stop: &AtomicBool) {
    let settings = [
        ("enable.idempotence", "true"),
        ("linger.ms", "2"),
        ("retry.backoff.ms", "20"),
    ];
    let producer: BaseProducer = config(bootstrap, &settings).create().unwrap();
    let mut number = 0usize;
    while !stop.load(Ordering::Relaxed) {
        let (key, value) = ((number % KEYS).to_string(), number.to_string());
        send(
            &producer,
            BaseRecord::to(TOPIC)
                .key(key.as_bytes())
                .payload(value.as_bytes()),
        );
        // One at a time, or acknowledgements would pile up.
        producer.poll(Duration::ZERO);
        number += 1;
        if number.is_multiple_of(10) {
            thread::sleep(Duration::from_millis(10)); // the pace of the load
        }
    }
    producer.flush(DEADLINE).expect("all is acknowledged");
}

fn kinds<'a>(broker: &Broker, dir: &'a Path) -> Vec<Kind<'a>> {
    let classic = |assignor| {
        let mut settings = CLASSIC.to_vec();
        settings.push(("partition.assignment.strategy", assignor));
        settings
    };
    let settings = [
        classic("range"),
        classic("cooperative-sticky"),
        vec![("group.protocol", "consumer")],
    ];
    GROUPS
        .into_iter()
        .zip(settings)
        .map(|(group, settings)| Kind {
            group,
            settings,
            members: Vec::new(),
            gone: Vec::new(),
            bootstrap: broker.bootstrap(),
            dir,
            started: 0,
        })
        .collect()
}

fn start() -> Option<Broker> {
    let broker = Options::new()
        .set("group.min.session.timeout.ms", 1000)
        .set("group.consumer.min.session.timeout.ms", 1000)
        .set("group.consumer.session.timeout.ms", 1500)
        .set("group.consumer.min.heartbeat.interval.ms", 100)
        .set("group.consumer.heartbeat.interval.ms", 100)
        .start()?;
    let mut client = broker.client();
    create_topic(&mut client, TOPIC, PARTITIONS, &[]);
    GROUPS
        .iter()
        .for_each(|group| begin_at_zero(&mut client, group, TOPIC, PARTITIONS));
    Some(broker)
}

/// Everything that was sent is read and committed; then the members leave and their events are judged.
fn finish(broker: &Broker, kinds: &mut [Kind<'_>]) {
    let mut client = broker.client();
    let ends: BTreeMap<i32, i64> = (0..PARTITIONS)
        .map(|p| (p, list_offset(&mut client, TOPIC, p, LATEST)))
        .collect();
    for kind in kinds {
        eventually(&format!("{} has read all", kind.group), || {
            progress(broker, kind.group) == ends.values().sum::<i64>()
        });
        kind.members.iter_mut().for_each(Member::leave);
        eventually(&format!("{} is empty", kind.group), || {
            let known = state(&mut client, kind.group);
            // A group of the consumer protocol is unknown to DescribeGroups.
            known == "Empty" || known == "Dead"
        });
        let judged = kind.judged();
        assert_eq!(judged.read, ends, "{}: every record was read", kind.group);
        assert_eq!(judged.committed, ends, "{}: and acknowledged as read", kind.group);
        for (partition, end) in &ends {
            let found = committed(&mut client, kind.group, TOPIC, *partition);
            assert_eq!(found, *end, "{}: committed in partition {partition}", kind.group);
        }
        eprintln!(
            "{}: {} changes of owners, {} records again of {}",
            kind.group,
            judged.changes,
            judged.again,
            ends.values().sum::<i64>()
        );
    }
}

/// Runs `checks` while records flow and the groups read.
fn under_load(broker: &mut Broker, checks: impl FnOnce(&mut Broker)) {
    let stop = AtomicBool::new(false);
    let bootstrap = broker.bootstrap();
    thread::scope(|scope| {
        let writer = scope.spawn(|| load(&bootstrap, &stop));
        // The writer must end even when a check fails, or the scope would wait for it for ever.
        let checks = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| checks(broker)));
        stop.store(true, Ordering::Relaxed);
        let written = writer.join();
        checks.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        written.expect("the writer ends well");
    });
}

#[test]
fn twelve_members_in_three_groups_survive_kills() {
    let Some(mut broker) = start() else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut kinds = kinds(&broker, dir.path());
    kinds
        .iter_mut()
        .for_each(|kind| (0..MEMBERS).for_each(|_| kind.join()));
    under_load(&mut broker, |broker| {
        for round in 0..rounds(3) {
            await_progress(broker, &kinds);
            broker.crash();
            if round % 2 == 1 {
                await_progress(broker, &kinds);
            }
            kinds.iter_mut().for_each(|kind| kind.replace(round % 3 != 2));
        }
    });
    finish(&broker, &mut kinds);
}

#[test]
fn a_group_moves_to_the_other_protocol_and_back_under_kills() {
    let Some(mut broker) = start() else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut moving = kinds(&broker, dir.path());
    let consumer = moving.pop().unwrap().settings;
    moving.remove(0);
    let classic = moving[0].settings.clone();
    (0..MEMBERS).for_each(|_| moving[0].join());
    under_load(&mut broker, |broker| {
        for settings in [consumer, classic].iter().cycle().take(2 * rounds(1)) {
            moving[0].settings = settings.clone();
            for member in 0..MEMBERS {
                await_progress(broker, &moving);
                moving[0].replace(member == 1);
                if member == 2 {
                    broker.crash();
                }
            }
        }
        await_progress(broker, &moving);
    });
    finish(&broker, &mut moving);
}
