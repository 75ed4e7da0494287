//! ExpireDelegationToken (key 40): ends the life of a token; on a plain listener nobody has one.

use protocol_shim::ErrorCode;
use protocol_shim::messages::{ExpireDelegationTokenRequest, ExpireDelegationTokenResponse};

use crate::context::{Call, Context};

/// Refuses.
pub async fn handle(
    _context: &Context,
    _call: &Call,
    _request: ExpireDelegationTokenRequest,
) -> ExpireDelegationTokenResponse {
    ExpireDelegationTokenResponse::default()
        .with_error_code(ErrorCode::DelegationTokenRequestNotAllowed.code())
        .with_expiry_timestamp_ms(-1)
}
