//! ConsumerGroupHeartbeat (key 68): a member of a consumer group joins, lives, gives partitions back, leaves (KIP-848).
//!
//! Epoch 0 joins, -1 leaves, -2 leaves for a while (static members). v1 subscribes with a regular expression as well,
//! and the client makes its member id (KIP-1082). UNSUPPORTED_VERSION when `group.coordinator.rebalance.protocols` is
//! without `consumer`, or `group.version` is 0.

use protocol_shim::messages::consumer_group_heartbeat_response::{Assignment, TopicPartitions};
use protocol_shim::messages::{ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};
use crate::error_map;
use crate::groups::{ConsumerHeartbeat, ConsumerHeartbeatReply};

/// First version whose clients make their own member id.
const CLIENT_MAKES_ID: i16 = 1;

/// Answers a ConsumerGroupHeartbeat request.
pub async fn handle(
    ctx: &Context,
    call: &Call,
    request: ConsumerGroupHeartbeatRequest,
) -> ConsumerGroupHeartbeatResponse {
    if !ctx.serves_consumer_protocol() {
        return ConsumerGroupHeartbeatResponse::default()
            .with_error_code(ErrorCode::UnsupportedVersion.code());
    }
    match ctx.groups.consumer_heartbeat(&domain(call, request)).await {
        Ok(reply) => answer(reply),
        Err(refusal) => ConsumerGroupHeartbeatResponse::default()
            .with_error_code(error_map::group(refusal.error).code())
            .with_error_message(Some(StrBytes::from_string(refusal.message))),
    }
}

fn domain(call: &Call, request: ConsumerGroupHeartbeatRequest) -> ConsumerHeartbeat {
    let text = |value: Option<StrBytes>| value.map(|v| v.to_string());
    let owned = request.topic_partitions.map(|topics| {
        let topics = topics.into_iter();
        topics.map(|topic| (topic.topic_id, topic.partitions)).collect()
    });
    ConsumerHeartbeat {
        group: request.group_id.to_string(),
        member_id: request.member_id.to_string(),
        member_epoch: request.member_epoch,
        instance_id: text(request.instance_id),
        rack_id: text(request.rack_id),
        rebalance_timeout_ms: (request.rebalance_timeout_ms != -1).then_some(request.rebalance_timeout_ms),
        topic_names: request
            .subscribed_topic_names
            .map(|names| names.iter().map(|name| name.to_string()).collect()),
        topic_regex: text(request.subscribed_topic_regex),
        server_assignor: text(request.server_assignor),
        owned,
        client_id: call.client_id.to_string(),
        client_host: call.client_address(),
        client_makes_id: call.version >= CLIENT_MAKES_ID,
    }
}

fn answer(reply: ConsumerHeartbeatReply) -> ConsumerGroupHeartbeatResponse {
    let assignment = reply.assignment.map(|topics| {
        let topics = topics.into_iter().map(|(id, partitions)| {
            TopicPartitions::default()
                .with_topic_id(id)
                .with_partitions(partitions)
        });
        Assignment::default().with_topic_partitions(topics.collect())
    });
    ConsumerGroupHeartbeatResponse::default()
        .with_member_id(Some(StrBytes::from_string(reply.member_id)))
        .with_member_epoch(reply.member_epoch)
        .with_heartbeat_interval_ms(reply.heartbeat_interval_ms)
        .with_assignment(assignment)
}
