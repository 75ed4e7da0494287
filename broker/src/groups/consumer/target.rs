//! The target assignment: who shall have what at the group's epoch (`TargetAssignmentBuilder`).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use super::change::Change;
use super::group::ConsumerGroup;
use super::member::{Assignment, ConsumerMember};
use super::subscriptions::SubscriptionKind;
use crate::coordinator::string_hash;
use crate::groups::assignor::{Assignor, GroupSpec, MemberSpec, copied, sort_by_bucket};
use crate::groups::effects::Scene;
use crate::groups::topics_view::TopicsView;
use crate::groups::types::GroupError;
use crate::groups::types_consumer::Refusal;
use crate::records::consumer_groups::{ConsumerRecord, TargetEpoch};

/// A member's part of the target assignment, and its epoch.
#[derive(Debug)]
pub struct Target {
    /// The assignment epoch.
    pub epoch: i32,
    /// What the member shall have.
    pub assignment: Assignment,
}

/// Computes a new target assignment if the group is ahead of it and the assignment interval has passed.
///
/// # Errors
/// UNKNOWN_SERVER_ERROR when the assignor gives up.
pub fn update_target(
    group: &ConsumerGroup,
    scene: &mut Scene<'_>,
    epoch: i32,
    kind: SubscriptionKind,
    change: &Change<'_>,
) -> Result<Target, Refusal> {
    let updated = change.updated;
    if group.target_epoch.epoch >= epoch || !is_time(group, scene) {
        return Ok(Target {
            epoch: group.target_epoch.epoch,
            assignment: group.target_of_static(&updated.id, updated.instance_id()),
        });
    }
    let assignor = preferred(group, scene, change);
    let spec = spec(group, scene.topics, kind, updated);
    let mut result = assignor.assign(&spec).map_err(|error| {
        let text = format!("Failed to compute a new target assignment for epoch {epoch}: {error}");
        Refusal::new(GroupError::UnknownServerError, text)
    })?;
    for member in &spec.members {
        let new = result.entry(member.id.clone()).or_default();
        if group.target.get(&member.id) != Some(new) {
            let topics = new
                .iter()
                .map(|(topic, has)| (*topic, has.iter().copied().collect()));
            let topics = Some(topics.collect());
            scene.record(group, ConsumerRecord::TargetMember(member.id.to_string(), topics));
        }
    }
    scene.record(
        group,
        ConsumerRecord::TargetEpoch(Some(TargetEpoch {
            epoch,
            timestamp_ms: scene.now.wall_ms,
        })),
    );
    Ok(Target {
        epoch,
        assignment: result.remove(&updated.id).unwrap_or_default(),
    })
}

fn is_time(group: &ConsumerGroup, scene: &Scene<'_>) -> bool {
    let last_ms = group.target_epoch.timestamp_ms;
    let interval_ms = scene.consumer_assignment_interval_ms(&group.id);
    last_ms == 0 || interval_ms == 0 || scene.now.wall_ms >= last_ms.saturating_add(i64::from(interval_ms))
}

/// The assignor that most members ask for after the change, or the first of the configured ones.
fn preferred(group: &ConsumerGroup, scene: &Scene<'_>, change: &Change<'_>) -> Assignor {
    let mut counts = group.subscriptions.clone();
    counts.remove(change.member);
    counts.add(change.updated);
    let asked = counts.preferred_assignor().and_then(Assignor::named);
    asked.unwrap_or_else(|| scene.config.consumer.default_assignor())
}

/// Topics of a member that exist, in the order of Java's iteration over their names.
fn topics_of(
    group: &ConsumerGroup,
    topics: &dyn TopicsView,
    member: &ConsumerMember,
) -> (Vec<(Uuid, i32)>, usize) {
    let resolved = member.regex().and_then(|regex| group.regexes.get(regex));
    let by_regex: &[String] = resolved.map(|regex| regex.topics.as_slice()).unwrap_or_default();
    let by_name = member.subscription.topic_names.as_slice();
    let mut names: Vec<&String> = by_name.iter().collect();
    sort_by_bucket(&mut names, copied(by_name.len()), |name| string_hash(name));
    let named: HashSet<&String> = by_name.iter().collect();
    let mut also: Vec<&String> = by_regex.iter().filter(|name| !named.contains(name)).collect();
    sort_by_bucket(&mut also, copied(by_regex.len()), |name| string_hash(name));
    names.append(&mut also);
    let count = names.len();
    let known = names.into_iter().filter_map(|name| topics.by_name(name));
    (known.map(|topic| (topic.id, topic.partitions)).collect(), count)
}

fn spec(
    group: &ConsumerGroup,
    topics: &dyn TopicsView,
    kind: SubscriptionKind,
    updated: &ConsumerMember,
) -> GroupSpec {
    let predecessor = updated
        .instance_id()
        .and_then(|i| group.static_ids.get(i))
        .filter(|id| **id != updated.id);
    let mut members: Vec<(Arc<str>, &ConsumerMember)> = Vec::with_capacity(group.members.len() + 1);
    for (id, member) in &group.members {
        if Some(id) != predecessor && *id != updated.id {
            members.push((id.clone(), member));
        }
    }
    members.push((updated.id.clone(), updated));
    members.sort_by(|a, b| a.0.cmp(&b.0));
    let mut sizes = HashMap::new();
    let specs = members.into_iter().map(|(id, member)| {
        let (subscribed, names) = topics_of(group, topics, member);
        sizes.extend(subscribed.iter().copied());
        let had = match predecessor.filter(|_| id == updated.id) {
            Some(predecessor) => group.target_of(predecessor),
            None => group.target_of(&id),
        };
        MemberSpec {
            id,
            instance_id: member.instance_id().map(str::to_owned),
            topics: subscribed.into_iter().map(|(topic, _)| topic).collect(),
            names,
            assigned: had,
        }
    });
    let mut members: Vec<MemberSpec> = specs.collect();
    GroupSpec::sort_members(&mut members);
    let all = group.target.values().flatten();
    let taken: HashSet<(Uuid, i32)> = all
        .flat_map(|(topic, partitions)| partitions.iter().map(|p| (*topic, *p)))
        .collect();
    GroupSpec {
        members,
        kind,
        taken,
        sizes,
    }
}
