//! Who gets which partition: Kafka's `RangeAssignor`, `RoundRobinAssignor` and the sticky ones, for a leader that tools
//! share a group with.

use std::collections::{BTreeMap, BTreeSet};

use super::protocol::{Assignment, Subscribed};

/// A way to hand partitions out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// Neighbouring partitions of each topic.
    Range,
    /// One by one over all topics.
    RoundRobin,
    /// Evenly, moving as little as possible.
    Sticky,
    /// As sticky; what moves is handed out once its owner has given it up.
    CooperativeSticky,
}

const STRATEGIES: [(Strategy, &str, &str); 4] = [
    (Strategy::Range, "range", "RangeAssignor"),
    (Strategy::RoundRobin, "roundrobin", "RoundRobinAssignor"),
    (Strategy::Sticky, "sticky", "StickyAssignor"),
    (
        Strategy::CooperativeSticky,
        "cooperative-sticky",
        "CooperativeStickyAssignor",
    ),
];

impl Strategy {
    /// Its name in the group.
    pub(super) fn name(self) -> &'static str {
        let row = STRATEGIES.iter().find(|row| row.0 == self);
        row.map_or("range", |row| row.1)
    }

    /// By its name in the group.
    pub(super) fn of_name(name: &str) -> Option<Strategy> {
        STRATEGIES.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// By its Java class, or its name.
    pub(super) fn of_class(class: &str) -> Option<Strategy> {
        let simple = class
            .strip_prefix("org.apache.kafka.clients.consumer.")
            .unwrap_or(class);
        let row = STRATEGIES.iter().find(|row| row.2 == simple || row.1 == class);
        row.map(|row| row.0)
    }

    /// Hands out the partitions (`topics`: how many each has) to the members.
    pub(super) fn assign(
        self,
        members: &BTreeMap<String, Subscribed>,
        topics: &BTreeMap<String, i32>,
    ) -> BTreeMap<String, Assignment> {
        match self {
            Strategy::Range => range(members, topics),
            Strategy::RoundRobin => round_robin(members, topics),
            Strategy::Sticky => sticky(members, topics),
            Strategy::CooperativeSticky => {
                let mut assigned = sticky(members, topics);
                withhold(members, &mut assigned);
                assigned
            }
        }
    }
}

fn wants(member: &Subscribed, topic: &str) -> bool {
    member.topics.iter().any(|wanted| wanted == topic)
}

fn nobody(members: &BTreeMap<String, Subscribed>) -> BTreeMap<String, Assignment> {
    members.keys().map(|id| (id.clone(), Assignment::new())).collect()
}

fn give(assigned: &mut BTreeMap<String, Assignment>, member: &str, topic: &str, partition: i32) {
    if let Some(assigned) = assigned.get_mut(member) {
        assigned.entry(topic.to_owned()).or_default().push(partition);
    }
}

fn range(
    members: &BTreeMap<String, Subscribed>,
    topics: &BTreeMap<String, i32>,
) -> BTreeMap<String, Assignment> {
    let mut assigned = nobody(members);
    for (topic, count) in topics {
        let takers: Vec<&String> = members
            .iter()
            .filter(|(_, member)| wants(member, topic))
            .map(|(id, _)| id)
            .collect();
        let Ok(taker_count @ 1..) = i32::try_from(takers.len()) else {
            continue;
        };
        let (share, rest) = (count / taker_count, count % taker_count);
        let mut next = 0;
        for (taker, at) in takers.into_iter().zip(0..) {
            let end = next + share + i32::from(at < rest);
            (next..end).for_each(|partition| give(&mut assigned, taker, topic, partition));
            next = end;
        }
    }
    assigned
}

fn round_robin(
    members: &BTreeMap<String, Subscribed>,
    topics: &BTreeMap<String, i32>,
) -> BTreeMap<String, Assignment> {
    let mut assigned = nobody(members);
    let mut turns = members.iter().cycle();
    for (topic, count) in topics {
        if !members.values().any(|member| wants(member, topic)) {
            continue;
        }
        for partition in 0..*count {
            if let Some((taker, _)) = turns.by_ref().find(|(_, member)| wants(member, topic)) {
                give(&mut assigned, taker, topic, partition);
            }
        }
    }
    assigned
}

/// Everybody keeps what they had, up to a fair share; what is left goes to whoever has least.
fn sticky(
    members: &BTreeMap<String, Subscribed>,
    topics: &BTreeMap<String, i32>,
) -> BTreeMap<String, Assignment> {
    let mut assigned = nobody(members);
    let mut left: BTreeSet<(&str, i32)> = topics
        .iter()
        .filter(|(topic, _)| members.values().any(|member| wants(member, topic)))
        .flat_map(|(topic, count)| (0..*count).map(|partition| (topic.as_str(), partition)))
        .collect();
    let share = left.len() / members.len().max(1);
    let mut extra = left.len() % members.len().max(1);
    let newest = members
        .values()
        .map(|member| member.generation)
        .max()
        .unwrap_or(-1);
    for (id, member) in members.iter().filter(|(_, member)| member.generation == newest) {
        let mut kept = 0;
        let owned = member
            .owned
            .iter()
            .flat_map(|(topic, all)| all.iter().map(move |p| (topic, *p)));
        for (topic, partition) in owned {
            let may_have_more = kept < share || (kept == share && extra > 0);
            if may_have_more && wants(member, topic) && left.remove(&(topic.as_str(), partition)) {
                extra -= usize::from(kept == share);
                kept += 1;
                give(&mut assigned, id, topic, partition);
            }
        }
    }
    for (topic, partition) in left {
        let size = |id: &str| {
            assigned
                .get(id)
                .map_or(0, |all| all.values().map(Vec::len).sum::<usize>())
        };
        let takers = members.iter().filter(|(_, member)| wants(member, topic));
        let taker = takers.min_by_key(|(id, _)| size(id)).map(|(id, _)| id.clone());
        if let Some(taker) = taker {
            give(&mut assigned, &taker, topic, partition);
        }
    }
    assigned
}

/// Takes out what another member still has (`CooperativeStickyAssignor.adjustAssignment`): it joins again when it has
/// given that up, and then it is handed out.
fn withhold(members: &BTreeMap<String, Subscribed>, assigned: &mut BTreeMap<String, Assignment>) {
    let newest = members
        .values()
        .map(|member| member.generation)
        .max()
        .unwrap_or(-1);
    let owner = |topic: &str, partition: i32| {
        let has = |member: &Subscribed| {
            member
                .owned
                .get(topic)
                .is_some_and(|all| all.contains(&partition))
        };
        let mut owners = members
            .iter()
            .filter(|(_, member)| member.generation == newest && has(member));
        owners.next().map(|(id, _)| id)
    };
    for (id, assignment) in assigned.iter_mut() {
        for (topic, partitions) in assignment.iter_mut() {
            partitions.retain(|partition| owner(topic, *partition).is_none_or(|owner| owner == id));
        }
        assignment.retain(|_, partitions| !partitions.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(rows: &[(&str, &[&str], &[i32])]) -> BTreeMap<String, Subscribed> {
        let member = |(id, topics, owned): &(&str, &[&str], &[i32])| {
            let subscribed = Subscribed {
                topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
                owned: [("t".to_owned(), owned.to_vec())].into(),
                generation: 3,
                rack: None,
            };
            ((*id).to_owned(), subscribed)
        };
        rows.iter().map(member).collect()
    }

    fn shown(assigned: &BTreeMap<String, Assignment>) -> String {
        let one = |(id, all): (&String, &Assignment)| {
            let topics = all
                .iter()
                .map(|(topic, partitions)| format!("{topic}{partitions:?}"));
            format!("{id}: {}", topics.collect::<Vec<_>>().join(" "))
        };
        assigned.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn ranges_and_turns_are_those_of_kafka() {
        let topics = [("t".to_owned(), 5), ("u".to_owned(), 2)].into();
        let members = members(&[
            ("a", &["t", "u"], &[]),
            ("b", &["t", "u"], &[]),
            ("c", &["t"], &[]),
        ]);
        assert_eq!(
            shown(&Strategy::Range.assign(&members, &topics)),
            "a: t[0, 1] u[0]; b: t[2, 3] u[1]; c: t[4]"
        );
        assert_eq!(
            shown(&Strategy::RoundRobin.assign(&members, &topics)),
            "a: t[0, 3] u[0]; b: t[1, 4] u[1]; c: t[2]"
        );
    }

    #[test]
    fn sticky_keeps_and_cooperative_withholds_what_moves() {
        let topics = [("t".to_owned(), 4)].into();
        let members = members(&[("a", &["t"], &[0, 1, 2, 3]), ("b", &["t"], &[])]);
        assert_eq!(
            shown(&Strategy::Sticky.assign(&members, &topics)),
            "a: t[0, 1]; b: t[2, 3]"
        );
        assert_eq!(
            shown(&Strategy::CooperativeSticky.assign(&members, &topics)),
            "a: t[0, 1]; b: "
        );
    }

    #[test]
    fn names_and_classes_are_found() {
        assert_eq!(
            Strategy::of_class("org.apache.kafka.clients.consumer.RangeAssignor"),
            Some(Strategy::Range)
        );
        assert_eq!(
            Strategy::of_name("cooperative-sticky").map(Strategy::name),
            Some("cooperative-sticky")
        );
        assert_eq!(Strategy::of_class("x"), None);
    }
}
