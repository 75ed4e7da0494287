//! UnregisterBroker (key 64): forgets a broker that is gone for good. This one is there as long as it answers.

use protocol_shim::messages::{UnregisterBrokerRequest, UnregisterBrokerResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};

/// Answers an UnregisterBroker request. Kafka would forget even the broker that asks, and then lack a leader; here that
/// is refused.
pub async fn handle(
    context: &Context,
    _call: &Call,
    request: UnregisterBrokerRequest,
) -> UnregisterBrokerResponse {
    let id = request.broker_id.0;
    let (code, text) = match id == context.topics.image().node_id {
        true => (
            ErrorCode::InvalidRequest,
            format!("Broker ID {id} is the only broker of this cluster and cannot be unregistered"),
        ),
        false => (
            ErrorCode::BrokerIdNotRegistered,
            format!("Broker ID {id} is not currently registered"),
        ),
    };
    UnregisterBrokerResponse::default()
        .with_error_code(code.code())
        .with_error_message(Some(StrBytes::from_string(text)))
}
