//! SyncGroup (key 14): members get their assignment, the leader brings it.
//!
//! v3 static members, v5 protocol type and name, which must be there and equal the group's.

use protocol_shim::messages::{SyncGroupRequest, SyncGroupResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};
use crate::error_map;
use crate::groups::SyncRequest;

/// First version with mandatory protocol type and name.
const PROTOCOL_MANDATORY: i16 = 5;

/// Answers a SyncGroup request.
pub async fn handle(ctx: &Context, call: &Call, request: SyncGroupRequest) -> SyncGroupResponse {
    let named = request.protocol_type.is_some() && request.protocol_name.is_some();
    if call.version >= PROTOCOL_MANDATORY && !named {
        return SyncGroupResponse::default().with_error_code(ErrorCode::InconsistentGroupProtocol.code());
    }
    let assignments = request
        .assignments
        .into_iter()
        .map(|a| (a.member_id.to_string(), a.assignment));
    let synced = ctx.groups.sync(SyncRequest {
        group: request.group_id.to_string(),
        member_id: request.member_id.to_string(),
        instance_id: request.group_instance_id.map(|id| id.to_string()),
        generation: request.generation_id,
        protocol_type: request.protocol_type.map(|t| t.to_string()),
        protocol_name: request.protocol_name.map(|n| n.to_string()),
        assignments: assignments.collect(),
    });
    match synced.await {
        Ok(synced) => SyncGroupResponse::default()
            .with_protocol_type(synced.protocol_type.map(StrBytes::from_string))
            .with_protocol_name(synced.protocol_name.map(StrBytes::from_string))
            .with_assignment(synced.assignment),
        Err(error) => SyncGroupResponse::default().with_error_code(error_map::group(error).code()),
    }
}
