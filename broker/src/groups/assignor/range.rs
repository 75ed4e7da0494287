//! The range assignor: each topic's partitions in consecutive ranges over its members in order.

use std::collections::HashMap;

use uuid::Uuid;

use super::spec::{GroupAssignment, GroupSpec, MemberSpec};
use crate::groups::consumer::Assignment;

/// How far a topic is handed out.
#[derive(Debug, Default)]
struct Topic {
    size: i32,
    members: i32,
    /// Members that still get one partition more; known once handing out begins.
    extra: Option<i32>,
    next: i32,
}

/// Static members come first, by instance id; then the others by member id.
fn sorted(spec: &GroupSpec) -> Vec<&MemberSpec> {
    let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
    let mut members: Vec<&MemberSpec> = spec.members.iter().collect();
    members.sort_by_cached_key(|member| match &member.instance_id {
        Some(instance) => (0, units(instance)),
        None => (1, units(&member.id)),
    });
    members
}

/// Computes the assignment.
pub fn range(spec: &GroupSpec) -> GroupAssignment {
    let members = sorted(spec);
    let mut topics: HashMap<Uuid, Topic> = HashMap::new();
    for id in members.iter().flat_map(|member| &member.topics) {
        let topic = topics.entry(*id).or_insert_with(|| Topic {
            size: spec.size(*id),
            ..Topic::default()
        });
        topic.members += 1;
    }
    let mut result = GroupAssignment::new();
    for member in members {
        let mut assignment = Assignment::new();
        for id in &member.topics {
            let Some(topic) = topics.get_mut(id) else { continue };
            let extra = topic.extra.get_or_insert(topic.size % topic.members);
            let quota = topic.size / topic.members + i32::from(*extra > 0);
            *extra = (*extra - 1).max(0);
            let start = topic.next;
            topic.next = (start + quota).min(topic.size);
            if start < topic.next {
                assignment.insert(*id, (start..topic.next).collect());
            }
        }
        result.insert(member.id.clone(), assignment);
    }
    result
}
