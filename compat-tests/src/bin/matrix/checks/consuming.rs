//! Left behind by consumers and groups.

use compat_tests::groups::committed;
use compat_tests::ops::fetch_values;
use compat_tests::wire::{Client, Value};
use compat_tests::{eventually, list, obj};

use crate::scenarios::values;

/// The members that DescribeGroups tells of a classic group.
fn members(client: &mut Client, group: &str) -> Vec<Value> {
    let answer = client.call("DescribeGroups", 5, obj! { groups: list![group] });
    answer["groups"][0]["members"].list().to_vec()
}

pub fn nobody_left(client: &mut Client, group: &str) {
    eventually(&format!("{group} without members"), || {
        members(client, group).is_empty()
    });
}

pub fn group(client: &mut Client, topic: &str) {
    for partition in 0..4 {
        assert_eq!(
            committed(client, topic, topic, partition),
            25,
            "partition {partition}"
        );
    }
    nobody_left(client, topic);
}

pub fn resume(client: &mut Client, topic: &str) {
    assert_eq!(committed(client, topic, topic, 0), 10);
    nobody_left(client, topic);
}

pub fn static_member(client: &mut Client, group: &str) {
    let members = members(client, group);
    let named: Vec<&str> = members
        .iter()
        .map(|member| member["group_instance_id"].str())
        .collect();
    assert!(named.is_empty() || named == ["one"], "members {named:?}");
}

pub fn kip848(client: &mut Client, group: &str) {
    let answer = client.call(
        "ListGroups",
        5,
        obj! { states_filter: list![], types_filter: list!["consumer"] },
    );
    let listed = answer["groups"]
        .list()
        .iter()
        .any(|found| found["group_id"] == group);
    assert!(listed, "no group of the newer protocol is called {group}");
    eventually(&format!("{group} without members"), || {
        let answer = client.call("ConsumerGroupDescribe", 0, obj! { group_ids: list![group] });
        answer["groups"][0]["members"].list().is_empty()
    });
}

pub fn many_groups(client: &mut Client, topic: &str) {
    for n in 0..10 {
        assert_eq!(
            committed(client, &format!("{topic}-{n}"), topic, 0),
            10,
            "group {n}"
        );
    }
}

pub fn offset_reset(client: &mut Client, topic: &str) {
    assert_eq!(fetch_values(client, topic, 0), values(0..6));
}

/// Each record once in order, when later copies of the same are left out.
pub fn restart(client: &mut Client, topic: &str) {
    let mut seen = Vec::new();
    for value in fetch_values(client, topic, 0) {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    assert_eq!(seen, values(0..100));
}
