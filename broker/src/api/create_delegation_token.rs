//! CreateDelegationToken (key 38): tokens are for clients that have proved who they are; on a plain listener nobody has.

use protocol_shim::messages::{CreateDelegationTokenRequest, CreateDelegationTokenResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{ANONYMOUS, Call, Context, USER};

/// Refuses; the owner of the token that was asked for, since v3 perhaps another than the client, is repeated.
pub async fn handle(
    _context: &Context,
    call: &Call,
    request: CreateDelegationTokenRequest,
) -> CreateDelegationTokenResponse {
    let named = |name: Option<StrBytes>, otherwise| match name {
        Some(name) if !name.is_empty() => name,
        _ => StrBytes::from_static_str(otherwise),
    };
    let refused = CreateDelegationTokenResponse::default()
        .with_error_code(ErrorCode::DelegationTokenRequestNotAllowed.code())
        .with_principal_type(named(request.owner_principal_type, USER))
        .with_principal_name(named(request.owner_principal_name, ANONYMOUS))
        .with_issue_timestamp_ms(-1)
        .with_expiry_timestamp_ms(-1)
        .with_max_timestamp_ms(-1);
    match call.version {
        ..3 => refused,
        _ => refused
            .with_token_requester_principal_type(StrBytes::from_static_str(USER))
            .with_token_requester_principal_name(StrBytes::from_static_str(ANONYMOUS)),
    }
}
