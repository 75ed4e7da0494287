//! InitProducerId (key 22): a producer id for idempotent producing.
//!
//! Without a transactional id every call gets a new id with epoch 0, whatever id and epoch the producer says it had
//! (v3+); naming only one of the two is INVALID_REQUEST. Absent: transactions. A transactional id is answered with
//! TRANSACTIONAL_ID_AUTHORIZATION_FAILED, which every client takes as final: others make some clients try for ever.

use protocol_shim::ErrorCode;
use protocol_shim::messages::{InitProducerIdRequest, InitProducerIdResponse};

use crate::context::{Call, Context};
use crate::error_map;

const NONE: i16 = -1;

/// Answers an InitProducerId request.
pub async fn handle(ctx: &Context, _call: &Call, request: InitProducerIdRequest) -> InitProducerIdResponse {
    if (request.producer_id.0 == i64::from(NONE)) != (request.producer_epoch == NONE) {
        return refused(ErrorCode::InvalidRequest);
    }
    match &request.transactional_id {
        None => {}
        Some(id) if id.is_empty() => return refused(ErrorCode::InvalidRequest),
        Some(_) => return refused(ErrorCode::TransactionalIdAuthorizationFailed),
    }
    match ctx.topics.allocate_producer_id().await {
        Ok(id) => InitProducerIdResponse::default().with_producer_id(id.into()),
        Err(error) => refused(error_map::topic(&error)),
    }
}

fn refused(error: ErrorCode) -> InitProducerIdResponse {
    InitProducerIdResponse::default()
        .with_error_code(error.code())
        .with_producer_epoch(NONE)
}
