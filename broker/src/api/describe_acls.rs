//! DescribeAcls (key 29): who may do what. There is no authorizer, so everyone may, and SECURITY_DISABLED says it.

use protocol_shim::messages::{DescribeAclsRequest, DescribeAclsResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};

/// Answers a DescribeAcls request.
pub async fn handle(_context: &Context, _call: &Call, _request: DescribeAclsRequest) -> DescribeAclsResponse {
    let text = "No Authorizer is configured on the broker";
    DescribeAclsResponse::default()
        .with_error_code(ErrorCode::SecurityDisabled.code())
        .with_error_message(Some(StrBytes::from_static_str(text)))
}
