//! Groups as librdkafka's consumers use them.

use std::collections::BTreeSet;

use compat_tests::groups::{await_coordinator, committed, state};
use compat_tests::ops::broker_and_topic;
use compat_tests::rdkafka::{consumer, produce_texts, producer, read_texts, settle};
use compat_tests::server::Options;
use compat_tests::unique;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::{Offset, TopicPartitionList};

fn member(bootstrap: &str, group: &str, topic: &str, settings: &[(&str, &str)]) -> BaseConsumer {
    let member = consumer(bootstrap, group, settings);
    member.subscribe(&[topic]).unwrap();
    member
}

fn texts(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

#[test]
fn every_assignor_shares_all_partitions() {
    let (broker, _client, topic) = broker_and_topic(6);
    for assignor in ["range", "roundrobin", "cooperative-sticky"] {
        let group = unique("g");
        let settings = [("partition.assignment.strategy", assignor)];
        let one = member(&broker.bootstrap(), &group, &topic, &settings);
        settle(&[&one], 6, |_, _| {});
        let two = member(&broker.bootstrap(), &group, &topic, &settings);
        let three = member(&broker.bootstrap(), &group, &topic, &settings);
        let held = settle(&[&one, &two, &three], 6, |_, _| {});
        assert!(held.iter().all(|share| share.len() == 2), "{assignor}: {held:?}");
        drop(two);
        let held = settle(&[&one, &three], 6, |_, _| {});
        assert!(held.iter().all(|share| share.len() == 3), "{assignor}: {held:?}");
    }
}

#[test]
fn a_group_reads_each_record_once_and_resumes_where_it_stopped() {
    let (broker, mut client, topic) = broker_and_topic(4);
    let writer = producer(&broker.bootstrap(), &[]);
    let group = unique("g");
    for partition in 0..4 {
        produce_texts(&writer, &topic, partition, &texts(0..50));
    }
    let first = member(&broker.bootstrap(), &group, &topic, &[]);
    let read = read_texts(&first, 200);
    assert_eq!(read.iter().collect::<BTreeSet<_>>().len(), 200, "none twice");
    first.commit_consumer_state(CommitMode::Sync).unwrap();
    drop(first);
    assert_eq!(
        state(&mut client, &group),
        "Empty",
        "a consumer that closes leaves"
    );
    for partition in 0..4 {
        assert_eq!(committed(&mut client, &group, &topic, partition), 50);
        produce_texts(&writer, &topic, partition, &texts(50..60));
    }
    let second = member(&broker.bootstrap(), &group, &topic, &[]);
    let read = read_texts(&second, 40);
    assert!(
        read.iter().all(|(_, offset, _)| (50..60).contains(offset)),
        "{read:?}"
    );
}

#[test]
fn commits_carry_metadata() {
    let (broker, _client, topic) = broker_and_topic(2);
    let group = unique("g");
    let reader = consumer(&broker.bootstrap(), &group, &[]);
    let mut offsets = TopicPartitionList::new();
    offsets
        .add_partition_offset(&topic, 0, Offset::Offset(3))
        .unwrap();
    offsets
        .add_partition_offset(&topic, 1, Offset::Offset(0))
        .unwrap();
    offsets
        .find_partition(&topic, 0)
        .unwrap()
        .set_metadata("how far it came, ä");
    reader.commit(&offsets, CommitMode::Sync).unwrap();
    let mut asked = TopicPartitionList::new();
    asked.add_partition(&topic, 0);
    asked.add_partition(&topic, 1);
    let found = reader.committed_offsets(asked, compat_tests::DEADLINE).unwrap();
    let zero = found.find_partition(&topic, 0).unwrap();
    assert_eq!(
        (zero.offset(), zero.metadata()),
        (Offset::Offset(3), "how far it came, ä")
    );
    assert_eq!(
        found.find_partition(&topic, 1).unwrap().offset(),
        Offset::Offset(0)
    );
}

#[test]
fn a_static_member_returns_to_its_share_without_a_rebalance() {
    let (broker, _client, topic) = broker_and_topic(4);
    let group = unique("g");
    // A rebalance would be seen: while it runs, the other member's assignment is taken away.
    let settings = |id: &'static str| [("group.instance.id", id), ("session.timeout.ms", "30000")];
    let one = member(&broker.bootstrap(), &group, &topic, &settings("one"));
    let two = member(&broker.bootstrap(), &group, &topic, &settings("two"));
    let before = settle(&[&one, &two], 4, |_, _| {});
    let id_before = two.group_metadata().is_some();
    assert!(id_before);
    drop(two);
    let back = member(&broker.bootstrap(), &group, &topic, &settings("two"));
    let after = settle(&[&one, &back], 4, |_, _| {});
    assert_eq!(before, after);
}

#[test]
fn two_groups_read_the_same_topic_apart() {
    let (broker, _client, topic) = broker_and_topic(1);
    produce_texts(&producer(&broker.bootstrap(), &[]), &topic, 0, &texts(0..20));
    for _ in 0..2 {
        let reader = member(&broker.bootstrap(), &unique("g"), &topic, &[]);
        assert_eq!(read_texts(&reader, 20).len(), 20);
    }
}

#[test]
fn a_pattern_finds_topics_that_come_later() {
    let (broker, mut client, topic) = broker_and_topic(1);
    let pattern = format!("^{topic}.*");
    let reader = member(&broker.bootstrap(), &unique("g"), &pattern, &[]);
    settle(&[&reader], 1, |_, _| {});
    compat_tests::ops::create_topic(&mut client, &format!("{topic}-more"), 2, &[]);
    settle(&[&reader], 3, |_, _| {});
}

#[test]
fn a_group_goes_on_after_the_broker_restarts() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    compat_tests::ops::create_topic(&mut broker.client(), "t", 3, &[]);
    let writer = producer(&broker.bootstrap(), &[]);
    let reader = member(&broker.bootstrap(), "g", "t", &[("session.timeout.ms", "30000")]);
    for round in 0..3 {
        for partition in 0..3 {
            produce_texts(&writer, "t", partition, &texts(0..10));
        }
        assert_eq!(read_texts(&reader, 30).len(), 30, "round {round}");
        reader.commit_consumer_state(CommitMode::Sync).unwrap();
        if round == 1 {
            broker.stop();
            broker.start_again();
        } else {
            broker.crash();
        }
        let mut client = broker.client();
        await_coordinator(&mut client, "g");
        for partition in 0..3 {
            assert_eq!(committed(&mut client, "g", "t", partition), (round + 1) * 10);
        }
        assert_eq!(
            state(&mut client, "g"),
            "Stable",
            "members outlive the broker's restart"
        );
    }
}
