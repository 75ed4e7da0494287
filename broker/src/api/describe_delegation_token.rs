//! DescribeDelegationToken (key 41): lists tokens; on a plain listener nobody has one.

use protocol_shim::ErrorCode;
use protocol_shim::messages::{DescribeDelegationTokenRequest, DescribeDelegationTokenResponse};

use crate::context::{Call, Context};

/// Refuses.
pub async fn handle(
    _context: &Context,
    _call: &Call,
    _request: DescribeDelegationTokenRequest,
) -> DescribeDelegationTokenResponse {
    DescribeDelegationTokenResponse::default()
        .with_error_code(ErrorCode::DelegationTokenRequestNotAllowed.code())
}
