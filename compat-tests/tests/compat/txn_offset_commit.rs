use compat_tests::errors::*;
use compat_tests::groups::{Member, await_coordinator, committed};
use compat_tests::ops::broker_and_topic;
use compat_tests::transactions::{Producer, settled};
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{eventually_some, list, obj, unique};

fn request(producer: &Producer, group: &str, topic: &str, offset: i64) -> Value {
    let partition = obj! { partition_index: 0, committed_offset: offset, committed_metadata: "m" };
    obj! {
        transactional_id: &producer.id, group_id: group, producer_id: producer.producer_id,
        producer_epoch: producer.epoch, topics: list![obj! { name: topic, partitions: list![partition] }],
    }
}

#[track_caller]
fn commit(client: &mut Client, version: i16, request: &Value) -> i16 {
    eventually_some("an answer to TxnOffsetCommit", || {
        let answer = client.call("TxnOffsetCommit", version, request.clone());
        let code = answer["topics"][0]["partitions"][0]["error_code"].int() as i16;
        (code != CONCURRENT_TRANSACTIONS && code != COORDINATOR_LOAD_IN_PROGRESS).then_some(code)
    })
}

#[track_caller]
fn add(client: &mut Client, producer: &Producer, group: &str) {
    let request = obj! {
        transactional_id: &producer.id, producer_id: producer.producer_id, producer_epoch: producer.epoch,
        group_id: group,
    };
    assert_eq!(
        settled(client, "AddOffsetsToTxn", 3, &request)["error_code"],
        NONE
    );
}

#[test]
fn every_version_commits_with_the_transaction() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    for version in versions("TxnOffsetCommit") {
        let group = unique("g");
        await_coordinator(&mut client, &group);
        let mut producer = Producer::init(&mut client, &unique("x"));
        let end = if version >= 5 { 5 } else { 3 };
        for (offset, commits, wanted) in [(7, true, 7), (9, false, 7), (11, true, 11)] {
            if version < 5 {
                add(&mut client, &producer, &group);
            }
            assert_eq!(
                commit(&mut client, version, &request(&producer, &group, &topic, offset)),
                NONE,
                "v{version}"
            );
            let before = committed(&mut client, &group, &topic, 0);
            assert_ne!(before, offset, "v{version}: not before the transaction ends");
            assert_eq!(producer.end(&mut client, end, commits), NONE, "v{version}");
            assert_eq!(committed(&mut client, &group, &topic, 0), wanted, "v{version}");
        }
    }
}

#[test]
fn who_requires_stable_offsets_waits_for_the_end() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let group = unique("g");
    await_coordinator(&mut client, &group);
    let mut producer = Producer::init(&mut client, &unique("x"));
    add(&mut client, &producer, &group);
    assert_eq!(
        commit(&mut client, 3, &request(&producer, &group, &topic, 3)),
        NONE
    );
    let stable = |client: &mut Client| {
        let request = obj! {
            group_id: &group, require_stable: true,
            topics: list![obj! { name: &topic, partition_indexes: list![0] }],
        };
        client.call("OffsetFetch", 7, request)["topics"][0]["partitions"][0].clone()
    };
    assert_eq!(stable(&mut client)["error_code"], UNSTABLE_OFFSET_COMMIT);
    assert_eq!(producer.end(&mut client, 3, true), NONE);
    let after = stable(&mut client);
    assert_eq!(
        (after["error_code"].int(), after["committed_offset"].int()),
        (0, 3)
    );
}

#[test]
fn members_of_another_generation_are_fenced() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let group = unique("g");
    await_coordinator(&mut client, &group);
    let member = Member::alone(&mut client, &group);
    let producer = Producer::init(&mut client, &unique("x"));
    add(&mut client, &producer, &group);
    let with = |generation: i64, id: &str, instance: Option<&str>| {
        let mut request = request(&producer, &group, &topic, 1);
        request.set("generation_id", generation);
        request.set("member_id", id);
        request.set("group_instance_id", instance);
        request
    };
    let current = with(member.generation, &member.id, None);
    let stale = with(member.generation - 1, &member.id, None);
    let stranger = with(member.generation, "nobody", None);
    let instance = with(member.generation, &member.id, Some("nobody"));
    assert_eq!(commit(&mut client, 3, &stale), ILLEGAL_GENERATION);
    assert_eq!(commit(&mut client, 3, &stranger), UNKNOWN_MEMBER_ID);
    assert_eq!(commit(&mut client, 3, &instance), UNKNOWN_MEMBER_ID);
    assert_eq!(commit(&mut client, 3, &current), NONE);
}

#[test]
fn one_commit_is_one_batch() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let group = unique("g");
    await_coordinator(&mut client, &group);
    let producer = Producer::init(&mut client, &unique("x"));
    add(&mut client, &producer, &group);
    let partition = obj! { partition_index: 0, committed_offset: 1, committed_metadata: "m".repeat(4096) };
    for (count, wanted) in [(300, UNKNOWN_SERVER_ERROR), (200, NONE)] {
        let partitions: Vec<Value> = (0..count).map(|_| partition.clone()).collect();
        let mut ask = request(&producer, &group, &topic, 1);
        ask.set("topics", list![obj! { name: &topic, partitions: partitions }]);
        assert_eq!(commit(&mut client, 3, &ask), wanted, "{count}");
    }
}

#[test]
fn partitions_that_are_not_there_are_refused_one_by_one() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    for version in versions("TxnOffsetCommit") {
        let group = unique("g");
        await_coordinator(&mut client, &group);
        let producer = Producer::init(&mut client, &unique("x"));
        if version < 5 {
            add(&mut client, &producer, &group);
        }
        let stray = request(&producer, &group, &unique("none"), 1);
        assert_eq!(
            commit(&mut client, version, &stray),
            UNKNOWN_TOPIC_OR_PARTITION,
            "v{version}"
        );
        let there = request(&producer, &group, &topic, 1);
        assert_eq!(commit(&mut client, version, &there), NONE, "v{version}");
    }
}
