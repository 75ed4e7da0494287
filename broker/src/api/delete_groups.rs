//! DeleteGroups (key 42): removes empty groups with their offsets.

use protocol_shim::messages::delete_groups_response::DeletableGroupResult;
use protocol_shim::messages::{DeleteGroupsRequest, DeleteGroupsResponse, GroupId};

use crate::context::{Call, Context};
use crate::error_map;

/// Answers a DeleteGroups request; a group named twice is answered once.
pub async fn handle(ctx: &Context, _call: &Call, request: DeleteGroupsRequest) -> DeleteGroupsResponse {
    let mut rows: Vec<DeletableGroupResult> = Vec::new();
    let mut seen: std::collections::HashSet<GroupId> = std::collections::HashSet::new();
    for id in request.groups_names {
        if seen.insert(id.clone()) {
            let result = ctx.groups.delete(&id).await;
            let code = error_map::group_result(&result);
            rows.push(
                DeletableGroupResult::default()
                    .with_group_id(id)
                    .with_error_code(code),
            );
        }
    }
    DeleteGroupsResponse::default().with_results(rows)
}
