//! SaslHandshake (key 17): chooses how a client proves who it is. No listener asks for that: ILLEGAL_SASL_STATE, as on
//! a PLAINTEXT listener of Kafka's.

use protocol_shim::ErrorCode;
use protocol_shim::messages::{SaslHandshakeRequest, SaslHandshakeResponse};

use crate::context::{Call, Context};

/// Answers a SaslHandshake request.
pub async fn handle(
    _context: &Context,
    _call: &Call,
    _request: SaslHandshakeRequest,
) -> SaslHandshakeResponse {
    SaslHandshakeResponse::default().with_error_code(ErrorCode::IllegalSaslState.code())
}
