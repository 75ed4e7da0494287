use compat_tests::errors::{NONE, STALE_MEMBER_EPOCH, UNKNOWN_MEMBER_ID, UNKNOWN_TOPIC_ID};
use compat_tests::groups::{await_coordinator, commit, join_newer};
use compat_tests::ops::{broker_and_topic, new_topic, topic_id};
use compat_tests::wire::{Value, versions};
use compat_tests::{list, obj, unique};

/// A request in the form of any version.
fn request(version: i16, group: &str, topic: &str, id: [u8; 16], partitions: Value) -> Value {
    let topics = list![obj! { name: topic, topic_id: id, partition_indexes: partitions }];
    in_form(version, group, topics)
}

fn in_form(version: i16, group: &str, topics: Value) -> Value {
    if version < 8 {
        let plain = topics.clone();
        return obj! { group_id: group, topics: strip_ids(plain) };
    }
    obj! { groups: list![obj! { group_id: group, member_id: Value::Null, member_epoch: -1, topics: topics }] }
}

/// Without ids: the top-level topics of versions below 8 have none.
fn strip_ids(topics: Value) -> Value {
    let Value::Array(topics) = topics else {
        return topics;
    };
    let strip = |topic: Value| match topic {
        Value::Struct(fields) => Value::Struct(fields.into_iter().filter(|(n, _)| n != "topic_id").collect()),
        other => other,
    };
    Value::Array(topics.into_iter().map(strip).collect())
}

/// The group's part of an answer.
fn group_of(version: i16, response: &Value) -> &Value {
    if version < 8 {
        response
    } else {
        &response["groups"][0]
    }
}

#[test]
fn every_version_tells_offset_and_metadata() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    let id = topic_id(&mut client, &topic);
    let group = unique("g");
    assert_eq!(commit(&mut client, &group, &topic, 0, 4711), NONE);
    for version in versions("OffsetFetch") {
        let response = client.call(
            "OffsetFetch",
            version,
            request(version, &group, &topic, id, list![0, 1]),
        );
        let answer = group_of(version, &response);
        if version >= 2 {
            assert_eq!(answer["error_code"], NONE, "v{version}");
        }
        let row = &answer["topics"][0];
        if version < 10 {
            assert_eq!(row["name"], topic.as_str(), "v{version}");
        } else {
            assert_eq!(row["topic_id"].uuid(), id);
        }
        let known = row["partitions"].find("partition_index", 0);
        assert_eq!(known["error_code"], NONE, "v{version}");
        assert_eq!(
            (known["committed_offset"].int(), known["metadata"].str()),
            (4711, "note"),
            "v{version}"
        );
        let unknown = row["partitions"].find("partition_index", 1);
        assert_eq!(
            (unknown["error_code"].int(), unknown["committed_offset"].int()),
            (0, -1),
            "v{version}"
        );
        assert_eq!(unknown["metadata"], "", "v{version}");
        if version >= 5 {
            assert_eq!(unknown["committed_leader_epoch"], -1, "v{version}");
        }
    }
}

#[test]
fn null_means_all_topics_from_version_2_on() {
    let (_broker, mut client, one) = broker_and_topic(1);
    let two = new_topic(&mut client, 1);
    let group = unique("g");
    commit(&mut client, &group, &one, 0, 1);
    commit(&mut client, &group, &two, 0, 2);
    for version in versions("OffsetFetch").filter(|v| *v >= 2) {
        let response = client.call("OffsetFetch", version, in_form(version, &group, Value::Null));
        let topics = group_of(version, &response)["topics"].list();
        assert_eq!(topics.len(), 2, "v{version}: {response:?}");
        let mut offsets: Vec<i64> = topics
            .iter()
            .map(|t| t["partitions"][0]["committed_offset"].int())
            .collect();
        offsets.sort_unstable();
        assert_eq!(offsets, [1, 2]);
    }
}

#[test]
fn unknown_groups_topics_and_ids_have_no_offsets() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let id = topic_id(&mut client, &topic);
    let group = unique("absent");
    await_coordinator(&mut client, &group);
    for version in versions("OffsetFetch") {
        let response = client.call(
            "OffsetFetch",
            version,
            request(version, &group, &topic, id, list![0]),
        );
        let row = &group_of(version, &response)["topics"][0]["partitions"][0];
        assert_eq!(
            (row["error_code"].int(), row["committed_offset"].int()),
            (0, -1),
            "v{version}"
        );
    }
    let response = client.call("OffsetFetch", 10, request(10, &group, "", [9; 16], list![0]));
    let row = &response["groups"][0]["topics"][0]["partitions"][0];
    assert_eq!(row["error_code"], UNKNOWN_TOPIC_ID);
}

#[test]
fn several_groups_at_once() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let groups: Vec<String> = (0..3).map(|_| unique("g")).collect();
    for (n, group) in groups.iter().enumerate() {
        commit(&mut client, group, &topic, 0, n as i64);
    }
    for version in 8..=9 {
        let wanted: Vec<Value> = groups
            .iter()
            .map(|group| {
                let topics = list![obj! { name: &topic, partition_indexes: list![0] }];
                obj! { group_id: group, topics: topics }
            })
            .collect();
        let response = client.call(
            "OffsetFetch",
            version,
            obj! { groups: wanted, require_stable: true },
        );
        for (n, group) in groups.iter().enumerate() {
            let row = response["groups"].find("group_id", group);
            assert_eq!(row["error_code"], NONE, "v{version}");
            assert_eq!(
                row["topics"][0]["partitions"][0]["committed_offset"], n as i32,
                "v{version}"
            );
        }
    }
}

#[test]
fn members_of_the_newer_protocol_ask_with_their_epoch() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let id = topic_id(&mut client, &topic);
    let group = unique("new");
    await_coordinator(&mut client, &group);
    let epoch = join_newer(&mut client, &group, "m", &topic)["member_epoch"].int();
    for version in versions("OffsetFetch").filter(|version| *version >= 9) {
        let mut ask = |group: &str, member: &str, epoch: i64| {
            let topics = list![obj! { name: &topic, topic_id: id, partition_indexes: list![0] }];
            let wanted = obj! { group_id: group, member_id: member, member_epoch: epoch, topics: topics };
            let answer = client.call("OffsetFetch", version, obj! { groups: list![wanted] });
            answer["groups"][0]["error_code"].int() as i16
        };
        assert_eq!(ask(&group, "m", epoch), NONE, "v{version}");
        assert_eq!(ask(&group, "m", epoch + 1), STALE_MEMBER_EPOCH, "v{version}");
        assert_eq!(ask(&group, "x", epoch), UNKNOWN_MEMBER_ID, "v{version}");
        assert_eq!(ask(&unique("absent"), "m", epoch), NONE, "v{version}");
    }
}
