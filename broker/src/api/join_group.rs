//! JoinGroup (key 11): a member joins a classic group and waits for the generation.
//!
//! v1 rebalance timeout, v4 new members must join twice, v5 static members, v7 protocol type, v8 reason (which
//! nothing depends on), v9 a static leader may keep the assignment. The reply of a parked join comes when all
//! members joined or the rebalance timeout passed.

use protocol_shim::StrBytes;
use protocol_shim::messages::join_group_response::JoinGroupResponseMember;
use protocol_shim::messages::{JoinGroupRequest, JoinGroupResponse};

use crate::context::{Call, Context};
use crate::error_map;
use crate::groups::{JoinRefused, JoinRequest, Joined, Protocol};

/// First version whose new members get an id and join again with it.
const MEMBER_ID_REQUIRED: i16 = 4;
/// First version with a nullable protocol name.
const NULLABLE_PROTOCOL: i16 = 7;
/// First version that knows SkipAssignment.
const SKIP_ASSIGNMENT: i16 = 9;

/// Answers a JoinGroup request.
pub async fn handle(ctx: &Context, call: &Call, request: JoinGroupRequest) -> JoinGroupResponse {
    match ctx.groups.join(domain(call, request)).await {
        Ok(joined) => accepted(joined, call.version),
        Err(refused) => refusal(refused),
    }
}

fn domain(call: &Call, request: JoinGroupRequest) -> JoinRequest {
    let protocols = request.protocols.into_iter();
    JoinRequest {
        group: request.group_id.to_string(),
        member_id: request.member_id.to_string(),
        instance_id: request.group_instance_id.map(|id| id.to_string()),
        client_id: call.client_id.to_string(),
        client_host: call.client_address(),
        session_timeout_ms: request.session_timeout_ms,
        rebalance_timeout_ms: match call.version {
            0 => request.session_timeout_ms,
            _ => request.rebalance_timeout_ms,
        },
        protocol_type: request.protocol_type.to_string(),
        protocols: protocols
            .map(|p| Protocol {
                name: p.name.to_string(),
                metadata: p.metadata,
            })
            .collect(),
        requires_known_member_id: call.version >= MEMBER_ID_REQUIRED,
        can_skip_assignment: call.version >= SKIP_ASSIGNMENT,
    }
}

fn accepted(joined: Joined, version: i16) -> JoinGroupResponse {
    let members = joined.members.into_iter().map(|member| {
        JoinGroupResponseMember::default()
            .with_member_id(StrBytes::from_string(member.member_id))
            .with_group_instance_id(member.instance_id.map(StrBytes::from_string))
            .with_metadata(member.metadata)
    });
    let name = joined.protocol_name.map(StrBytes::from_string);
    let name = if version >= NULLABLE_PROTOCOL {
        name
    } else {
        Some(name.unwrap_or_default())
    };
    JoinGroupResponse::default()
        .with_generation_id(joined.generation)
        .with_protocol_type(joined.protocol_type.map(StrBytes::from_string))
        .with_protocol_name(name)
        .with_leader(StrBytes::from_string(joined.leader))
        .with_skip_assignment(joined.skip_assignment)
        .with_member_id(StrBytes::from_string(joined.member_id))
        .with_members(members.collect())
}

fn refusal(refused: JoinRefused) -> JoinGroupResponse {
    JoinGroupResponse::default()
        .with_error_code(error_map::group(refused.error).code())
        .with_member_id(StrBytes::from_string(refused.member_id))
}
