//! From one generation to the next: prepare, wait, complete; and members that go.

use std::sync::Arc;

use super::group::{ClassicGroup, InitialDelay, State};
use super::members::Member;
use crate::groups::effects::Scene;
use crate::groups::timers::TimerKey;
use crate::groups::types::{GroupError, Joined};
use crate::records::groups::{GroupMetadataValue, GroupRecord};

/// Starts a rebalance if the state allows, else looks whether the running one is complete.
pub fn prepare_or_complete(group: &mut ClassicGroup, scene: &mut Scene<'_>) {
    if group.state == State::PreparingRebalance {
        maybe_complete_join(group, scene);
    } else {
        prepare(group, scene);
    }
}

/// Starts a rebalance.
pub fn prepare(group: &mut ClassicGroup, scene: &mut Scene<'_>) {
    if group.state == State::CompletingRebalance {
        cancel_syncs(group, scene);
    }
    group.pending_sync.clear();
    scene.timers.cancel(&TimerKey::Sync(group.id.clone()));
    group.initial = group.state == State::Empty;
    group.state = State::PreparingRebalance;
    group.state_since_ms = Some(scene.now.wall_ms);
    if group.initial {
        // A new group gives more members time to come.
        let delay_ms = scene.config.initial_rebalance_delay_ms.max(0);
        let remaining_ms = group
            .members
            .rebalance_timeout_ms()
            .saturating_sub(delay_ms)
            .max(0);
        group.initial_delay = Some(InitialDelay {
            delay_ms,
            remaining_ms,
        });
        scene.set_timer(TimerKey::Join(group.id.clone()), delay_ms);
    } else if group.all_members_joined() {
        complete_join(group, scene);
    } else {
        scene.set_timer(
            TimerKey::Join(group.id.clone()),
            group.members.rebalance_timeout_ms(),
        );
    }
}

/// Members that wait for an assignment that will not come are told to join again.
fn cancel_syncs(group: &mut ClassicGroup, scene: &mut Scene<'_>) {
    let mut restarted = Vec::new();
    for member in group.members.iter_mut() {
        member.assignment.clear();
        if let Some(waiter) = member.awaiting_sync.take() {
            scene.effects.synced(waiter, Err(GroupError::RebalanceInProgress));
            restarted.push((member.id.clone(), member.session_timeout_ms));
        }
    }
    for (id, timeout_ms) in restarted {
        scene.restart_session(&group.id, &id, timeout_ms);
    }
}

/// Completes the join phase if everybody is there; an initial rebalance waits for its delay in any case.
pub fn maybe_complete_join(group: &mut ClassicGroup, scene: &mut Scene<'_>) {
    if group.state == State::PreparingRebalance && !group.initial && group.all_members_joined() {
        complete_join(group, scene);
    }
}

/// The join deadline passed: the initial delay is extended while members keep coming, else the phase ends.
pub fn join_deadline(group: &mut ClassicGroup, scene: &mut Scene<'_>) {
    match group.initial_delay.take() {
        Some(delay) if group.new_member_added && delay.remaining_ms != 0 => {
            group.new_member_added = false;
            let next = InitialDelay {
                delay_ms: scene
                    .config
                    .initial_rebalance_delay_ms
                    .max(0)
                    .min(delay.remaining_ms),
                remaining_ms: (delay.remaining_ms - delay.delay_ms).max(0),
            };
            group.initial_delay = Some(next);
            scene.set_timer(TimerKey::Join(group.id.clone()), next.delay_ms);
        }
        _ => complete_join(group, scene),
    }
}

/// Ends the join phase: who did not come is out (static members stay), the others get the next generation.
pub fn complete_join(group: &mut ClassicGroup, scene: &mut Scene<'_>) {
    scene.timers.cancel(&TimerKey::Join(group.id.clone()));
    group.initial_delay = None;
    let absent = |m: &&Member| !m.is_awaiting_join() && m.instance_id.is_none();
    let absent: Vec<Arc<str>> = group
        .members
        .iter()
        .filter(absent)
        .map(|m| m.id.clone())
        .collect();
    for id in &absent {
        group.remove(id);
        scene.end_session(&group.id, id);
    }
    if group.members.is_empty() {
        become_empty(group, scene);
    } else if group.elect_joined_leader() {
        next_generation(group, scene);
    } else {
        // Only static members, none of which joined: sessions will sort out who is still there.
        scene.set_timer(
            TimerKey::Join(group.id.clone()),
            group.members.rebalance_timeout_ms(),
        );
    }
}

fn become_empty(group: &mut ClassicGroup, scene: &mut Scene<'_>) {
    group.pending_sync.clear();
    // An empty group without offsets goes at the next check, its offsets when their time is over.
    scene.look_for_expired(&group.id);
    scene.effects.records.push(GroupRecord::Group {
        group: group.id.to_string(),
        value: Some(GroupMetadataValue {
            protocol_type: group.protocol_type.clone().unwrap_or_default(),
            generation: group.generation.wrapping_add(1),
            protocol: None,
            leader: None,
            current_state_timestamp: scene.now.wall_ms,
            members: Vec::new(),
        }),
    });
}

fn next_generation(group: &mut ClassicGroup, scene: &mut Scene<'_>) {
    group.generation = group.generation.wrapping_add(1);
    group.protocol = group.members.select_protocol();
    group.state = State::CompletingRebalance;
    group.initial = false;
    group.state_since_ms = Some(scene.now.wall_ms);
    group.pending_sync.clear();
    for id in group.members.ids() {
        if let Some(waiter) = group.members.take_join(&id) {
            let reply = current_generation(group, &id);
            scene.effects.joined(waiter, Ok(reply));
        }
        let Some(member) = group.members.get_mut(&id) else {
            continue;
        };
        member.is_new = false;
        let timeout_ms = member.session_timeout_ms;
        scene.restart_session(&group.id, &id, timeout_ms);
        group.pending_sync.insert(id);
    }
    scene.set_timer(
        TimerKey::Sync(group.id.clone()),
        group.members.rebalance_timeout_ms(),
    );
}

/// What a member of the present generation is told; the leader gets all members.
pub fn current_generation(group: &ClassicGroup, id: &str) -> Joined {
    Joined {
        member_id: id.to_owned(),
        generation: group.generation,
        protocol_type: group.protocol_type.clone(),
        protocol_name: group.protocol.clone(),
        leader: group.leader.as_deref().unwrap_or_default().to_owned(),
        skip_assignment: false,
        members: if group.is_leader(id) {
            group.joined_members()
        } else {
            Vec::new()
        },
    }
}

/// The sync deadline passed: members that did not ask for their assignment are out.
pub fn sync_deadline(group: &mut ClassicGroup, scene: &mut Scene<'_>) {
    if !matches!(group.state, State::CompletingRebalance | State::Stable) || group.pending_sync.is_empty() {
        return;
    }
    for id in std::mem::take(&mut group.pending_sync) {
        remove_member(group, scene, &id);
        scene.end_session(&group.id, &id);
    }
    prepare(group, scene);
}

/// A session ended without a heartbeat.
pub fn session_deadline(group: &mut ClassicGroup, scene: &mut Scene<'_>, id: &Arc<str>) {
    if group.pending_join.contains(id) {
        group.remove(id);
        complete_if_all_joined(group, scene);
        return;
    }
    let Some(member) = group.members.get(id) else {
        return;
    };
    if member.has_satisfied_heartbeat() {
        return;
    }
    remove_member(group, scene, id);
    match group.state {
        State::Stable | State::CompletingRebalance => prepare(group, scene),
        State::PreparingRebalance => complete_if_all_joined(group, scene),
        State::Empty => {}
    }
}

fn complete_if_all_joined(group: &mut ClassicGroup, scene: &mut Scene<'_>) {
    if group.state == State::PreparingRebalance && group.all_members_joined() {
        complete_join(group, scene);
    }
}

/// Removes a member; its parked requests learn that it is unknown and start anew.
pub fn remove_member(group: &mut ClassicGroup, scene: &mut Scene<'_>, id: &str) {
    if let Some(waiter) = group.members.take_join(id) {
        scene.effects.refuse_join(waiter, GroupError::UnknownMemberId, "");
    }
    if let Some(waiter) = group.members.get_mut(id).and_then(|m| m.awaiting_sync.take()) {
        scene.effects.synced(waiter, Err(GroupError::UnknownMemberId));
    }
    group.remove(id);
}
