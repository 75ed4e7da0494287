//! The assignors give what Apache Kafka's give: `assignments.txt` is written by `scripts/ring-java assignors` from
//! Kafka's own classes, random groups over several changes each.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::coordinator::string_hash;
use crate::groups::assignor::{Assignor, GroupSpec, MemberSpec, copied, sort_by_bucket};
use crate::groups::consumer::{Assignment, SubscriptionKind};

const TABLE: &str = include_str!("assignments.txt");

fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn id(topic: &str) -> Uuid {
    Uuid::from_u64_pair(fnv(topic), fnv(&format!("{topic}'")))
}

/// `orders:0+1,clicks:2`
fn partitions(text: &str) -> Assignment {
    let words = text.split(',').filter_map(|word| word.split_once(':'));
    words
        .map(|(topic, partitions)| {
            (
                id(topic),
                partitions.split('+').map(|p| p.parse().unwrap()).collect(),
            )
        })
        .collect()
}

fn member(line: &str, sizes: &BTreeMap<&str, i32>) -> (MemberSpec, Assignment) {
    let words: Vec<&str> = line.split(' ').collect();
    let [member_id, instance, topics, has, ">", gets] = words[..] else {
        panic!("{line}");
    };
    let mut names: Vec<&str> = topics.split(',').collect();
    let count = names.len();
    sort_by_bucket(&mut names, copied(count), |name| string_hash(name));
    let spec = MemberSpec {
        id: Arc::from(member_id),
        instance_id: (instance != "-").then(|| instance.to_owned()),
        topics: names
            .into_iter()
            .filter(|name| sizes.contains_key(name))
            .map(id)
            .collect(),
        names: count,
        assigned: partitions(has),
    };
    (spec, partitions(gets))
}

#[test]
fn assignments_are_kafkas() {
    let mut groups = 0;
    for text in TABLE.split("== ").skip(1) {
        let mut lines = text.lines();
        let heading: Vec<&str> = lines.next().unwrap().split(' ').collect();
        let [name, assignor, kind] = heading[..] else {
            panic!("{heading:?}");
        };
        let sizes: BTreeMap<&str, i32> = lines
            .next()
            .unwrap()
            .split(' ')
            .filter_map(|word| word.split_once(':'))
            .map(|(topic, size)| (topic, size.parse().unwrap()))
            .collect();
        let (mut members, expected): (Vec<MemberSpec>, Vec<Assignment>) =
            lines.map(|line| member(line, &sizes)).unzip();
        let expected: HashMap<Arc<str>, Assignment> =
            members.iter().map(|m| m.id.clone()).zip(expected).collect();
        let taken = members.iter().flat_map(|m| &m.assigned);
        let taken: HashSet<(Uuid, i32)> = taken
            .flat_map(|(topic, partitions)| partitions.iter().map(|p| (*topic, *p)))
            .collect();
        GroupSpec::sort_members(&mut members);
        let spec = GroupSpec {
            members,
            kind: match kind {
                "same" => SubscriptionKind::Homogeneous,
                _ => SubscriptionKind::Heterogeneous,
            },
            taken,
            sizes: sizes.iter().map(|(topic, size)| (id(topic), *size)).collect(),
        };
        let result = Assignor::named(assignor).unwrap().assign(&spec).unwrap();
        for (member, expected) in &expected {
            let got = result.get(member).cloned().unwrap_or_default();
            assert_eq!(got, *expected, "{name}: {assignor}, {member}");
        }
        groups += 1;
    }
    assert!(groups >= 180, "{groups}");
}
