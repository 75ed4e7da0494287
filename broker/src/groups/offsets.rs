//! Committed offsets: commit, fetch, deletion, and topics that go. Expiry is in [`super::expiry`].

use std::collections::BTreeMap;

use uuid::Uuid;

use super::classic::{ClassicGroup, State, restart};
use super::consumer::{ConsumerGroup, ConsumerMember};
use super::effects::Scene;
use super::expiry::{Subscribed, subscribed_topics};
use super::group::Group;
use super::pending::Pending;
use super::types::{
    CommitOutcome, CommitPartition, CommitRequest, CommitTopic, DeletedTopic, FetchRequest, FetchedPartition,
    FetchedTopic, GroupError,
};
use crate::records::groups::{GroupRecord, OffsetCommitValue};

/// Committed offsets of a group by topic name and partition.
pub type Offsets = BTreeMap<String, BTreeMap<i32, OffsetCommitValue>>;

/// Decides a commit. `group` is `None` when there is none yet: commits from outside a group make one.
///
/// # Errors
/// The error that every partition of the request gets.
pub fn commit(
    group: Option<&Group>,
    scene: &mut Scene<'_>,
    request: CommitRequest,
) -> Result<CommitOutcome, GroupError> {
    match group {
        Some(Group::Classic(group)) => {
            validate_commit(group, &request)?;
            if matches!(group.state, State::Stable | State::PreparingRebalance) {
                // A commit proves that the member lives.
                restart(group, scene, &request.member_id);
            }
        }
        Some(Group::Consumer(group)) => {
            // An OffsetCommit before version 9 has no epoch; a TxnOffsetCommit has had one since it names members.
            validate_consumer_commit(group, &request, request.knows_group_id_not_found)?;
        }
        None if request.generation < 0 => {}
        None if request.knows_group_id_not_found => return Err(GroupError::GroupIdNotFound),
        None => return Err(GroupError::IllegalGeneration),
    }
    commit_all(scene, request)
}

/// Decides a commit within a transaction, whose coordinator vouches for the producer.
///
/// # Errors
/// The error that every partition of the request gets.
pub fn commit_in_transaction(
    group: Option<&Group>,
    scene: &mut Scene<'_>,
    request: CommitRequest,
) -> Result<CommitOutcome, GroupError> {
    let outside = request.generation < 0 && request.member_id.is_empty() && request.instance_id.is_none();
    match group {
        // Clients from before KIP-447 do not say who they are.
        _ if outside => {}
        Some(Group::Classic(group)) if request.generation < 0 && group.state == State::Empty => {}
        Some(Group::Classic(group)) => {
            group.validate_member(&request.member_id, request.instance_id.as_deref())?;
            if request.generation != group.generation {
                return Err(GroupError::IllegalGeneration);
            }
        }
        Some(Group::Consumer(group)) => {
            validate_consumer_commit(group, &request, true).map_err(|error| match error {
                GroupError::StaleMemberEpoch => GroupError::IllegalGeneration,
                error => error,
            })?;
        }
        None if request.generation < 0 => {}
        None => return Err(GroupError::IllegalGeneration),
    }
    commit_all(scene, request)
}

/// Bytes of an offset in the log besides names and metadata, at most.
const OFFSET_BYTES: usize = 80;

/// Offsets of one request are one batch, which Kafka's coordinator does not write beyond the topic's limit. A request can
/// name a partition over and over: without a limit, each time would cost a copy of the group's id.
fn require_room(scene: &Scene<'_>, request: &CommitRequest) -> Result<(), GroupError> {
    let of_topic = |topic: &CommitTopic| {
        let each = OFFSET_BYTES + request.group.len() + topic.name.len();
        let metadata = topic.partitions.iter().filter_map(|p| p.metadata.as_ref());
        let fitting = metadata.filter(|text| fits(scene, text));
        each * topic.partitions.len() + fitting.map(String::len).sum::<usize>()
    };
    match request.topics.iter().map(of_topic).sum::<usize>() > scene.config.commit_max_bytes {
        true => Err(GroupError::UnknownServerError),
        false => Ok(()),
    }
}

fn commit_all(scene: &mut Scene<'_>, request: CommitRequest) -> Result<CommitOutcome, GroupError> {
    require_room(scene, &request)?;
    let expire_timestamp = request
        .retention_ms
        .map_or(-1, |ms| scene.now.wall_ms.saturating_add(ms));
    let mut outcome = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for partition in topic.partitions {
            let index = partition.index;
            let result = commit_value(scene, partition, topic.id, expire_timestamp);
            partitions.push((index, result.as_ref().map(|_| ()).map_err(|e| *e)));
            if let Ok(value) = result {
                scene.effects.records.push(GroupRecord::Offset {
                    group: request.group.clone(),
                    topic: topic.name.clone(),
                    partition: index,
                    value: Some(value),
                });
            }
        }
        outcome.push(partitions);
    }
    Ok(outcome)
}

/// Whether metadata are within `offset.metadata.max.bytes`.
fn fits(scene: &Scene<'_>, metadata: &str) -> bool {
    metadata.encode_utf16().count() <= scene.config.offset_metadata_max
}

fn commit_value(
    scene: &Scene<'_>,
    partition: CommitPartition,
    topic_id: Uuid,
    expire_timestamp: i64,
) -> Result<OffsetCommitValue, GroupError> {
    let metadata = partition.metadata.unwrap_or_default();
    if !fits(scene, &metadata) {
        return Err(GroupError::OffsetMetadataTooLarge);
    }
    // The only record version with an expiry time has neither epoch nor topic id.
    let expires = expire_timestamp != -1;
    Ok(OffsetCommitValue {
        offset: partition.offset,
        leader_epoch: if expires { -1 } else { partition.leader_epoch },
        metadata,
        commit_timestamp: scene.now.wall_ms,
        expire_timestamp,
        topic_id: if expires { Uuid::nil() } else { topic_id },
    })
}

fn validate_commit(group: &ClassicGroup, request: &CommitRequest) -> Result<(), GroupError> {
    if request.generation < 0 && group.state == State::Empty {
        // An administrator, or a consumer that assigns its partitions itself.
        return Ok(());
    }
    if request.generation >= 0 || !request.member_id.is_empty() || request.instance_id.is_some() {
        group.validate_member(&request.member_id, request.instance_id.as_deref())?;
        if request.generation != group.generation {
            return Err(GroupError::IllegalGeneration);
        }
    } else if group.state != State::Empty {
        return Err(GroupError::UnknownMemberId);
    }
    if group.state == State::CompletingRebalance {
        // It is a member of a generation that has no assignment yet.
        return Err(GroupError::RebalanceInProgress);
    }
    Ok(())
}

/// A member of a consumer group commits with its epoch, or with an older one for partitions that it had then.
fn validate_consumer_commit(
    group: &ConsumerGroup,
    request: &CommitRequest,
    knows_epochs: bool,
) -> Result<(), GroupError> {
    let epoch = request.generation;
    if epoch < 0 && group.members.is_empty() {
        // An administrator, or a consumer that assigns its partitions itself.
        return Ok(());
    }
    let member = group.members.get(request.member_id.as_str());
    let member = member.ok_or(GroupError::UnknownMemberId)?;
    if !member.is_classic() && !knows_epochs {
        return Err(GroupError::UnsupportedVersion);
    }
    let had_all = || {
        let mut all = request
            .topics
            .iter()
            .flat_map(|topic| topic.partitions.iter().map(|p| (topic.id, p.index)));
        all.all(|(topic, index)| {
            let since = member.assignment_epoch(topic, index);
            since.is_some_and(|since| epoch >= since)
        })
    };
    if epoch == member.epoch || (epoch < member.epoch && had_all()) {
        return Ok(());
    }
    Err(stale(member))
}

fn stale(member: &ConsumerMember) -> GroupError {
    match member.is_classic() {
        true => GroupError::IllegalGeneration,
        false => GroupError::StaleMemberEpoch,
    }
}

/// Members of a consumer group ask with their epoch (OffsetFetch v9); administrators without.
fn validate_fetch(group: &Group, request: &FetchRequest) -> Result<(), GroupError> {
    let (Group::Consumer(group), Some((id, epoch))) = (group, &request.member) else {
        return Ok(());
    };
    let member = group
        .members
        .get(id.as_str())
        .ok_or(GroupError::UnknownMemberId)?;
    match *epoch == member.epoch {
        true => Ok(()),
        false => Err(stale(member)),
    }
}

/// Committed offsets; a missing group has none.
///
/// # Errors
/// UNKNOWN_MEMBER_ID or STALE_MEMBER_EPOCH for members of consumer groups.
pub fn fetch(
    group: Option<&Group>,
    offsets: Option<&Offsets>,
    pending: &Pending,
    request: FetchRequest,
) -> Result<Vec<FetchedTopic>, GroupError> {
    if let Some(group) = group {
        validate_fetch(group, &request)?;
    }
    let (id, require_stable) = (request.group.clone(), request.require_stable);
    let mut topics = committed(offsets, request);
    if require_stable {
        for topic in &mut topics {
            for partition in &mut topic.partitions {
                if pending.is_unstable(&id, &topic.name, partition.index) {
                    *partition = FetchedPartition {
                        unstable: true,
                        ..fetched(partition.index, None)
                    };
                }
            }
        }
    }
    Ok(topics)
}

fn committed(offsets: Option<&Offsets>, request: FetchRequest) -> Vec<FetchedTopic> {
    let Some(topics) = request.topics else {
        return offsets.map(fetch_all).unwrap_or_default();
    };
    let topics = topics.into_iter().map(|topic| {
        let commits = offsets.and_then(|o| o.get(&topic.name));
        let partitions = topic.partitions.iter().map(|index| {
            let commit = commits.and_then(|c| c.get(index));
            fetched(
                *index,
                commit.filter(|c| c.topic_id.is_nil() || topic.id.is_nil() || c.topic_id == topic.id),
            )
        });
        FetchedTopic {
            partitions: partitions.collect(),
            name: topic.name,
            id: topic.id,
        }
    });
    topics.collect()
}

fn fetch_all(offsets: &Offsets) -> Vec<FetchedTopic> {
    let topics = offsets.iter().map(|(name, commits)| FetchedTopic {
        name: name.clone(),
        id: commits
            .values()
            .map(|c| c.topic_id)
            .find(|id| !id.is_nil())
            .unwrap_or_default(),
        partitions: commits
            .iter()
            .map(|(index, commit)| fetched(*index, Some(commit)))
            .collect(),
    });
    topics.collect()
}

fn fetched(index: i32, commit: Option<&OffsetCommitValue>) -> FetchedPartition {
    FetchedPartition {
        index,
        offset: commit.map_or(-1, |c| c.offset),
        leader_epoch: commit.map_or(-1, |c| c.leader_epoch),
        metadata: commit.map(|c| c.metadata.clone()).unwrap_or_default(),
        unstable: false,
    }
}

/// Decides the deletion of single offsets: one outcome per asked partition.
///
/// # Errors
/// [`GroupError::GroupIdNotFound`], or [`GroupError::NonEmptyGroup`] for a group whose subscriptions are unknown.
pub fn delete(
    id: &str,
    group: Option<&Group>,
    offsets: Option<&Offsets>,
    asked: &[(String, Vec<i32>)],
    records: &mut Vec<GroupRecord>,
) -> Result<CommitOutcome, GroupError> {
    let group = group.ok_or(GroupError::GroupIdNotFound)?;
    if let Group::Classic(group) = group
        && group.state != State::Empty
        && !group.is_consumer()
    {
        return Err(GroupError::NonEmptyGroup);
    }
    let subscribed: Subscribed = subscribed_topics(group);
    let outcome = asked.iter().map(|(topic, partitions)| {
        let is_used = subscribed.contains(topic);
        let commits = offsets.and_then(|offsets| offsets.get(topic));
        let one = |partition: &i32| {
            if is_used {
                return (*partition, Err(GroupError::GroupSubscribedToTopic));
            }
            if commits.is_some_and(|commits| commits.contains_key(partition)) {
                records.push(tombstone(id, topic, *partition));
            }
            (*partition, Ok(()))
        };
        partitions.iter().map(one).collect()
    });
    Ok(outcome.collect())
}

/// Tombstones for the offsets of topics that are gone; commits to a newer topic of the same name stay.
pub fn drop_topics(id: &str, offsets: &Offsets, deleted: &[DeletedTopic], records: &mut Vec<GroupRecord>) {
    for topic in deleted {
        for (partition, commit) in offsets.get(&topic.name).into_iter().flatten() {
            if commit.topic_id.is_nil() || commit.topic_id == topic.id {
                records.push(tombstone(id, &topic.name, *partition));
            }
        }
    }
}

/// The tombstone of one offset.
pub fn tombstone(group: &str, topic: &str, partition: i32) -> GroupRecord {
    GroupRecord::Offset {
        group: group.to_owned(),
        topic: topic.to_owned(),
        partition,
        value: None,
    }
}
