use compat_tests::errors::{
    GROUP_ID_NOT_FOUND, GROUP_SUBSCRIBED_TO_TOPIC, INVALID_GROUP_ID, NON_EMPTY_GROUP, NONE,
    UNKNOWN_TOPIC_OR_PARTITION,
};
use compat_tests::groups::{Join, await_coordinator, commit, committed, join_newer};
use compat_tests::ops::{broker_and_topic, new_topic};
use compat_tests::wire::{Client, Value};
use compat_tests::{list, obj, unique};

fn delete(client: &mut Client, group: &str, topic: &str, partition: i32) -> Value {
    let partitions = list![obj! { partition_index: partition }];
    let topics = list![obj! { name: topic, partitions: partitions }];
    client.call("OffsetDelete", 0, obj! { group_id: group, topics: topics })
}

fn code(response: &Value) -> i16 {
    response["topics"][0]["partitions"][0]["error_code"].int() as i16
}

#[test]
fn offsets_are_deleted_unless_the_topic_is_subscribed_to() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let other = new_topic(&mut client, 1);
    let group = unique("g");
    commit(&mut client, &group, &topic, 0, 5);
    commit(&mut client, &group, &other, 0, 6);
    await_coordinator(&mut client, &group);
    assert_eq!(join_newer(&mut client, &group, "m", &topic)["error_code"], NONE);
    let refused = delete(&mut client, &group, &topic, 0);
    assert_eq!(code(&refused), GROUP_SUBSCRIBED_TO_TOPIC);
    assert_eq!(code(&delete(&mut client, &group, &other, 0)), NONE);
    assert_eq!(committed(&mut client, &group, &other, 0), -1);
    assert_eq!(committed(&mut client, &group, &topic, 0), 5);
    let missing = delete(&mut client, &group, &other, 9);
    assert_eq!(code(&missing), UNKNOWN_TOPIC_OR_PARTITION);
    let nobody = delete(&mut client, &unique("none"), &topic, 0);
    assert_eq!(nobody["error_code"], GROUP_ID_NOT_FOUND);
    let neither = delete(&mut client, &unique("none"), "missing", 0);
    assert_eq!(neither["error_code"], GROUP_ID_NOT_FOUND);
}

#[test]
fn only_groups_of_consumers_may_have_members_meanwhile() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let group = unique("g");
    let mut join = Join::new(&group);
    join.protocol_type = "connect".to_owned();
    await_coordinator(&mut client, &group);
    assert_eq!(join.call(&mut client, 5)["error_code"], NONE);
    let refused = delete(&mut client, &group, &topic, 0);
    assert_eq!(refused["error_code"], NON_EMPTY_GROUP);
    assert_eq!(refused["topics"].list().len(), 0);
    let nameless = delete(&mut client, "", &topic, 0);
    assert_eq!(nameless["error_code"], INVALID_GROUP_ID);
}
