//! CreateAcls (key 30): rules of who may do what. There is no authorizer that would keep them: SECURITY_DISABLED.

use protocol_shim::messages::create_acls_response::AclCreationResult;
use protocol_shim::messages::{CreateAclsRequest, CreateAclsResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};

/// Refuses every rule.
pub async fn handle(_context: &Context, _call: &Call, request: CreateAclsRequest) -> CreateAclsResponse {
    let refused = AclCreationResult::default()
        .with_error_code(ErrorCode::SecurityDisabled.code())
        .with_error_message(Some(StrBytes::from_static_str("No Authorizer is configured.")));
    CreateAclsResponse::default().with_results(vec![refused; request.creations.len()])
}
