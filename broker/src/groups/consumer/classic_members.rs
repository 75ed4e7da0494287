//! Members on the classic protocol in a consumer group: JoinGroup, SyncGroup, Heartbeat and LeaveGroup.

use std::sync::Arc;

use indexmap::IndexSet;
use uuid::Uuid;

use super::change::{Change, has_changed, metadata_change};
use super::downgrade;
use super::group::ConsumerGroup;
use super::heartbeat::{
    check_room, dynamic_member, holder, kafka_uuid, reconcile, replace, sorted, unknown_member,
};
use super::leave::fence;
use super::member::{Assignment, ConsumerMember, MemberState};
use super::protocol::{by_id, read_subscription, without_epochs, write_assignment};
use super::reconcile::Step;
use super::regex;
use super::target::update_target;
use crate::groups::classic::{CONSUMER_PROTOCOL_TYPE, Waiter};
use crate::groups::effects::Scene;
use crate::groups::timers::TimerKey;
use crate::groups::types::{
    GroupError, HeartbeatRequest, JoinRefused, JoinRequest, Joined, Leaving, SyncReply, SyncRequest, Synced,
};
use crate::groups::types_consumer::Refusal;
use crate::records::consumer_groups::ClassicMember;

/// Decides a JoinGroup to a consumer group with members; it is never parked.
pub fn join(
    group: &ConsumerGroup,
    scene: &mut Scene<'_>,
    request: &JoinRequest,
    waiter: Waiter,
    fresh: Uuid,
) {
    let id: Arc<str> = match request.member_id.as_str() {
        "" => Arc::from(kafka_uuid(fresh)),
        id => Arc::from(id),
    };
    let records = scene.effects.records.len();
    let reply = try_join(group, scene, request, &id).map_err(|refusal| {
        scene.effects.forget_since(records);
        let member_id = match refusal.error {
            GroupError::MemberIdRequired => id.to_string(),
            _ => String::new(),
        };
        JoinRefused {
            error: refusal.error,
            member_id,
        }
    });
    scene.effects.joined(waiter, reply);
}

fn try_join(
    group: &ConsumerGroup,
    scene: &mut Scene<'_>,
    request: &JoinRequest,
    id: &Arc<str>,
) -> Result<Joined, Refusal> {
    if scene.config.consumer.migration.is_disabled() {
        return Err(GroupError::InconsistentGroupProtocol.into());
    }
    check_room(group, scene, id)?;
    check_protocols(group, request)?;
    // Only who comes with its member id has to say what it subscribes to.
    if request.member_id.is_empty() && request.instance_id.is_none() && request.requires_known_member_id {
        return Err(GroupError::MemberIdRequired.into());
    }
    let first = request
        .protocols
        .first()
        .ok_or(GroupError::InconsistentGroupProtocol)?;
    let subscription = read_subscription(&first.metadata).map_err(|_| GroupError::UnknownServerError)?;
    let existing = request
        .instance_id
        .as_deref()
        .and_then(|i| group.static_member(i));
    let member = joining_member(group, scene, request, id, existing)?;
    let replaced = existing.filter(|old| downgrade::is_due_for_replaced(group, scene, old));
    let updated = updated(request, &member, &subscription);
    let names_changed = has_changed(group, scene, &member, &updated);
    let bump = names_changed || regex::change(group, scene, &member, &updated)?.is_updated();
    let change = Change {
        bump,
        member: &member,
        updated: &updated,
    };
    let (epoch, kind) = metadata_change(group, scene, &change);
    let owned = by_id(scene.topics, &subscription.owned);
    let step = |scene: &mut Scene<'_>, target_epoch: i32, target: &Assignment| {
        let step = Step {
            group,
            topics: scene.topics,
            target_epoch,
            target,
            has_subscription_changed: bump,
            owned: Some(&owned),
        };
        reconcile(group, scene, &step, updated.clone())
    };
    let joined = if let Some(replaced) = replaced {
        let is_stale = group.target_epoch.epoch < epoch;
        let joined = match is_stale {
            true => updated.clone(),
            false => {
                let target = group.target_of_static(&updated.id, updated.instance_id());
                step(scene, group.target_epoch.epoch, &target)?
            }
        };
        downgrade::with_replaced(group, scene, replaced, &joined, is_stale)?;
        joined
    } else {
        let target = update_target(group, scene, epoch, kind, &change)?;
        let joined = step(scene, target.epoch, &target.assignment)?;
        watch(group, scene, request, id);
        joined
    };
    if let Some(old) = existing.filter(|old| old.id != *id) {
        super::leave::cancel_timers(group, scene, &old.id);
    }
    Ok(answer(&joined, &first.name))
}

/// A consumer group has no leader, and gives nobody the list of its members.
fn answer(joined: &ConsumerMember, protocol_name: &str) -> Joined {
    Joined {
        member_id: joined.id.to_string(),
        generation: joined.epoch,
        protocol_type: Some(CONSUMER_PROTOCOL_TYPE.to_owned()),
        protocol_name: Some(protocol_name.to_owned()),
        leader: String::new(),
        skip_assignment: false,
        members: Vec::new(),
    }
}

/// The member that joins: known, new, or in the place of a static one.
fn joining_member(
    group: &ConsumerGroup,
    scene: &mut Scene<'_>,
    request: &JoinRequest,
    id: &Arc<str>,
    existing: Option<&ConsumerMember>,
) -> Result<ConsumerMember, Refusal> {
    match (&request.instance_id, existing) {
        (None, _) => dynamic_member(group, id, true),
        (Some(instance), _) if !request.member_id.is_empty() => holder(existing, id, instance).cloned(),
        (Some(_), Some(old)) => Ok(replace(group, scene, old, id)),
        (Some(_), None) => dynamic_member(group, id, true),
    }
}

fn watch(group: &ConsumerGroup, scene: &mut Scene<'_>, request: &JoinRequest, id: &Arc<str>) {
    let key = |key: fn(Arc<str>, Arc<str>) -> TimerKey| key(group.id.clone(), id.clone());
    scene.timers.cancel(&key(TimerKey::ClassicJoin));
    scene.restart_session(&group.id, id, request.session_timeout_ms);
    scene.set_timer(key(TimerKey::ClassicSync), request.rebalance_timeout_ms);
}

fn check_protocols(group: &ConsumerGroup, request: &JoinRequest) -> Result<(), Refusal> {
    let counts = &group.subscriptions;
    let all_have =
        |name: &str| counts.classic_protocols.get(name).copied().unwrap_or(0) == counts.classic_members;
    let fits = request.protocol_type == CONSUMER_PROTOCOL_TYPE
        && request.protocols.iter().any(|p| all_have(&p.name));
    match fits {
        true => Ok(()),
        false => Err(GroupError::InconsistentGroupProtocol.into()),
    }
}

fn updated(
    request: &JoinRequest,
    member: &ConsumerMember,
    asked: &super::protocol::Subscription,
) -> ConsumerMember {
    let mut updated = member.clone();
    let subscription = &mut updated.subscription;
    if request.instance_id.is_some() {
        subscription.instance_id.clone_from(&request.instance_id);
    }
    if asked.rack_id.is_some() {
        subscription.rack_id.clone_from(&asked.rack_id);
    }
    if request.rebalance_timeout_ms != -1 {
        subscription.rebalance_timeout_ms = request.rebalance_timeout_ms;
    }
    subscription.topic_names = sorted(asked.topics.clone());
    subscription.topic_regex = Some(String::new());
    subscription.client_id.clone_from(&request.client_id);
    subscription.client_host.clone_from(&request.client_host);
    let protocols = request.protocols.iter();
    subscription.classic = Some(ClassicMember {
        session_timeout_ms: request.session_timeout_ms,
        protocols: protocols.map(|p| (p.name.clone(), p.metadata.clone())).collect(),
    });
    updated
}

/// The classic member that asks, with what it brought at its join.
fn classic_member<'a>(
    group: &'a ConsumerGroup,
    id: &str,
    instance: Option<&str>,
    generation: i32,
) -> Result<(&'a ConsumerMember, &'a ClassicMember), Refusal> {
    let member = match instance {
        None => group.members.get(id).ok_or_else(|| unknown_member(group, id))?,
        Some(instance) => holder(group.static_member(instance), id, instance)?,
    };
    let classic = member.classic().ok_or(GroupError::UnknownMemberId)?;
    if member.epoch != generation {
        return Err(GroupError::IllegalGeneration.into());
    }
    Ok((member, classic))
}

fn join_soon(group: &ConsumerGroup, scene: &mut Scene<'_>, member: &ConsumerMember) {
    let key = TimerKey::ClassicJoin(group.id.clone(), member.id.clone());
    if !scene.timers.is_set(&key) {
        scene.set_timer(key, member.subscription.rebalance_timeout_ms);
    }
}

/// Decides a SyncGroup: the assignment is there already.
///
/// # Errors
/// What the member has to do.
pub fn sync(group: &ConsumerGroup, scene: &mut Scene<'_>, request: &SyncRequest) -> SyncReply {
    try_sync(group, scene, request).map_err(|refusal| refusal.error)
}

fn try_sync(group: &ConsumerGroup, scene: &mut Scene<'_>, request: &SyncRequest) -> Result<Synced, Refusal> {
    let instance = request.instance_id.as_deref();
    let (member, classic) = classic_member(group, &request.member_id, instance, request.generation)?;
    let (name, metadata) = classic.protocols.first().ok_or(GroupError::UnknownServerError)?;
    let is_other_type = request
        .protocol_type
        .as_deref()
        .is_some_and(|t| t != CONSUMER_PROTOCOL_TYPE);
    if is_other_type || request.protocol_name.as_ref().is_some_and(|asked| asked != name) {
        return Err(GroupError::InconsistentGroupProtocol.into());
    }
    if group.target_epoch.epoch > member.epoch && member.state != MemberState::UnrevokedPartitions {
        join_soon(group, scene, member);
        return Err(GroupError::RebalanceInProgress.into());
    }
    let assignment = write_assignment(scene.topics, &without_epochs(&member.assigned), metadata)
        .map_err(|_| GroupError::UnknownServerError)?;
    let key = TimerKey::ClassicSync(group.id.clone(), member.id.clone());
    scene.timers.cancel(&key);
    scene.restart_session(&group.id, &member.id, classic.session_timeout_ms);
    Ok(Synced {
        protocol_type: request.protocol_type.clone(),
        protocol_name: request.protocol_name.clone(),
        assignment,
    })
}

/// Decides a Heartbeat.
///
/// # Errors
/// What the member has to do: REBALANCE_IN_PROGRESS asks it to join again.
pub fn heartbeat(
    group: &ConsumerGroup,
    scene: &mut Scene<'_>,
    request: &HeartbeatRequest,
) -> Result<(), GroupError> {
    let instance = request.instance_id.as_deref();
    let found = classic_member(group, &request.member_id, instance, request.generation);
    let (member, classic) = found.map_err(|refusal| refusal.error)?;
    scene.restart_session(&group.id, &member.id, classic.session_timeout_ms);
    let is_behind = member.epoch < group.target_epoch.epoch
        || member.state == MemberState::UnrevokedPartitions
        || (member.state == MemberState::UnreleasedPartitions && !group.is_waiting_for_others(member));
    if is_behind {
        join_soon(group, scene, member);
        return Err(GroupError::RebalanceInProgress);
    }
    Ok(())
}

/// Decides a LeaveGroup: one outcome per asked member; all that may go leave at once.
pub fn leave(
    group: &ConsumerGroup,
    scene: &mut Scene<'_>,
    leaving: &[Leaving],
) -> Vec<Result<(), GroupError>> {
    let mut ids: IndexSet<Arc<str>> = IndexSet::new();
    let outcome = leaving.iter().map(|who| {
        let member = match who.instance_id.as_deref() {
            None => group
                .members
                .get(who.member_id.as_str())
                .ok_or(GroupError::UnknownMemberId),
            Some(instance) => match group.static_member(instance) {
                Some(member) if who.member_id.is_empty() => Ok(member),
                member => holder(member, &who.member_id, instance).map_err(|refusal| refusal.error),
            },
        }?;
        ids.insert(member.id.clone());
        Ok(())
    });
    let outcome = outcome.collect();
    fence(group, scene, &ids.into_iter().collect::<Vec<_>>());
    outcome
}
