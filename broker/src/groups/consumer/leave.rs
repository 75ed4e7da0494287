//! Members that go: by themselves, by a deadline, or a static one for a while.

use std::sync::Arc;

use super::change::{bump, metadata_hash};
use super::downgrade;
use super::group::ConsumerGroup;
use super::heartbeat::{holder, unknown_member};
use super::member::{ConsumerMember, MemberState, Owned, STATIC_LEFT_EPOCH};
use crate::groups::effects::Scene;
use crate::groups::timers::TimerKey;
use crate::groups::types_consumer::{ConsumerHeartbeat, ConsumerHeartbeatReply, Refusal};
use crate::records::consumer_groups::ConsumerRecord;

/// Decides who leaves with a heartbeat of epoch -1 or -2 (`consumerGroupLeave`).
///
/// # Errors
/// UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID.
pub fn leave(
    group: &ConsumerGroup,
    scene: &mut Scene<'_>,
    request: &ConsumerHeartbeat,
) -> Result<ConsumerHeartbeatReply, Refusal> {
    let id = request.member_id.as_str();
    let member = match &request.instance_id {
        None => group.members.get(id).ok_or_else(|| unknown_member(group, id))?,
        Some(instance) => holder(group.static_member(instance), id, instance)?,
    };
    if request.instance_id.is_some() && request.member_epoch == STATIC_LEFT_EPOCH {
        leave_for_a_while(group, scene, member);
    } else {
        fence(group, scene, std::slice::from_ref(&member.id));
    }
    Ok(ConsumerHeartbeatReply {
        member_id: request.member_id.clone(),
        member_epoch: request.member_epoch,
        heartbeat_interval_ms: 0,
        assignment: None,
    })
}

/// A static member keeps its place; commits with its old epochs are stale from now on.
fn leave_for_a_while(group: &ConsumerGroup, scene: &mut Scene<'_>, member: &ConsumerMember) {
    let mut left = member.clone();
    left.epoch = STATIC_LEFT_EPOCH;
    left.pending_revocation = Owned::new();
    for epoch in left.assigned.values_mut().flat_map(|p| p.values_mut()) {
        *epoch = 0;
    }
    scene.record(
        group,
        ConsumerRecord::Current(left.id.to_string(), Some(left.current())),
    );
}

/// Removes members; the group gets a new epoch, or becomes a classic one if only classic members are left.
pub fn fence(group: &ConsumerGroup, scene: &mut Scene<'_>, ids: &[Arc<str>]) {
    let members: Vec<&ConsumerMember> = ids.iter().filter_map(|id| group.members.get(id)).collect();
    if members.is_empty() {
        return;
    }
    for member in &members {
        cancel_timers(group, scene, &member.id);
    }
    if downgrade::is_due(group, scene, &members) {
        match downgrade::after_leaving(group, scene, &members) {
            Ok(()) => return,
            Err(refusal) => tracing::warn!(group = &*group.id, %refusal, "a consumer group stays one"),
        }
    }
    let mut counts = group.subscriptions.clone();
    for member in &members {
        remove_records(group, scene, &member.id);
        counts.remove(member);
    }
    for regex in group.subscriptions.regexes.keys() {
        if counts.subscribers(regex) == 0 {
            scene.record(group, ConsumerRecord::Regex(regex.clone(), None));
            counts.resolve(group.regexes.get(regex), None);
        }
    }
    let hash = metadata_hash(scene.topics, counts.topics.keys());
    bump(group, scene, hash);
    if members.len() == group.members.len() {
        scene.look_for_expired(&group.id);
    }
}

/// Tombstones of a member.
pub fn remove_records(group: &ConsumerGroup, scene: &mut Scene<'_>, id: &str) {
    let id = || id.to_owned();
    scene.record(group, ConsumerRecord::Current(id(), None));
    scene.record(group, ConsumerRecord::TargetMember(id(), None));
    scene.record(group, ConsumerRecord::Member(id(), None));
}

/// Forgets all deadlines of a member.
pub fn cancel_timers(group: &ConsumerGroup, scene: &mut Scene<'_>, id: &Arc<str>) {
    let (group, id) = (&group.id, id);
    scene.timers.cancel(&TimerKey::Session(group.clone(), id.clone()));
    scene
        .timers
        .cancel(&TimerKey::Revocation(group.clone(), id.clone()));
    scene
        .timers
        .cancel(&TimerKey::ClassicJoin(group.clone(), id.clone()));
    scene
        .timers
        .cancel(&TimerKey::ClassicSync(group.clone(), id.clone()));
}

/// Watches over the partitions that a member has to give back.
pub fn watch_revocation(group: &ConsumerGroup, scene: &mut Scene<'_>, member: &ConsumerMember) {
    let key = TimerKey::Revocation(group.id.clone(), member.id.clone());
    if member.state == MemberState::UnrevokedPartitions {
        scene.set_timer(key, member.subscription.rebalance_timeout_ms);
    } else {
        scene.timers.cancel(&key);
    }
}

/// A session, or the time to join or sync again, is over.
pub fn deadline(group: &ConsumerGroup, scene: &mut Scene<'_>, id: &Arc<str>) {
    fence(group, scene, std::slice::from_ref(id));
}

/// The time to give partitions back is over: a member that is still at it is out.
pub fn revocation_deadline(group: &ConsumerGroup, scene: &mut Scene<'_>, id: &Arc<str>) {
    let still = group
        .members
        .get(id)
        .is_some_and(|m| m.state == MemberState::UnrevokedPartitions && m.epoch >= 0);
    if still {
        fence(group, scene, std::slice::from_ref(id));
    }
}
