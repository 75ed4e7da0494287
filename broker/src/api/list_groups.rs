//! ListGroups (key 16): all groups. v4 filter by state, v5 by type.

use protocol_shim::StrBytes;
use protocol_shim::messages::list_groups_response::ListedGroup;
use protocol_shim::messages::{ListGroupsRequest, ListGroupsResponse};

use crate::context::{Call, Context};
use crate::error_map;

/// Answers a ListGroups request.
pub async fn handle(ctx: &Context, _call: &Call, request: ListGroupsRequest) -> ListGroupsResponse {
    let words = |list: Vec<StrBytes>| list.iter().map(|word| word.to_string()).collect::<Vec<_>>();
    let (states, types) = (words(request.states_filter), words(request.types_filter));
    match ctx.groups.list(&states, &types).await {
        Err(error) => ListGroupsResponse::default().with_error_code(error_map::group(error).code()),
        Ok(groups) => {
            let rows = groups.into_iter().map(|group| {
                ListedGroup::default()
                    .with_group_id(StrBytes::from_string(group.group).into())
                    .with_protocol_type(StrBytes::from_string(group.protocol_type))
                    .with_group_state(StrBytes::from_static_str(group.state))
                    .with_group_type(StrBytes::from_static_str(group.kind))
            });
            ListGroupsResponse::default().with_groups(rows.collect())
        }
    }
}
