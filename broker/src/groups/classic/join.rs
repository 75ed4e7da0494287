//! JoinGroup (`GroupMetadataManager.classicGroupJoinToClassicGroup`).

use std::sync::Arc;

use uuid::Uuid;

use super::group::{ClassicGroup, State};
use super::members::{Member, Waiter};
use super::rebalance::{current_generation, maybe_complete_join, prepare, prepare_or_complete};
use crate::groups::effects::Scene;
use crate::groups::types::{GroupError, JoinRequest, Joined};

/// How long the parked join of a new member is kept: its client cannot send heartbeats yet.
const NEW_MEMBER_JOIN_TIMEOUT_MS: i32 = 5 * 60 * 1000;

/// Decides a join to an existing (perhaps just made) group. `fresh` becomes part of a new member's id.
pub fn join(
    group: &mut ClassicGroup,
    scene: &mut Scene<'_>,
    request: JoinRequest,
    waiter: Waiter,
    fresh: Uuid,
) {
    if !has_room(group, scene.config.group_max_size, &request.member_id) {
        group.remove(&request.member_id);
        scene
            .effects
            .refuse_join(waiter, GroupError::GroupMaxSizeReached, "");
    } else if !group.supports(&request.protocol_type, &request.protocols) {
        scene
            .effects
            .refuse_join(waiter, GroupError::InconsistentGroupProtocol, &request.member_id);
    } else if request.member_id.is_empty() {
        join_new(group, scene, request, waiter, fresh);
    } else {
        join_known(group, scene, request, waiter);
    }
}

/// Joins that are parked count while a rebalance is prepared, so that late members are the ones to go.
fn has_room(group: &ClassicGroup, max: usize, id: &str) -> bool {
    let member = group.members.get(id);
    match group.state {
        State::Empty => true,
        State::PreparingRebalance => {
            member.is_some_and(Member::is_awaiting_join) || group.members.awaiting_join() < max
        }
        State::CompletingRebalance | State::Stable => member.is_some() || group.members.len() < max,
    }
}

fn join_new(
    group: &mut ClassicGroup,
    scene: &mut Scene<'_>,
    request: JoinRequest,
    waiter: Waiter,
    fresh: Uuid,
) {
    let prefix = request.instance_id.as_deref().unwrap_or(&request.client_id);
    let id: Arc<str> = Arc::from(format!("{prefix}-{fresh}"));
    if let Some(instance) = &request.instance_id {
        match group.members.static_id(instance).cloned() {
            Some(old) => replace_static(group, scene, request, waiter, &old, id),
            None => add(group, scene, request, waiter, id),
        }
    } else if request.requires_known_member_id {
        scene.restart_session(&group.id, &id, request.session_timeout_ms);
        scene
            .effects
            .refuse_join(waiter, GroupError::MemberIdRequired, &id);
        group.pending_join.insert(id);
    } else {
        add(group, scene, request, waiter, id);
    }
}

fn join_known(group: &mut ClassicGroup, scene: &mut Scene<'_>, request: JoinRequest, waiter: Waiter) {
    let id: Arc<str> = Arc::from(request.member_id.as_str());
    if group.pending_join.contains(&id) {
        if request.instance_id.is_some() {
            // Ids of pending members are given to dynamic members only.
            scene
                .effects
                .refuse_join(waiter, GroupError::UnknownMemberId, &id);
            return;
        }
        return add(group, scene, request, waiter, id);
    }
    if let Err(error) = group.validate_member(&id, request.instance_id.as_deref()) {
        scene.effects.refuse_join(waiter, error, &id);
        return;
    }
    let unchanged = group
        .members
        .get(&id)
        .is_some_and(|m| m.protocols == request.protocols);
    match group.state {
        State::PreparingRebalance => update(group, scene, request, waiter),
        // It may not have got the answer to its join: nothing changes.
        State::CompletingRebalance if unchanged => {
            scene.effects.joined(waiter, Ok(current_generation(group, &id)));
        }
        // The leader joins again to have assignments made anew, for instance when partitions were added.
        State::Stable if unchanged && !group.is_leader(&id) => {
            scene.effects.joined(waiter, Ok(current_generation(group, &id)));
        }
        State::CompletingRebalance | State::Stable => update(group, scene, request, waiter),
        State::Empty => scene
            .effects
            .refuse_join(waiter, GroupError::UnknownMemberId, &id),
    }
}

fn add(group: &mut ClassicGroup, scene: &mut Scene<'_>, request: JoinRequest, waiter: Waiter, id: Arc<str>) {
    let mut member = Member::new(
        id.clone(),
        request.instance_id,
        request.client_id,
        request.client_host,
    );
    member.rebalance_timeout_ms = request.rebalance_timeout_ms;
    member.session_timeout_ms = request.session_timeout_ms;
    member.protocols = request.protocols;
    member.is_new = true;
    if group.state == State::PreparingRebalance && group.initial {
        group.new_member_added = true;
    }
    group.add(member, &request.protocol_type);
    group.members.park_join(&id, waiter);
    scene.restart_session(&group.id, &id, NEW_MEMBER_JOIN_TIMEOUT_MS);
    prepare_or_complete(group, scene);
}

fn park(group: &mut ClassicGroup, scene: &mut Scene<'_>, request: &JoinRequest, waiter: Waiter, id: &str) {
    group.members.set_protocols(id, request.protocols.clone());
    if let Some(member) = group.members.get_mut(id) {
        member.rebalance_timeout_ms = request.rebalance_timeout_ms;
        member.session_timeout_ms = request.session_timeout_ms;
    }
    if let Some(earlier) = group.members.park_join(id, waiter) {
        // Its connection is most likely gone; nobody is left without an answer.
        scene
            .effects
            .refuse_join(earlier, GroupError::RebalanceInProgress, id);
    }
}

fn update(group: &mut ClassicGroup, scene: &mut Scene<'_>, request: JoinRequest, waiter: Waiter) {
    park(group, scene, &request, waiter, &request.member_id);
    prepare_or_complete(group, scene);
}

/// A static member is back without its member id: it gets a new id and, if nothing else changes, its old place.
fn replace_static(
    group: &mut ClassicGroup,
    scene: &mut Scene<'_>,
    request: JoinRequest,
    waiter: Waiter,
    old: &Arc<str>,
    id: Arc<str>,
) {
    let leader_before = group.leader.as_deref().unwrap_or_default().to_owned();
    rename(group, scene, old, id.clone());
    let timeout_ms = group.members.get(&id).map_or(0, |m| m.session_timeout_ms);
    scene.restart_session(&group.id, &id, timeout_ms);
    park(group, scene, &request, waiter, &id);
    match group.state {
        State::Stable if group.members.select_protocol() == group.protocol => {
            group.members.take_join(&id);
            scene.effects.records.push(group.record());
            let reply = kept_place(group, &request, &id, leader_before);
            scene.effects.joined(waiter, Ok(reply));
        }
        State::Stable => prepare_or_complete(group, scene),
        // The leader may be assigning to the old id just now.
        State::CompletingRebalance => prepare(group, scene),
        State::PreparingRebalance | State::Empty => maybe_complete_join(group, scene),
    }
}

fn kept_place(group: &ClassicGroup, request: &JoinRequest, id: &str, leader_before: String) -> Joined {
    let mut reply = current_generation(group, id);
    if request.can_skip_assignment {
        reply.skip_assignment = group.is_leader(id);
    } else {
        // A leader that cannot be told to skip the assignment must not know that it leads.
        reply.leader = leader_before;
        reply.members = Vec::new();
    }
    reply
}

/// Gives a static member its new id; who waits under the old one is fenced.
fn rename(group: &mut ClassicGroup, scene: &mut Scene<'_>, old: &Arc<str>, id: Arc<str>) {
    if let Some(waiter) = group.members.take_join(old) {
        scene
            .effects
            .refuse_join(waiter, GroupError::FencedInstanceId, old);
    }
    let Some(mut member) = group.members.remove(old) else {
        return;
    };
    if let Some(waiter) = member.awaiting_sync.take() {
        scene.effects.synced(waiter, Err(GroupError::FencedInstanceId));
    }
    scene.end_session(&group.id, old);
    if group.is_leader(old) {
        group.leader = Some(id.clone());
    }
    if group.pending_sync.remove(old) {
        group.pending_sync.insert(id.clone());
    }
    member.id = id;
    member.is_new = false;
    group.members.insert(member);
}
