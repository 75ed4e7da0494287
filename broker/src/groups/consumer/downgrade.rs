//! A consumer group becomes a classic one when its last member on the newer protocol goes (KIP-848).

use std::collections::HashSet;
use std::sync::Arc;

use super::group::ConsumerGroup;
use super::member::ConsumerMember;
use super::protocol::write_assignment;
use crate::groups::classic::{CONSUMER_PROTOCOL_TYPE, ClassicGroup, Member, State};
use crate::groups::effects::{After, Scene};
use crate::groups::timers::TimerKey;
use crate::groups::types::{GroupError, Protocol};
use crate::groups::types_consumer::Refusal;
use crate::records::consumer_groups::ConsumerRecord;

/// Whether the group shall be a classic one once `leaving` are gone.
pub fn is_due(group: &ConsumerGroup, scene: &Scene<'_>, leaving: &[&ConsumerMember]) -> bool {
    let classic_leaving = leaving.iter().filter(|m| m.is_classic()).count();
    let left = group.members.len() - leaving.len();
    group.subscriptions.classic_members - classic_leaving == left
        && left > 0
        && scene.config.consumer.migration.may_downgrade()
        && left <= scene.config.group_max_size
}

/// Whether the group shall be a classic one because `replaced`, the last member on the newer protocol, comes back
/// with the classic one.
pub fn is_due_for_replaced(group: &ConsumerGroup, scene: &Scene<'_>, replaced: &ConsumerMember) -> bool {
    group.subscriptions.classic_members + 1 == group.members.len()
        && !replaced.is_classic()
        && scene.config.consumer.migration.may_downgrade()
        && group.members.len() <= scene.config.group_max_size
}

/// Converts a group whose members `leaving` are gone; the others rebalance at once.
///
/// # Errors
/// GROUP_ID_NOT_FOUND when a member's metadata cannot be read; nothing is written then.
pub fn after_leaving(
    group: &ConsumerGroup,
    scene: &mut Scene<'_>,
    leaving: &[&ConsumerMember],
) -> Result<(), Refusal> {
    let gone: HashSet<&str> = leaving.iter().map(|member| &*member.id).collect();
    let members = group
        .members
        .values()
        .filter(|member| !gone.contains(&*member.id))
        .map(|member| (member, member.id.clone()));
    let members: Vec<_> = members.collect();
    let ids = group.members.keys().cloned().collect();
    convert(group, scene, &members, ids, true)
}

/// Converts a group in which `joining` takes the place of the static member with its instance id. Its records are
/// written already.
///
/// # Errors
/// GROUP_ID_NOT_FOUND when a member's metadata cannot be read.
pub fn with_replaced(
    group: &ConsumerGroup,
    scene: &mut Scene<'_>,
    replaced: &ConsumerMember,
    joining: &ConsumerMember,
    rebalance: bool,
) -> Result<(), Refusal> {
    let others = group.members.values().filter(|member| member.id != replaced.id);
    let mut members: Vec<_> = others.map(|member| (member, member.id.clone())).collect();
    members.push((joining, replaced.id.clone()));
    let ids = members.iter().map(|(member, _)| member.id.clone()).collect();
    convert(group, scene, &members, ids, rebalance)
}

/// `members` come with the id under which their target assignment is kept; `ids` are those that have records.
fn convert(
    group: &ConsumerGroup,
    scene: &mut Scene<'_>,
    members: &[(&ConsumerMember, Arc<str>)],
    ids: Vec<Arc<str>>,
    rebalance: bool,
) -> Result<(), Refusal> {
    let classic = build(group, scene, members)?;
    tombstones(group, scene, &ids);
    scene.effects.records.push(classic.record());
    scene.effects.after.push(After::Install(Box::new(classic)));
    for id in &ids {
        super::leave::cancel_timers(group, scene, id);
    }
    scene.set_timer(TimerKey::Converted(group.id.clone(), rebalance), 0);
    Ok(())
}

fn build(
    group: &ConsumerGroup,
    scene: &Scene<'_>,
    members: &[(&ConsumerMember, Arc<str>)],
) -> Result<ClassicGroup, Refusal> {
    let mut classic = ClassicGroup::new(group.id.clone(), Some(scene.now.wall_ms));
    classic.generation = group.epoch;
    for (member, _) in members {
        let subscription = &member.subscription;
        let mut new = Member::new(
            member.id.clone(),
            subscription.instance_id.clone(),
            subscription.client_id.clone(),
            subscription.client_host.clone(),
        );
        new.rebalance_timeout_ms = subscription.rebalance_timeout_ms;
        new.session_timeout_ms = member.classic().map_or(0, |c| c.session_timeout_ms);
        let protocols = member.classic().into_iter().flat_map(|c| &c.protocols);
        new.protocols = protocols
            .map(|(name, metadata)| Protocol {
                name: name.clone(),
                metadata: metadata.clone(),
            })
            .collect();
        classic.add(new, CONSUMER_PROTOCOL_TYPE);
    }
    classic.state = State::Stable;
    classic.protocol = classic.members.select_protocol();
    for (member, target_id) in members {
        let protocol = classic.protocol.clone();
        if let Some(new) = classic.members.get_mut(&member.id) {
            let metadata = new.metadata(protocol.as_deref());
            let target = group.target_of(target_id);
            new.assignment = write_assignment(scene.topics, &target, &metadata).map_err(|error| {
                let text = format!("Cannot downgrade the classic group {}: {error}.", group.id);
                Refusal::new(GroupError::GroupIdNotFound, text)
            })?;
        }
    }
    Ok(classic)
}

/// Tombstones of a whole group (`createGroupTombstoneRecords`).
pub fn tombstones(group: &ConsumerGroup, scene: &mut Scene<'_>, ids: &[Arc<str>]) {
    for id in ids {
        scene.record(group, ConsumerRecord::Current(id.to_string(), None));
    }
    for id in ids {
        scene.record(group, ConsumerRecord::TargetMember(id.to_string(), None));
    }
    scene.record(group, ConsumerRecord::TargetEpoch(None));
    for id in ids {
        scene.record(group, ConsumerRecord::Member(id.to_string(), None));
    }
    for regex in group.regexes.keys() {
        scene.record(group, ConsumerRecord::Regex(regex.clone(), None));
    }
    scene.record(group, ConsumerRecord::PartitionMetadata(false));
    scene.record(group, ConsumerRecord::Epoch(None));
}
