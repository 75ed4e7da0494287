//! Heartbeat (key 12): a member of a classic group lives. v3 static members.

use protocol_shim::messages::{HeartbeatRequest, HeartbeatResponse};

use crate::context::{Call, Context};
use crate::{error_map, groups};

/// Answers a Heartbeat request.
pub async fn handle(ctx: &Context, _call: &Call, request: HeartbeatRequest) -> HeartbeatResponse {
    let beat = groups::HeartbeatRequest {
        group: request.group_id.to_string(),
        member_id: request.member_id.to_string(),
        instance_id: request.group_instance_id.map(|id| id.to_string()),
        generation: request.generation_id,
    };
    let result = ctx.groups.heartbeat(beat).await;
    HeartbeatResponse::default().with_error_code(error_map::group_result(&result))
}
