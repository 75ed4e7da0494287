//! The uniform assignor for members with different subscriptions (`UniformHeterogeneousAssignmentBuilder`).
//!
//! Members keep what they had; what is free goes to the least loaded subscriber, topic by topic; then topics are
//! gone over until no partition wants to move.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::balancer::Balancer;
use super::spec::{GroupAssignment, GroupSpec};
use crate::groups::consumer::Assignment;

/// The most rounds over all topics.
const ROUNDS_MAX: usize = 16;

struct Topic {
    size: i32,
    /// Indexes of members, ascending.
    subscribers: Vec<usize>,
    /// Index of the member that has each partition.
    owners: Vec<Option<usize>>,
}

struct Builder<'a> {
    spec: &'a GroupSpec,
    topics: BTreeMap<Uuid, Topic>,
    loads: Vec<i64>,
    assignments: Vec<Assignment>,
}

/// Computes the assignment.
pub fn heterogeneous(spec: &GroupSpec) -> GroupAssignment {
    let mut topics: BTreeMap<Uuid, Topic> = BTreeMap::new();
    for (at, member) in spec.members.iter().enumerate() {
        for id in &member.topics {
            let size = spec.size(*id);
            let topic = topics.entry(*id).or_insert_with(|| Topic {
                size,
                subscribers: Vec::new(),
                owners: vec![None; usize::try_from(size).unwrap_or(0)],
            });
            topic.subscribers.push(at);
        }
    }
    if topics.is_empty() {
        return GroupAssignment::new();
    }
    let mut builder = Builder {
        spec,
        topics,
        loads: vec![0; spec.members.len()],
        assignments: vec![Assignment::new(); spec.members.len()],
    };
    builder.keep();
    builder.assign_rest();
    builder.balance();
    let ids = spec.members.iter().map(|member| member.id.clone());
    ids.zip(builder.assignments).collect()
}

/// `Uuid.compareTo` of Kafka: halves are signed.
fn compare_ids(a: Uuid, b: Uuid) -> Ordering {
    let halves = |id: Uuid| {
        let (high, low) = id.as_u64_pair();
        (high.cast_signed(), low.cast_signed())
    };
    halves(a).cmp(&halves(b))
}

impl Builder<'_> {
    /// Topics with many partitions a subscriber first.
    fn sorted(&self, ids: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
        let mut ids: Vec<(Uuid, f64, usize)> = ids
            .filter_map(|id| {
                let topic = self.topics.get(&id)?;
                let subscribers = u32::try_from(topic.subscribers.len()).unwrap_or(u32::MAX);
                let share = f64::from(topic.size) / f64::from(subscribers);
                Some((id, share, topic.subscribers.len()))
            })
            .collect();
        ids.sort_by(|a, b| {
            let share = b.1.total_cmp(&a.1);
            share.then(a.2.cmp(&b.2)).then(compare_ids(a.0, b.0))
        });
        ids.into_iter().map(|(id, ..)| id).collect()
    }

    fn keep(&mut self) {
        for (at, member) in self.spec.members.iter().enumerate() {
            for (id, partitions) in &member.assigned {
                if member.topics.contains(id) {
                    for partition in partitions {
                        self.give(*id, *partition, at);
                    }
                }
            }
        }
    }

    fn give(&mut self, id: Uuid, partition: i32, to: usize) {
        let Some(owner) = self
            .topics
            .get_mut(&id)
            .and_then(|topic| topic.owners.get_mut(usize::try_from(partition).ok()?))
        else {
            return;
        };
        if let Some(from) = owner.replace(to) {
            if let Some(load) = self.loads.get_mut(from) {
                *load -= 1;
            }
            if let Some(assignment) = self.assignments.get_mut(from)
                && let Some(partitions) = assignment.get_mut(&id)
            {
                partitions.remove(&partition);
                if partitions.is_empty() {
                    assignment.remove(&id);
                }
            }
        }
        if let Some(load) = self.loads.get_mut(to) {
            *load += 1;
        }
        if let Some(assignment) = self.assignments.get_mut(to) {
            assignment.entry(id).or_default().insert(partition);
        }
    }

    fn free(&self, id: Uuid) -> Vec<i32> {
        let owners = self.topics.get(&id).into_iter().flat_map(|topic| &topic.owners);
        (0..)
            .zip(owners)
            .filter(|(_, owner)| owner.is_none())
            .map(|(p, _)| p)
            .collect()
    }

    fn assign_rest(&mut self) {
        let with_free = self
            .topics
            .keys()
            .copied()
            .filter(|id| !self.free(*id).is_empty());
        let mut balancer = Balancer::default();
        for id in self.sorted(with_free) {
            let Some(topic) = self.topics.get(&id) else {
                continue;
            };
            balancer.start(&topic.subscribers, &self.loads);
            for partition in self.free(id) {
                let to = balancer.receiver(&self.loads);
                self.give(id, partition, to);
            }
        }
    }

    fn balance(&mut self) {
        let shared = self
            .topics
            .iter()
            .filter(|(_, topic)| topic.subscribers.len() >= 2);
        let ids = self.sorted(shared.map(|(id, _)| *id));
        let mut balancer = Balancer::default();
        let mut last_moved = None;
        for _ in 0..ROUNDS_MAX {
            for (at, id) in ids.iter().enumerate() {
                if last_moved == Some(at) {
                    return;
                }
                let moved = self.balance_topic(*id, &mut balancer);
                if moved > 0 || last_moved.is_none() {
                    last_moved = Some(at);
                }
            }
        }
    }

    fn balance_topic(&mut self, id: Uuid, balancer: &mut Balancer) -> usize {
        let Some(topic) = self.topics.get(&id) else {
            return 0;
        };
        if balancer.start(&topic.subscribers, &self.loads) <= 1 {
            return 0;
        }
        // Each member's partitions of the topic, to be given away from the last on.
        let mut by_owner: HashMap<usize, Vec<i32>> = HashMap::new();
        for (partition, owner) in (0..).zip(&topic.owners) {
            if let Some(owner) = owner {
                by_owner.entry(*owner).or_default().push(partition);
            }
        }
        let mut moved = 0;
        while !balancer.is_balanced() {
            let partition = loop {
                let Some(giver) = balancer.giver(&self.loads) else {
                    return moved;
                };
                match by_owner.get_mut(&giver).and_then(Vec::pop) {
                    Some(partition) => break partition,
                    None => balancer.excuse_giver(),
                }
            };
            let to = balancer.receiver(&self.loads);
            if balancer.is_balanced() {
                // Taken from the list, but it stays where it is.
                break;
            }
            self.give(id, partition, to);
            moved += 1;
        }
        moved
    }
}
