//! What a changed member means for its group: a new epoch when subscriptions or topics changed.

use twox_hash::XxHash3_64;

use super::group::ConsumerGroup;
use super::member::ConsumerMember;
use super::subscriptions::{SubscriptionKind, Subscriptions};
use crate::groups::effects::Scene;
use crate::groups::topics_view::{TopicInfo, TopicsView};
use crate::records::consumer_groups::{ConsumerRecord, GroupEpoch};

/// Version byte of topic hashes.
const TOPIC_HASH_MAGIC: u8 = 0;

/// A member before and after a request.
#[derive(Debug)]
pub struct Change<'a> {
    /// The group has to get a new epoch for it.
    pub bump: bool,
    /// Before.
    pub member: &'a ConsumerMember,
    /// After.
    pub updated: &'a ConsumerMember,
}

/// Writes a member's record if anything about it changed; `true` when the names that it subscribes to did.
pub fn has_changed(
    group: &ConsumerGroup,
    scene: &mut Scene<'_>,
    member: &ConsumerMember,
    updated: &ConsumerMember,
) -> bool {
    if member == updated {
        return false;
    }
    scene.record(
        group,
        ConsumerRecord::Member(updated.id.to_string(), Some(updated.subscription.clone())),
    );
    member.subscription.topic_names != updated.subscription.topic_names
}

/// The group's counts with `updated` in the place of `member`.
pub fn counts_after(group: &ConsumerGroup, change: &Change<'_>) -> Subscriptions {
    let mut counts = group.subscriptions.clone();
    // A member that is new was not counted, and has nothing that could be counted out.
    counts.remove(change.member);
    counts.add(change.updated);
    if let Some(old) = change.member.regex()
        && change.updated.regex() != Some(old)
        && group.subscriptions.subscribers(old) == 1
    {
        counts.resolve(group.regexes.get(old), None);
    }
    counts
}

/// The group's epoch and kind of subscription after the change; a new epoch is written.
pub fn metadata_change(
    group: &ConsumerGroup,
    scene: &mut Scene<'_>,
    change: &Change<'_>,
) -> (i32, SubscriptionKind) {
    let version = scene.topics.version();
    if !change.bump && group.seen_version == Some(version) {
        return (group.epoch, group.subscriptions.kind(group.members.len()));
    }
    let counts = counts_after(group, change);
    let hash = metadata_hash(scene.topics, counts.topics.keys());
    let id = &change.updated.id;
    let is_known = group.members.contains_key(id)
        || change
            .updated
            .instance_id()
            .is_some_and(|i| group.static_ids.contains_key(i));
    let kind = counts.kind(group.members.len() + usize::from(!is_known));
    let bumps = change.bump || hash != group.metadata_hash;
    let epoch = if bumps {
        bump(group, scene, hash)
    } else {
        group.epoch
    };
    scene.effects.seen_version = Some((group.id.clone(), version));
    if group.has_partition_metadata {
        scene.record(group, ConsumerRecord::PartitionMetadata(false));
    }
    (epoch, kind)
}

/// Writes the group's next epoch.
pub fn bump(group: &ConsumerGroup, scene: &mut Scene<'_>, metadata_hash: i64) -> i32 {
    let epoch = group.epoch.wrapping_add(1);
    scene.record(
        group,
        ConsumerRecord::Epoch(Some(GroupEpoch { epoch, metadata_hash })),
    );
    epoch
}

/// Hash over all topics of `names` that exist (`ModernGroup.computeMetadataHash`); names come sorted.
pub fn metadata_hash<'a>(topics: &dyn TopicsView, names: impl Iterator<Item = &'a String>) -> i64 {
    let hashes = names
        .filter_map(|name| topics.by_name(name))
        .map(|topic| topic_hash(&topic));
    let bytes: Vec<u8> = hashes.flat_map(i64::to_le_bytes).collect();
    match bytes.is_empty() {
        true => 0,
        false => XxHash3_64::oneshot(&bytes).cast_signed(),
    }
}

/// Hash over what an assignment of a topic depends on (`Utils.computeTopicHash`).
pub fn topic_hash(topic: &TopicInfo) -> i64 {
    let mut bytes = vec![TOPIC_HASH_MAGIC];
    let (high, low) = topic.id.as_u64_pair();
    bytes.extend(high.to_le_bytes());
    bytes.extend(low.to_le_bytes());
    put_chars(&mut bytes, &topic.name);
    put_len(&mut bytes, &topic.name);
    bytes.extend(topic.partitions.to_le_bytes());
    for partition in 0..topic.partitions {
        bytes.extend(partition.to_le_bytes());
        let racks = usize::try_from(partition).ok().and_then(|at| topic.racks.get(at));
        for rack in racks.into_iter().flatten() {
            put_len(&mut bytes, rack);
            put_chars(&mut bytes, rack);
            put_len(&mut bytes, rack);
        }
    }
    XxHash3_64::oneshot(&bytes).cast_signed()
}

/// UTF-16 units, as Java's strings have them.
fn put_chars(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
}

fn put_len(bytes: &mut Vec<u8>, text: &str) {
    let units = i32::try_from(text.encode_utf16().count()).unwrap_or(i32::MAX);
    bytes.extend(units.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn hashes_are_kafkas() {
        // hash4j: putByte(0).putLong(1).putLong(2).putString("foo").putInt(2).putInt(0).putInt(1)
        let topic = TopicInfo {
            name: "foo".into(),
            id: Uuid::from_u64_pair(1, 2),
            partitions: 2,
            racks: Vec::new(),
        };
        assert_eq!(topic_hash(&topic), -5_159_372_484_819_424_185);
        // putLong(5).putLong(-7)
        let bytes: Vec<u8> = [5i64, -7].into_iter().flat_map(i64::to_le_bytes).collect();
        assert_eq!(
            XxHash3_64::oneshot(&bytes).cast_signed(),
            -4_646_943_608_980_624_969
        );
    }
}
