//! Committed offsets: commit, fetch, expiry, and topics that go.

use std::collections::BTreeSet;

use bytes::Bytes;
use uuid::Uuid;

use super::effects::{Now, Scene};
use super::group::{Group, State};
use super::session::restart;
use super::types::{
    CommitOutcome, CommitPartition, CommitRequest, DeletedTopic, FetchRequest, FetchedPartition,
    FetchedTopic, GroupError,
};
use crate::records::codec::{CodecError, Reader};
use crate::records::groups::{GroupRecord, OffsetCommitValue};

/// Decides a commit. `group` is `None` when there is none yet: commits from outside a group make one.
///
/// # Errors
/// The error that every partition of the request gets.
pub fn commit(
    group: Option<&mut Group>,
    scene: &mut Scene<'_>,
    request: CommitRequest,
) -> Result<CommitOutcome, GroupError> {
    match group {
        Some(group) => {
            validate_commit(group, &request)?;
            if matches!(group.state, State::Stable | State::PreparingRebalance) {
                // A commit proves that the member lives.
                restart(group, scene, &request.member_id);
            }
        }
        None if request.generation < 0 => {}
        None if request.knows_group_id_not_found => return Err(GroupError::GroupIdNotFound),
        None => return Err(GroupError::IllegalGeneration),
    }
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

fn commit_value(
    scene: &Scene<'_>,
    partition: CommitPartition,
    topic_id: Uuid,
    expire_timestamp: i64,
) -> Result<OffsetCommitValue, GroupError> {
    let metadata = partition.metadata.unwrap_or_default();
    if metadata.encode_utf16().count() > scene.config.offset_metadata_max {
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

fn validate_commit(group: &Group, request: &CommitRequest) -> Result<(), GroupError> {
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

/// Committed offsets; a missing group has none.
pub fn fetch(group: Option<&Group>, request: FetchRequest) -> Vec<FetchedTopic> {
    let Some(topics) = request.topics else {
        return group.map(fetch_all).unwrap_or_default();
    };
    let topics = topics.into_iter().map(|topic| {
        let commits = group.and_then(|g| g.offsets.get(&topic.name));
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

fn fetch_all(group: &Group) -> Vec<FetchedTopic> {
    let topics = group.offsets.iter().map(|(name, commits)| FetchedTopic {
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
    }
}

/// Tombstones for the offsets of topics that are gone; commits to a newer topic of the same name stay.
pub fn drop_topics(group: &Group, deleted: &[DeletedTopic], records: &mut Vec<GroupRecord>) {
    for topic in deleted {
        for (partition, commit) in group.offsets.get(&topic.name).into_iter().flatten() {
            if commit.topic_id.is_nil() || commit.topic_id == topic.id {
                records.push(tombstone(group, &topic.name, *partition));
            }
        }
    }
}

/// The tombstone of one offset.
pub fn tombstone(group: &Group, topic: &str, partition: i32) -> GroupRecord {
    GroupRecord::Offset {
        group: group.id.to_string(),
        topic: topic.to_owned(),
        partition,
        value: None,
    }
}

/// Tombstones for what has expired, and for the group when it is empty and nothing is left.
/// Gives back when the next offset may expire, wall milliseconds (`i64::MAX` for never).
pub fn expire(group: &Group, retention_ms: i64, now: Now, records: &mut Vec<GroupRecord>) -> i64 {
    let subscribed = subscribed_topics(group);
    let may_expire = group.protocol_type.is_none()
        || group.state == State::Empty
        || (group.state == State::Stable && matches!(subscribed, Subscribed::Topics(_)));
    let mut next = i64::MAX;
    let mut all_expired = true;
    for (topic, commits) in &group.offsets {
        let kept = !may_expire || subscribed.contains(topic);
        for (partition, commit) in commits {
            let at = expires_at(group, commit, retention_ms);
            if kept || at > now.wall_ms {
                all_expired = false;
                next = next.min(at);
            } else {
                records.push(tombstone(group, topic, *partition));
            }
        }
    }
    if all_expired && group.state == State::Empty {
        records.push(GroupRecord::Group {
            group: group.id.to_string(),
            value: None,
        });
    }
    next
}

fn expires_at(group: &Group, commit: &OffsetCommitValue, retention_ms: i64) -> i64 {
    if commit.expire_timestamp != -1 {
        return commit.expire_timestamp;
    }
    let empty_since = match group.state {
        State::Empty if group.protocol_type.is_some() => group.state_since_ms,
        _ => None,
    };
    empty_since
        .unwrap_or(commit.commit_timestamp)
        .saturating_add(retention_ms)
}

/// Topics that a group of ordinary consumers is subscribed to.
enum Subscribed {
    Topics(BTreeSet<String>),
    /// The members' metadata cannot be read, so any topic may be meant.
    Unknown,
    /// Not a group of consumers.
    No,
}

impl Subscribed {
    fn contains(&self, topic: &str) -> bool {
        match self {
            Subscribed::Topics(topics) => topics.contains(topic),
            Subscribed::Unknown => true,
            Subscribed::No => false,
        }
    }
}

fn subscribed_topics(group: &Group) -> Subscribed {
    if !group.is_consumer() {
        return Subscribed::No;
    }
    let mut topics = BTreeSet::new();
    if !group.members.is_empty() && group.protocol.is_none() {
        return Subscribed::Unknown;
    }
    for member in group.members.iter() {
        match subscription_topics(&member.metadata(group.protocol.as_deref())) {
            Ok(names) => topics.extend(names),
            Err(_) => return Subscribed::Unknown,
        }
    }
    Subscribed::Topics(topics)
}

/// Topics of a consumer's subscription: version 0 is the prefix of every version.
fn subscription_topics(metadata: &Bytes) -> Result<Vec<String>, CodecError> {
    let mut r = Reader::new(metadata);
    r.i16()?;
    r.vec(false, |r| r.string(false))
}
