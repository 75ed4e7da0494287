//! A classic group becomes a consumer group while its members are on (KIP-848): members stay, with the classic
//! protocol, and the group's generation becomes its epoch.

use std::cmp::Reverse;
use std::collections::HashSet;

use uuid::Uuid;

use super::change::metadata_hash;
use super::group::ConsumerGroup;
use super::heartbeat::sorted;
use super::member::{Assignment, ConsumerMember, with_epoch};
use super::protocol::{Subscription, by_id, read_assignment, read_subscription};
use crate::groups::classic::{ClassicGroup, Member};
use crate::groups::effects::Scene;
use crate::groups::timers::TimerKey;
use crate::groups::types::GroupError;
use crate::groups::types_consumer::Refusal;
use crate::records::consumer_groups::{
    ClassicMember, ConsumerRecord, GroupEpoch, MemberSubscription, TargetEpoch,
};
use crate::records::groups::GroupRecord;

fn refused(group: &ClassicGroup, why: &str) -> Refusal {
    let text = format!(
        "Cannot upgrade classic group {} to consumer group because {why}",
        group.id
    );
    Refusal::new(GroupError::GroupIdNotFound, text)
}

/// Makes a consumer group of a classic one: its records are written behind the old one's tombstone. Gives back the
/// new group as replay will leave it. The classic group is as it was until [`let_go`], so that the request which
/// brought this about may still be refused.
///
/// # Errors
/// GROUP_ID_NOT_FOUND when policy, size or the members' metadata stand against it.
pub fn upgrade(group: &ClassicGroup, scene: &mut Scene<'_>) -> Result<ConsumerGroup, Refusal> {
    let config = &scene.config.consumer;
    if !config.migration.may_upgrade() {
        return Err(refused(group, "online upgrade is disabled."));
    }
    if !group.is_consumer() {
        return Err(refused(
            group,
            "the group does not use the consumer embedded protocol.",
        ));
    }
    if group.members.len() > config.max_size {
        return Err(refused(
            group,
            "the group size exceeds the consumer group maximum size.",
        ));
    }
    let new = build(group, scene)?;
    scene.effects.records.push(GroupRecord::Group {
        group: group.id.to_string(),
        value: None,
    });
    write(&new, scene);
    Ok(new)
}

/// Ends what the classic group was about: parked requests are told to come again, sessions start anew but for the
/// static member whose place `successor_of` says was taken.
pub fn let_go(group: &mut ClassicGroup, scene: &mut Scene<'_>, successor_of: Option<&str>) {
    release_parked(group, scene);
    scene.timers.cancel(&TimerKey::Join(group.id.clone()));
    scene.timers.cancel(&TimerKey::Sync(group.id.clone()));
    for id in &group.pending_join {
        scene.end_session(&group.id, id);
    }
    for member in group.members.iter() {
        if member.instance_id.is_some() && member.instance_id.as_deref() == successor_of {
            scene.end_session(&group.id, &member.id);
        } else {
            scene.restart_session(&group.id, &member.id, member.session_timeout_ms);
        }
    }
}

fn build(group: &ClassicGroup, scene: &Scene<'_>) -> Result<ConsumerGroup, Refusal> {
    let mut new = ConsumerGroup::new(group.id.clone());
    new.epoch = group.generation;
    new.target_epoch = TargetEpoch {
        epoch: group.generation,
        timestamp_ms: 0,
    };
    let mut read = group
        .members
        .iter()
        .map(|old| read_member(group, old, scene))
        .collect::<Result<Vec<_>, _>>()?;
    keep_what_is_owned(&mut read, scene);
    for Read {
        old,
        assigned,
        subscription,
    } in read
    {
        let mut member = ConsumerMember::new(old.id.clone());
        member.epoch = group.generation;
        member.previous_epoch = group.generation;
        member.assigned = with_epoch(&assigned, group.generation);
        member.subscription = MemberSubscription {
            instance_id: old.instance_id.clone(),
            rack_id: subscription.rack_id,
            client_id: old.client_id.clone(),
            client_host: old.client_host.clone(),
            topic_names: sorted(subscription.topics),
            topic_regex: Some(String::new()),
            rebalance_timeout_ms: old.rebalance_timeout_ms,
            server_assignor: None,
            classic: Some(classic(old)),
        };
        new.target.insert(old.id.clone(), assigned);
        new.put(member);
    }
    new.metadata_hash = metadata_hash(scene.topics, new.subscriptions.topics.keys());
    Ok(new)
}

/// A classic member, with what it was assigned and what it told when it joined last.
struct Read<'a> {
    old: &'a Member,
    assigned: Assignment,
    subscription: Subscription,
}

fn read_member<'a>(group: &ClassicGroup, old: &'a Member, scene: &Scene<'_>) -> Result<Read<'a>, Refusal> {
    let malformed = |_| refused(group, "the embedded consumer protocol is malformed.");
    let assignment = read_assignment(&old.assignment).map_err(malformed)?;
    if assignment.has_user_data {
        return Err(refused(
            group,
            "an unsupported custom assignor is in use. Please refer to the documentation or switch to a \
             default assignor before re-attempting the upgrade.",
        ));
    }
    let assigned = by_id(scene.topics, &assignment.partitions)
        .into_iter()
        .map(|(topic, partitions)| (topic, partitions.into_iter().collect()))
        .collect();
    let metadata = old.metadata(group.protocol.as_deref());
    let subscription = read_subscription(&metadata).map_err(malformed)?;
    Ok(Read {
        old,
        assigned,
        subscription,
    })
}

/// Members of the cooperative protocol go on reading while they join, and give back what the leader did not leave them
/// only afterwards: what they said they own counts as theirs until they join again, or a new member would read it beside
/// them. Kafka goes by the assignments alone, which a rebalance that was broken off has emptied.
fn keep_what_is_owned(members: &mut [Read<'_>], scene: &Scene<'_>) {
    let assigned = members.iter().flat_map(|member| &member.assigned);
    let mut taken: HashSet<(Uuid, i32)> = assigned
        .flat_map(|(topic, partitions)| partitions.iter().map(|p| (*topic, *p)))
        .collect();
    let mut newest_first: Vec<&mut Read<'_>> = members.iter_mut().collect();
    newest_first.sort_by_key(|member| Reverse(member.subscription.generation));
    for member in newest_first {
        for (topic, partitions) in by_id(scene.topics, &member.subscription.owned) {
            let there = scene.topics.by_id(topic).map_or(0, |topic| topic.partitions);
            let free = partitions
                .into_iter()
                .filter(|p| (0..there).contains(p) && taken.insert((topic, *p)));
            for partition in free {
                member.assigned.entry(topic).or_default().insert(partition);
            }
        }
    }
}

fn classic(old: &Member) -> ClassicMember {
    let protocols = old.protocols.iter();
    ClassicMember {
        session_timeout_ms: old.session_timeout_ms,
        protocols: protocols.map(|p| (p.name.clone(), p.metadata.clone())).collect(),
    }
}

fn release_parked(group: &mut ClassicGroup, scene: &mut Scene<'_>) {
    for id in group.members.ids() {
        if let Some(waiter) = group.members.take_join(&id) {
            scene
                .effects
                .refuse_join(waiter, GroupError::RebalanceInProgress, &id);
        }
        if let Some(waiter) = group.members.get_mut(&id).and_then(|m| m.awaiting_sync.take()) {
            scene.effects.synced(waiter, Err(GroupError::RebalanceInProgress));
        }
    }
}

fn write(new: &ConsumerGroup, scene: &mut Scene<'_>) {
    for (id, member) in &new.members {
        let record = ConsumerRecord::Member(id.to_string(), Some(member.subscription.clone()));
        scene.record(new, record);
    }
    scene.record(
        new,
        ConsumerRecord::Epoch(Some(GroupEpoch {
            epoch: new.epoch,
            metadata_hash: new.metadata_hash,
        })),
    );
    for (id, assignment) in &new.target {
        let topics = assignment.iter().map(|(t, p)| (*t, p.iter().copied().collect()));
        scene.record(
            new,
            ConsumerRecord::TargetMember(id.to_string(), Some(topics.collect())),
        );
    }
    scene.record(new, ConsumerRecord::TargetEpoch(Some(new.target_epoch)));
    for (id, member) in &new.members {
        scene.record(
            new,
            ConsumerRecord::Current(id.to_string(), Some(member.current())),
        );
    }
}
