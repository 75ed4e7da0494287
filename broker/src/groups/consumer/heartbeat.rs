//! ConsumerGroupHeartbeat of a member that joins or stays (`GroupMetadataManager.consumerGroupHeartbeat`).

use std::sync::Arc;

use uuid::Uuid;

use super::change::{Change, has_changed, metadata_change};
use super::group::ConsumerGroup;
use super::member::{ConsumerMember, Owned, STATIC_LEFT_EPOCH};
use super::reconcile::Step;
use super::regex;
use super::target::update_target;
use crate::groups::effects::Scene;
use crate::groups::timers::TimerKey;
use crate::groups::types::GroupError;
use crate::groups::types_consumer::{ConsumerHeartbeat, ConsumerHeartbeatReply, OwnedByClient, Refusal};
use crate::records::consumer_groups::ConsumerRecord;

/// Decides a heartbeat to an existing (or just made) group. `fresh` becomes the id of a member without one.
///
/// # Errors
/// What the member has to do.
pub fn heartbeat(
    group: &ConsumerGroup,
    scene: &mut Scene<'_>,
    request: &ConsumerHeartbeat,
    fresh: Uuid,
) -> Result<ConsumerHeartbeatReply, Refusal> {
    check_room(group, scene, &request.member_id)?;
    let id: Arc<str> = match request.member_id.as_str() {
        "" => Arc::from(kafka_uuid(fresh)),
        id => Arc::from(id),
    };
    let joins = request.member_epoch == 0;
    let member = match &request.instance_id {
        None => dynamic_member(group, &id, joins).and_then(|member| check_epoch(request, member))?,
        Some(instance) => static_member(group, scene, request, &id, instance, joins)?,
    };
    let updated = updated(request, &member);
    let names_changed = has_changed(group, scene, &member, &updated);
    let regex_change = regex::change(group, scene, &member, &updated)?;
    let change = Change {
        bump: names_changed || regex_change.is_resolved(),
        member: &member,
        updated: &updated,
    };
    let (epoch, kind) = metadata_change(group, scene, &change);
    let target = update_target(group, scene, epoch, kind, &change)?;
    let step = Step {
        group,
        topics: scene.topics,
        target_epoch: target.epoch,
        target: &target.assignment,
        has_subscription_changed: names_changed || regex_change.is_updated(),
        owned: request.owned.as_ref(),
    };
    let reconciled = reconcile(group, scene, &step, updated)?;
    if let Some(old) = group
        .static_member_id(request.instance_id.as_deref())
        .filter(|old| **old != id)
    {
        super::leave::cancel_timers(group, scene, old);
    }
    let timeout_ms = scene.consumer_session_timeout_ms(&group.id);
    scene.set_timer(TimerKey::Session(group.id.clone(), id), timeout_ms);
    let is_full = request.rebalance_timeout_ms.is_some()
        && (request.topic_names.is_some() || request.topic_regex.is_some())
        && request.owned.is_some();
    let tells = joins || is_full || reconciled.assigned != member.assigned;
    Ok(ConsumerHeartbeatReply {
        member_id: reconciled.id.to_string(),
        member_epoch: reconciled.epoch,
        heartbeat_interval_ms: scene.consumer_heartbeat_interval_ms(&group.id),
        assignment: tells.then(|| to_client(&reconciled.assigned)),
    })
}

/// A random UUID as Kafka writes it: URL-safe base64 without padding.
pub fn kafka_uuid(id: Uuid) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits = id.as_u128();
    let digit = |at: u32| {
        // 22 digits of six bits make 132: the last digit has four bits of nothing.
        let six = if at == 21 {
            bits << 4
        } else {
            bits >> (122 - 6 * at)
        };
        let index = usize::try_from(six & 63).unwrap_or(0);
        char::from(DIGITS.get(index).copied().unwrap_or(b'A'))
    };
    (0..22).map(digit).collect()
}

fn to_client(owned: &Owned) -> OwnedByClient {
    let topics = owned.iter();
    topics
        .map(|(topic, partitions)| (*topic, partitions.keys().copied().collect()))
        .collect()
}

/// Refuses new members of a full group.
pub fn check_room(group: &ConsumerGroup, scene: &Scene<'_>, member_id: &str) -> Result<(), Refusal> {
    let max = scene.config.consumer.max_size;
    if group.members.len() >= max && !group.members.contains_key(member_id) {
        let text = format!("The consumer group has reached its maximum capacity of {max} members.");
        return Err(Refusal::new(GroupError::GroupMaxSizeReached, text));
    }
    Ok(())
}

/// A dynamic member, made if it joins.
pub fn dynamic_member(group: &ConsumerGroup, id: &Arc<str>, joins: bool) -> Result<ConsumerMember, Refusal> {
    match group.members.get(id) {
        Some(member) => Ok(member.clone()),
        None if joins => Ok(ConsumerMember::new(id.clone())),
        None => Err(unknown_member(group, id)),
    }
}

/// The refusal of somebody who is no member.
pub fn unknown_member(group: &ConsumerGroup, id: &str) -> Refusal {
    let text = format!("Member {id} is not a member of group {}.", group.id);
    Refusal::new(GroupError::UnknownMemberId, text)
}

fn static_member(
    group: &ConsumerGroup,
    scene: &mut Scene<'_>,
    request: &ConsumerHeartbeat,
    id: &Arc<str>,
    instance: &str,
    joins: bool,
) -> Result<ConsumerMember, Refusal> {
    let existing = group.static_member(instance);
    if joins {
        let Some(existing) = existing else {
            return dynamic_member(group, id, true);
        };
        if !existing.is_classic() && existing.epoch != STATIC_LEFT_EPOCH {
            let text = format!(
                "Static member {id} with instance id {instance} cannot join the group because the instance id is \
                 owned by {} member.",
                existing.id
            );
            return Err(Refusal::new(GroupError::UnreleasedInstanceId, text));
        }
        return Ok(replace(group, scene, existing, id));
    }
    let existing = holder(existing, id, instance)?;
    check_epoch(request, existing.clone())
}

/// The holder of an instance id, who must be the one who asks.
pub fn holder<'a>(
    existing: Option<&'a ConsumerMember>,
    id: &str,
    instance: &str,
) -> Result<&'a ConsumerMember, Refusal> {
    let Some(existing) = existing else {
        let text = format!("Instance id {instance} is unknown.");
        return Err(Refusal::new(GroupError::UnknownMemberId, text));
    };
    if &*existing.id != id {
        let text = format!(
            "Static member {id} with instance id {instance} was fenced by member {}.",
            existing.id
        );
        return Err(Refusal::new(GroupError::FencedInstanceId, text));
    }
    Ok(existing)
}

/// Gives a static member's place to its successor. The old one's deadlines stay for now: should the request be
/// refused after all, they still watch over it.
pub fn replace(
    group: &ConsumerGroup,
    scene: &mut Scene<'_>,
    old: &ConsumerMember,
    id: &Arc<str>,
) -> ConsumerMember {
    let member = ConsumerMember {
        id: id.clone(),
        epoch: 0,
        previous_epoch: 0,
        ..old.clone()
    };
    super::leave::remove_records(group, scene, &old.id);
    let target = group.target_of(&old.id);
    let target = target.into_iter().map(|(t, p)| (t, p.into_iter().collect()));
    let name = || id.to_string();
    scene.record(
        group,
        ConsumerRecord::Member(name(), Some(member.subscription.clone())),
    );
    scene.record(
        group,
        ConsumerRecord::TargetMember(name(), Some(target.collect())),
    );
    scene.record(group, ConsumerRecord::Current(name(), Some(member.current())));
    member
}

/// A member must come with its epoch, or with the one before if it still has nothing that it was not given.
fn check_epoch(request: &ConsumerHeartbeat, member: ConsumerMember) -> Result<ConsumerMember, Refusal> {
    let (received, known) = (request.member_epoch, member.epoch);
    let refused = |word: &str| {
        let text = format!(
            "The consumer group member has a {word} member epoch ({received}) than the one known by the group \
             coordinator ({known}). The member must abandon all its partitions and rejoin."
        );
        Err(Refusal::new(GroupError::FencedMemberEpoch, text))
    };
    if received == 0 || received == known {
        Ok(member)
    } else if received > known {
        refused("greater")
    } else if received == member.previous_epoch && is_subset(request.owned.as_ref(), &member.assigned) {
        Ok(member)
    } else {
        refused("smaller")
    }
}

fn is_subset(owned: Option<&OwnedByClient>, assigned: &Owned) -> bool {
    owned.is_some_and(|owned| {
        owned.iter().all(|(topic, partitions)| {
            let has = assigned.get(topic);
            has.is_some_and(|has| partitions.iter().all(|p| has.contains_key(p)))
        })
    })
}

fn updated(request: &ConsumerHeartbeat, member: &ConsumerMember) -> ConsumerMember {
    let mut updated = member.clone();
    let subscription = &mut updated.subscription;
    let keep = |new: &Option<String>, old: &mut Option<String>| {
        if new.is_some() {
            old.clone_from(new);
        }
    };
    keep(&request.instance_id, &mut subscription.instance_id);
    keep(&request.rack_id, &mut subscription.rack_id);
    keep(&request.server_assignor, &mut subscription.server_assignor);
    keep(&request.topic_regex, &mut subscription.topic_regex);
    if let Some(timeout_ms) = request.rebalance_timeout_ms {
        subscription.rebalance_timeout_ms = timeout_ms;
    }
    if let Some(names) = &request.topic_names {
        subscription.topic_names = sorted(names.clone());
    }
    subscription.client_id.clone_from(&request.client_id);
    subscription.client_host.clone_from(&request.client_host);
    subscription.classic = None;
    updated
}

/// Names as records have them: sorted, each once.
pub fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

/// Leads a member on; writes its record and watches over what it has to give back.
pub fn reconcile(
    group: &ConsumerGroup,
    scene: &mut Scene<'_>,
    step: &Step<'_>,
    member: ConsumerMember,
) -> Result<ConsumerMember, Refusal> {
    if !step.has_subscription_changed && member.is_reconciled_to(step.target_epoch) {
        return Ok(member);
    }
    let before = member.clone();
    let next = step.take(member)?;
    if next != before {
        scene.record(
            group,
            ConsumerRecord::Current(next.id.to_string(), Some(next.current())),
        );
        if !next.is_classic() {
            super::leave::watch_revocation(group, scene, &next);
        }
    }
    Ok(next)
}
