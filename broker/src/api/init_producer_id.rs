//! InitProducerId (key 22): a producer id, for idempotent producing or for a transactional id.
//!
//! Without a transactional id every call gets a new id with epoch 0, whatever id and epoch the producer says it had
//! (v3+); naming only one of the two is INVALID_REQUEST. With one the producer takes it over: older producers of the
//! same id are fenced, and an open transaction of theirs is aborted first. v4 PRODUCER_FENCED, v5 TRANSACTION_ABORTABLE.

use protocol_shim::ErrorCode;
use protocol_shim::messages::{InitProducerIdRequest, InitProducerIdResponse};

use crate::context::{Call, Context};
use crate::error_map;
use crate::transactions::{InitRequest, ProducerIdAndEpoch};

const NONE: i16 = -1;
/// First version that knows PRODUCER_FENCED.
const FENCED_SINCE: i16 = 4;

/// Answers an InitProducerId request.
pub async fn handle(ctx: &Context, call: &Call, request: InitProducerIdRequest) -> InitProducerIdResponse {
    if (request.producer_id.0 == i64::from(NONE)) != (request.producer_epoch == NONE) {
        return refused(ErrorCode::InvalidRequest);
    }
    let Some(id) = &request.transactional_id else {
        return match ctx.topics.allocate_producer_id().await {
            Ok(id) => InitProducerIdResponse::default().with_producer_id(id.into()),
            Err(error) => refused(error_map::topic(&error)),
        };
    };
    let init = InitRequest {
        timeout_ms: request.transaction_timeout_ms,
        expected: (request.producer_epoch != NONE).then_some(ProducerIdAndEpoch {
            id: request.producer_id.0,
            epoch: request.producer_epoch,
        }),
    };
    match ctx.transactions.init(id, init).await {
        Ok(producer) => InitProducerIdResponse::default()
            .with_producer_id(producer.id.into())
            .with_producer_epoch(producer.epoch),
        Err(error) => refused(error_map::transaction_for(error, call.version, FENCED_SINCE)),
    }
}

fn refused(error: ErrorCode) -> InitProducerIdResponse {
    InitProducerIdResponse::default()
        .with_error_code(error.code())
        .with_producer_epoch(NONE)
}
