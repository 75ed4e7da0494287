//! ConsumerGroupDescribe (key 69): consumer groups with members, assignment and target. v1 tells classic members.
//!
//! UNSUPPORTED_VERSION for every group while the newer protocol is not served.

use protocol_shim::messages::consumer_group_describe_response::{
    Assignment, DescribedGroup, Member, TopicPartitions,
};
use protocol_shim::messages::{ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, GroupId};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};
use crate::error_map;
use crate::groups::{DescribedConsumer, DescribedConsumerGroup, DescribedTopic};
use crate::topics::ALL_GROUP_OPERATIONS;

/// Answers a ConsumerGroupDescribe request, group by group.
pub async fn handle(
    ctx: &Context,
    call: &Call,
    request: ConsumerGroupDescribeRequest,
) -> ConsumerGroupDescribeResponse {
    let mut groups = Vec::with_capacity(request.group_ids.len());
    for id in request.group_ids {
        let row = row(ctx, call, &id).await;
        let row = match request.include_authorized_operations && row.error_code == 0 {
            true => row.with_authorized_operations(ALL_GROUP_OPERATIONS),
            false => row,
        };
        groups.push(row.with_group_id(id));
    }
    ConsumerGroupDescribeResponse::default().with_groups(groups)
}

async fn row(ctx: &Context, call: &Call, id: &GroupId) -> DescribedGroup {
    if !ctx.serves_consumer_protocol() {
        return DescribedGroup::default().with_error_code(ErrorCode::UnsupportedVersion.code());
    }
    match ctx.groups.describe_consumer(id).await {
        Ok(group) => described(group, call.version),
        Err(refusal) => {
            let row = DescribedGroup::default().with_error_code(error_map::group(refusal.error).code());
            // Kafka has a sentence for groups that are not there, and for nothing else.
            match row.error_code == ErrorCode::GroupIdNotFound.code() {
                true => row.with_error_message(Some(StrBytes::from_string(refusal.message))),
                false => row,
            }
        }
    }
}

fn described(group: DescribedConsumerGroup, version: i16) -> DescribedGroup {
    DescribedGroup::default()
        .with_group_state(StrBytes::from_static_str(group.state))
        .with_group_epoch(group.epoch)
        .with_assignment_epoch(group.assignment_epoch)
        .with_assignor_name(StrBytes::from_string(group.assignor))
        .with_members(group.members.into_iter().map(|m| member(m, version)).collect())
}

fn member(member: DescribedConsumer, version: i16) -> Member {
    let names = member.topic_names.into_iter();
    let row = Member::default()
        .with_member_id(StrBytes::from_string(member.member_id))
        .with_instance_id(member.instance_id.map(StrBytes::from_string))
        .with_rack_id(member.rack_id.map(StrBytes::from_string))
        .with_member_epoch(member.epoch)
        .with_client_id(StrBytes::from_string(member.client_id))
        .with_client_host(StrBytes::from_string(member.client_host))
        .with_subscribed_topic_names(names.map(|name| StrBytes::from_string(name).into()).collect())
        .with_subscribed_topic_regex(member.topic_regex.map(StrBytes::from_string))
        .with_assignment(assignment(member.assignment))
        .with_target_assignment(assignment(member.target));
    match version {
        0 => row,
        _ => row.with_member_type(if member.is_classic { 0 } else { 1 }),
    }
}

fn assignment(topics: Vec<DescribedTopic>) -> Assignment {
    let topics = topics.into_iter().map(|topic| {
        TopicPartitions::default()
            .with_topic_id(topic.id)
            .with_topic_name(StrBytes::from_string(topic.name).into())
            .with_partitions(topic.partitions)
    });
    Assignment::default().with_topic_partitions(topics.collect())
}
