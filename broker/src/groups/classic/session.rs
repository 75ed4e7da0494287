//! SyncGroup, Heartbeat and LeaveGroup.

use bytes::Bytes;

use super::group::{ClassicGroup, State};
use super::members::Waiter;
use super::rebalance::{maybe_complete_join, prepare, remove_member};
use crate::groups::effects::Scene;
use crate::groups::timers::TimerKey;
use crate::groups::types::{GroupError, HeartbeatRequest, Leaving, SyncRequest, Synced};

/// Decides a SyncGroup: followers wait for the leader, the leader's assignment makes the group stable.
pub fn sync(group: &mut ClassicGroup, scene: &mut Scene<'_>, request: SyncRequest, waiter: Waiter) {
    if let Err(error) = validate_sync(group, &request) {
        scene.effects.synced(waiter, Err(error));
        return;
    }
    got_sync(group, scene, &request.member_id);
    let Some(member) = group.members.get_mut(&request.member_id) else {
        return;
    };
    if group.state == State::Stable {
        let assignment = member.assignment.clone();
        let reply = assigned(group, assignment);
        scene.effects.synced(waiter, Ok(reply));
        return;
    }
    if let Some(earlier) = member.awaiting_sync.replace(waiter) {
        scene
            .effects
            .synced(earlier, Err(GroupError::RebalanceInProgress));
    }
    if group.is_leader(&request.member_id) {
        assign(group, scene, request.assignments);
    }
}

fn validate_sync(group: &ClassicGroup, request: &SyncRequest) -> Result<(), GroupError> {
    if group.state == State::Empty {
        return Err(GroupError::UnknownMemberId);
    }
    group.validate_member(&request.member_id, request.instance_id.as_deref())?;
    let differs =
        |asked: &Option<String>, has: &Option<String>| asked.is_some() && has.is_some() && asked != has;
    if request.generation != group.generation {
        Err(GroupError::IllegalGeneration)
    } else if differs(&request.protocol_type, &group.protocol_type)
        || differs(&request.protocol_name, &group.protocol)
    {
        Err(GroupError::InconsistentGroupProtocol)
    } else if group.state == State::PreparingRebalance {
        Err(GroupError::RebalanceInProgress)
    } else {
        Ok(())
    }
}

fn got_sync(group: &mut ClassicGroup, scene: &mut Scene<'_>, id: &str) {
    group.pending_sync.remove(id);
    if group.pending_sync.is_empty() {
        scene.timers.cancel(&TimerKey::Sync(group.id.clone()));
    }
}

fn assigned(group: &ClassicGroup, assignment: Bytes) -> Synced {
    Synced {
        protocol_type: group.protocol_type.clone(),
        protocol_name: group.protocol.clone(),
        assignment,
    }
}

/// The leader's assignment: logged, and told to all that wait. Members that it left out get an empty one.
fn assign(group: &mut ClassicGroup, scene: &mut Scene<'_>, assignments: Vec<(String, Bytes)>) {
    for member in group.members.iter_mut() {
        member.assignment.clear();
    }
    for (id, assignment) in assignments {
        if let Some(member) = group.members.get_mut(&id) {
            member.assignment = assignment;
        }
    }
    scene.effects.records.push(group.record());
    for id in group.members.ids() {
        let Some(member) = group.members.get_mut(&id) else {
            continue;
        };
        let (assignment, timeout_ms) = (member.assignment.clone(), member.session_timeout_ms);
        if let Some(waiter) = member.awaiting_sync.take() {
            let reply = assigned(group, assignment);
            scene.effects.synced(waiter, Ok(reply));
            scene.restart_session(&group.id, &id, timeout_ms);
        }
    }
}

/// Decides a heartbeat.
///
/// # Errors
/// What the member has to do: join again, or find out who it is.
pub fn heartbeat(
    group: &mut ClassicGroup,
    scene: &mut Scene<'_>,
    request: &HeartbeatRequest,
) -> Result<(), GroupError> {
    group.validate_member(&request.member_id, request.instance_id.as_deref())?;
    if request.generation != group.generation {
        return Err(GroupError::IllegalGeneration);
    }
    restart(group, scene, &request.member_id);
    match group.state {
        State::PreparingRebalance => Err(GroupError::RebalanceInProgress),
        State::Empty => Err(GroupError::UnknownMemberId),
        State::CompletingRebalance | State::Stable => Ok(()),
    }
}

/// Starts the session of a member anew.
pub fn restart(group: &ClassicGroup, scene: &mut Scene<'_>, id: &str) {
    if let Some(member) = group.members.get(id) {
        scene.restart_session(&group.id, &member.id, member.session_timeout_ms);
    }
}

/// Decides who leaves; one outcome per asked member.
pub fn leave(
    group: &mut ClassicGroup,
    scene: &mut Scene<'_>,
    leaving: &[Leaving],
) -> Vec<Result<(), GroupError>> {
    let outcome: Vec<_> = leaving.iter().map(|who| leave_one(group, scene, who)).collect();
    if outcome.iter().any(Result::is_ok) {
        match group.state {
            State::Stable | State::CompletingRebalance => prepare(group, scene),
            State::PreparingRebalance => maybe_complete_join(group, scene),
            State::Empty => {}
        }
    }
    outcome
}

fn leave_one(group: &mut ClassicGroup, scene: &mut Scene<'_>, who: &Leaving) -> Result<(), GroupError> {
    let instance = who.instance_id.as_deref();
    let id = if who.member_id.is_empty() {
        // An administrator removes a static member by its instance id.
        instance
            .and_then(|i| group.members.static_id(i))
            .cloned()
            .ok_or(GroupError::UnknownMemberId)?
    } else if group.pending_join.contains(who.member_id.as_str()) {
        who.member_id.as_str().into()
    } else {
        group.validate_member(&who.member_id, instance)?;
        who.member_id.as_str().into()
    };
    scene.end_session(&group.id, &id);
    remove_member(group, scene, &id);
    Ok(())
}
