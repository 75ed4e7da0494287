//! LeaveGroup (key 13): members leave, or an administrator removes them.
//!
//! Up to v2 one member, whose error is the reply's; from v3 several, each with its own; v5 reason (which nothing
//! depends on).

use protocol_shim::StrBytes;
use protocol_shim::messages::leave_group_response::MemberResponse;
use protocol_shim::messages::{LeaveGroupRequest, LeaveGroupResponse};

use crate::context::{Call, Context};
use crate::error_map;
use crate::groups::{GroupError, Leaving};

/// First version with several members.
const BATCHED: i16 = 3;

/// Answers a LeaveGroup request.
pub async fn handle(ctx: &Context, call: &Call, request: LeaveGroupRequest) -> LeaveGroupResponse {
    let leaving: Vec<Leaving> = if call.version >= BATCHED {
        let members = request.members.into_iter().map(|m| Leaving {
            member_id: m.member_id.to_string(),
            instance_id: m.group_instance_id.map(|id| id.to_string()),
        });
        members.collect()
    } else {
        vec![Leaving {
            member_id: request.member_id.to_string(),
            instance_id: None,
        }]
    };
    let result = ctx.groups.leave(&request.group_id, &leaving).await;
    let outcome = match result {
        Err(error) => return LeaveGroupResponse::default().with_error_code(error_map::group(error).code()),
        Ok(outcome) => outcome,
    };
    if call.version < BATCHED {
        let error_code = outcome.first().map_or(0, error_map::group_result);
        return LeaveGroupResponse::default().with_error_code(error_code);
    }
    let members = leaving
        .into_iter()
        .zip(&outcome)
        .map(|(who, result)| member(who, result));
    LeaveGroupResponse::default().with_members(members.collect())
}

fn member(who: Leaving, result: &Result<(), GroupError>) -> MemberResponse {
    MemberResponse::default()
        .with_member_id(StrBytes::from_string(who.member_id))
        .with_group_instance_id(who.instance_id.map(StrBytes::from_string))
        .with_error_code(error_map::group_result(result))
}
