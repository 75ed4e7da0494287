//! RenewDelegationToken (key 39): makes a token live longer; on a plain listener nobody has one.

use protocol_shim::ErrorCode;
use protocol_shim::messages::{RenewDelegationTokenRequest, RenewDelegationTokenResponse};

use crate::context::{Call, Context};

/// Refuses.
pub async fn handle(
    _context: &Context,
    _call: &Call,
    _request: RenewDelegationTokenRequest,
) -> RenewDelegationTokenResponse {
    RenewDelegationTokenResponse::default()
        .with_error_code(ErrorCode::DelegationTokenRequestNotAllowed.code())
        .with_expiry_timestamp_ms(-1)
}
