//! What follows from a deadline that passed, and from loading.

use std::sync::Arc;

use super::effects::Scene;
use super::group::Group;
use super::offsets::Offsets;
use super::timers::TimerKey;
use super::{classic, consumer, expiry};
use crate::groups::consumer::MemberState;

/// The id of the group that a deadline belongs to.
pub fn group_of(key: &TimerKey) -> Arc<str> {
    match key {
        TimerKey::Session(group, _)
        | TimerKey::Join(group)
        | TimerKey::Sync(group)
        | TimerKey::Expiry(group)
        | TimerKey::Revocation(group, _)
        | TimerKey::ClassicJoin(group, _)
        | TimerKey::ClassicSync(group, _)
        | TimerKey::Regex(group)
        | TimerKey::Converted(group, _) => group.clone(),
    }
}

/// Decides what a passed deadline means for its group.
pub fn fire(key: &TimerKey, group: &mut Group, offsets: Option<&Offsets>, scene: &mut Scene<'_>) {
    if let TimerKey::Expiry(id) = key {
        if let Some(next_ms) = expiry::expire(id, group, offsets, scene) {
            arm_expiry(id, scene, next_ms);
        }
        return;
    }
    match group {
        Group::Classic(group) => match key {
            TimerKey::Join(_) => classic::join_deadline(group, scene),
            TimerKey::Sync(_) => classic::sync_deadline(group, scene),
            TimerKey::Session(_, member) => classic::session_deadline(group, scene, member),
            TimerKey::Converted(_, rebalance) => {
                for member in group.members.iter() {
                    scene.restart_session(&group.id, &member.id, member.session_timeout_ms);
                }
                if *rebalance {
                    classic::prepare(group, scene);
                }
            }
            _ => {}
        },
        Group::Consumer(group) => match key {
            TimerKey::Session(_, member)
            | TimerKey::ClassicJoin(_, member)
            | TimerKey::ClassicSync(_, member) => consumer::deadline(group, scene, member),
            TimerKey::Revocation(_, member) => consumer::revocation_deadline(group, scene, member),
            TimerKey::Regex(_) => consumer::resolve_regexes(group, scene),
            _ => {}
        },
    }
}

/// Sees to it that a group is looked at when something of it may expire: at `at_ms` (wall), or when it is out of
/// time in case it becomes empty now, but not more often than the check interval.
pub fn arm_expiry(id: &Arc<str>, scene: &mut Scene<'_>, at_ms: i64) {
    let interval_ms = scene.config.offsets_retention_check_interval_ms;
    let latest_ms = scene.config.offsets_retention_ms.max(interval_ms);
    let wait_ms = at_ms
        .saturating_sub(scene.now.wall_ms)
        .clamp(interval_ms, latest_ms);
    let at_ms = scene.now.mono_ms.saturating_add(wait_ms);
    scene.timers.set_if_earlier(TimerKey::Expiry(id.clone()), at_ms);
}

/// Begins the watch over a group that was just loaded.
pub fn loaded(group: &mut Group, scene: &mut Scene<'_>) {
    match group {
        Group::Classic(group) => {
            scene.look_for_expired(&group.id);
            for member in group.members.iter() {
                scene.restart_session(&group.id, &member.id, member.session_timeout_ms);
            }
            if group.members.len() > scene.config.group_max_size {
                // The limit was lowered; whoever joins first may stay.
                classic::prepare(group, scene);
            }
        }
        Group::Consumer(group) => {
            scene.look_for_expired(&group.id);
            let timeout_ms = scene.consumer_session_timeout_ms(&group.id);
            for member in group.members.values() {
                scene.restart_session(&group.id, &member.id, timeout_ms);
                if member.state == MemberState::UnrevokedPartitions {
                    let key = TimerKey::Revocation(group.id.clone(), member.id.clone());
                    scene.set_timer(key, member.subscription.rebalance_timeout_ms);
                }
            }
        }
    }
}
