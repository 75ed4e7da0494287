use compat_tests::errors::{
    ILLEGAL_GENERATION, INVALID_GROUP_ID, NONE, OFFSET_METADATA_TOO_LARGE, UNKNOWN_MEMBER_ID,
    UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION,
};
use compat_tests::groups::{Member, await_coordinator, commit, committed};
use compat_tests::ops::{broker_and_topic, create_topic, topic_id};
use compat_tests::server::Options;
use compat_tests::wire::{Value, versions};
use compat_tests::{list, obj, unique};

/// A request in the form of any version; versions from 10 on take the id.
fn request(group: &str, topic: &str, id: [u8; 16], partition: i32, offset: i64) -> Value {
    let partition = obj! {
        partition_index: partition, committed_offset: offset, committed_leader_epoch: -1,
        committed_metadata: "note",
    };
    obj! {
        group_id: group, generation_id_or_member_epoch: -1, member_id: "",
        topics: list![obj! { name: topic, topic_id: id, partitions: list![partition] }],
    }
}

fn code(response: &Value) -> i16 {
    response["topics"][0]["partitions"][0]["error_code"].int() as i16
}

#[test]
fn every_version_commits_for_a_group_without_members() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    let id = topic_id(&mut client, &topic);
    let group = unique("g");
    await_coordinator(&mut client, &group);
    for version in versions("OffsetCommit") {
        let offset = 100 + i64::from(version);
        let response = client.call("OffsetCommit", version, request(&group, &topic, id, 1, offset));
        assert_eq!(code(&response), NONE, "v{version}: {response:?}");
        assert_eq!(response["topics"][0]["partitions"][0]["partition_index"], 1);
        if version < 10 {
            assert_eq!(response["topics"][0]["name"], topic.as_str());
        } else {
            assert_eq!(response["topics"][0]["topic_id"].uuid(), id);
        }
        assert_eq!(committed(&mut client, &group, &topic, 1), offset, "v{version}");
    }
    assert_eq!(committed(&mut client, &group, &topic, 0), -1);
}

#[test]
fn members_commit_with_their_generation() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let group = unique("g");
    let member = Member::alone(&mut client, &group);
    let mut commit = |generation: i64, id: &str| {
        let partition = obj! { partition_index: 0, committed_offset: 7, committed_metadata: "" };
        let request = obj! {
            group_id: &group, generation_id_or_member_epoch: generation, member_id: id,
            topics: list![obj! { name: &topic, partitions: list![partition] }],
        };
        code(&client.call("OffsetCommit", 7, request))
    };
    assert_eq!(commit(member.generation, &member.id), NONE);
    assert_eq!(commit(member.generation + 1, &member.id), ILLEGAL_GENERATION);
    assert_eq!(commit(member.generation, "nobody"), UNKNOWN_MEMBER_ID);
    assert_eq!(
        commit(-1, ""),
        UNKNOWN_MEMBER_ID,
        "strangers may not commit into a live group"
    );
}

#[test]
fn wrong_commits_are_refused_one_by_one() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let id = topic_id(&mut client, &topic);
    let group = unique("g");
    await_coordinator(&mut client, &group);
    for version in versions("OffsetCommit") {
        let response = client.call("OffsetCommit", version, request(&group, &topic, id, 9, 1));
        assert_eq!(code(&response), UNKNOWN_TOPIC_OR_PARTITION, "v{version}");
        let response = client.call("OffsetCommit", version, request("", &topic, id, 0, 1));
        // An empty group id is legal for commits of old consumers.
        assert!(
            [NONE, INVALID_GROUP_ID].contains(&code(&response)),
            "v{version}: {response:?}"
        );
    }
    let response = client.call("OffsetCommit", 9, request(&group, "no-such-topic", id, 0, 1));
    assert_eq!(code(&response), UNKNOWN_TOPIC_OR_PARTITION);
    let response = client.call("OffsetCommit", 10, request(&group, "", [9; 16], 0, 1));
    assert_eq!(code(&response), UNKNOWN_TOPIC_ID);
}

#[test]
fn metadata_has_a_limit() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let group = unique("g");
    await_coordinator(&mut client, &group);
    for (len, wanted) in [(4096, NONE), (4097, OFFSET_METADATA_TOO_LARGE)] {
        let partition = obj! { partition_index: 0, committed_offset: 1, committed_metadata: "m".repeat(len) };
        let request = obj! {
            group_id: &group, generation_id_or_member_epoch: -1, member_id: "",
            topics: list![obj! { name: &topic, partitions: list![partition] }],
        };
        assert_eq!(
            code(&client.call("OffsetCommit", 8, request)),
            wanted,
            "{len} bytes"
        );
    }
}

#[test]
fn commits_survive_a_crash() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    create_topic(&mut broker.client(), "t", 1, &[]);
    for round in 0..5 {
        assert_eq!(commit(&mut broker.client(), "g", "t", 0, round), NONE);
        broker.crash();
        let mut client = broker.client();
        await_coordinator(&mut client, "g");
        assert_eq!(committed(&mut client, "g", "t", 0), round);
    }
}

#[test]
fn commits_of_a_deleted_topic_are_dropped() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let group = unique("g");
    assert_eq!(commit(&mut client, &group, &topic, 0, 5), NONE);
    let request = obj! { topics: list![obj! { name: &topic }], timeout_ms: 30_000 };
    client.call("DeleteTopics", 6, request);
    compat_tests::eventually("the commit is gone", || {
        committed(&mut client, &group, &topic, 0) == -1
    });
}
