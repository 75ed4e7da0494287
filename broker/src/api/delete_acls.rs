//! DeleteAcls (key 31): takes rules of who may do what away. There is no authorizer that would keep any:
//! SECURITY_DISABLED.

use protocol_shim::messages::delete_acls_response::DeleteAclsFilterResult;
use protocol_shim::messages::{DeleteAclsRequest, DeleteAclsResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};

/// Refuses every filter.
pub async fn handle(_context: &Context, _call: &Call, request: DeleteAclsRequest) -> DeleteAclsResponse {
    let refused = DeleteAclsFilterResult::default()
        .with_error_code(ErrorCode::SecurityDisabled.code())
        .with_error_message(Some(StrBytes::from_static_str("No Authorizer is configured.")));
    DeleteAclsResponse::default().with_filter_results(vec![refused; request.filters.len()])
}
