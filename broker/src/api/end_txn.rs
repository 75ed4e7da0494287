//! EndTxn (key 26): commits or aborts the open transaction.
//!
//! v2 PRODUCER_FENCED, v4 TRANSACTION_ABORTABLE, v5 raises the epoch and answers id and epoch of the next transaction
//! (KIP-890). The reply leaves when the outcome stands and its markers are written.

use protocol_shim::messages::{EndTxnRequest, EndTxnResponse};

use crate::context::{Call, Context};
use crate::error_map;
use crate::transactions::{EndRequest, ProducerIdAndEpoch, TxnVersion};

/// First version that knows PRODUCER_FENCED.
const FENCED_SINCE: i16 = 2;
/// First version whose clients take part in raising epochs.
const BUMPS_SINCE: i16 = 5;

/// Answers an EndTxn request.
pub async fn handle(ctx: &Context, call: &Call, request: EndTxnRequest) -> EndTxnResponse {
    let bumps = call.version >= BUMPS_SINCE;
    let end = EndRequest {
        producer: ProducerIdAndEpoch {
            id: request.producer_id.0,
            epoch: request.producer_epoch,
        },
        commit: request.committed,
        client_version: if bumps { TxnVersion::V2 } else { TxnVersion::V0 },
    };
    match ctx.transactions.end(&request.transactional_id, end).await {
        Ok(next) if bumps => EndTxnResponse::default()
            .with_producer_id(next.id.into())
            .with_producer_epoch(next.epoch),
        Ok(_) => EndTxnResponse::default(),
        Err(error) => {
            let code = error_map::transaction_for(error, call.version, FENCED_SINCE);
            EndTxnResponse::default().with_error_code(code.code())
        }
    }
}
