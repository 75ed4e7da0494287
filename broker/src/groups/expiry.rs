//! Offsets whose time is over, and empty groups without offsets (`OffsetMetadataManager.cleanupExpiredOffsets`).

use std::collections::BTreeSet;

use bytes::Bytes;

use super::admin::remove_empty;
use super::classic::{ClassicGroup, State};
use super::effects::Scene;
use super::group::Group;
use super::offsets::{Offsets, tombstone};
use crate::records::codec::{CodecError, Reader};
use crate::records::groups::OffsetCommitValue;

/// Tombstones for what has expired, and for the group when it is empty and nothing is left.
/// Gives back when the next offset may expire, wall milliseconds (`i64::MAX` for never), or `None` when the group
/// is gone.
pub fn expire(id: &str, group: &Group, offsets: Option<&Offsets>, scene: &mut Scene<'_>) -> Option<i64> {
    let retention_ms = scene.config.offsets_retention_ms;
    let subscribed = subscribed_topics(group);
    let may_expire = match group {
        Group::Classic(group) => {
            group.protocol_type.is_none()
                || group.state == State::Empty
                || (group.state == State::Stable && matches!(subscribed, Subscribed::Topics(_)))
        }
        Group::Consumer(_) => true,
    };
    let mut next = i64::MAX;
    let mut all_expired = true;
    for (topic, commits) in offsets.into_iter().flatten() {
        let kept = !may_expire || subscribed.contains(topic);
        for (partition, commit) in commits {
            let at = expires_at(group, commit, retention_ms);
            if kept || at > scene.now.wall_ms {
                all_expired = false;
                next = next.min(at);
            } else {
                scene.effects.records.push(tombstone(id, topic, *partition));
            }
        }
    }
    if all_expired && group.is_empty() {
        remove_empty(id, group, scene);
        return None;
    }
    Some(next)
}

fn expires_at(group: &Group, commit: &OffsetCommitValue, retention_ms: i64) -> i64 {
    if commit.expire_timestamp != -1 {
        return commit.expire_timestamp;
    }
    let empty_since = match group {
        Group::Classic(group) if group.state == State::Empty && group.protocol_type.is_some() => {
            group.state_since_ms
        }
        _ => None,
    };
    empty_since
        .unwrap_or(commit.commit_timestamp)
        .saturating_add(retention_ms)
}

/// Topics that a group of consumers is subscribed to.
pub enum Subscribed {
    /// These.
    Topics(BTreeSet<String>),
    /// The members' metadata cannot be read, so any topic may be meant.
    Unknown,
    /// Not a group of consumers.
    No,
}

impl Subscribed {
    /// Whether a topic is among them.
    pub fn contains(&self, topic: &str) -> bool {
        match self {
            Subscribed::Topics(topics) => topics.contains(topic),
            Subscribed::Unknown => true,
            Subscribed::No => false,
        }
    }
}

/// What a group is subscribed to.
pub fn subscribed_topics(group: &Group) -> Subscribed {
    match group {
        Group::Classic(group) => classic_topics(group),
        Group::Consumer(group) => Subscribed::Topics(group.subscriptions.topics.keys().cloned().collect()),
    }
}

fn classic_topics(group: &ClassicGroup) -> Subscribed {
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
