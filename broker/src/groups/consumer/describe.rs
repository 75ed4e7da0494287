//! ConsumerGroupDescribe.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::group::ConsumerGroup;
use super::member::ConsumerMember;
use crate::groups::config::GroupsConfig;
use crate::groups::topics_view::TopicsView;
use crate::groups::types_consumer::{DescribedConsumer, DescribedConsumerGroup, DescribedTopic};

/// The group in full; topics that are gone are left out.
pub fn describe(
    group: &ConsumerGroup,
    config: &GroupsConfig,
    topics: &dyn TopicsView,
) -> DescribedConsumerGroup {
    let preferred = group.subscriptions.preferred_assignor();
    DescribedConsumerGroup {
        state: group.state().name(),
        epoch: group.epoch,
        assignment_epoch: group.target_epoch.epoch,
        assignor: preferred
            .unwrap_or_else(|| config.consumer.default_assignor().name())
            .to_owned(),
        members: group.members.values().map(|m| member(group, topics, m)).collect(),
    }
}

fn member(group: &ConsumerGroup, topics: &dyn TopicsView, member: &ConsumerMember) -> DescribedConsumer {
    let mut has: BTreeMap<Uuid, BTreeSet<i32>> = BTreeMap::new();
    for (topic, partitions) in member.assigned.iter().chain(&member.pending_revocation) {
        has.entry(*topic).or_default().extend(partitions.keys());
    }
    let subscription = member.subscription.clone();
    DescribedConsumer {
        member_id: member.id.to_string(),
        instance_id: subscription.instance_id,
        rack_id: subscription.rack_id,
        epoch: member.epoch,
        client_id: subscription.client_id,
        client_host: subscription.client_host,
        topic_names: subscription.topic_names,
        topic_regex: subscription.topic_regex,
        assignment: named(topics, &has),
        target: named(topics, &group.target_of(&member.id)),
        is_classic: subscription.classic.is_some(),
    }
}

fn named(topics: &dyn TopicsView, partitions: &BTreeMap<Uuid, BTreeSet<i32>>) -> Vec<DescribedTopic> {
    let known = partitions.iter().filter_map(|(id, partitions)| {
        Some(DescribedTopic {
            id: *id,
            name: topics.by_id(*id)?.name.to_string(),
            partitions: partitions.iter().copied().collect(),
        })
    });
    known.collect()
}
