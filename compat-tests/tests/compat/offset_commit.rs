use compat_tests::errors::*;
use compat_tests::groups::{Join, Member, await_coordinator, commit, committed, join_newer};
use compat_tests::ops::{broker_and_topic, create_topic, topic_id};
use compat_tests::server::Options;
use compat_tests::wire::{Client, Value, versions};
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
        assert_eq!(
            code(&response),
            NONE,
            "v{version}: legal for commits of old consumers"
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
fn one_commit_is_one_batch() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let group = unique("g");
    await_coordinator(&mut client, &group);
    let partition = obj! { partition_index: 0, committed_offset: 1, committed_metadata: "m".repeat(4096) };
    for (count, wanted) in [(300, UNKNOWN_SERVER_ERROR), (200, NONE)] {
        let partitions: Vec<Value> = (0..count).map(|_| partition.clone()).collect();
        let request = obj! {
            group_id: &group, generation_id_or_member_epoch: -1, member_id: "",
            topics: list![obj! { name: &topic, partitions: partitions }],
        };
        let answer = client.call("OffsetCommit", 8, request);
        let rows = answer["topics"][0]["partitions"].list();
        assert_eq!(rows.len(), count);
        assert!(
            rows.iter().all(|row| row["error_code"] == wanted),
            "{count}: {:?}",
            rows[0]
        );
        if wanted != NONE {
            assert_eq!(committed(&mut client, &group, &topic, 0), -1, "nothing of it");
        }
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

/// A commit of one member in the form of any version; the partition's code comes back.
fn commit_as(
    client: &mut Client,
    version: i16,
    group: &str,
    topic: (&str, [u8; 16]),
    (member, instance, epoch): (&str, Option<&str>, i64),
) -> i16 {
    let mut request = request(group, topic.0, topic.1, 0, 7);
    request.set("generation_id_or_member_epoch", epoch);
    request.set("member_id", member);
    if version >= 7 {
        request.set("group_instance_id", instance);
    }
    code(&client.call("OffsetCommit", version, request))
}

#[test]
fn members_without_assignment_and_those_replaced_may_not_commit() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let at = (topic.as_str(), topic_id(&mut client, &topic));
    let (group, fixed) = (unique("g"), unique("fixed"));
    await_coordinator(&mut client, &group);
    let join = Join::new(&group);
    let joined = Member::joined(&join, &join.call(&mut client, 5));
    let member = Member::alone_as(&mut client, Join::new(&fixed).instance("i1"));
    for version in versions("OffsetCommit") {
        let mut commit =
            |group: &str, who: (&str, Option<&str>, i64)| commit_as(&mut client, version, group, at, who);
        let early = commit(&group, (&joined.id, None, joined.generation));
        assert_eq!(early, REBALANCE_IN_PROGRESS, "v{version}");
        let nobody = commit(&unique("absent"), ("m", None, 1));
        let wanted = if version < 9 {
            ILLEGAL_GENERATION
        } else {
            GROUP_ID_NOT_FOUND
        };
        assert_eq!(nobody, wanted, "v{version}");
        if version >= 7 {
            let other = commit(&fixed, ("another", Some("i1"), member.generation));
            assert_eq!(other, FENCED_INSTANCE_ID, "v{version}");
        }
    }
}

#[test]
fn members_of_the_newer_protocol_commit_with_their_epoch_since_version_9() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let at = (topic.as_str(), topic_id(&mut client, &topic));
    let group = unique("new");
    await_coordinator(&mut client, &group);
    let epoch = join_newer(&mut client, &group, "m", &topic)["member_epoch"].int();
    for version in versions("OffsetCommit") {
        let mut commit =
            |member: &str, epoch: i64| commit_as(&mut client, version, &group, at, (member, None, epoch));
        let (now, later, stranger) = (commit("m", epoch), commit("m", epoch + 1), commit("x", epoch));
        if version < 9 {
            assert_eq!(now, UNSUPPORTED_VERSION, "v{version}");
        } else {
            assert_eq!((now, later), (NONE, STALE_MEMBER_EPOCH), "v{version}");
        }
        assert_eq!(stranger, UNKNOWN_MEMBER_ID, "v{version}");
    }
}
