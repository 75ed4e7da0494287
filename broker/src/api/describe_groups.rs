//! DescribeGroups (key 15): classic groups with their members.
//!
//! v3 authorized operations (without an authorizer: all), v4 static members, v6 GROUP_ID_NOT_FOUND; before that
//! an unknown group looks like a dead one.

use protocol_shim::messages::describe_groups_response::{DescribedGroup as Row, DescribedGroupMember};
use protocol_shim::messages::{DescribeGroupsRequest, DescribeGroupsResponse, GroupId};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};
use crate::error_map;
use crate::groups::{DescribedGroup, DescribedMember};
use crate::topics::ALL_GROUP_OPERATIONS;

/// First version with authorized operations.
const OPERATIONS: i16 = 3;
/// First version that tells unknown groups from dead ones.
const GROUP_ID_NOT_FOUND: i16 = 6;
/// Answers a DescribeGroups request.
pub async fn handle(ctx: &Context, call: &Call, request: DescribeGroupsRequest) -> DescribeGroupsResponse {
    let operations = call.version >= OPERATIONS && request.include_authorized_operations;
    let mut rows = Vec::with_capacity(request.groups.len());
    for id in request.groups {
        let row = match ctx.groups.describe(&id).await {
            Ok(Some(group)) => described(group),
            Ok(None) => unknown(&id, call.version),
            Err(error) => Row::default().with_error_code(error_map::group(error).code()),
        };
        let allowed = operations && row.error_code == 0;
        let row = row.with_group_id(id);
        rows.push(if allowed {
            row.with_authorized_operations(ALL_GROUP_OPERATIONS)
        } else {
            row
        });
    }
    DescribeGroupsResponse::default().with_groups(rows)
}

fn unknown(id: &GroupId, version: i16) -> Row {
    let row = Row::default().with_group_state(StrBytes::from_static_str("Dead"));
    if version < GROUP_ID_NOT_FOUND {
        return row;
    }
    let text = format!("Group {} not found.", id.as_str());
    row.with_error_code(ErrorCode::GroupIdNotFound.code())
        .with_error_message(Some(StrBytes::from_string(text)))
}

fn described(group: DescribedGroup) -> Row {
    Row::default()
        .with_group_state(StrBytes::from_static_str(group.state))
        .with_protocol_type(StrBytes::from_string(group.protocol_type))
        .with_protocol_data(StrBytes::from_string(group.protocol))
        .with_members(group.members.into_iter().map(member).collect())
}

fn member(member: DescribedMember) -> DescribedGroupMember {
    DescribedGroupMember::default()
        .with_member_id(StrBytes::from_string(member.member_id))
        .with_group_instance_id(member.instance_id.map(StrBytes::from_string))
        .with_client_id(StrBytes::from_string(member.client_id))
        .with_client_host(StrBytes::from_string(member.client_host))
        .with_member_metadata(member.metadata)
        .with_member_assignment(member.assignment)
}
