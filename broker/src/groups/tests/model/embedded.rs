//! What classic clients say to each other through the group: subscriptions, assignments, and how a leader assigns.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::client::Partition;
use crate::groups::tests::topics::TestTopics;
use crate::groups::topics_view::TopicsView;
use crate::groups::types::JoinedMember;
use crate::records::codec::{Reader, Writer};

type Named = BTreeMap<String, Vec<i32>>;

/// Names of topics with their numbers of partitions.
pub type Sizes = Vec<(String, i32)>;

/// Assignments by member id.
pub type Plan = Vec<(String, Bytes)>;

fn write_named(w: &mut Writer, named: &Named) {
    let rows: Vec<_> = named.iter().collect();
    w.vec(false, &rows, |w, (topic, partitions)| {
        w.string(false, topic);
        w.vec(false, partitions, |w, p| w.i32(*p));
    });
}

fn read_named(r: &mut Reader<'_>) -> Named {
    let rows = r.vec(false, |r| Ok((r.string(false)?, r.vec(false, Reader::i32)?)));
    rows.unwrap().into_iter().collect()
}

fn named(topics: &TestTopics, partitions: &BTreeSet<Partition>) -> Named {
    let mut named = Named::new();
    for (id, partition) in partitions {
        if let Some(topic) = topics.by_id(*id) {
            named.entry(topic.name.to_string()).or_default().push(*partition);
        }
    }
    named
}

/// `ConsumerProtocolSubscription` version 2.
pub fn subscription(
    topics: &TestTopics,
    names: &[String],
    owned: &BTreeSet<Partition>,
    generation: i32,
) -> Bytes {
    let mut w = Writer::new();
    w.i16(2);
    w.vec(false, names, |w, name| w.string(false, name));
    w.nullable_bytes(false, None);
    write_named(&mut w, &named(topics, owned));
    w.i32(generation);
    Bytes::from(w.into_bytes())
}

struct Member<'a> {
    id: &'a str,
    topics: Vec<String>,
    owned: Named,
    generation: i32,
}

fn read(member: &JoinedMember) -> Member<'_> {
    let mut r = Reader::new(&member.metadata);
    r.i16().unwrap();
    let topics = r.vec(false, |r| r.string(false)).unwrap();
    r.nullable_bytes(false).unwrap();
    let owned = read_named(&mut r);
    Member {
        id: &member.member_id,
        topics,
        owned,
        generation: r.i32().unwrap(),
    }
}

/// `ConsumerProtocolAssignment` as it is read by a member.
pub fn read_assignment(topics: &TestTopics, bytes: &[u8]) -> BTreeSet<Partition> {
    if bytes.is_empty() {
        return BTreeSet::new();
    }
    let mut r = Reader::new(bytes);
    r.i16().unwrap();
    let mut set = BTreeSet::new();
    for (name, partitions) in read_named(&mut r) {
        if let Some(topic) = topics.by_name(&name) {
            set.extend(partitions.into_iter().map(|p| (topic.id, p)));
        }
    }
    set
}

/// The sizes of the topics that anybody subscribes to.
pub fn sizes<'a>(topics: &TestTopics, names: impl Iterator<Item = &'a String>) -> Sizes {
    let names: BTreeSet<&String> = names.collect();
    let known = names.into_iter().filter_map(|name| topics.by_name(name));
    known
        .map(|topic| (topic.name.to_string(), topic.partitions))
        .collect()
}

/// Balanced and sticky; a partition that another member still owns is given to nobody yet.
pub fn assign(topics: &TestTopics, joined: &[JoinedMember]) -> (Plan, Sizes) {
    let members: Vec<Member<'_>> = joined.iter().map(read).collect();
    let sizes = sizes(topics, members.iter().flat_map(|m| &m.topics));
    let newest = |topic: &String, partition: i32| {
        let owners = members.iter().enumerate().filter(|(_, m)| {
            let owned = m.owned.get(topic);
            owned.is_some_and(|owned| owned.contains(&partition))
        });
        owners.max_by_key(|(_, m)| m.generation).map(|(at, _)| at)
    };
    let total: i32 = sizes.iter().map(|(_, size)| *size).sum();
    let quota = usize::try_from(total).unwrap().div_ceil(members.len());
    let mut result = vec![Named::new(); members.len()];
    let mut loads = vec![0usize; members.len()];
    for (topic, size) in &sizes {
        for partition in 0..*size {
            let owner = newest(topic, partition);
            let subscribed = |at: &usize| members[*at].topics.contains(topic);
            let kept = owner.filter(|at| subscribed(at) && loads[*at] < quota);
            let least = || (0..members.len()).filter(subscribed).min_by_key(|at| loads[*at]);
            let Some(to) = kept.or_else(least) else { continue };
            loads[to] += 1;
            if owner.is_none_or(|owner| owner == to) {
                result[to].entry(topic.clone()).or_default().push(partition);
            }
        }
    }
    let plan = members.iter().zip(&result).map(|(member, named)| {
        let mut w = Writer::new();
        w.i16(2);
        write_named(&mut w, named);
        w.nullable_bytes(false, None);
        (member.id.to_owned(), Bytes::from(w.into_bytes()))
    });
    (plan.collect(), sizes)
}
